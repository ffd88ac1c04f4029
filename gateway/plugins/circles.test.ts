import assert from "node:assert/strict";
import { test } from "node:test";
import { buildSchema, getOperationAST, parse, validate } from "graphql";
import { loadSupergraph, readSupergraph } from "../supergraph.ts";
import { checkCircles } from "./circles.ts";

const small = buildSchema(`
  interface Named { friends: [Named!] }
  type Person implements Named { name: String best: Person friends: [Named!] }
  union Thing = Person
  type Query { people: [Person!]! one: Person things: [Thing!]! }`);
const check =
  (source: string, schema = small) =>
  () => {
    const document = parse(source);
    assert.deepEqual(validate(schema, document), []);
    checkCircles(schema, document, getOperationAST(document)!);
  };

const refuses = (source: string, schema = small) =>
  assert.throws(check(source, schema), (error: any) => error.extensions.code === "TOO_COSTLY");

test("lists of one type within each other multiply the answer: three are taken, a fourth is not, however it is written", () => {
  check("{ one { friends { friends { friends { __typename } } } } }")();
  refuses("{ one { friends { friends { friends { friends { __typename } } } } } }");
  refuses(
    "{ one { a: friends { friends { ...F } } } } fragment F on Named { b: friends { ... { friends { __typename } } } }",
  );
  refuses(
    "{ things { ... on Person { friends { friends { friends { ... on Person { friends { __typename } } } } } } } }",
  );
});

test("what is single, stands side by side or is introspection goes round nothing", () => {
  check(`{ one ${"{ best ".repeat(10)} { name } ${"}".repeat(10)} }`)();
  check(`{ one { ${Array.from({ length: 9 }, (_, n) => `a${n}: friends { __typename }`).join(" ")} } }`)();
  check("{ __schema { types { ofType { ofType { ofType { ofType { name } } } } } } }")();
});

test("a short document that our own graph would answer with gigabytes is refused", async () => {
  const { schema } = loadSupergraph(await readSupergraph());
  const round = (times: number): string => (times === 0 ? "id" : `id order { id returns { ${round(times - 1)} } }`);
  check(`{ return(id: "r") { ${round(3)} } }`, schema)();
  refuses(`{ return(id: "r") { ${round(4)} } }`, schema);
  refuses(`{ return(id: "r") { ${"operations { return { ".repeat(4)} id ${"} }".repeat(4)} } }`, schema);
});
