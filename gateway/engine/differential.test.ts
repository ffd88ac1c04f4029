import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parse } from "graphql";
import { type Comparison, createComparison, type Verdict } from "../../test/gateway/compare.ts";
import { type AskSubgraph, createFederation } from "../../test/gateway/federation.ts";
import { auditCases } from "../../test/gateway/federations/audit.ts";
import { market } from "../../test/gateway/federations/market.ts";
import { documentsOf, type Generated } from "../../test/gateway/generate-document.ts";
import { executeStock } from "../../test/gateway/oracles.ts";
import { engineFor } from "../../test/gateway/through-engine.ts";
import type { OperationRefused } from "./operation-refused.ts";

// Our engine beside @apollo/gateway's executor and beside graphql-js on one schema of the same resolvers, which is the specification.
// `node test/gateway/hunt.ts` runs as many more documents as one likes.

const federation = createFederation(market);
const ofMarket = createComparison(federation);
const { schema } = federation.supergraph;
const engine = engineFor(federation);
const run = (source: string, variables: Record<string, unknown> = {}) =>
  engine(federation.subgraphs().ask)(source, variables);
const runStock = (source: string) =>
  executeStock(federation, federation.subgraphs().ask, parse(source), {}).then(({ data }) => data);

/**
 * What no executor can mend: the planner asks for a field of an `@interfaceObject` at objects of another type than the client did, and its error, or what it
 * requires, takes the entity away. The reference answers the same then.
 */
const isPlannersOwn = ({ source }: Generated, verdict: Verdict): boolean =>
  verdict.is === "different" &&
  verdict.stock === "as ours" &&
  /on (Book|Film|User|Robot)/.test(source) &&
  /score|headline|greeting/.test(source);

async function assertRight(document: Generated, { compare, reduce }: Comparison = ofMarket): Promise<Verdict> {
  const verdict = await compare(document);
  if (verdict.is !== "different") return verdict;
  const smallest = await reduce(document, verdict);
  if (isPlannersOwn(smallest, smallest.verdict)) return verdict;
  return assert.fail(`${verdict.what}\n${smallest.source}\n${JSON.stringify([smallest.variables, smallest.verdict])}`);
}

async function assertGenerated(options: { operation: "query" | "mutation"; seed: number; runs: number }) {
  const { operation, seed, runs } = options;
  const documents = documentsOf(schema, { operation, words: market.words });
  const tally = new Map<string, number>();
  for (const document of fc.sample(documents, { seed, numRuns: runs })) {
    const { is } = await assertRight(document);
    tally.set(is, (tally.get(is) ?? 0) + 1);
  }
  assert.ok(Number(tally.get("equal")) > runs / 2, JSON.stringify([...tally]));
  assert.ok((tally.get("different") ?? 0) <= runs / 30, JSON.stringify([...tally]));
}

test("generated queries are answered as the specification says, and with the reference's errors (G-09)", () =>
  assertGenerated({ operation: "query", seed: 4, runs: 60 }));

test("generated mutations are executed one root field after the other, with the specification's answers (G-09)", () =>
  assertGenerated({ operation: "mutation", seed: 10, runs: 25 }));

const corpus: Record<string, string> = {
  "keys, compound keys and @requires with arguments and nested selections": `{ tool(upc: "1") { name price { amount } shipping(zone: 2) bins { label load robot { serial state driver { name } } } } }`,
  "errors at every depth": `{ strict { id name rating shipping volume tagLine duty related { rating kind reviews { author { name age } } } } }`,
  "an interface, and an interface object that adds to it": `{ library { __typename id title score reviews { stars body } sequel { title headline(upper: true) score } } }`,
  "unions whose members live apart": `{ anything { __typename ... on Tool { name kind shipping } ... on Note { text author { name friends { name } } } ... on Person { id email } }
       search { __typename ... on Robot { state at { load } } ... on Person { name email } } }`,
  "lists of lists, and nulls where they may not be": `{ me { account { limit { amount } } friends { name account { number } } } grid shelves { upc inStock } fail echo }`,
  "an entity that one of its subgraphs doesn't know": `{ tool(upc: "4") { name inStock rating } latest { author { name email } } }`,
  "values that the API hides, and one of no enum at all": `{ strict { kind } robots { state } }`,
  "one entity at many places, asked for once": `{ bins { tools { upc related { upc rating inStock } } } library { sequel { score } } }`,
  "interfaces without a subgraph of their own": `{ nodes(ids: ["t1", "m1", "nope"]) { id ... on Priced { price(currency: USD) { amount } } ... on Maker { country { code city } } } }`,
  "mutations in order, across subgraphs": `mutation { setName(upc: "1", name: "x") { name inStock } a: review(upc: "1") { review { body subject { ... on Tool { name reviews { body } } } } }
       b: review(upc: "1", body: "too long for us") { problems { message ... on TooLong { most } } } failToSet { id } hire { ... on Person { name age } } }`,
};
for (const [what, source] of Object.entries(corpus)) {
  test(`${what}: as the specification says`, async () => {
    assert.notEqual((await assertRight({ source, variables: {} })).is, "invalid");
  });
}

