import { operationFromDocument } from "@apollo/federation-internals";
import type { PlanNode } from "@apollo/query-planner";
import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  GraphQLError,
  Kind,
  type OperationDefinitionNode,
} from "graphql";
import type { GatewayContext } from "../request.ts";
import { watchPlan } from "../telemetry/watch-prepare.ts";
import type { Refused, Requirements } from "./authorize.ts";
import { compilePlan, type PlanPlaces } from "./compile-plan.ts";
import { type Completion, completeRoot } from "./complete.ts";
import type { EngineParts } from "./engine.ts";
import { withoutFields } from "./filter-document.ts";
import { findRuns, noRuns, type Runs } from "./find-runs.ts";
import { generateShaper, type Shaper } from "./generate-shaper.ts";
import { createIntrospect } from "./introspection.ts";
import { createKept } from "./kept.ts";
import { inClientOrder } from "./mutation-order.ts";
import { OperationRefused } from "./operation-refused.ts";
import { byPercentage, readLabels } from "./overrides.ts";
import { pruneDocument } from "./prune-document.ts";
import type { Entity, Step, Variables } from "./run.ts";
import { makeSafe, readPlannedNames, type SafeDocument } from "./safe-names.ts";
import { type ObjectShape, shapeOf } from "./shape.ts";

const KEPT_VARIANTS = 16;

/** An operation for callers who are refused the same fields. */
export type Variant = {
  readonly refused: Refused;
  /** The whole operation is refused, by setting. */
  readonly isRefused: boolean;
  /** What is planned: the operation without what is refused, under names that the plan can't take for its own. */
  readonly safe: SafeDocument;
  readonly overrides: ReadonlyMap<string, boolean>;
  /** Undefined where nothing has to be fetched, and for subscriptions, whose plan is subscribe.ts's. */
  readonly step: Step | undefined;
  /** Keys as the client knows them, by the plan's. */
  readonly clientKeys: ReadonlyMap<string, string>;
  readonly shaper: Shaper;
  readonly introspect: ReturnType<typeof createIntrospect>;
};

/** The variant for a caller and what he sends. */
export type VariantFor = (context: GatewayContext, variables: Variables) => Variant;
export type VariantsOf = (
  document: DocumentNode,
  operation: OperationDefinitionNode,
  requirements: Requirements,
) => VariantFor;

/** Plans the variants of one engine's operations, each when it is first met; throws OperationRefused. */
export function createVariantsOf(parts: EngineParts): VariantsOf {
  const tools = createTools(parts);
  return (document, operation, requirements) => variantsOf(tools, { document, operation, requirements });
}

type Tools = ReturnType<typeof createTools>;
function createTools(parts: EngineParts) {
  const { supergraph, clients } = parts;
  return {
    ...parts,
    places: { schema: supergraph.supergraphSchema, clients } satisfies PlanPlaces,
    labels: readLabels(supergraph),
    plannedNames: readPlannedNames(supergraph),
    isOverridden: parts.isOverridden ?? byPercentage,
  };
}

/** One operation and the fragments it uses, and what its fields require. */
type Known = {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  readonly requirements: Requirements;
};

function variantsOf(tools: Tools, known: Known): VariantFor {
  const { labels, isOverridden } = tools;
  const variants = createKept<Variant>(KEPT_VARIANTS);
  // What is planned for everybody is planned now, so that a document that can't be is refused now.
  const plain = createVariant(tools, known, NOTHING, new Map(), {});
  const conditions = conditionsOf([known.operation, ...fragmentsOf(known.document).values()]);
  return (context, variables) => {
    const refused = known.requirements.refusedFor(context.caller);
    const isPlain = labels.length === 0 && refused.key === "";
    if (isPlain && conditions.every((name) => variables[name] !== true)) return plain;
    const values = conditions.map((name) => (variables[name] === true ? "1" : "0")).join("");
    const overrides = new Map(labels.map((label) => [label, isOverridden(label, context)]));
    const key = `${refused.key} ${[...overrides.values()].map(Number).join("")} ${values}`;
    return variants.get(key) ?? variants.set(key, createVariant(tools, known, refused, overrides, variables));
  };
}

