import { createClient } from "graphql-ws";
import WebSocket from "ws";
import type { Config } from "#shared/config.ts";
import { claimsFor, tokenFor } from "#tools/token.ts";

/** What the gateway answers: data, with an error beside each field that is null for a reason. */
export type Answer = {
  data: any;
  errors?: { message: string; path?: (string | number)[]; extensions?: { code?: string } }[];
};
export type Frame = { cursor: string; milestone: any; return: any };

/** One person of the demo at the gateway's doors. */
export type Person = {
  /** Data and errors, as they come. Throws where no gateway answers, or where it refuses the whole operation. */
  ask(document: string, variables: object): Promise<Answer>;
  /** The payload of a mutation; throws the first of its userErrors. */
  tell(document: string, input: object): Promise<any>;
  /** The frames of a subscription, in order and each once: after a broken connection it goes on behind the last cursor. */
  follow(document: string, variables: Record<string, unknown>): AsyncGenerator<Frame, void>;
  close(): Promise<void>;
};

/** One of a mutation's userErrors, `code` as in the schema: what the person has to fix, and what no repetition mends. */
export class Refused extends Error {
  readonly code: string;
  constructor(code: string, message: string) {
    super(message);
    this.code = code;
  }
}

/** The close code for a token that the gateway does not take. */
const REFUSED = 4403;

export type Told = { reconnected?: () => void };

/** Ada, Fin and the others (gateway/access/demo-people.ts) at the gateway of these settings, by tokens of the development issuer. */
export async function connectAs(user: string, config: Config, { reconnected }: Told = {}): Promise<Person> {
  if (config.port === 0) throw new Error("PORT is 0: say where the gateway is by setting it.");
  const address = `http://${hostOf(config)}:${config.port}/graphql`;
  /** A fresh one each time: what is followed may last longer than a token. */
  const bearer = async () => `Bearer ${await tokenFor(claimsFor(["--user", user]), config)}`;
  const socket = createClient({
    url: address.replace("http", "ws"),
    webSocketImpl: WebSocket,
    connectionParams: async () => ({ authorization: await bearer() }),
    shouldRetry: (event) => (event as { code?: number }).code !== REFUSED,
    retryAttempts: 20,
    on: { connected: (_socket, _payload, again) => void (again && reconnected?.()) },
  });
  const ask = async (document: string, variables: object) =>
    post(address, await bearer(), { query: document, variables });
  return {
    ask,
    tell: async (document, input) => payloadOf(await ask(document, { input })),
    follow: (document, variables) => follow(socket, document, variables),
    close: async () => void (await socket.dispose()),
  };
}

/** An address that listens everywhere is reached on loopback. */
const hostOf = ({ host }: Config) =>
  host === "0.0.0.0" || host === "::" ? "127.0.0.1" : host.includes(":") ? `[${host}]` : host;

async function post(address: string, authorization: string, body: object): Promise<Answer> {
  const headers = { authorization, "content-type": "application/json" };
  const response = await fetch(address, { method: "POST", headers, body: JSON.stringify(body) }).catch(
    (cause: unknown) => {
      throw new Error(
        `No gateway answers at ${address}; start it with npm start, or set PORT as it was started with.`,
        { cause },
      );
    },
  );
  const answer = (await response.json()) as Answer;
  const [error] = answer.errors ?? [];
  if (!answer.data) throw new Error(sentenceOf(error));
  return answer;
}

type GraphQLProblem = { message: string; extensions?: { code?: string } };

const sentenceOf = (error: GraphQLProblem | undefined): string =>
  error
    ? `${error.message} (${error.extensions?.code ?? "no code"})`
    : "The gateway's answer has neither data nor errors.";

function payloadOf({ data, errors }: Answer): any {
  const [payload] = Object.values(data) as any[];
  const [error] = errors ?? [];
  if (!payload) throw new Error(sentenceOf(error));
  const [userError] = payload.userErrors;
  if (userError) throw new Refused(userError.code, userError.message);
  return payload;
}

async function* follow(
  socket: ReturnType<typeof createClient>,
  query: string,
  variables: Record<string, unknown>,
): AsyncGenerator<Frame, void> {
  const request = { query, variables: { ...variables } };
  for await (const { data, errors } of socket.iterate<Record<string, Frame>>(request)) {
    const [frame] = Object.values(data ?? {});
    if (!frame) throw new Error(sentenceOf(errors?.[0]));
    // graphql-ws sends the request again after a broken connection: then from here on.
    request.variables["after"] = frame.cursor;
    yield frame;
  }
}
