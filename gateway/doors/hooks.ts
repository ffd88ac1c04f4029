import { type ClientRequest, type IncomingMessage, request as forward, type ServerResponse } from "node:http";
import { pipeline } from "node:stream";
import { endEarly } from "#shared/answer-early.ts";
import type { Log } from "#shared/log.ts";
import { coded, type ErrorCode } from "#shared/errors.ts";

const BODY_LIMIT = 1024 * 1024;
/** The intake answers within its own 10 s for the body; after this it is taken as away. */
const ANSWER_MS = 30_000;
/** Headers that speak about one connection only (RFC 9110, 7.6.1), and our own. */
const hopByHop = ["connection", "keep-alive", "proxy-connection", "te", "trailer", "transfer-encoding", "upgrade"];

export type HooksDoor = (request: IncomingMessage, response: ServerResponse) => void;

/** Passes `/hooks/*` on to the worker's intake as it is: raw bytes, no parse, no retry (wires.md, section 5). */
export function createHooksDoor({ intakeUrl, log }: { intakeUrl: string | undefined; log: Log }): HooksDoor {
  return (incoming, response) => {
    if (Number(incoming.headers["content-length"] ?? 0) > BODY_LIMIT) return refuse(response, 413, "BODY_TOO_LARGE");
    if (intakeUrl === undefined) return refuse(response, 503, "UNAVAILABLE");
    const outgoing = forward(new URL(incoming.url ?? "/", intakeUrl), {
      method: incoming.method,
      headers: headersFor(incoming),
      timeout: ANSWER_MS,
    });
    outgoing.on("timeout", () => outgoing.destroy(new Error("the intake does not answer")));
    outgoing.on("response", (answer) => {
      response.writeHead(answer.statusCode ?? 502, withoutHops(answer.headers));
      pipeline(answer, response, (err) => err && log.warn({ err }, "a hook's answer was cut"));
    });
    const isTooLarge = passBody(incoming, outgoing, response);
    outgoing.on("error", (err) => {
      if (response.writableEnded || isTooLarge()) return;
      log.warn({ err, url: incoming.url }, "the intake is away");
      incoming.unpipe(outgoing);
      refuse(response, 503, "UNAVAILABLE");
    });
  };
}

/** Gives whether the body has been refused by now. */
function passBody(incoming: IncomingMessage, outgoing: ClientRequest, response: ServerResponse): () => boolean {
  let size = 0;
  const count = (chunk: Buffer) => {
    size += chunk.length;
    if (size <= BODY_LIMIT) return;
    incoming.off("data", count).unpipe(outgoing);
    refuse(response, 413, "BODY_TOO_LARGE");
    outgoing.destroy();
  };
  incoming.on("data", count);
  response.on("close", () => outgoing.destroy());
  incoming.pipe(outgoing);
  return () => size > BODY_LIMIT;
}

function headersFor(incoming: IncomingMessage) {
  const from = incoming.socket.remoteAddress ?? "unknown";
  const before = incoming.headers["x-forwarded-for"];
  return { ...withoutHops(incoming.headers), "x-forwarded-for": [before ?? [], from].flat().join(", ") };
}

function withoutHops(headers: IncomingMessage["headers"]): IncomingMessage["headers"] {
  const named = String(headers.connection ?? "")
    .toLowerCase()
    .split(/\s*,\s*/);
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => !hopByHop.includes(name) && !named.includes(name)),
  );
}

function refuse(response: ServerResponse, status: number, code: ErrorCode & ("BODY_TOO_LARGE" | "UNAVAILABLE")): void {
  if (response.headersSent) return void response.destroy();
  const { message } = code === "UNAVAILABLE" ? coded(code) : coded(code, { limit: BODY_LIMIT });
  const text = JSON.stringify({ error: { code, message } });
  response.writeHead(status, {
    "content-type": "application/json; charset=utf-8",
    "content-length": Buffer.byteLength(text),
    connection: "close",
    ...(status === 503 ? { "retry-after": "5" } : {}),
  });
  endEarly(response, text);
}
