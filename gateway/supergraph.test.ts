import assert from "node:assert/strict";
import { test } from "node:test";
import { ApolloGateway } from "@apollo/gateway";
import { composeSubgraphs } from "#tools/compose.ts";
import { loadSupergraph, SupergraphRefused } from "./supergraph.ts";

const imports = ["@key", "@tag", "@inaccessible", "@authenticated", "@requiresScopes", "@policy", "@cost", "@listSize"];
const common = (more: string[] = []) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.12", import: ${JSON.stringify([...imports, ...more])})`;
const secured = composeSubgraphs(common(), [
  {
    name: "a",
    sdl: `type Query { a: Int @authenticated b: Int @requiresScopes(scopes: [["x"]]) c: Int @policy(policies: [["y"]]) d: Int @inaccessible
      e(first: Int): [Int] @listSize(slicingArguments: ["first"]) @cost(weight: 3) @tag(name: "p") }`,
  },
]);
const contextual = composeSubgraphs(common(["@context", "@fromContext"]), [
  {
    name: "a",
    sdl: `type Query { t: T } type T @key(fields: "id") @context(name: "ctx") { id: ID! u: U prop: String }
      type U @key(fields: "id") { id: ID! field(a: String @fromContext(field: "$ctx { prop }")): Int }`,
  },
  { name: "b", sdl: `type Query { b: Int } type U @key(fields: "id", resolvable: false) { id: ID! }` },
]);

/** Whether ApolloGateway starts on this SDL, and if not, why. */
async function startsOn(supergraphSdl: string): Promise<string> {
  const logger = { debug() {}, info() {}, warn() {}, error() {} };
  const gateway = new ApolloGateway({ supergraphSdl, logger });
  try {
    await gateway.load();
    await gateway.stop();
    return "started";
  } catch (error) {
    return (error as Error).message;
  }
}

test("a supergraph with the features of federation 2.14 loads: security, cost, tags, context (G-09)", () => {
  for (const sdl of [secured, contextual]) assert.ok(loadSupergraph(sdl).schema.getQueryType());
  assert.deepEqual(Object.keys(loadSupergraph(secured).schema.getQueryType()!.getFields()), ["a", "b", "c", "e"]);
  assert.equal(loadSupergraph(secured).rules.size, 3);
});

test("ApolloGateway refuses the whole SDL, so that a forgotten engine fails closed, and starts on its own (G-09)", async () => {
  for (const sdl of [secured, contextual]) {
    assert.match(await startsOn(sdl), /for: SECURITY but is unsupported/);
    assert.equal(await startsOn(loadSupergraph(sdl).lifeCycleSdl), "started");
  }
});

const refusals: [what: string, sdl: string, sentence: RegExp][] = [
  ["text", "not a schema", /can't be served: Syntax Error: Unexpected Name "not"/],
  ["nothing", "", /can't be served: /],
  ["an ordinary schema", "type Query { a: Int }", /can't be served: Invalid supergraph: must be a core schema/],
  [
    "a feature for security that we don't know",
    secured.replace("policy/v0.1", "policy/v9.0"),
    /can't be served: .*policy\/v9\.0.*for: SECURITY but is unsupported/,
  ],
  [
    "connectors",
    secured.replace("schema\n", 'schema\n  @link(url: "https://specs.apollo.dev/connect/v0.2", for: EXECUTION)\n'),
    /can't be served: .*connect/,
  ],
];
for (const [what, sdl, sentence] of refusals)
  test(`what does not load is refused in a sentence: ${what}`, () => {
    assert.throws(
      () => loadSupergraph(sdl),
      (error: unknown) => {
        assert.ok(error instanceof SupergraphRefused);
        assert.match(error.message, sentence);
        assert.doesNotMatch(error.message, /\n/);
        return true;
      },
    );
  });
