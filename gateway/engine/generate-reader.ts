import type { SubgraphAnswer } from "../subgraph-client.ts";
import * as scans from "./scan-values.ts";
import type { FieldShape, Leaf, Shape } from "./shape.ts";
import { Spliced } from "./spliced.ts";

/** Reads an answer of which only as much is parsed as somebody looks at; undefined for every answer that isn't letter by letter what was asked for. */
export type ReadAnswer = (text: string) => SubgraphAnswer | undefined;

/** What stands in an object of an answer, in the order of its text. */
export type Part =
  | Run
  | { readonly is: "typename"; readonly typename: string }
  /** A value that other fetches need and the client doesn't, or not here. */
  | { readonly is: "value"; readonly key: string }
  /** An object, in so many levels of lists. */
  | { readonly is: "object"; readonly key: string; readonly levels: number; readonly parts: readonly Part[] };

/** Fields of one type of object that the client asked for one after the other: they go into our answer in one piece. */
export type Run = {
  readonly is: "run";
  readonly typename: string;
  readonly fields: readonly RunField[];
  /** Those that are needed as values too. */
  readonly needed: ReadonlySet<string>;
};
export type RunField = FieldShape & { readonly kind: "value" | "typename" };

/** What a run stands under in its object; no field can be called so. */
export const nameOfRun = (fields: readonly FieldShape[]): string => fields.map(({ key }) => `${key},`).join("");

/** A reader as generated code: one function for each object and list, names as constants. */
export function generateReader(data: readonly Part[]): ReadAnswer {
  const unit: Unit = { functions: [], constants: [] };
  const root = readObject(unit, data);
  const tools = { ...scans, Spliced };
  const source = `"use strict";const {${Object.keys(tools).join(",")}}=tools;let t,p;
${unit.functions.join("\n")}
const read=()=>{${expect('{"data":')}const data=${root}();${expect("}")}
// Some servers end their answers with a new line.
return p===t.length||p===t.length-1&&t.endsWith("\\n")?{data}:giveUp();};
// A reader lives as long as its document is kept: it keeps no caller's answer.
return (text)=>{t=text;p=0;try{return read();}finally{t="";}};`;
  // Nothing of the client stands in the source but names as JSON strings.
  // oxlint-disable-next-line typescript/no-implied-eval
  const read = new Function("tools", "constants", source)(tools, unit.constants) as (text: string) => SubgraphAnswer;
  return (text) => scans.unlessGivenUp(() => read(text));
}

/** In generated code `t` is the text and `p` the place that was come to. */
type Unit = { readonly functions: string[]; readonly constants: unknown[] };

function addFunction(unit: Unit, code: string): string {
  const name = `f${unit.functions.length}`;
  unit.functions.push(`function ${name}(){${code}}`);
  return name;
}

/** Goes past a text that has to stand here. */
const expect = (text: string) =>
  text === "" ? "" : `if(!t.startsWith(${JSON.stringify(text)},p))giveUp();p+=${text.length};`;

const nameText = (index: number, key: string) => `${index > 0 ? "," : ""}${JSON.stringify(key)}:`;

/** The function that reads an object and gives it. */
function readObject(unit: Unit, parts: readonly Part[]): string {
  const members: string[] = [];
  let code = "";
  let text = "{";
  const add = (key: string, value: string) => void members.push(`${JSON.stringify(key)}:${value}`);
  for (const [index, part] of parts.entries()) {
    const value = `v${index}`;
    if (part.is === "typename") {
      text += `${nameText(index, "__typename")}${JSON.stringify(part.typename)}`;
      add("__typename", JSON.stringify(part.typename));
    } else if (part.is === "run") {
      code += `${expect(index > 0 ? `${text},` : text)}const ${value}f=p;${scanRun(unit, part, value, add)}`;
      code += `const ${value}=new Spliced(t.slice(${value}f,p));`;
      add(nameOfRun(part.fields), value);
      text = "";
    } else {
      code += expect(text + nameText(index, part.key));
      code += part.is === "value" ? takeScalar(value) : `const ${value}=${orNull(readNested(unit, part))};`;
      add(part.key, value);
      text = "";
    }
  }
  return addFunction(unit, `${code}${expect(`${text}}`)}return {${members.join(",")}};`);
}

const takeScalar = (name: string) => `const ${name}f=p;p=scalarEnd(t,p);const ${name}=valueAt(t,${name}f,p);`;
const takeValue = (name: string, code: string) => `const ${name}f=p;${code}const ${name}=valueAt(t,${name}f,p);`;

/** Goes past a run's fields; those that are needed are `add`ed as values. */
function scanRun(
  unit: Unit,
  { typename, fields, needed }: Run,
  name: string,
  add: (key: string, value: string) => void,
) {
  const code = fields.map((field, index) => {
    const before = expect(nameText(index, field.key));
    if (field.kind === "typename") {
      add(field.key, JSON.stringify(typename));
      return before + expect(JSON.stringify(typename));
    }
    const past = scanShape(unit, field.shape);
    if (!needed.has(field.key)) return before + past;
    add(field.key, `${name}_${index}`);
    return before + takeValue(`${name}_${index}`, past);
  });
  return code.join("");
}

const IS_NULL = `t.startsWith("null",p)`;
const orNull = (read: string) => `${IS_NULL}?(p+=4,null):${read}()`;

function readNested(unit: Unit, { parts, levels }: { parts: readonly Part[]; levels: number }): string {
  if (levels === 0) return readObject(unit, parts);
  const element = orNull(readNested(unit, { parts, levels: levels - 1 }));
  return addFunction(unit, `const list=[];${pastList(`list.push(${element});`)}return list;`);
}

/** Goes past a list, with this code for each element. */
const pastList = (element: string) =>
  `${expect("[")}if(t.startsWith("]",p))p+=1;else for(;;){${element}p+=1;if(t.startsWith("]",p-1))break;if(!t.startsWith(",",p-1))giveUp();}`;

/** Goes past a value of this shape. */
function scanShape(unit: Unit, shape: Shape): string {
  const code = scanValue(unit, shape);
  return shape.nonNull ? code : `if(${IS_NULL})p+=4;else{${code}}`;
}

function scanValue(unit: Unit, shape: Shape): string {
  if (shape.kind === "leaf") return scanLeaf(unit, shape.leaf);
  if (shape.kind === "list") return `${addFunction(unit, pastList(scanShape(unit, shape.of)))}();`;
  const { concrete = "" } = shape.object;
  const fields = (shape.object.fieldsOf(concrete) ?? []).map((field, index) => {
    const value = field.kind === "value" ? scanShape(unit, field.shape) : expect(JSON.stringify(concrete));
    return expect(nameText(index, field.key)) + value;
  });
  return `${addFunction(unit, `${expect("{")}${fields.join("")}${expect("}")}`)}();`;
}

function scanLeaf(unit: Unit, leaf: Leaf): string {
  switch (leaf.is) {
    case "String":
    case "ID":
      return "p=stringEnd(t,p);";
    case "Int":
      return "p=intEnd(t,p);";
    case "Boolean":
      return "p=booleanEnd(t,p);";
    case "enum":
      unit.constants.push([...leaf.texts.values()]);
      return `p=oneOfEnd(t,p,constants[${unit.constants.length - 1}]);`;
    case "Float":
    case "any":
      return "giveUp();";
  }
}
