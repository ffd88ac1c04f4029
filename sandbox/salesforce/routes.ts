import type { Answer, SandboxRequest } from "../http.ts";
import { type Part, runComposite } from "./composite.ts";
import { noResource, notAllowed, unreadableBody } from "./errors.ts";
import { objectNamed, type ObjectType } from "./objects.ts";
import type { Org } from "./org.ts";
import type { Queries } from "./query.ts";
import { createRecord, findRecord, recordsByKey, updateRecord } from "./records.ts";
import { renderWhole } from "./render.ts";

export type Asked = {
  org: Org;
  queries: Queries;
  /** As in the address: `v62.0`. */
  version: string;
  /** Who is signed in. */
  by: string;
  request: SandboxRequest;
};
type Body = Record<string, unknown>;

/** Answers what stands below `/services/data/vXX.X/`; throws the vendor's refusals. */
export function answerResource(asked: Asked, method: string, resource: string, body: string): Answer {
  const [path = "", search = ""] = resource.split("?", 2);
  const steps = path.split("/").filter(Boolean).map(decodeURIComponent);
  const [head, ...rest] = steps;
  if (head === "query" && rest.length === 0) return onGet(method, () => runQuery(asked, search));
  if (head === "query" && rest.length === 1) return onGet(method, () => asked.queries.more(asked.version, rest[0]!));
  if (head === "composite" && rest.length === 0) return composite(asked, method, body);
  if (head === "sobjects" && rest.length > 0) return record(asked, method, rest, body);
  throw noResource();
}

function onGet(method: string, answer: () => Answer): Answer {
  if (method !== "GET") throw notAllowed(method);
  return answer();
}

function runQuery({ queries, version, request }: Asked, search: string): Answer {
  const text = new URLSearchParams(search).get("q");
  return queries.run(version, text ?? "", request);
}

function composite(asked: Asked, method: string, body: string): Answer {
  if (method !== "POST") throw notAllowed(method);
  const base = `/services/data/${asked.version}/`;
  return runComposite(asked.org, readBody(body) as never, (part: Part) => {
    if (!part.url.startsWith(base)) throw noResource();
    const text = part.body === undefined ? "" : JSON.stringify(part.body);
    return answerResource(asked, part.method, part.url.slice(base.length), text);
  });
}

function record(asked: Asked, method: string, [name = "", id, key, ...more]: string[], body: string): Answer {
  const type = objectNamed(name);
  if (more.length > 0) throw noResource();
  if (id === undefined) return create(asked, method, type, body);
  if (key !== undefined) return byKey(asked, method, type, id, key, body);
  if (method === "GET")
    return { status: 200, body: renderWhole(asked.org, asked.version, type, findRecord(asked.org, type, id)) };
  if (method !== "PATCH") throw notAllowed(method);
  asked.org.transaction(() => updateRecord(asked.org, type, id, readBody(body), asked.by));
  return { status: 204 };
}

function create({ org, by }: Asked, method: string, type: ObjectType, body: string): Answer {
  if (method !== "POST") throw notAllowed(method);
  const { id } = org.transaction(() => createRecord(org, type, readBody(body), by));
  return { status: 201, body: { id, success: true, errors: [] } };
}

/** By external id: read, or upsert. Where several records have it, 300 and where they are. */
function byKey(asked: Asked, method: string, type: ObjectType, field: string, key: string, body: string): Answer {
  const { org, version, by } = asked;
  const rows = recordsByKey(org, type, field, key);
  if (method !== "GET" && method !== "PATCH") throw notAllowed(method);
  if (rows.length > 1)
    return { status: 300, body: rows.map(({ id }) => `/services/data/${version}/sobjects/${type.name}/${id}`) };
  const [row] = rows;
  if (method === "GET") {
    if (!row) throw noResource();
    return { status: 200, body: renderWhole(org, version, type, row) };
  }
  const fields = readBody(body);
  if (!row) {
    const { id } = org.transaction(() => createRecord(org, type, { ...fields, [field]: key }, by));
    return { status: 201, body: { id, success: true, errors: [], created: true } };
  }
  // What is set for good when it is created may be said again.
  const said = Object.fromEntries(Object.entries(fields).filter(([name]) => !isSettled(type, name)));
  org.transaction(() => updateRecord(org, type, row.id, said, by));
  if (Number(version.slice(1)) < 46) return { status: 204 };
  return { status: 200, body: { id: row.id, success: true, errors: [], created: false } };
}

const isSettled = (type: ObjectType, name: string): boolean =>
  type.fields.some(
    (field) =>
      field.write === "create" &&
      [field.name.toLowerCase(), field.relation?.name.toLowerCase()].includes(name.toLowerCase()),
  );

function readBody(text: string): Body {
  try {
    const body: unknown = JSON.parse(text);
    if (typeof body === "object" && body !== null && !Array.isArray(body)) return body as Body;
  } catch {
    // Told below, as for a body that is no object.
  }
  throw unreadableBody(
    "The HTTP entity body is required, but this request has no entity body or one that can't be read.",
  );
}
