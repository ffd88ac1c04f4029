import { type ExecutionArgs, type GraphQLError, GraphQLSchema, OperationTypeNode, parse } from "graphql";
import type { ServerOptions } from "graphql-ws";
import { within as withinSpan } from "#shared/tracing.ts";
import { OperationRefused } from "../engine/operation-refused.ts";
import type { Answer } from "../engine/engine.ts";
import { type GatewayContext, requestScope } from "../request.ts";
import { endWatch, watchSubscription } from "../telemetry/watch.ts";
import { maskErrors } from "./answers.ts";
import type { Prepared } from "./operations.ts";

const sent = Symbol("what the client sent");

/**
 * A message for graphql-ws. The library closes the whole socket over a `subscribe` whose payload has a wrong member, and knows no documentId:
 * it gets a payload that it likes, and ours goes with it.
 */
export function readMessage(text: string): unknown {
  let message: unknown;
  try {
    message = JSON.parse(text);
  } catch {
    return text;
  }
  if (typeof message !== "object" || message === null || !("type" in message) || message.type !== "subscribe")
    return message;
  return { ...message, payload: { query: "", [sent]: "payload" in message ? message.payload : undefined } };
}

/** The payload as the client sent it. */
export const sentWith = (payload: object): unknown => (payload as { [sent]?: unknown })[sent];

// graphql-ws asks a document for nothing but the kind of its operation; ours is in the engine already.
const schema = new GraphQLSchema({});
const documents = {
  [OperationTypeNode.QUERY]: parse("query { prepared }"),
  [OperationTypeNode.MUTATION]: parse("mutation { prepared }"),
  [OperationTypeNode.SUBSCRIPTION]: parse("subscription { prepared }"),
};

const preparedOf = (args: ExecutionArgs) => args.rootValue as Prepared;
const watchOf = (args: ExecutionArgs) => (args.contextValue as GatewayContext).watch;
const within = <Result>(args: ExecutionArgs, deed: () => Result): Result =>
  requestScope.run(args.contextValue as GatewayContext, () => withinSpan(watchOf(args)?.span, deed));

/** Hooks of graphql-ws that run what is prepared. */
export const runner = {
  execute: (args: ExecutionArgs) => within(args, () => resultOf(args)).catch(throwing),
  subscribe: (args: ExecutionArgs) => within(args, () => results(args)),
  argumentsFor: (prepared: Prepared, context: GatewayContext): ExecutionArgs => ({
    schema,
    document: documents[prepared.kind],
    rootValue: prepared,
    contextValue: context,
  }),
} as unknown as Required<Pick<ServerOptions, "execute" | "subscribe">> & {
  argumentsFor: (prepared: Prepared, context: GatewayContext) => ExecutionArgs;
};

/** graphql-ws sends `error` for what a stream throws; what `execute` throws would end the socket. */
// eslint-disable-next-line require-yield
async function* throwing(error: unknown): AsyncGenerator<never, void, void> {
  throw error;
}

/** The errors of an operation that did not run, out of what graphql-ws makes of a thrown one. */
export function thrownBy(errors: readonly GraphQLError[]): readonly GraphQLError[] {
  const thrown = errors[0]?.originalError;
  return thrown instanceof OperationRefused ? thrown.errors : errors;
}

/** `return()` reaches the engine at once, also while the stream is quiet; that of an async function* would wait for its next event. */
function results(args: ExecutionArgs): AsyncGenerator<object, void, void> {
  const answers = watchSubscription(watchOf(args), preparedOf(args).follow());
  const end = async () => void (await answers.return());
  return {
    next: async () => {
      const { done, value } = await answers.next();
      return done ? { done, value: undefined } : { done: false, value: within(args, () => toResult(value)) };
    },
    return: async () => end().then(() => ({ done: true, value: undefined })),
    throw: async (error) => end().then(() => Promise.reject(error)),
    [Symbol.asyncIterator]() {
      return this;
    },
    [Symbol.asyncDispose]: end,
  };
}

async function resultOf(args: ExecutionArgs): Promise<object> {
  const answer = await preparedOf(args).run();
  const result = toResult(answer);
  endWatch(watchOf(args), answer.data !== "null");
  return result;
}

/** An answer as graphql-ws sends it; one without data did not run, which is the protocol's `error`. */
function toResult({ data, errors }: Answer): object {
  if (data === undefined) throw new OperationRefused(errors);
  const parsed = { data: JSON.parse(data) as unknown };
  return errors.length === 0 ? parsed : { ...parsed, errors: maskErrors(errors) };
}
