import { operationFromDocument } from "@apollo/federation-internals";
import { buildOperationContext, executeQueryPlan, type ServiceMap } from "@apollo/gateway";
import { type DocumentNode, type GraphQLFormattedError, Kind, type OperationDefinitionNode } from "graphql";
import { createSilentLog } from "#shared/log.ts";
import type { Answer, AskSubgraph, Federation } from "./federation.ts";

type Path = readonly (string | number)[];
type Errors = readonly Pick<GraphQLFormattedError, "path" | "extensions" | "message">[];

export function operationOf(document: DocumentNode): OperationDefinitionNode {
  const operation = document.definitions.find(({ kind }) => kind === Kind.OPERATION_DEFINITION);
  return operation as OperationDefinitionNode;
}

/** What @apollo/gateway's executor answers: the reference. Variables are coerced ones. Its notes on null bubbling stand in `extensions.valueCompletion`. */
export async function executeStock(
  { supergraph }: Federation,
  ask: ReadonlyMap<string, AskSubgraph>,
  document: DocumentNode,
  variables: Record<string, unknown>,
): Promise<Answer> {
  const plan = supergraph.planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema, document));
  const operationContext = buildOperationContext({ schema: supergraph.schema, operationDocument: document });
  const services: ServiceMap = Object.fromEntries(
    [...ask].map(([name, askSubgraph]) => [
      name,
      {
        process: async ({ request }) =>
          (await askSubgraph(String(request.query), (request.variables ?? {}) as Record<string, unknown>)) as never,
      },
    ]),
  );
  const requestContext = { request: { variables }, metrics: {}, context: {}, logger: createSilentLog() };
  const result = await executeQueryPlan(
    plan,
    services,
    requestContext as unknown as Parameters<typeof executeQueryPlan>[2],
    operationContext,
    supergraph.supergraphSchema,
    supergraph.apiSchema,
  );
  return JSON.parse(JSON.stringify(result)) as Answer;
}

/**
 * Field path and code of each error: their wording and order are nobody's contract. Without the places in lists, which the reference counts wrongly wherever
 * an entity of the list was not asked for (it has `["search",0]` for the only robot, at 3); `errorPlaces` has them.
 */
export const errorKinds = (errors: Errors | undefined): Set<string> =>
  new Set((errors ?? []).map(({ path, extensions }) => `${fieldsOf(path).join(".")} ${codeOf(extensions)}`));

const fieldsOf = (path: Path = []) => path.filter((part) => typeof part === "string");

/** Whether a null stands somewhere at the field path of an error, so that it is an error of the answer and not of what was planned beside it. */
export function hasNullAt(data: unknown, path: Path = []): boolean {
  if (Array.isArray(data)) return data.some((element) => hasNullAt(element, path));
  const [field, ...rest] = fieldsOf(path);
  if (field === undefined) return data === null;
  return typeof data === "object" && data !== null && hasNullAt((data as Record<string, unknown>)[field], rest);
}

/** The reference calls an error that has no code of its own DOWNSTREAM_SERVICE_ERROR. */
function codeOf(extensions: Record<string, unknown> | undefined): string {
  const code = extensions?.["code"];
  return typeof code === "string" && code !== "DOWNSTREAM_SERVICE_ERROR" ? code : "-";
}

/**
 * Where errors show in the data: for each the nulled place, and the code where the error is of that very place. Of several errors under one nulled place the
 * specification lets an executor tell any (6.4.4), so these are equal for executors that fetch in different orders. Errors of fields that only a `@requires`
 * asked for are no part of it.
 */
export function errorPlaces(data: unknown, errors: Errors | undefined): string[] {
  const places = (errors ?? []).flatMap(({ path = [], extensions }) => {
    const place = nulledPlace(data, path);
    return place ? [`${JSON.stringify(place)} ${place.length === path.length ? codeOf(extensions) : "below"}`] : [];
  });
  return [...new Set(places)].sort();
}

/** Undefined where the data has nothing of the kind: nobody asked for that field. */
function nulledPlace(data: unknown, path: Path): Path | undefined {
  let value = data;
  for (const [depth, key] of path.entries()) {
    if (value === null) return path.slice(0, depth);
    value = (value as Record<string | number, unknown>)[key];
    if (value === undefined) return undefined;
  }
  return value === null ? path : undefined;
}
