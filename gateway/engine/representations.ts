import type { FetchNode, QueryPlanSelectionNode } from "@apollo/query-planner";
import type { GraphQLSchema } from "graphql";
import { merge } from "./data.ts";
import { holdsKey } from "./entity-keys.ts";
import { toJson } from "./json-text.ts";
import { isOfType } from "./possible-types.ts";
import { compileRewrites } from "./rewrites.ts";
import type { Entity } from "./run.ts";

/** How entities of one type are sent. */
export type Representation = {
  /** Equal for entities that are represented alike; undefined when something that the subgraph requires is not known of it. */
  readonly identify: (entity: Entity) => unknown;
  /** The representation as JSON of an entity that has an identity. */
  readonly write: (entity: Entity) => string;
};
type Write = (entity: Entity) => string | undefined;

/** Compiles a fetch's `requires`, by type; undefined for a type that the subgraph doesn't know by its key. Types are the supergraph's: a hidden type still has possible types. */
export function compileRepresent(
  schema: GraphQLSchema,
  node: FetchNode,
): (typename: string) => Representation | undefined {
  const requires = node.requires ?? [];
  const rewrite = compileRewrites(schema, node.inputRewrites);
  const compile = (typename: string): Representation | undefined => {
    const fields = fieldsFor(schema, requires, typename);
    if (!fields.has("__typename") || !holdsKey(schema, node.serviceName, typename, new Set(fields.keys())))
      return undefined;
    if (rewrite) return byText((entity) => representRewritten(schema, entity, requires, rewrite));
    return byOneKey(fields, typename) ?? byText(compileWriter(schema, requires, typename));
  };
  const kept = new Map<string, Representation | undefined>();
  return (typename) => {
    const known = kept.get(typename);
    if (known || kept.has(typename)) return known;
    const made = compile(typename);
    kept.set(typename, made);
    return made;
  };
}

/** What is sent is what makes it different. */
const byText = (write: Write): Representation => ({ identify: write, write: (entity) => write(entity) ?? "null" });

/** The common case: a type and one plain key, which is enough to tell entities apart. */
function byOneKey(fields: Fields, typename: string): Representation | undefined {
  const [key, ...others] = [...fields.keys()].filter((name) => name !== "__typename");
  if (key === undefined || others.length || fields.get(key) || key in Object.prototype) return undefined;
  const [typeFirst] = fields.keys();
  const [type, name] = [`"__typename":${JSON.stringify(typename)}`, `${JSON.stringify(key)}:`];
  const [start, end] = typeFirst === "__typename" ? [`{${type},${name}`, "}"] : [`{${name}`, `,${type}}`];
  return {
    // A key that is an object (a scalar may be one) is only itself.
    identify: (entity) => (typeof entity[key] === "object" && entity[key] !== null ? entity : entity[key]),
    write: (entity) => start + toJson(entity[key]) + end,
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
): Write {
  const fields = [...fieldsFor(schema, selections, typename)].map(([name, inner], index) => ({
    name,
    prefix: `${index > 0 ? "," : ""}${JSON.stringify(name)}:`,
    write: inner ? compileNested(schema, inner) : toJson,
  }));
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
  const writers = new Map<string, Write>();
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
