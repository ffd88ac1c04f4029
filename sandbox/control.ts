import type { FaultOrder } from "./faults.ts";
import type { Answer, Handler, SandboxRequest } from "./http.ts";
import type { SandboxServer } from "./vendor.ts";

type Route = (body: Record<string, unknown>, server: SandboxServer) => unknown;

const routes: Record<string, Route> = {
  "GET ": (_body, server) => describe(server),
  "GET ledger": (_body, server) => (server.ledger as { read?: () => unknown }).read?.() ?? server.ledger,
  "GET requests": (_body, server) => server.requests.read(),
  "DELETE requests": (_body, server) => server.requests.clear(),
  "GET faults": (_body, server) => server.faults.list(),
  "POST faults": (body, server) => server.faults.arm(body as FaultOrder),
  "DELETE faults": (_body, server) => server.faults.clear(),
  "POST release": async (body, server) => ({ answers: await server.faults.release(body["id"] as string | undefined) }),
  "POST lag": (body, server) => server.faults.setLag(body["on"] !== false),
  "POST down": (body, server) => server.down(body["mode"] === "refuse" ? "refuse" : "reset"),
  "POST up": (_body, server) => server.up(),
  "POST reset": (_body, server) => server.reset(),
  "GET webhooks": (_body, server) => server.webhooks.list(),
  "POST webhooks/hold": (_body, server) => server.webhooks.hold(),
  "POST webhooks/lose": (body, server) => server.webhooks.lose(Number(body["count"] ?? 1)),
  "POST webhooks/double": (body, server) => server.webhooks.double(Number(body["count"] ?? 1)),
  "POST webhooks/release": (body, server) =>
    server.webhooks.release((body["order"] ?? "given") as "given" | "reverse" | string[]),
};

/**
 * The control address. `/_sandbox/<route>` is this server, `/_sandbox/servers/<name>/<route>` any server of this
 * process, so that one whose port is closed (`down` with mode refuse) can be brought up again.
 */
export function createControl(own: () => SandboxServer, all: () => Record<string, SandboxServer>): Handler {
  return async (request) => {
    const path = new URL(request.path, "http://sandbox").pathname.replace(/^\/_sandbox\/?/, "");
    const [, name, rest] = /^servers\/([^/]+)\/?(.*)$/.exec(path) ?? [];
    const server = name === undefined ? own() : all()[name];
    if (!server) return { status: 404, body: { error: `No server ${name}. Known: ${Object.keys(all()).join(", ")}.` } };
    try {
      return await run(request, rest ?? path, server);
    } catch (error) {
      return { status: 400, body: { error: error instanceof Error ? error.message : String(error) } };
    }
  };
}

async function run(request: SandboxRequest, path: string, server: SandboxServer): Promise<Answer> {
  const body = (request.body === "" ? {} : JSON.parse(request.body)) as Record<string, unknown>;
  const fired = /^faults\/([^/]+)\/fired$/.exec(path);
  if (fired && request.method === "GET") return done(await server.faults.whenFired(fired[1]!));
  const deed = (server.controls as Record<string, unknown>)[path];
  if (request.method === "POST" && typeof deed === "function")
    return done(await (deed as (body: unknown) => unknown)(body));
  const route = routes[`${request.method} ${path}`];
  if (!route)
    return {
      status: 404,
      body: {
        error: `No control ${request.method} /_sandbox/${path}.`,
        routes: [...Object.keys(routes), ...Object.keys(server.controls).map((name) => `POST ${name}`)],
      },
    };
  return done(await route(body, server));
}

const done = (value: unknown): Answer =>
  value === undefined || value === null
    ? { status: 204 }
    : { status: 200, headers: { "content-type": "application/json" }, body: JSON.stringify(value) };

const describe = (server: SandboxServer) => ({
  name: server.name,
  url: server.url,
  faults: server.faults.list(),
  lag: server.faults.currentLag() !== null,
  webhooksWaiting: server.webhooks.list().length,
  requests: server.requests.read().total,
  controls: Object.keys(server.controls),
});