const NOTHING: Refused = { key: "", fields: new Set() };

function createVariant(
  tools: Tools,
  known: Known,
  refused: Refused,
  overrides: ReadonlyMap<string, boolean>,
  variables: Variables,
): Variant {
  const { supergraph, plannedNames } = tools;
  const { document, operation } = known;
  const fragments = fragmentsOf(document);
  const filtered = withoutFields(document, refused.fields);
  const safe = makeSafe(pruneDocument(filtered, variables), plannedNames);
  const isRefused = refused.key !== "" && tools.refusal === "operation";
  const shape = shapeOf({
    schema: supergraph.schema,
    operation,
    fragments,
    variables,
    refused: refused.fields,
    safeNames: safe.keys,
  });
  const needsPlan = !isRefused && operation.operation !== "subscription";
  const plan = needsPlan ? planOrRefuse(() => planOf(tools, safe.document, overrides)) : undefined;
  // An answer with refused fields is completed value by value: then what is cut out would be parsed after all.
  const runs = plan && refused.fields.size === 0 ? findRuns(plan, shape) : noRuns;
  return {
    refused,
    isRefused,
    safe,
    overrides,
    step: plan && planOrRefuse(() => compilePlan({ ...tools.places, readers: runs.readers }, plan)),
    clientKeys: new Map([...safe.keys].map(([key, planned]) => [planned, key])),
    shaper: shaperOf(shape, refused, runs),
    introspect: createIntrospect(supergraph.schema, operation, fragments),
  };
}

/** What can't be planned is refused: by a code of ours, or as a mistake of the planner, which is ours too. */
export function planOrRefuse<Plan>(plan: () => Plan): Plan {
  try {
    return plan();
  } catch (error) {
    const originalError = error instanceof Error ? error : new Error(String(error));
    throw new OperationRefused([new GraphQLError(originalError.message, { originalError })]);
  }
}

function planOf(
  { supergraph }: Tools,
  document: DocumentNode,
  overrideConditions: ReadonlyMap<string, boolean>,
): PlanNode | undefined {
  const { node } = watchPlan(() =>
    supergraph.planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema, document), {
      overrideConditions: new Map(overrideConditions),
    }),
  );
  if (!node) return undefined;
  if (node.kind === "Subscription") throw new Error("planned a query as a subscription");
  return inClientOrder(node, document);
}

/** Refused fields are errors with paths, which generated code doesn't know. */
function shaperOf(shape: ObjectShape, refused: Refused, runs: Runs): Shaper {
  if (refused.fields.size === 0) return generateShaper(shape, runs.of);
  return (data: Entity, completion: Completion) => completeRoot(shape, data, completion);
}

function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  return new Map(
    document.definitions.flatMap((node) =>
      node.kind === Kind.FRAGMENT_DEFINITION ? [[node.name.value, node] as const] : [],
    ),
  );
}

type Definitions = readonly (OperationDefinitionNode | FragmentDefinitionNode)[];

/** The variables that decide what is skipped. */
function conditionsOf(definitions: Definitions): readonly string[] {
  const names = new Set<string>();
  const walk = (set: FieldNode["selectionSet"]): void => {
    for (const node of set?.selections ?? []) {
      for (const { name, arguments: given } of node.directives ?? []) {
        const value = name.value === "skip" || name.value === "include" ? given?.[0]?.value : undefined;
        if (value?.kind === Kind.VARIABLE) names.add(value.name.value);
      }
      if (node.kind !== Kind.FRAGMENT_SPREAD) walk(node.selectionSet);
    }
  };
  for (const { selectionSet } of definitions) walk(selectionSet);
  return [...names];
}
