import type { ServerResponse } from "node:http";
import { OperationTypeNode } from "graphql";
import { coded } from "#shared/errors.ts";
import { SUBSCRIBE_ELSEWHERE } from "../plugins/operation-kind.ts";
import type { GatewayContext } from "../request.ts";
import { endWatch } from "../telemetry/watch.ts";
import { answerHeaders, badRequest, bodyOf, sendText, statusOf } from "./answers.ts";
import type { Resolved } from "./documents.ts";
import type { MediaType } from "./media.ts";
import type { Prepare } from "./operations.ts";
import type { Parameters } from "./parameters.ts";

export type EngineRequest = {
  readonly response: ServerResponse;
  readonly method: "GET" | "POST";
  readonly media: MediaType;
  readonly context: GatewayContext;
  readonly parameters: Parameters;
  readonly document: Resolved;
};
export type EngineDoor = (request: EngineRequest) => Promise<void>;

/** Queries and mutations straight to the engine: what `/graphql/<documentId>` is answered by, without @apollo/server (G-10). */
export function createEngineDoor(prepare: Prepare): EngineDoor {
  return async ({ response, method, media, context, parameters, document }) => {
    const { kind, run } = prepare(document, parameters.variables, context);
    checkPlain(kind, method);
    const answer = await run();
    const { body, code } = bodyOf(answer);
    if (answer.data !== undefined) endWatch(context.watch, answer.data !== "null");
    const status = answer.data === undefined ? statusOf(code, media) : 200;
    sendText(response, status, answerHeaders(context.correlationId, media), body);
  };
}

/** What may come as a plain request: queries, and mutations by POST. */
function checkPlain(kind: OperationTypeNode, method: "GET" | "POST"): void {
  if (kind === OperationTypeNode.SUBSCRIPTION) throw coded("BAD_USER_INPUT", { problem: SUBSCRIBE_ELSEWHERE });
  refuseMutationByGet(kind, method);
}

export function refuseMutationByGet(kind: OperationTypeNode, method: "GET" | "POST"): void {
  if (kind !== OperationTypeNode.MUTATION || method !== "GET") return;
  throw badRequest(405, "GET requests only support query operations, not mutation operations", { allow: "POST" });
}
