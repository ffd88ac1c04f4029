import type { FetchNode } from "@apollo/query-planner";
import { type GraphQLSchema, Kind, parse } from "graphql";
import type { SubgraphAnswer, SubgraphClient } from "../subgraph-client.ts";
import { collect, isObject, merge } from "./data.ts";
import { reportErrors, reportFailure, type Target } from "./fetch-errors.ts";
import { toJson } from "./json-text.ts";
import type { ReadAnswer } from "./generate-reader.ts";
import { compileRepresent, type Representation } from "./representations.ts";
import { compileRewrites, renamedKeys } from "./rewrites.ts";
import type { PlanPlaces } from "./compile-plan.ts";
import type { Entity, PlanPath, Run, Step, Variables } from "./run.ts";

/** A fetch of root fields. */
export function compileRootFetch(places: PlanPlaces, node: FetchNode, path: PlanPath): Step {
  const client = clientOf(places, node.serviceName);
  const writeBody = compileBody(node);
  const rewrite = compileRewrites(places.schema, node.outputRewrites);
  const rootFields = rootFieldsOf(node.operation);
  const read = places.readers?.get(node);
  const target: Target = {
    subgraph: node.serviceName,
    path,
    renamed: renamedKeys(node),
    entities: undefined,
    rootFields,
  };
  return async (run) => {
    const places = path.length ? collect(run.data, path) : [run.data];
    if (places.length === 0) return;
    const answer = await ask(client, writeBody(run.variables), run, node.operationName, [target], read);
    if (!answer) return;
    if (answer.errors?.length) reportErrors(run, target, answer.errors);
    if (!isObject(answer.data)) return missing(run, target, answer);
    rewrite?.(answer.data);
    for (const place of places) merge(place, answer.data);
  };
}

/** The entities at a path, asked of one subgraph by their keys, each different one once. */
export type EntityFetch = {
  readonly node: FetchNode;
  readonly target: Target;
  /** What has to be asked for; undefined when nothing has. */
  readonly gather: (run: Run) => Gathered | undefined;
  /** Puts an answer's entities where they belong. */
  readonly spread: (run: Run, gathered: Gathered, answer: SubgraphAnswer, entities: string) => void;
};

type Gathered = {
  /** The representations as JSON. */
  readonly texts: readonly string[];
  /** The objects that stand for them, and which representation each is. */
  readonly objects: readonly Entity[];
  readonly indexes: readonly number[];
};

const ENTITIES = "_entities";

export function compileEntityFetch(places: PlanPlaces, node: FetchNode, path: PlanPath): EntityFetch {
  const represent = compileRepresent(places.schema, node);
  const tidy = compileTidy(places.schema, node);
  const target: Target = {
    subgraph: node.serviceName,
    path,
    renamed: renamedKeys(node),
    entities: ENTITIES,
    rootFields: [],
  };
  return {
    node,
    target,
    gather: (run) => gather(run, path, represent),
    spread: (run, gathered, answer, entities) => spread(run, target, gathered, answer, entities, tidy),
  };
}

export function runEntityFetch(places: PlanPlaces, fetch: EntityFetch): Step {
  const client = clientOf(places, fetch.node.serviceName);
  const writeBody = compileBody(fetch.node);
  const read = places.readers?.get(fetch.node);
  return async (run) => {
    const gathered = fetch.gather(run);
    if (!gathered) return;
    const body = writeBody(run.variables, `"representations":[${gathered.texts.join(",")}]`);
    const answer = await ask(client, body, run, fetch.node.operationName, [fetch.target], read);
    if (answer) fetch.spread(run, gathered, answer, ENTITIES);
  };
}

function gather(run: Run, path: PlanPath, represent: ReturnType<typeof compileRepresent>): Gathered | undefined {
  const types = new Map<unknown, OfType>();
  const texts: string[] = [];
  const objects: Entity[] = [];
  const indexes: number[] = [];
  let ofType: OfType | undefined;
  for (const entity of collect(run.data, path)) {
    const typename = entity["__typename"];
    if (!ofType || ofType.typename !== typename) {
      ofType = types.get(typename) ?? startType(represent, typename);
      types.set(typename, ofType);
    }
    const { representation, known } = ofType;
    const identity = representation?.identify(entity);
    if (!representation || identity === undefined) continue;
    let index = known.get(identity);
    if (index === undefined) {
      known.set(identity, (index = texts.length));
      texts.push(representation.write(entity));
    }
    objects.push(entity);
    indexes.push(index);
  }
  return texts.length ? { texts, objects, indexes } : undefined;
}

/** The entities of one type: how they are sent, and which are known. */
type OfType = {
  readonly typename: unknown;
  readonly representation: Representation | undefined;
  readonly known: Map<unknown, number>;
};

