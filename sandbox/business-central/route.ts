import { type Api, setNamed, type EntitySet } from "./entity-sets.ts";
import { badRequest, noSegment } from "./errors.ts";

export type Segment = { name: string; key: string | null };
/** What a URL below an API root asks for. */
export type Route =
  | { kind: "metadata"; api: Api }
  | { kind: "root"; api: Api }
  | { kind: "companies"; api: Api; id: string | null }
  | { kind: "subscriptions"; api: Api; id: string | null }
  | { kind: "entities"; api: Api; company: string; set: EntitySet; key: string | null; rest: Segment[] };

/** Splits a path like `/api/v2.0/companies(…)/salesInvoices(…)/salesInvoiceLines`; Microsoft's own prefix may stand before `/api`. */
export function routeOf(pathname: string, search: string, customApi: string): Route {
  const [, below] = /^(?:\/v2\.0\/[^/]+\/[^/]+)?\/api\/(.*)$/.exec(pathname) ?? [];
  if (below === undefined) throw noSegment(pathname.split("/")[1] ?? "");
  const api = [["v2.0", "v2.0"] as const, ["custom", customApi] as const].find(
    ([, root]) => below === root || below.startsWith(`${root}/`),
  );
  if (!api) throw noSegment(below.split("/")[0]!);
  const segments = below.slice(api[1].length).split("/").filter(Boolean).map(segmentOf);
  return routeBelow(api[0], segments, new URLSearchParams(search).get("company"));
}

function routeBelow(api: Api, segments: Segment[], company: string | null): Route {
  const [first, second, ...rest] = segments;
  if (!first) return { kind: "root", api };
  if (first.name === "$metadata") return { kind: "metadata", api };
  if (first.name === "subscriptions") return { kind: "subscriptions", api, id: first.key };
  if (first.name !== "companies")
    return company === null ? fail(first) : entities(api, company, first, second ? [second, ...rest] : []);
  if (!second) return { kind: "companies", api, id: first.key };
  if (first.key === null) return fail(second);
  if (second.name === "subscriptions") return { kind: "subscriptions", api, id: second.key };
  return entities(api, first.key, second, rest);
}

function entities(api: Api, company: string, { name, key }: Segment, rest: Segment[]): Route {
  const set = setNamed(name);
  if (!set || set.api !== api || rest.length > 1) throw noSegment(rest.length > 1 ? rest[1]!.name : name);
  return { kind: "entities", api, company, set, key, rest };
}

const fail = (segment: Segment): never => {
  throw noSegment(segment.name);
};

function segmentOf(raw: string): Segment {
  let text: string;
  try {
    text = decodeURIComponent(raw);
  } catch {
    throw badRequest(`The segment '${raw}' is not well encoded.`);
  }
  const [, name, key] = /^([^()]+)(?:\((.*)\))?$/s.exec(text) ?? [];
  if (name === undefined) throw noSegment(text);
  if (key === undefined) return { name, key: null };
  const [, quoted] = /^'(.*)'$/s.exec(key) ?? [];
  return { name, key: quoted === undefined ? key.toLowerCase() : quoted.replaceAll("''", "'") };
}
