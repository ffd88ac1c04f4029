import { type DocumentNode, Kind, type OperationDefinitionNode, parse, print, visit } from "graphql";
import { ask, clientOf, compileBody, type EntityFetch, runEntityFetch } from "./fetch-node.ts";
import type { PlanPlaces } from "./compile-plan.ts";
import type { Step } from "./run.ts";
import { mergedFetches } from "../telemetry/gateway-metrics.ts";

/** Several entity fetches of one subgraph as one operation, each under an alias of its own (G-08). One that has nothing to ask for stays away. */
export function runTogether(places: PlanPlaces, fetches: readonly EntityFetch[]): Step {
  const [first] = fetches;
  if (!first) return async () => undefined;
  const { serviceName, operationName } = first.node;
  const client = clientOf(places, serviceName);
  const saved = mergedFetches(serviceName);
  const alone = new Map(fetches.map((fetch) => [fetch, runEntityFetch(places, fetch)]));
  const writeBody = compileBody({
    operation: mergeOperations(fetches.map(({ node }) => node.operation)),
    operationName,
    variableUsages: [...new Set(fetches.flatMap(({ node }) => node.variableUsages ?? []))],
  });
  return async (run) => {
    const gathered = fetches.map((fetch) => fetch.gather(run));
    const active = fetches.filter((_, index) => gathered[index]);
    const [only] = active;
    if (!only) return;
    if (active.length === 1) return alone.get(only)?.(run);
    saved.add(active.length - 1);
    const lists = gathered.map((one, index) => `"${representations(index)}":[${one?.texts.join(",") ?? ""}]`);
    const targets = active.map(({ target }) => target);
    const answer = await ask(client, writeBody(run.variables, lists.join(",")), run, operationName, targets);
    if (!answer) return;
    for (const [index, fetch] of fetches.entries()) {
      const one = gathered[index];
      if (!one) continue;
      const errors = answer.errors?.filter(({ path }) => path?.[0] === undefined || path[0] === entities(index));
      fetch.spread(run, one, { data: answer.data, ...(errors?.length ? { errors } : {}) }, entities(index));
    }
  };
}

const entities = (index: number) => `bhEntities${index}`;
const representations = (index: number) => `bhRepresentations${index}`;

/** One document with every fetch's `_entities` under an alias, its representations in a variable of its own. */
function mergeOperations(operations: readonly string[]): string {
  const parts = operations.map((operation, index) => renameParts(parse(operation, { noLocation: true }), index));
  const variables = new Map(
    parts.flatMap(({ operation }) =>
      (operation.variableDefinitions ?? []).map((definition) => [definition.variable.name.value, definition] as const),
    ),
  );
  const [first] = parts;
  if (!first) throw new Error("nothing to merge");
  const operation: OperationDefinitionNode = {
    ...first.operation,
    variableDefinitions: [...variables.values()],
    selectionSet: {
      kind: Kind.SELECTION_SET,
      selections: parts.flatMap((part) => part.operation.selectionSet.selections),
    },
  };
  return print({ kind: Kind.DOCUMENT, definitions: [operation, ...parts.flatMap(({ fragments }) => fragments)] });
}

function renameParts(document: DocumentNode, index: number) {
  const name = (value: string) => ({ kind: Kind.NAME as const, value });
  const renamed = visit(document, {
    Variable: (node) =>
      node.name.value === "representations" ? { ...node, name: name(representations(index)) } : node,
    FragmentSpread: (node) => ({ ...node, name: name(`${node.name.value}_${index}`) }),
    FragmentDefinition: (node) => ({ ...node, name: name(`${node.name.value}_${index}`) }),
    OperationDefinition: (node) => ({
      ...node,
      selectionSet: {
        ...node.selectionSet,
        selections: node.selectionSet.selections.map((field) => ({ ...field, alias: name(entities(index)) })),
      },
    }),
  });
  const [operation] = renamed.definitions.filter((node) => node.kind === Kind.OPERATION_DEFINITION);
  if (!operation) throw new Error("a fetch without an operation");
  return { operation, fragments: renamed.definitions.filter((node) => node.kind === Kind.FRAGMENT_DEFINITION) };
}