for (const parts of auditCases) {
  test(`${parts.name}: as the specification says, what is written and what is made up (G-09)`, async () => {
    const small = createFederation(parts);
    const written = parts.queries.map((source) => ({ source, variables: {} }));
    const madeUp = fc.sample(documentsOf(small.supergraph.schema, parts), { seed: 1, numRuns: 8 });
    const comparison = createComparison(small);
    for (const document of written) assert.equal((await assertRight(document, comparison)).is, "equal");
    for (const document of madeUp) await assertRight(document, comparison);
  });
}

test("variables: defaults, nulls, input objects with defaults of their own, lists from one value", async () => {
  const source = `query ($first: Int = 2, $ids: [ID!]!, $input: EchoInput = { b: "x" }, $no: Boolean! = false, $unit: Unit)
    { tools(first: $first) { weight(unit: $unit) name @include(if: $no) } people(ids: $ids) { name } echo(input: $input, flags: C) }`;
  for (const variables of [
    { ids: "p1" },
    { ids: ["p2", "p9"], first: null, unit: "LB" },
    { ids: [], input: null, no: true },
  ])
    assert.equal((await assertRight({ source, variables })).is, "equal");
});

test("@skip and @include: by variables and literals, on fields and fragments, down to nothing at all", async () => {
  const source = `query ($yes: Boolean = true, $no: Boolean!) { strict @skip(if: $no) { id ...F @include(if: $yes) } me @include(if: $no) { id } ... @skip(if: true) { fail } }
    fragment F on Tool { inStock @skip(if: $yes) shipping @include(if: $no) bins { ... @include(if: $no) { label } } }`;
  for (const variables of [{ no: false }, { no: true }, { yes: false, no: false }])
    assert.equal((await assertRight({ source, variables })).is, "equal");
});

test("introspection beside data, under aliases, with variables", async () => {
  const source = `query ($name: String = "Tool") { __typename a: __schema { queryType { name } } __type(name: $name) { fields { name } } me { __typename name } }`;
  assert.equal((await assertRight({ source, variables: {} })).is, "equal");
  assert.equal((await assertRight({ source, variables: { name: "Nothing" } })).is, "equal");
});

// Where the reference is wrong: the documents, why ours differs, and what ours answers.
const referenceIsWrong: Record<string, { source: string; ours: unknown }> = {
  "a field that the client and a @requires want with other arguments: all fetches meet in one object, so the reference gives one of them the other's":
    { source: `{ tool(upc: "1") { weight shipping } }`, ours: { tool: { weight: 2, shipping: 9 } } },
  "an alias called like a key: the reference sends its value as the key": {
    source: `{ books { id: title score } }`,
    ours: { books: [{ id: "Tools", score: 5 }] },
  },
  "an interface object doesn't say what an object is: the reference lets its name overwrite the type": {
    source: `{ books { __typename headline } }`,
    ours: { books: [{ __typename: "Book", headline: "about Tools" }] },
  },
  "what is skipped is required by nobody: the planner still does, and the reference drops the entity": {
    source: `{ tool(upc: "1") { inStock shipping @skip(if: true) tagLine } }`,
    ours: { tool: { inStock: true, tagLine: '[["a",null],[]]' } },
  },
  "a selection in which nothing applies is still an object: the planner drops its field": {
    source: `query ($yes: Boolean! = true) { strict @include(if: $yes) { ... on Node { ... on Film { id } } } }`,
    ours: { strict: [{}, {}, {}, {}, {}] },
  },
  "a representation without a key is none: the reference sends it and loses all others": {
    source: `{ library { ... on Film { headline } ... on Book { title } } }`,
    ours: { library: [{ title: "Tools" }, { headline: "about Saw" }, { headline: null }, null, null] },
  },
};
for (const [why, { source, ours }] of Object.entries(referenceIsWrong)) {
  test(`the reference is wrong: ${why}`, async () => {
    const text = JSON.stringify((await run(source)).data);
    assert.equal(text, JSON.stringify(ours));
    assert.equal(text, JSON.stringify((await federation.executeMonolith(parse(source), {})).data));
    assert.notDeepEqual(await runStock(source).catch(() => "thrown"), JSON.parse(text));
  });
}

