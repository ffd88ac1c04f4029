import { readFile } from "node:fs/promises";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { demoPeople } from "../../access/demo-people.ts";
import type { DevelopmentIssuer } from "../../access/development-issuer.ts";

const modules = createRequire(import.meta.url);
const here = (name: string) => path.join(import.meta.dirname, name);
/** A file of a package, also one that its exports don't name. */
const from = (name: string, file: string) => path.join(path.dirname(modules.resolve(`${name}/package.json`)), file);

/** What the page consists of: ours and files of npm packages, nothing from another host. */
const files: Readonly<Record<string, () => string>> = {
  "": () => here("page.html"),
  "/page.js": () => here("page.js"),
  "/page.css": () => here("page.css"),
  "/react.js": () => from("react", "umd/react.production.min.js"),
  "/react-dom.js": () => from("react-dom", "umd/react-dom.production.min.js"),
  "/graphiql.js": () => from("graphiql", "graphiql.min.js"),
  "/graphiql.css": () => from("graphiql", "graphiql.min.css"),
};
const types: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
};
const policy =
  "default-src 'self'; connect-src 'self' ws://127.0.0.1:* ws://localhost:*; style-src 'self' 'unsafe-inline'; font-src 'self' data:; img-src 'self' data:; frame-ancestors 'none'";
const loopbackHost = /^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/i;

export type ExplorerDoor = (request: IncomingMessage, response: ServerResponse) => Promise<void>;

/** GraphiQL on loopback (G-17): the Host is checked too, so that a foreign name that resolves to us gets no token. */
export function createExplorerDoor(issuer: DevelopmentIssuer | undefined): ExplorerDoor {
  return async ({ url = "", headers, method }, response) => {
    const page = new URL(url, "http://explorer").pathname.slice("/explorer".length).replace(/\/$/, "");
    if (method !== "GET" || !loopbackHost.test(headers.host ?? "")) return void response.writeHead(404).end();
    if (page === "/people") return send(response, "application/json", JSON.stringify(await people(issuer)));
    const file = fileOf(page);
    if (file === undefined) return void response.writeHead(404).end();
    send(response, types[path.extname(file)] ?? "text/plain", await readFile(file));
  };
}

function fileOf(page: string): string | undefined {
  const [, name] = /^\/graphql-ws\/((?:client|common-[\w-]+)\.js)$/.exec(page) ?? [];
  if (name !== undefined) return path.join(path.dirname(modules.resolve("graphql-ws/client")), name);
  return files[page]?.();
}

/** Everybody of the demo with a fresh token; nobody where tokens come from an issuer of your own. */
async function people(issuer: DevelopmentIssuer | undefined) {
  if (!issuer) return [];
  return Promise.all(
    Object.entries(demoPeople).map(async ([id, claims]) => ({
      id,
      label: `${claims.name} (${claims.roles?.join(", ")})`,
      token: await issuer.token(claims),
    })),
  );
}

function send(response: ServerResponse, type: string, body: string | Buffer): void {
  const headers = {
    "content-type": type,
    "cache-control": "no-store",
    "content-security-policy": policy,
    "x-content-type-options": "nosniff",
  };
  response.writeHead(200, headers).end(body);
}
