import type { Answer, SandboxRequest } from "../http.ts";
import { readBody, Refusal } from "./answers.ts";
import {
  cancelDisposition,
  cancelReturn,
  dispositionView,
  putDisposition,
  putReturn,
  returnView,
} from "./instructions.ts";
import { receiptView } from "./receipts.ts";
import type { Site } from "./site.ts";
import { queryStock } from "./stock.ts";
import { dispositionInstruction, returnInstruction, stockQuery } from "./wire.ts";

type Asked = { site: Site; key: string; query: URLSearchParams; body: string };
type Route = { name: string; method: string; path: RegExp; answer: (asked: Asked) => Answer | Promise<Answer> };

const BASE = "/wms/v1";
const route = (name: string, path: string, answer: Route["answer"]): Route => {
  const [method = "", pattern = ""] = path.split(" ");
  return { name, method, path: new RegExp(`^${BASE}${pattern.replace("{key}", "([^/]+)")}$`), answer };
};

const ROUTES: Route[] = [
  route("return-instructions", "PUT /return-instructions/{key}", ({ site, key, body }) =>
    site.transaction(() => putReturn(site, keyOf(key), readBody(returnInstruction, body))),
  ),
  route("return-instructions", "GET /return-instructions/{key}", ({ site, key }) =>
    ok(returnView(site, aReturn(site, key))),
  ),
  route("return-instructions/cancel", "POST /return-instructions/{key}/cancel", ({ site, key }) =>
    site.transaction(() => cancelReturn(site, aReturn(site, key))),
  ),
  route("disposition-instructions", "PUT /disposition-instructions/{key}", ({ site, key, body }) =>
    site.transaction(() => putDisposition(site, keyOf(key), readBody(dispositionInstruction, body))),
  ),
  route("disposition-instructions", "GET /disposition-instructions/{key}", ({ site, key }) =>
    ok(dispositionView(aDisposition(site, key))),
  ),
  route("disposition-instructions/cancel", "POST /disposition-instructions/{key}/cancel", ({ site, key }) =>
    site.transaction(() => cancelDisposition(site, aDisposition(site, key))),
  ),
  route("stock/query", "POST /stock/query", ({ site, body }) =>
    ok(queryStock(site.tables, site.items, readBody(stockQuery, body).skus, site.now())),
  ),
  route("receipts", "GET /receipts/{key}", ({ site, key }) => {
    const receipt = site.tables.receipts.get(key);
    return receipt ? ok(receiptView(receipt)) : missing(`receipt ${key}`);
  }),
  route("receipts", "GET /receipts", ({ site, query }) => {
    const key = query.get("instructionKey");
    if (key === null) throw new Refusal("INVALID", "Give an instructionKey.", { field: "instructionKey" });
    const receipts = site.tables.receipts.by("instructionKey", key);
    return receipts.length > 0 ? ok({ receipts: receipts.map(receiptView) }) : missing(`receipt for ${key}`);
  }),
  route("events", "GET /events", async ({ site, query }) =>
    ok(
      await site.events.page({
        after: query.get("after"),
        limit: whole(query, "limit", { least: 1, most: 1000, otherwise: 500 }),
        wait: whole(query, "wait", { least: 0, most: 30, otherwise: 0 }),
      }),
    ),
  ),
];

const match = ({ method, path }: { method: string; path: string }) => {
  const { pathname, searchParams } = new URL(path, "http://site");
  const found = ROUTES.find((each) => each.method === method && each.path.test(pathname));
  return found && { route: found, key: found.path.exec(pathname)?.[1] ?? "", query: searchParams };
};

/** For counting calls: method and resource. */
export const kindOf = (request: { method: string; path: string }): string =>
  `${request.method} ${match(request)?.route.name ?? "unknown"}`;

/** Answers a request of an authenticated client; throws Refusal. */
export function answerRoute(site: Site, request: SandboxRequest): Answer | Promise<Answer> {
  const found = match(request) ?? missing(`${request.method} ${request.path}`);
  return found.route.answer({ site, key: decodeURIComponent(found.key), query: found.query, body: request.body });
}

const ok = (body: unknown): Answer => ({ status: 200, body });

function missing(what: string): never {
  throw new Refusal("NOT_FOUND", `There is no ${what}.`);
}

const aReturn = ({ tables }: Site, key: string) => tables.returns.get(key) ?? missing(`return instruction ${key}`);
const aDisposition = ({ tables }: Site, key: string) =>
  tables.dispositions.get(key) ?? missing(`disposition instruction ${key}`);

function keyOf(key: string): string {
  if (!/^[A-Za-z0-9-]{1,35}$/.test(key))
    throw new Refusal("INVALID", "A key is 1 to 35 letters, digits and dashes.", { field: "key" });
  return key;
}

type Bounds = { least: number; most: number; otherwise: number };
function whole(query: URLSearchParams, name: string, { least, most, otherwise }: Bounds): number {
  const text = query.get(name) ?? String(otherwise);
  const value = Number(text);
  if (!/^\d+$/.test(text) || value < least || value > most)
    throw new Refusal("INVALID", `Give a whole number from ${least} to ${most}.`, { field: name });
  return value;
}
