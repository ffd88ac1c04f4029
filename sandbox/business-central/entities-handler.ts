import type { Answer, SandboxRequest } from "../http.ts";
import { act } from "./actions.ts";
import type { Books } from "./books.ts";
import { knownSet, type EntitySet } from "./entity-sets.ts";
import { badRequest, noSegment, notAllowed, notThere } from "./errors.ts";
import type { Entity } from "./filter.ts";
import { parseQuery, type Query } from "./query.ts";
import { arrange, page, render, startRows } from "./read.ts";
import type { Route } from "./route.ts";
import type { Settings } from "./settings.ts";
import { create, patch, remove } from "./write.ts";

type Context = { books: Books; request: SandboxRequest; search: string; root: string; settings: Settings };
type EntitiesRoute = Extract<Route, { kind: "entities" }>;

/** Requests for entities of one company. */
export function handleEntities(context: Context, route: EntitiesRoute): Answer {
  const { set, key, rest } = route;
  const next = rest[0];
  if (key === null) return next ? countOf(context, set, next.name) : onCollection(context, set);
  if (!next) return onEntity(context, set, key);
  if (next.name.startsWith("Microsoft.NAV."))
    return onAction(context, set, key, next.name.slice("Microsoft.NAV.".length));
  return onNavigation(context, set, key, next);
}

function onCollection(context: Context, set: EntitySet, documentId: string | null = null): Answer {
  const { books, request } = context;
  if (request.method === "GET") {
    const query = parseQuery(context.search, set);
    return collection(context, set, startRows(books, set, query), query);
  }
  if (request.method !== "POST") throw notAllowed(request.method, set.name);
  const row = create(books, set, jsonOf(request), documentId);
  return single(context, set, row, 201);
}

function onEntity(context: Context, set: EntitySet, id: string): Answer {
  const { books, request } = context;
  const ifMatch = request.headers["if-match"];
  if (request.method === "GET") return single(context, set, found(books, set, id), 200);
  if (request.fault?.kind === "stale-etag") touch(books, set, id);
  if (request.method === "PATCH") return single(context, set, patch(books, set, id, jsonOf(request), ifMatch), 200);
  if (request.method !== "DELETE") throw notAllowed(request.method, set.name);
  remove(books, set, id, ifMatch);
  return { status: 204 };
}

function onAction({ books, request, settings, root }: Context, set: EntitySet, id: string, name: string): Answer {
  if (request.method !== "POST") throw notAllowed(request.method, set.name);
  const result = act(books, set, id, name, jsonOf(request), settings);
  if (!result) return { status: 204 };
  return { status: 201, body: { "@odata.context": `${root}/$metadata#Microsoft.NAV.${name}`, ...result } };
}

function onNavigation(
  context: Context,
  set: EntitySet,
  id: string,
  { name, key }: { name: string; key: string | null },
): Answer {
  const { books, request } = context;
  const navigation = set.navigations.find((each) => each.name === name);
  if (!navigation) throw noSegment(name);
  const target = knownSet(navigation.set);
  const row = found(books, set, id);
  if (key !== null) return onEntity(context, target, key);
  if (navigation.many && request.method === "POST") return onCollection(context, target, id);
  if (request.method !== "GET") throw notAllowed(request.method, target.name);
  const rows = books.table(target.rowsOf).by(navigation.to, row[navigation.from]!);
  if (navigation.many) return collection(context, target, rows, parseQuery(context.search, target));
  if (!rows[0]) throw notThere(`The ${target.type} does not exist.`);
  return single(context, target, rows[0], 200);
}

function countOf({ books, request, search }: Context, set: EntitySet, segment: string): Answer {
  if (segment !== "$count" || request.method !== "GET") throw noSegment(segment);
  const query = parseQuery(search, set);
  const rows = arrange(books, set, startRows(books, set, query), { ...query, top: null, skip: 0 });
  return { status: 200, headers: { "content-type": "text/plain" }, body: String(rows.length) };
}

function collection(context: Context, set: EntitySet, start: Entity[], query: Query): Answer {
  const { books, request, root } = context;
  const arranged = arrange(books, set, start, query);
  const preferred = Number(
    /(?:^|[,;\s])(?:odata\.)?maxpagesize=(\d+)/i.exec(request.headers["prefer"] ?? "")?.[1] ?? 0,
  );
  const limit = request.fault?.kind === "page-size" ? request.fault.size : context.settings.pageSize;
  const { rows, skipToken } = page(arranged, query.skipToken, preferred > 0 ? Math.min(preferred, limit) : limit);
  const value = rows.map((row) => render(books, set, row, query));
  if (request.fault?.kind === "stale-etag") for (const row of rows) touch(books, set, row.id);
  return {
    status: 200,
    headers: { ...typed, ...(preferred > 0 ? { "preference-applied": `odata.maxpagesize=${preferred}` } : {}) },
    body: JSON.stringify({
      "@odata.context": `${root}/$metadata#companies(${books.company.id})/${set.name}`,
      ...(query.count ? { "@odata.count": arrange(books, set, start, { ...query, top: null, skip: 0 }).length } : {}),
      value,
      ...(skipToken ? { "@odata.nextLink": nextLink(context, skipToken) } : {}),
    }),
  };
}

function single(context: Context, set: EntitySet, row: Entity, status: number): Answer {
  const { books, request, root } = context;
  const query = parseQuery(context.search, set);
  const entity = render(books, set, books.table(set.rowsOf).get(row.id)!, query);
  if (request.fault?.kind === "stale-etag") touch(books, set, row.id);
  return {
    status,
    headers: typed,
    body: JSON.stringify({
      "@odata.context": `${root}/$metadata#companies(${books.company.id})/${set.name}/$entity`,
      ...entity,
    }),
  };
}

const typed = { "content-type": "application/json; odata.metadata=minimal; odata.streaming=true" };

function found(books: Books, set: EntitySet, id: string): Entity {
  const row = books.table(set.rowsOf).get(id);
  if (!row) throw notThere(`The ${set.type} does not exist. Identification fields and values: SystemId='${id}'`);
  return row;
}

/** Somebody else changes the record. */
function touch(books: Books, set: EntitySet, id: string) {
  const row = books.table(set.rowsOf).get(id);
  if (row) books.save(set.rowsOf, row);
}

function nextLink({ request, search }: Context, skipToken: string): string {
  const kept = search.split("&").filter((pair) => pair && !/^(\$|%24)skiptoken=/i.test(pair));
  const path = request.path.split("?")[0]!;
  return `http://${request.headers["host"] ?? "localhost"}${path}?${[...kept, `$skiptoken=${skipToken}`].join("&")}`;
}

function jsonOf(request: SandboxRequest): unknown {
  if (request.body.trim() === "") return {};
  try {
    return JSON.parse(request.body) as unknown;
  } catch {
    throw badRequest("Invalid Request Body");
  }
}
