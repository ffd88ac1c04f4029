import type { Answer, Handler, SandboxRequest } from "../http.ts";
import { answerOf, noResource, SalesforceError } from "./errors.ts";
import type { Limit } from "./limit.ts";
import type { Org } from "./org.ts";
import type { Queries } from "./query.ts";
import { answerResource } from "./routes.ts";
import type { Settings } from "./settings.ts";
import type { Tokens } from "./token.ts";

type Parts = { settings: Settings; tokens: Tokens; limit: Limit; org: Org; queries: Queries };

/** Token endpoint and REST API. */
export function createHandler(parts: Parts): Handler {
  return (request) => {
    if (pathOf(request) === "/services/oauth2/token") return parts.tokens.answer(request);
    try {
      const by = parts.tokens.check(request.headers["authorization"]);
      parts.limit.count();
      return withUsage(parts, answer(parts, request, by));
    } catch (error) {
      if (error instanceof SalesforceError) return withUsage(parts, answerOf(error));
      throw error;
    }
  };
}

function answer({ org, queries, settings: { versions } }: Parts, request: SandboxRequest, by: string): Answer {
  const [, version = "", resource = ""] = /^\/services\/data\/(v\d+\.0)\/(.*)$/.exec(request.path) ?? [];
  const number = Number.parseInt(version.slice(1), 10);
  if (!(number >= versions.oldest && number <= versions.newest)) throw noResource();
  return answerResource({ org, queries, version, by, request }, request.method, resource, request.body);
}

const withUsage = ({ limit }: Parts, reply: Answer): Answer => ({
  ...reply,
  headers: { ...reply.headers, "sforce-limit-info": limit.usage() },
});

const pathOf = ({ path }: SandboxRequest) => path.split("?", 1)[0];

/** `GET query`, `PATCH Case`, `PATCH Backhaul_Return__c/Key__c`, `POST composite`, `POST token`. */
export function kindOf({ method, path }: { method: string; path: string }): string {
  const plain = path.split("?", 1)[0]!;
  if (plain.endsWith("/oauth2/token")) return `${method} token`;
  const [head = "", object = "", id, key] = plain.replace(/^\/services\/data\/[^/]*\//, "").split("/");
  if (head === "query") return object === "" ? `${method} query` : `${method} query/more`;
  if (head !== "sobjects") return `${method} ${head}`;
  return `${method} ${object}${key === undefined ? "" : `/${id}`}`;
}
