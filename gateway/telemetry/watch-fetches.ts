import { catalogue } from "#shared/errors.ts";
import {
  CORRELATION_ATTRIBUTE,
  failSpan,
  inSpan,
  isTracing,
  type RunningSpan,
  sendTrace,
  SpanKind,
} from "#shared/tracing.ts";
import type { SubgraphAnswer, SubgraphClient } from "../subgraph-client.ts";
import { fetchSeconds } from "./gateway-metrics.ts";

type Send = SubgraphClient["send"];

/** Measures every fetch from a subgraph; while somebody listens each is a span, in which `send` runs. */
export function watchFetches(subgraph: string, send: Send): Send {
  const seconds = {
    ok: fetchSeconds(subgraph, "ok"),
    partial: fetchSeconds(subgraph, "partial"),
    failed: fetchSeconds(subgraph, "failed"),
    unavailable: fetchSeconds(subgraph, "unavailable"),
  };
  const measured: Send = async (body, context, operationName, scan) => {
    const startedAt = performance.now();
    let outcome: keyof typeof seconds = "unavailable";
    try {
      const answer = await send(body, context, operationName, scan);
      outcome = outcomeOf(answer);
      return answer;
    } finally {
      seconds[outcome].observe((performance.now() - startedAt) / 1000);
    }
  };
  return (body, context, operationName, scan) => {
    if (!isTracing()) return measured(body, context, operationName, scan);
    return inSpan(`fetch ${subgraph}`, settingsOf(subgraph, context.correlationId, operationName), async (span) =>
      withCode(span, await measured(body, context, operationName, scan)),
    );
  };
}

function outcomeOf({ data, errors }: SubgraphAnswer): "ok" | "partial" | "failed" {
  if (!errors?.length) return "ok";
  return data === null || data === undefined ? "failed" : "partial";
}

function settingsOf(subgraph: string, correlationId = "", operationName = "") {
  const attributes = { subgraph, "graphql.operation.name": operationName, [CORRELATION_ATTRIBUTE]: correlationId };
  return { kind: SpanKind.CLIENT, attributes };
}

/** A subgraph's words stay out of the span: a code that isn't of the catalogue may be anything (G-15). */
function withCode(span: RunningSpan, answer: SubgraphAnswer): SubgraphAnswer {
  const [error] = answer.errors ?? [];
  const code = String(error?.extensions?.["code"]);
  if (error) failSpan(span, code in catalogue ? code : "INTERNAL_SERVER_ERROR");
  return answer;
}

/** The header line of the trace that a fetch is part of; empty while nobody listens. */
export function traceLine(): string {
  if (!isTracing()) return "";
  const { traceparent } = sendTrace<{ traceparent?: string }>({});
  return traceparent === undefined ? "" : `traceparent: ${traceparent}\r\n`;
}