const startType = (represent: ReturnType<typeof compileRepresent>, typename: unknown): OfType => ({
  typename,
  representation: typeof typename === "string" ? represent(typename) : undefined,
  known: new Map(),
});

function spread(
  run: Run,
  target: Target,
  { texts, objects, indexes }: Gathered,
  answer: SubgraphAnswer,
  entitiesKey: string,
  tidy: ((entity: Entity, object: Entity) => void) | undefined,
): void {
  if (answer.errors?.length) {
    const indexOf = new Map(objects.map((entity, at) => [entity, indexes[at]]));
    reportErrors(run, { ...target, entities: entitiesKey }, answer.errors, (entity) => indexOf.get(entity));
  }
  const entities = answer.data?.[entitiesKey];
  if (entities === undefined || entities === null) return missing(run, target, answer);
  if (!Array.isArray(entities) || entities.length !== texts.length)
    return reportFailure(run, target, new Error(`${target.subgraph} answered other entities than were asked for`));
  if (tidy) tidyOnce(entities, objects, indexes, tidy);
  for (let at = 0; at < objects.length; at += 1) {
    const entity: unknown = entities[indexes[at] as number];
    if (isObject(entity)) merge(objects[at] as Entity, entity);
  }
}

function tidyOnce(
  entities: readonly unknown[],
  objects: readonly Entity[],
  indexes: readonly number[],
  tidy: (entity: Entity, object: Entity) => void,
): void {
  const tidied = new Set<unknown>();
  for (const [at, object] of objects.entries()) {
    const entity = entities[indexes[at] as number];
    if (isObject(entity) && !tidied.has(entity)) tidy(entity, object);
    tidied.add(entity);
  }
}

/**
 * What is done to an entity before it is merged into the object it was asked for: the planner's renamings, for which it has to say its type, and a subgraph
 * that knows the object only as an `@interfaceObject` must not call it that afterwards.
 */
function compileTidy(schema: GraphQLSchema, node: FetchNode): ((entity: Entity, object: Entity) => void) | undefined {
  const rewrite = compileRewrites(schema, node.outputRewrites);
  const interfaces = new Set<unknown>(
    node.inputRewrites?.flatMap((input) => (input.kind === "ValueSetter" ? [input.setValueTo] : [])),
  );
  if (!rewrite && interfaces.size === 0) return undefined;
  return (entity, object) => {
    if (entity["__typename"] === undefined || interfaces.has(entity["__typename"]))
      entity["__typename"] = object["__typename"];
    rewrite?.(entity);
  };
}

/** An answer that has neither what was asked for nor an error that says why. */
function missing(run: Run, target: Target, answer: SubgraphAnswer): void {
  if (!answer.errors?.length) reportFailure(run, target, new Error(`${target.subgraph} answered without data`));
}

/** Asks; a failed call is an error at every target and gives undefined. */
export async function ask(
  client: SubgraphClient,
  body: string,
  run: Run,
  operationName: string | undefined,
  targets: readonly Target[],
  read?: ReadAnswer,
): Promise<SubgraphAnswer | undefined> {
  try {
    return await client.send(body, run.context, operationName, read);
  } catch (error) {
    for (const target of targets) reportFailure(run, target, error);
    return undefined;
  }
}

export function clientOf({ clients }: PlanPlaces, subgraph: string): SubgraphClient {
  const client = clients.get(subgraph);
  if (!client) throw new Error(`the supergraph names the subgraph ${subgraph}, which has no address`);
  return client;
}

/** The request's body, all of it made beforehand but the variables. `more` are further variables as JSON. */
export function compileBody({ operation, operationName, variableUsages = [] }: WrittenOperation) {
  const name = operationName === undefined ? "" : `,"operationName":${JSON.stringify(operationName)}`;
  const head = `{"query":${JSON.stringify(operation)}${name},"variables":{`;
  const names = variableUsages.map((variable) => ({ variable, prefix: `${JSON.stringify(variable)}:` }));
  return (variables: Variables, more = ""): string => {
    let text = head + more;
    let isFirst = more === "";
    for (const { variable, prefix } of names) {
      const value = Object.hasOwn(variables, variable) ? variables[variable] : undefined;
      if (value === undefined) continue;
      text += isFirst ? prefix + toJson(value) : `,${prefix}${toJson(value)}`;
      isFirst = false;
    }
    return `${text}}}`;
  };
}
export type WrittenOperation = Pick<FetchNode, "operation" | "operationName" | "variableUsages">;

function rootFieldsOf(operation: string): string[] {
  const [definition] = parse(operation, { noLocation: true }).definitions;
  if (definition?.kind !== Kind.OPERATION_DEFINITION) return [];
  return definition.selectionSet.selections.flatMap((node) =>
    node.kind === Kind.FIELD ? [node.alias?.value ?? node.name.value] : [],
  );
}
