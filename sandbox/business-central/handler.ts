import type { Answer, Handler, SandboxRequest } from "../http.ts";
import type { Books } from "./books.ts";
import { handleEntities } from "./entities-handler.ts";
import { type Api, knownSet } from "./entity-sets.ts";
import { badRequest, errorAnswer, noSegment, notAllowed, notThere, ODataError } from "./errors.ts";
import type { Entity } from "./filter.ts";
import { metadata } from "./metadata.ts";
import { parseQuery } from "./query.ts";
import { createRateLimit } from "./rate-limit.ts";
import { arrange, render } from "./read.ts";
import { type Route, routeOf } from "./route.ts";
import type { Settings } from "./settings.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Tokens } from "./token.ts";

type Parts = { settings: Settings; tokens: Tokens; subscriptions: Subscriptions; books: Books[] };

/** Token endpoint and both APIs. */
export function createHandler(parts: Parts): Handler {
  const checkRate = createRateLimit(parts.settings);
  return async (request) => {
    const [pathname = "", search = ""] = request.path.split("?", 2);
    if (/^\/[^/]+\/oauth2\/v2\.0\/token$/.test(pathname)) return parts.tokens.answer(request);
    try {
      parts.tokens.check(request.headers["authorization"]);
      checkRate();
      return await answer(parts, request, search, routeOf(pathname, search, parts.settings.customApi));
    } catch (error) {
      if (!(error instanceof ODataError)) throw error;
      const refused = errorAnswer(error.status, error.code, error.message);
      return error.status === 401
        ? { ...refused, headers: { ...refused.headers, "www-authenticate": "Bearer" } }
        : refused;
    }
  };
}

async function answer(parts: Parts, request: SandboxRequest, search: string, route: Route): Promise<Answer> {
  const root = `http://${request.headers["host"] ?? "localhost"}${request.path.slice(0, request.path.indexOf("/api/"))}/api/${route.api === "v2.0" ? "v2.0" : parts.settings.customApi}`;
  if (route.kind === "metadata")
    return { status: 200, headers: { "content-type": "application/xml" }, body: metadata(route.api) };
  if (route.kind === "root")
    return {
      status: 200,
      body: {
        "@odata.context": `${root}/$metadata`,
        value: [{ name: "companies", kind: "EntitySet", url: "companies" }],
      },
    };
  if (route.kind === "subscriptions") return handleSubscriptions(parts, request, route.api, route.id, root);
  if (route.kind === "companies") return handleCompanies(parts, request, search, route.id, root);
  const books = companyBooks(parts, route.company);
  if (route.api === "custom" && parts.settings.plainCompanies.includes(books.company.code))
    throw noSegment(route.set.name);
  return handleEntities({ books, request, search, root, settings: parts.settings }, route);
}

function companyBooks({ books }: Parts, wanted: string): Books {
  const found = books.find(
    ({ company }) => company.id === wanted.toLowerCase() || company.code === wanted || company.name === wanted,
  );
  if (!found) throw new ODataError(404, "Internal_CompanyNotFound", `Cannot find the company '${wanted}'.`);
  return found;
}

function handleCompanies(
  parts: Parts,
  request: SandboxRequest,
  search: string,
  id: string | null,
  root: string,
): Answer {
  const set = knownSet("companies");
  if (request.method !== "GET") throw notAllowed(request.method, set.name);
  const query = parseQuery(search, set);
  const rows = parts.books.map(({ company }): Entity => ({
    id: company.id,
    systemVersion: "26.0.0.0",
    name: company.code,
    displayName: company.name,
    businessProfileId: "",
  }));
  if (id === null)
    return {
      status: 200,
      body: {
        "@odata.context": `${root}/$metadata#companies`,
        value: arrange(parts.books[0]!, set, rows, query).map((row) => render(parts.books[0]!, set, row, query)),
      },
    };
  const row = rows.find((each) => each.id === companyBooks(parts, id).company.id)!;
  return {
    status: 200,
    body: { "@odata.context": `${root}/$metadata#companies/$entity`, ...render(parts.books[0]!, set, row, query) },
  };
}

async function handleSubscriptions(
  { subscriptions }: Parts,
  request: SandboxRequest,
  api: Api,
  id: string | null,
  root: string,
): Promise<Answer> {
  const ifMatch = request.headers["if-match"];
  const context = { "@odata.context": `${root}/$metadata#subscriptions` };
  if (id === null && request.method === "GET")
    return { status: 200, body: { ...context, value: subscriptions.list(api) } };
  if (id === null && request.method === "POST")
    return { status: 201, body: { ...context, ...(await subscriptions.create(api, bodyOf(request))) } };
  if (id !== null && request.method === "GET")
    return { status: 200, body: { ...context, ...subscriptions.read(api, id) } };
  if (id !== null && request.method === "PATCH")
    return { status: 200, body: { ...context, ...(await subscriptions.renew(api, id, bodyOf(request), ifMatch)) } };
  if (id === null || request.method !== "DELETE")
    throw id === "" ? notThere("The subscription does not exist.") : notAllowed(request.method, "subscriptions");
  subscriptions.remove(api, id, ifMatch);
  return { status: 204 };
}

function bodyOf(request: SandboxRequest): unknown {
  try {
    return JSON.parse(request.body || "{}") as unknown;
  } catch {
    throw badRequest("Invalid Request Body");
  }
}
