import { type Completion, completeRoot, typeOf } from "./complete.ts";
import { quote, toJson } from "./json-text.ts";
import type { Runs } from "./find-runs.ts";
import { nameOfRun, type RunField } from "./generate-reader.ts";
import type { Entity } from "./run.ts";
import type { FieldShape, Leaf, ObjectShape, Shape } from "./shape.ts";
import { Spliced } from "./spliced.ts";

/** Writes the answer's data; reads it only. */
export type Shaper = (data: Entity, completion: Completion) => string;

/**
 * A shaper as generated code: one function for each object and list of the operation, keys and `__typename`s as
 * constants. Whatever is not as it should be (a null where none may be, a value of another type, a refused field)
 * makes it give up, and the answer is completed value by value, which finds the exact paths.
 */
export function generateShaper(shape: ObjectShape, runs: Runs["of"] = new Map()): Shaper {
  const write = compileUnit(shape, shape.concrete ?? "", runs);
  return (data, completion) => {
    try {
      return write(data, completion);
    } catch (error) {
      if (error !== GAVE_UP) throw error;
      return completeRoot(shape, data, completion);
    }
  };
}

const GAVE_UP = new Error("the value is not as it should be");
const giveUp = (): never => {
  throw GAVE_UP;
};

type WriteObject = (value: Entity, completion: Completion) => string;

/** An object of one type, and all that is inside it as far as the types are known beforehand. */
function compileUnit(shape: ObjectShape, typename: string, runs: Runs["of"]): WriteObject {
  const unit: Unit = { functions: [], constants: [], runs };
  const name = objectFunction(unit, shape, typename);
  if (name === undefined) return giveUp;
  const tools = { quote, toJson, giveUp, Spliced };
  const source = `"use strict";const {quote,toJson,giveUp,Spliced}=tools;\n${unit.functions.join("\n")}\nreturn ${name};`;
  // Nothing of the client stands in the source but names as JSON strings.
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function("tools", "constants", source)(tools, unit.constants) as WriteObject;
}

type Unit = { readonly functions: string[]; readonly constants: unknown[]; readonly runs: Runs["of"] };

function constant(unit: Unit, value: unknown): string {
  unit.constants.push(value);
  return `constants[${unit.constants.length - 1}]`;
}

function addFunction(unit: Unit, write: (name: string) => string): string {
  const name = `f${unit.functions.length}`;
  unit.functions.push("");
  unit.functions[Number(name.slice(1))] = write(name);
  return name;
}

/** The function that writes an object of a type; undefined when the API has no such type. */
function objectFunction(unit: Unit, shape: ObjectShape, typename: string): string | undefined {
  const fields = shape.fieldsOf(typename);
  if (!fields) return undefined;
  return addFunction(unit, (name) => {
    const runs = new Map(unit.runs.get(shape)?.map((run) => [run.fields[0], run.fields]));
    let code = "";
    for (let index = 0; index < fields.length;) {
      const run = runs.get(fields[index] as RunField);
      const own = fields.slice(index, index + (run?.length ?? 1));
      const start = index > 0 ? "," : "";
      const written = own.map((field, at) => fieldStatement(unit, field, typename, at > 0 ? "," : start)).join("");
      code += run ? runStatement(run, start, written) : written;
      index += own.length;
    }
    return `function ${name}(v,c){if(typeof v!=="object"||v===null||Array.isArray(v))giveUp();let t="{",x;${code}return t+"}";}`;
  });
}

/** In one piece where it is one. */
const runStatement = (run: readonly RunField[], start: string, otherwise: string) =>
  `if((x=v[${JSON.stringify(nameOfRun(run))}])instanceof Spliced)t+=${start ? '","+' : ""}x.text;else{${otherwise}}`;

function fieldStatement(unit: Unit, field: FieldShape, typename: string, start: string): string {
  const name = `${start}${JSON.stringify(field.key)}:`;
  if (field.kind === "typename") return `t+=${JSON.stringify(name + JSON.stringify(typename))};`;
  return `t+=${JSON.stringify(name)};t+=${fieldExpression(unit, field)};`;
}

function fieldExpression(unit: Unit, field: FieldShape): string {
  if (field.kind === "introspection") return `c.introspect(${constant(unit, field)})`;
  if (field.kind === "refused" || field.kind === "typename") return "giveUp()";
  const from = JSON.stringify(field.from);
  // A name that every object has anyway is only what the answer has of its own.
  const value = field.from in Object.prototype ? `(Object.hasOwn(v,${from})?v[${from}]:null)` : `v[${from}]`;
  return valueExpression(unit, field.shape, value);
}

/** An expression that writes a value; it may use `x` for it. */
function valueExpression(unit: Unit, shape: Shape, value: string): string {
  const none = shape.nonNull ? "giveUp()" : `"null"`;
  return `((x=${value})===null||x===undefined?${none}:${writeExpression(unit, shape)})`;
}

function writeExpression(unit: Unit, shape: Shape): string {
  if (shape.kind === "leaf") return leafExpression(unit, shape.leaf);
  if (shape.kind === "list") return `${listFunction(unit, shape.of)}(x,c)`;
  const { object } = shape;
  if (object.concrete !== undefined) return `${objectFunction(unit, object, object.concrete) ?? "giveUp"}(x,c)`;
  return `${constant(unit, byType(object, unit.runs))}(x,c)`;
}

function listFunction(unit: Unit, of: Shape): string {
  return addFunction(unit, (name) => {
    const element = valueExpression(unit, of, "v[i]");
    return `function ${name}(v,c){if(!Array.isArray(v))giveUp();let t="[",x;for(let i=0;i<v.length;i++){if(i>0)t+=",";t+=${element};}return t+"]";}`;
  });
}

/** Where several types may stand, each gets its code when it is first met. */
function byType(shape: ObjectShape, runs: Runs["of"]): WriteObject {
  const units = new Map<string, WriteObject>();
  return (value, completion) => {
    const typename = typeOf(shape, value);
    let write = units.get(typename);
    if (!write) {
      // An object that is only known as an interface is completed value by value.
      write = typename === shape.declared.name ? giveUp : compileUnit(shape, typename, runs);
      if (write !== giveUp) units.set(typename, write);
    }
    return write(value, completion);
  };
}

function leafExpression(unit: Unit, leaf: Leaf): string {
  switch (leaf.is) {
    case "enum":
      return `(${constant(unit, leaf.texts)}.get(x)??giveUp())`;
    case "String":
      return `(typeof x==="string"?quote(x):giveUp())`;
    case "ID":
      return `(typeof x==="string"?quote(x):Number.isSafeInteger(x)?'"'+x+'"':giveUp())`;
    case "Int":
      return `(Number.isSafeInteger(x)?""+x:giveUp())`;
    case "Float":
      return `(typeof x==="number"?""+x:giveUp())`;
    case "Boolean":
      return `(x===true?"true":x===false?"false":giveUp())`;
    case "any":
      return "toJson(x)";
  }
}
