import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse, printSchema, validate } from "graphql";
import { composeSubgraphs } from "#tools/compose.ts";
import { contractOf } from "./contract.ts";
import { loadSupergraph, readSupergraph } from "./supergraph.ts";

const imports = ["@key", "@tag", "@inaccessible", "@requiresScopes"];
const common = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${JSON.stringify(imports)})`;
const compose = (sdl: string, head = common) => composeSubgraphs(head, [{ name: "a", sdl }]);
const contract = (sdl: string, ...include: string[]) => loadSupergraph(contractOf(compose(sdl), { include }));
/** The contract's schema on one line, without descriptions. */
const shown = (sdl: string, ...include: string[]) =>
  printSchema(contract(sdl, ...include).schema).replaceAll(/\s+/g, " ");

test("what has none of the tags is not there: types, fields, arguments, inputs and values of enums (G-13)", () => {
  const sdl = `
    type Query { seen(by: By @tag(name: "p"), more: Int): Seen @tag(name: "p") unseen: Unseen }
    type Seen { id: ID! @tag(name: "p") secret: Int grade: Grade @tag(name: "p") }
    type Unseen { id: ID! }
    input By { id: ID @tag(name: "p") name: String }
    enum Grade { A @tag(name: "p") B }
    type Mutation { change: Seen }`;
  assert.equal(
    shown(sdl, "p"),
    "input By { id: ID } enum Grade { A } type Query { seen(by: By): Seen } type Seen { id: ID! grade: Grade }",
  );
});

test("a tag on a type covers its fields or values, not their arguments; one on another letter's field nothing of ours", () => {
  const sdl = `
    type Query { seen: Seen @tag(name: "p") }
    type Seen @tag(name: "p") { id: ID! of(a: Int): Int grade: Grade money: Money @tag(name: "c") }
    type Money { amount: Int @tag(name: "c") }
    enum Grade @tag(name: "p") { A B }`;
  // A field of a covered type whose own type is not tagged: the contract says so instead of hiding it.
  assert.throws(() => contract(sdl, "p"), /tags p doesn't stand: Type "Money" is @inaccessible.*"Seen\.money"/);
  assert.equal(
    shown(sdl, "p", "c"),
    "enum Grade { A B } type Money { amount: Int } type Query { seen: Seen } type Seen { id: ID! of: Int grade: Grade money: Money }",
  );
});

test("interfaces and unions show the tagged types behind them", () => {
  const sdl = `
    type Query { node: Node @tag(name: "p") any: Any @tag(name: "p") }
    interface Node @tag(name: "p") { id: ID! }
    type One implements Node @tag(name: "p") { id: ID! }
    type Two implements Node { id: ID! }
    union Any @tag(name: "p") = One | Two`;
  assert.equal(
    shown(sdl, "p"),
    "union Any = One interface Node { id: ID! } type One implements Node { id: ID! } type Query { node: Node any: Any }",
  );
});

test("what can't stand says what is missing: a needed argument, an input's field, a field of an interface, everything", () => {
  const refused = (sdl: string, sentence: RegExp, ...include: string[]) =>
    assert.throws(() => contract(sdl, ...include), sentence);
  refused(
    `type Query { a(id: ID!): Int @tag(name: "p") }`,
    /"Query\.a\(id:\)" is @inaccessible but is a required/,
    "p",
  );
  refused(
    `type Query { a(by: By @tag(name: "p")): Int @tag(name: "p") } input By { id: ID! name: Int @tag(name: "p") }`,
    /"By\.id" is @inaccessible but is a required/,
    "p",
  );
  refused(
    `type Query { a: Node @tag(name: "p") } interface Node { id: ID! @tag(name: "p") } type One implements Node { id: ID! x: Int @tag(name: "p") }`,
    /"One\.id" is @inaccessible but implements/,
    "p",
  );
  refused(`type Query { a: Int } type T { a: Int @tag(name: "p") }`, /"Query" is @inaccessible/, "p");
  refused(`type Query { a: Int @tag(name: "p") }`, /nothing in the supergraph has the tag q\./, "p", "q");
  refused(`type Query { a: Int @tag(name: "p") }`, /includes no tag/);
});

test("what is inaccessible to everybody stays so, and keys and rules are still there for the engine", () => {
  const sdl = `
    type Query { a: A @tag(name: "p") @requiresScopes(scopes: [["x"]]) }
    type A @key(fields: "id") { id: ID! name: String @tag(name: "p") @inaccessible other: Int @tag(name: "p") }`;
  const loaded = contract(sdl, "p");
  assert.equal(printSchema(loaded.schema).replaceAll(/\s+/g, " "), "type A { other: Int } type Query { a: A }");
  assert.deepEqual(loaded.rules.get("Query.a")?.scopes, [["x"]]);
  assert.match(loaded.sdl, /key: "id"/);
});

test("tags that a supergraph renames are read under their name", () => {
  const head = common.replace('"@tag"', '{ name: "@tag", as: "@label" }');
  const sdl = compose(`type Query { a: Int @label(name: "p") b: Int }`, head);
  assert.equal(
    printSchema(loadSupergraph(contractOf(sdl, { include: ["p"] })).schema).replaceAll(/\s+/g, " "),
    "type Query { a: Int }",
  );
});

const kinds = { T: "third-party", C: "customer", S: "supplier" } as const;
const meantFor: Record<string, (keyof typeof kinds)[]> = {
  "return-status": ["T", "S"],
  "customer-return-status": ["C"],
  "request-return": ["C"],
  "report-status": ["T", "S"],
  "follow-own-returns": ["T", "C", "S"],
};
const folder = path.resolve(import.meta.dirname, "../test/contract/documents/partner");
const supergraph = await readSupergraph();

for (const [letter, tag] of Object.entries(kinds))
  test(`the partner documents validate in the contracts they are meant for and only there: ${letter} (D-40, G-13)`, () => {
    const { schema } = loadSupergraph(contractOf(supergraph, { include: ["partner", tag] }));
    const names = globSync("*.graphql", { cwd: folder }).map((name) => path.basename(name, ".graphql"));
    assert.deepEqual(names.toSorted(), Object.keys(meantFor).toSorted());
    for (const name of names) {
      const errors = validate(schema, parse(readFileSync(path.join(folder, `${name}.graphql`), "utf8")));
      assert.equal(errors.length === 0, meantFor[name]!.includes(letter as keyof typeof kinds), `${name} in ${letter}`);
    }
    if (letter === "T") assert.doesNotMatch(printSchema(schema), /Money|Credit|CurrencyCode|Price/);
    assert.doesNotMatch(
      printSchema(schema),
      /Approval|ExceptionTask|Reconciliation|OperationStep|Customer\b|OrderLine\b/,
    );
  });
