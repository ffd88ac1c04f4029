import type { FetchNode, QueryPlanSelectionNode } from "@apollo/query-planner";
import type { GraphQLSchema } from "graphql";
import { merge } from "./data.ts";
import { holdsKey } from "./entity-keys.ts";
import { toJson } from "./json-text.ts";
import { isOfType } from "./possible-types.ts";
import { compileRewrites } from "./rewrites.ts";
import type { Entity } from "./run.ts";

/** Writes an entity's representation as JSON text; undefined when something that the subgraph requires is not known of it. */
export type Represent = (entity: Entity) => string | undefined;

/** Compiles a fetch's `requires`. Types are the supergraph's: a hidden type still has possible types. */
export function compileRepresent(schema: GraphQLSchema, node: FetchNode): Represent {
  const requires = node.requires ?? [];
  const rewrite = compileRewrites(schema, node.inputRewrites);
  const writers = new Map<string, Represent>();
  const compile = (typename: string): Represent => {
    const fields = new Set(fieldsFor(schema, requires, typename).keys());
    if (!holdsKey(schema, node.serviceName, typename, fields)) return () => undefined;
    if (rewrite) return (entity) => representRewritten(schema, entity, requires, rewrite);
    return compileWriter(schema, requires, typename);
  };
  return (entity) => {
    const typename = entity["__typename"];
    if (typeof typename !== "string") return undefined;
    let write = writers.get(typename);
    if (!write) writers.set(typename, (write = compile(typename)));
    return write(entity);
  };
}

type Fields = ReadonlyMap<string, readonly QueryPlanSelectionNode[] | undefined>;

/** The fields of a selection for one type, with those of every fragment that applies. */
function fieldsFor(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
  typename: string | undefined,
): Fields {
  const fields = new Map<string, readonly QueryPlanSelectionNode[] | undefined>();
  const add = (nodes: readonly QueryPlanSelectionNode[]) => {
    for (const node of nodes) {
      if (node.kind === "Field") {
        const name = node.alias ?? node.name;
        const known = fields.get(name);
        fields.set(name, node.selections ? [...(known ?? []), ...node.selections] : known);
      } else if (typename !== undefined && node.typeCondition && isOfType(schema, typename, node.typeCondition)) {
        add(node.selections);
      }
    }
  };
  add(selections);
  return fields;
}

function compileWriter(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
  typename: string | undefined,
): Represent {
  const fields = [...fieldsFor(schema, selections, typename)].map(([name, inner], index) => ({
    name,
    prefix: `${index > 0 ? "," : ""}${JSON.stringify(name)}:`,
    write: inner ? compileNested(schema, inner) : toJson,
  }));
  const hasTypename = fields.some(({ name }) => name === "__typename");
  if (typename !== undefined && !hasTypename) return () => undefined;
  return (entity) => {
    let text = "{";
    for (const { name, prefix, write } of fields) {
      const value = Object.hasOwn(entity, name) ? entity[name] : undefined;
      if (value === undefined) return undefined;
      const written = write(value);
      if (written === undefined) return undefined;
      text += prefix + written;
    }
    return `${text}}`;
  };
}

/** Nested selections are filtered: an object may hold more than is required of it. */
function compileNested(
  schema: GraphQLSchema,
  selections: readonly QueryPlanSelectionNode[],
): (value: unknown) => string | undefined {
  const writers = new Map<string, Represent>();
  const writerFor = (typename: string) => {
    let write = writers.get(typename);
    if (!write) {
      // "" stands for an object that doesn't say its type: its plain fields are still wanted.
      const fields = fieldsFor(schema, selections, typename || undefined);
      const flat = [...fields].map(([name, inner]) => ({
        kind: "Field" as const,
        name,
        ...(inner ? { selections: [...inner] } : {}),
      }));
      writers.set(typename, (write = compileWriter(schema, flat, undefined)));
    }
    return write;
  };
  const write = (value: unknown): string | undefined => {
    if (value === null) return "null";
    if (!Array.isArray(value)) {
      if (typeof value !== "object") return undefined;
      return writerFor(String((value as Entity)["__typename"] ?? ""))(value as Entity);
    }
    const texts = value.map(write);
    return texts.includes(undefined) ? undefined : `[${texts.join(",")}]`;
  };
  return write;
}

/** The planner sets values in a representation (@interfaceObject): rare, so it is made as an object. */
function representRewritten(
  schema: GraphQLSchema,
  entity: Entity,
  requires: readonly QueryPlanSelectionNode[],
  rewrite: (value: unknown) => void,
): string | undefined {
  const representation = select(schema, entity, requires);
  if (representation === undefined || typeof representation["__typename"] !== "string") return undefined;
  rewrite(representation);
  return JSON.stringify(representation);
}

function select(
  schema: GraphQLSchema,
  entity: Entity,
  selections: readonly QueryPlanSelectionNode[],
): Entity | undefined {
  const typename = entity["__typename"];
  const result: Entity = {};
  for (const [name, inner] of fieldsFor(schema, selections, typeof typename === "string" ? typename : undefined)) {
    const value = Object.hasOwn(entity, name) ? entity[name] : undefined;
    const selected = inner && value !== undefined ? selectNested(schema, value, inner) : value;
    if (selected === undefined) return undefined;
    merge(result, { [name]: selected });
  }
  return result;
}

function selectNested(schema: GraphQLSchema, value: unknown, selections: readonly QueryPlanSelectionNode[]): unknown {
  if (value === null) return null;
  if (!Array.isArray(value)) return select(schema, value as Entity, selections);
  const selected = value.map((element) => selectNested(schema, element, selections));
  return selected.includes(undefined) ? undefined : selected;
}
