import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { type Armed, keep, pause, type Faults } from "./faults.ts";
import { openPort } from "./kept-port.ts";
import type { LoggedRequest, RequestLog } from "./request-log.ts";

/** A request as handlers see it: `path` is path and query as sent, header names are lower case. */
export type SandboxRequest = {
  method: string;
  path: string;
  headers: Record<string, string | undefined>;
  body: string;
  /** The vendor-level fault that this request met, if any. */
  fault?: { kind: "stale-etag" } | { kind: "page-size"; size: number };
};
export type Answer = { status: number; headers?: Record<string, string>; body?: unknown };
export type Handler = (request: SandboxRequest) => Answer | Promise<Answer>;

export type ListenerOptions = {
  name: string;
  host: string;
  port: number;
  faults: Faults;
  log: RequestLog;
  handle: Handler;
  /** `/_sandbox…`; only loopback callers get there (G-17). */
  control: Handler;
  /** The vendor's own error body, for refusals that a test armed. */
  refusal: (status: number, code: string, message: string) => Answer;
  /** Larger bodies are answered by `refusal(413, …)`. */
  bodyLimit: number;
};

/** One sandbox server: counts, meets its faults, does its work. */
export async function listen(options: ListenerOptions) {
  let isResetting = false;
  const server = createServer({ keepAliveTimeout: 30_000 }, (incoming, response) => {
    void serve(incoming, response).catch((error: unknown) => {
      console.error(`sandbox ${options.name}: ${error instanceof Error ? error.stack : String(error)}`);
      send(response, options.refusal(500, "Internal_ServerError", "The sandbox failed; see its log."));
    });
  });

  const serve = async (incoming: IncomingMessage, response: ServerResponse) => {
    const path = incoming.url ?? "/";
    const isControl = path === "/_sandbox" || path.startsWith("/_sandbox/") || path.startsWith("/_sandbox?");
    if (!isControl && isResetting) return reset(response);
    const body = await readBody(incoming, options.bodyLimit);
    const request = { method: incoming.method ?? "GET", path, headers: flat(incoming), body: body ?? "" };
    if (isControl) return send(response, isLoopback(incoming) ? await options.control(request) : { status: 403 });
    if (body === null) return send(response, options.refusal(413, "TOO_LARGE", "The body is too large."));
    await meetFaults(request, response);
  };

  const meetFaults = async (request: SandboxRequest, response: ServerResponse) => {
    const entry = options.log.add(request);
    const fault = options.faults.take(request);
    if (!fault) return answer(entry, response, await options.handle(request));
    await actions[fault.order.action.kind](fault, request, response, entry);
  };

  const answer = (entry: LoggedRequest, response: ServerResponse, reply: Answer) => {
    entry.status = reply.status;
    send(response, reply);
  };

  type Act = (
    fault: Armed,
    request: SandboxRequest,
    response: ServerResponse,
    entry: LoggedRequest,
  ) => Promise<unknown>;
  const actions: Record<Armed["order"]["action"]["kind"], Act> = {
    delay: async (fault, request, response, entry) => {
      await pause(fault, (fault.order.action as { milliseconds?: number }).milliseconds);
      answer(entry, response, await options.handle(request));
    },
    "delay-answer": async (fault, request, response, entry) => {
      const reply = await options.handle(request);
      await pause(fault, (fault.order.action as { milliseconds?: number }).milliseconds);
      answer(entry, response, reply);
    },
    refuse: async (fault, _request, response, entry) => {
      const { status, code, message, retryAfter } = fault.order.action as {
        status: number;
        code?: string;
        message?: string;
        retryAfter?: number;
      };
      const reply = options.refusal(status, code ?? refusalCodes[status] ?? "Unknown", message ?? "Armed by a test.");
      answer(
        entry,
        response,
        retryAfter === undefined
          ? reply
          : { ...reply, headers: { ...reply.headers, "retry-after": String(retryAfter) } },
      );
    },
    "drop-request": async (_fault, _request, response) => reset(response),
    "drop-answer": async (_fault, request, response) => {
      await options.handle(request);
      reset(response);
    },
    hold: async (fault, request, response) => {
      keep(fault, async () => options.handle(request));
      reset(response);
    },
    malformed: async (fault, request, response, entry) => {
      await options.handle(request);
      answer(entry, response, rubbish[(fault.order.action as { as?: keyof typeof rubbish }).as ?? "broken-json"]);
    },
    "half-body": async (fault, request, response, entry) => {
      const reply = await options.handle(request);
      entry.status = reply.status;
      sendHalf(response, reply, (fault.order.action as { as?: "length" | "chunked" }).as ?? "length");
    },
    "stale-etag": async (_fault, request, response, entry) =>
      answer(entry, response, await options.handle({ ...request, fault: { kind: "stale-etag" } })),
    "page-size": async (fault, request, response, entry) => {
      const { size } = fault.order.action as { size: number };
      answer(entry, response, await options.handle({ ...request, fault: { kind: "page-size", size } }));
    },
  };

  const start = (port: number) =>
    openPort(port, async (each) => {
      server.listen(each, options.host);
      await once(server, "listening");
    });
  const stop = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });

  await start(options.port);
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://${options.host.includes(":") ? `[${options.host}]` : options.host}:${port}`,
    port,
    /** Down until `up`: `reset` cuts each connection after the request came, `refuse` closes the port itself. */
    async down(mode: "reset" | "refuse") {
      isResetting = true;
      if (mode === "refuse" && server.listening) await stop();
    },
    async up() {
      isResetting = false;
      if (!server.listening) await start(port);
    },
    isUp: () => server.listening && !isResetting,
    close: () => (server.listening ? stop() : Promise.resolve()),
  };
}

