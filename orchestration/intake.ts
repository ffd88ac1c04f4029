import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { Systems } from "#adapters/systems.ts";
import type { Delivery, Verdict } from "#adapters/port.ts";
import { endEarly } from "#shared/answer-early.ts";
import type { Db } from "#shared/database.ts";
import { coded, CodedError, type ErrorCode } from "#shared/errors.ts";
import { listen, stopServer } from "#shared/listen.ts";
import type { Log } from "#shared/log.ts";
import { counter } from "#shared/telemetry.ts";
import { auditRefusal, receive } from "./inbox.ts";
import { createRates } from "./intake/rates.ts";
import { readBody } from "./intake/reading-body.ts";

export type Intake = { url: string; stop(): Promise<void> };
type Parts = { db: Db; log: Log; systems: Systems; host: string; port: number; onReceived(): void };

const atOnce = 64;
const perMinute = 600;
const deliveries = counter("intake_deliveries_total", "Webhooks by system and answer", ["system", "answer"]);

/** Serves `POST /hooks/<system>` (wires section 5): stored, then acknowledged; translation comes later and never bounces a delivery (W-18). */
export async function startIntake(parts: Parts): Promise<Intake> {
  const { log, host } = parts;
  const rates = createRates({ perMinute, atOnce });
  const server = createServer((request, response) => {
    answer(parts, rates, request, response).catch((err: unknown) => {
      log.error({ err }, "an answer could not be given");
      response.destroy();
    });
  });
  server.requestTimeout = 15_000;
  const port = await listen(server, { host, port: parts.port, variable: "INTAKE_PORT" });
  return { url: `http://${host}:${port}`, stop: () => stopServer(server) };
}

async function answer(
  parts: Parts,
  rates: ReturnType<typeof createRates>,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const system = /^\/hooks\/([a-z][a-z0-9-]{1,30})(?:\?|$)/.exec(request.url ?? "")?.[1] ?? "";
  try {
    const port = parts.systems.bySystem(system);
    if (!port || !("verify" in port)) throw coded("SYSTEM_UNKNOWN", { system: system || "of this address" });
    const done = await rates.within(system, () => take(parts, port, request));
    deliveries.inc({ system: system || "unknown", answer: "taken" });
    send(response, 200, done);
  } catch (error) {
    const failure = error instanceof CodedError ? error : unavailable(parts, error);
    deliveries.inc({ system: parts.systems.bySystem(system) ? system : "unknown", answer: failure.code });
    refuse(response, failure);
  }
}

/** Our trouble is always 503: Business Central drops a subscription on other codes. */
function unavailable({ log }: Parts, error: unknown): CodedError {
  log.error({ err: error }, "a delivery could not be stored");
  return coded("UNAVAILABLE", {}, { cause: error });
}

async function take(
  parts: Parts,
  port: Extract<ReturnType<Systems["bySystem"]>, { verify: unknown }>,
  request: IncomingMessage,
): Promise<object | string> {
  const { db, onReceived } = parts;
  const { system } = port;
  const { searchParams: query } = new URL(request.url!, "http://intake");
  if (request.method !== "POST" && !(request.method === "GET" && query.has("validationToken")))
    throw coded("METHOD_NOT_ALLOWED", { method: request.method ?? "" });
  const body = await readBody(request);
  const verdict = port.verify({ headers: headersOf(request), query, body, receivedAt: new Date() });
  if (verdict.verdict === "refused") throw await refused(parts, system, request, body, verdict);
  if (verdict.verdict === "challenge") return verdict.text;
  const { ids, duplicate } = await receive(db, { system, via: "WEBHOOK", eventIds: verdict.eventIds, body });
  if (!duplicate) onReceived();
  return duplicate ? { received: ids[0], duplicate } : { received: ids[0] };
}

async function refused(
  { db }: Parts,
  system: string,
  request: IncomingMessage,
  body: Buffer,
  verdict: Extract<Verdict, { verdict: "refused" }>,
): Promise<CodedError> {
  const { code, message } = verdict;
  await auditRefusal(db, { system, address: addressOf(request), code, body });
  return Object.assign(new CodedError(code, { problem: message }), { message });
}

const addressOf = (request: IncomingMessage): string => {
  const forwarded = request.headers["x-forwarded-for"];
  return String(forwarded ?? request.socket.remoteAddress ?? "unknown").slice(0, 200);
};

const headersOf = ({ headers }: IncomingMessage): Delivery["headers"] =>
  Object.fromEntries(
    Object.entries(headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );

const statuses: Partial<Record<ErrorCode, number>> = {
  BODY_INVALID: 400,
  SIGNATURE_INVALID: 401,
  TIMESTAMP_STALE: 401,
  SYSTEM_UNKNOWN: 404,
  METHOD_NOT_ALLOWED: 405,
  REQUEST_TIMEOUT: 408,
  BODY_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
};

function refuse(response: ServerResponse, error: CodedError): void {
  const status = statuses[error.code] ?? 503;
  if (status === 429 || status === 503) response.setHeader("retry-after", "5");
  // What is left of the body is not read.
  if (status === 408 || status === 413) response.setHeader("connection", "close");
  send(response, status, { error: { code: error.code, message: error.message } });
}

function send(response: ServerResponse, status: number, body: object | string): void {
  const isText = typeof body === "string";
  const text = isText ? body : JSON.stringify(body);
  response.writeHead(status, {
    "content-type": isText ? "text/plain; charset=utf-8" : "application/json",
    "content-length": Buffer.byteLength(text),
    "x-content-type-options": "nosniff",
  });
  endEarly(response, text);
}