test("a null that may not be is an error at its place, which the reference only notes in extensions.valueCompletion", async () => {
  const source = "{ anything { ... on Person { email } } }";
  const { data, errors } = await run(source);
  assert.deepEqual(
    [data, errors?.map(({ path }) => path)],
    [{ anything: [{}, {}, null, null, {}, { email: "bob@x" }, {}] }, [["anything", 2, "email"]]],
  );
  const stock = await executeStock(federation, federation.subgraphs().ask, parse(source), {});
  assert.deepEqual([stock.data, stock.errors], [data, undefined]);
});

test("errors of an entity stand where it really is in a list, which the reference counts among those it asked for", async () => {
  const { errors } = await run("{ search { ... on Robot { state } } }");
  assert.deepEqual(
    errors?.map(({ path }) => path),
    [["search", 3, "state"]],
  );
});

test("an error of an entity asked for once stands at each of its places", async () => {
  const { errors } = await run(`{ favourites { id score } }`);
  assert.deepEqual(
    errors?.map(({ path }) => path),
    [
      ["favourites", 0, "score"],
      ["favourites", 2, "score"],
    ],
  );
});

const failures: AskSubgraph[] = [
  () => Promise.reject(new Error("down")),
  async () => ({ errors: [{ message: "no" }] }),
  async () => ({ data: null, errors: [{ message: "no" }] }),
  async () => ({ data: { _entities: [] } }),
  async () => ({ data: { _entities: null } }),
  async () => ({}),
];
test("one bad subgraph: what it owes is null with one error for each place it was asked at, the rest is there", async () => {
  for (const broken of failures) {
    const { ask } = federation.subgraphs();
    const source = `{ tools { name inStock reviews { body } } me { name } }`;
    const answer = await engine(new Map([...ask, ["stock", broken]]))(source, {});
    assert.deepEqual(answer.data?.["me"], { name: "Ada" });
    assert.deepEqual(
      answer.data?.["tools"].map((tool: any) => [tool.name, tool.inStock, tool.reviews?.length]),
      [
        ["Hammer", null, 2],
        ["Drill", null, 1],
      ],
    );
    assert.equal(answer.errors?.length, 1, JSON.stringify(answer.errors));
  }
});

test("a mutation's root fields run in their order, out of whichever fragments they come: the planner turns them round", async () => {
  const { ask, calls } = federation.subgraphs();
  const source = `mutation { ... { ...F } } fragment H on Mutation { hire { __typename } }
    fragment F on Mutation { rename(id: "p1", name: "p1") { ...A } ...H } fragment A on Anything { ... on Person { age } }`;
  assert.deepEqual((await engine(ask)(source, {})).data, { rename: { age: 36 }, hire: { __typename: "Person" } });
  assert.match(String(calls[0]?.query), /rename.*hire/);
});

test("what the planner gives up on is refused with one error before anything is asked", async () => {
  const { ask, calls } = federation.subgraphs();
  const refused = engine(ask)(`{ latest { media { ... on Node { id } } } }`, {});
  await assert.rejects(refused, (error: OperationRefused) => error.errors.length === 1);
  assert.deepEqual(calls, []);
});

test("`__proto__` is a name like any other: as an alias, and in a scalar's object (G-09)", async () => {
  const { text } = await run(
    `{ __proto__: echo(text: "a", input: { json: { __proto__: { a: 1 } } }) me { __proto__: name constructor: id } }`,
  );
  assert.equal(
    text,
    `{"__proto__":{"text":"a","input":{"a":1,"b":"b","json":{"__proto__":{"a":1}}},"flags":["A","B"]},"me":{"__proto__":"Ada","constructor":"p1"}}`,
  );
});