const refusalCodes: Record<number, string> = {
  401: "Authentication_InvalidCredentials",
  429: "Application_TooManyRequests",
  503: "Internal_TenantUnavailable",
};

const rubbish = {
  "broken-json": { status: 200, headers: { "content-type": "application/json" }, body: '{"value":[{"id":"' },
  html: {
    status: 200,
    headers: { "content-type": "text/html" },
    body: "<html><body><h1>502 Bad Gateway</h1></body></html>",
  },
};

const reset = (response: ServerResponse) => response.socket?.resetAndDestroy();

function send(response: ServerResponse, answer: Answer) {
  if (response.destroyed || response.headersSent) return;
  const { text, headers } = written(answer);
  response.writeHead(answer.status, { "content-length": String(Buffer.byteLength(text)), ...headers }).end(text);
}

/** Half of the body, then the end of the connection: less than Content-Length promised, or chunks without the last one. */
function sendHalf(response: ServerResponse, answer: Answer, as: "length" | "chunked") {
  if (response.destroyed || response.headersSent) return;
  const { text, headers } = written(answer);
  const bytes = Buffer.from(text === "" ? "{}" : text);
  const length = as === "length" ? { "content-length": String(bytes.length) } : { "transfer-encoding": "chunked" };
  // A 204 would be whole without a body.
  response.writeHead(answer.status === 204 ? 200 : answer.status, { ...headers, ...length });
  response.write(bytes.subarray(0, Math.floor(bytes.length / 2)), () => response.socket?.destroy());
}

function written({ headers = {}, body }: Answer): { text: string; headers: Record<string, string> } {
  if (body === undefined) return { text: "", headers };
  if (typeof body === "string") return { text: body, headers };
  return { text: JSON.stringify(body), headers: { "content-type": "application/json; charset=utf-8", ...headers } };
}

async function readBody(incoming: IncomingMessage, limit: number): Promise<string | null> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size <= limit) chunks.push(chunk);
  }
  return size > limit ? null : Buffer.concat(chunks).toString("utf8");
}

const flat = (incoming: IncomingMessage) =>
  Object.fromEntries(
    Object.entries(incoming.headers).map(([name, value]) => [name, Array.isArray(value) ? value.join(", ") : value]),
  );

/** Loopback caller and loopback Host header, so that a page in a browser can't reach it by another name. */
function isLoopback(incoming: IncomingMessage) {
  const address = incoming.socket.remoteAddress ?? "";
  const host = (incoming.headers.host ?? "").replace(/:\d+$/, "");
  const isNear = address === "::1" || /^(::ffff:)?127\./.test(address);
  return isNear && /^(localhost|\[::1\]|127\.\d+\.\d+\.\d+)$/.test(host);
}
