import assert from "node:assert/strict";
import { test } from "node:test";
import { type FieldNode, Kind, type OperationDefinitionNode, parse, validate } from "graphql";
import { type Caller, createCaller, type PartnerKind, type Role } from "#shared/caller.ts";
import { composeSubgraphs } from "#tools/compose.ts";
import { loadSupergraph } from "../supergraph.ts";
import { readRequirements } from "./authorize.ts";
import type { Policy } from "./policies.ts";

const imports = ["@key", "@shareable", "@authenticated", "@requiresScopes", "@policy", "@interfaceObject"];
const common = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ${JSON.stringify(imports)})`;
const sdl = `
  type Query {
    open: Thing
    node: Node
    any: Any
    signedIn: String @authenticated
    books: String @requiresScopes(scopes: [["role:finance"], ["role:supervisor", "books:read"]])
    guarded: String @authenticated @requiresScopes(scopes: [["role:finance"]]) @policy(policies: [["trusted"]])
    either: String @policy(policies: [["trusted"], ["known", "named"]])
    strange: String @policy(policies: [["nobody-knows"]])
    inherited: String @policy(policies: [["toString"]])
    never: String @requiresScopes(scopes: [])
    secret: Secret
    grade: Grade
    stamp: Stamp
  }
  type Mutation { sign: Thing @requiresScopes(scopes: [["role:finance"]]) }
  type Subscription { told: Thing @requiresScopes(scopes: [["role:operations"]]) }
  type Thing { id: ID! name: String price: String @policy(policies: [["trusted"]]) secret: Secret thing: Thing }
  interface Node { id: ID! owner: String other: Thing }
  type Note implements Node { id: ID! owner: String other: Thing }
  type Deed implements Node { id: ID! owner: String @requiresScopes(scopes: [["role:finance"]]) other: Thing }
  union Any = Thing | Secret
  type Secret @requiresScopes(scopes: [["role:finance"]]) { id: ID! word: String }
  enum Grade @authenticated { A B }
  scalar Stamp @policy(policies: [["trusted"]])`;
const supergraph = loadSupergraph(composeSubgraphs(common, [{ name: "a", sdl }]));
const named: Record<string, Policy> = {
  trusted: ({ name }) => name === "trusted",
  known: ({ kind }) => kind === "PERSON",
  named: ({ name }) => name !== null,
};

const caller = (roles: Role[] = [], changes: Partial<Caller> = {}): Caller =>
  createCaller({
    ...{ kind: "PERSON", id: "p", name: "p", roles, companies: "*", sites: null },
    ...{ partner: null, scope: [], client: "c", ...changes },
  } as const);
const nobody = undefined;
const anybody = caller();
const finance = caller(["finance"]);

function ask(source: string, operationName?: string) {
  const document = parse(source);
  assert.deepEqual(validate(supergraph.schema, document), []);
  const operation = document.definitions.find(
    (node): node is OperationDefinitionNode =>
      node.kind === Kind.OPERATION_DEFINITION && (!operationName || node.name?.value === operationName),
  )!;
  return readRequirements(supergraph, document, operation, named);
}
const shown = ({ alias, name }: FieldNode) => (alias ? `${alias.value}:${name.value}` : name.value);
const refused = (source: string, who: Caller | undefined, operationName?: string): string[] =>
  [...ask(source, operationName).refusedFor(who).fields].map(shown).toSorted();

test("what has no rule is everybody's, with an empty key", () => {
  const { key, fields } = ask("{ open { id name thing { id } } __typename __schema { types { name } } }").refusedFor(
    nobody,
  );
  assert.deepEqual([key, fields.size], ["", 0]);
});

test("@authenticated takes a caller, whoever that is", () => {
  assert.deepEqual(refused("{ signedIn grade }", nobody), ["grade", "signedIn"]);
  assert.deepEqual(refused("{ signedIn grade }", anybody), []);
});

test("@requiresScopes takes one group whole; roles are scopes role:…, and an empty list is nobody's", () => {
  assert.deepEqual(refused("{ books never }", anybody), ["books", "never"]);
  assert.deepEqual(refused("{ books never }", finance), ["never"]);
  assert.deepEqual(refused("{ books }", caller(["supervisor"])), ["books"]);
  assert.deepEqual(refused("{ books }", caller([], { scope: ["books:read"] })), ["books"]);
  assert.deepEqual(refused("{ books }", caller(["supervisor"], { scope: ["books:read"] })), []);
});

test("a policy nobody knows refuses everybody, also one that every object has by birth", () => {
  for (const who of [nobody, anybody, finance])
    assert.deepEqual(refused("{ strange inherited }", who), ["inherited", "strange"]);
});

test("policies are groups too, and several directives on a field have to hold together", () => {
  assert.deepEqual(refused("{ either }", caller([], { name: null })), ["either"]);
  assert.deepEqual(refused("{ either guarded }", anybody), ["guarded"]);
  assert.deepEqual(refused("{ guarded }", finance), ["guarded"]);
  assert.deepEqual(refused("{ guarded }", caller([], { name: "trusted" })), ["guarded"]);
  assert.deepEqual(refused("{ guarded }", caller(["finance"], { name: "trusted" })), []);
});

test("a rule of a type is one of every field that returns it: object, enum or scalar; what stands below is not named", () => {
  assert.deepEqual(refused("{ secret { id word } open { secret { word } } stamp }", anybody), [
    "secret",
    "secret",
    "stamp",
  ]);
  assert.deepEqual(refused("{ secret { id word } open { secret { word } } }", finance), []);
});

test("a member of a union asks for what its type does, in a fragment on it", () => {
  const query = "{ any { __typename ... on Secret { id word } ... on Thing { id price } } }";
  assert.deepEqual(refused(query, anybody), ["id", "price", "word"]);
  assert.deepEqual(refused(query, finance), ["price"]);
});

test("a field of an interface asks for all that the types behind it ask", () => {
  assert.deepEqual(refused("{ node { __typename id owner other { id } } }", anybody), ["owner"]);
  assert.deepEqual(refused("{ node { ... on Note { owner } ... on Deed { id owner } } }", anybody), ["owner"]);
  assert.deepEqual(refused("{ node { owner } }", finance), []);
});

test("fragments are read wherever they stand, nested, named and shared, under aliases and directives", () => {
  const query = `query One($is: Boolean!) { a: open { ...part } b: open { thing { ...part @include(if: $is) } } secret { id ...word } }
    query Two { open { id } }
    fragment part on Thing { cost: price ... @skip(if: $is) { thing { ... on Thing { price } } } }
    fragment word on Secret { word }`;
  assert.deepEqual(refused(query, anybody, "One"), ["cost:price", "price", "secret"]);
  assert.deepEqual(refused(query, caller([], { name: "trusted" }), "One"), ["secret"]);
  assert.deepEqual(refused(query, anybody, "Two"), []);
});

test("mutations and subscriptions are fields like others", () => {
  assert.deepEqual(refused("mutation { sign { price } }", anybody), ["sign"]);
  assert.deepEqual(refused("mutation { sign { price } }", finance), ["price"]);
  assert.deepEqual(refused("subscription { told { id price } }", finance), ["told"]);
  assert.deepEqual(refused("subscription { told { id price } }", caller(["operations"])), ["price"]);
});

test("equal masks have equal keys, different ones different keys, and a view is judged once", () => {
  const requirements = ask("{ books secret { id } open { price } either }");
  const keys = [anybody, caller(["service"]), finance, caller([], { name: "trusted" })].map(
    (who) => requirements.refusedFor(who).key,
  );
  assert.equal(keys[0], keys[1]);
  // The policies of this test look at names, which are no part of a view: trusted is the one first asked with it.
  assert.equal(keys[0], keys[3]);
  assert.notEqual(keys[0], keys[2]);
  assert.equal(requirements.refusedFor(finance), requirements.refusedFor(caller(["finance"])));
});

test("a document of many fragments that spread each other is read in one pass", () => {
  const many = 200;
  const fragments = Array.from(
    { length: many },
    (_, at) => `fragment f${at} on Thing { a: thing { ...f${at + 1} } b: thing { ...f${at + 1} } }`,
  );
  const query = `{ open { ...f0 } } ${fragments.join(" ")} fragment f${many} on Thing { price }`;
  const document = parse(query);
  const requirements = readRequirements(
    supergraph,
    document,
    document.definitions[0] as OperationDefinitionNode,
    named,
  );
  assert.deepEqual([...requirements.refusedFor(anybody).fields].map(shown), ["price"]);
});

test("directives that a supergraph renames are found under their names", () => {
  const renamed = common
    .replace('"@policy"', '{ name: "@policy", as: "@rule" }')
    .replace('"@authenticated"', '{ name: "@authenticated", as: "@signedIn" }');
  const graph = loadSupergraph(
    composeSubgraphs(renamed, [
      { name: "a", sdl: 'type Query { a: Int @signedIn b: Int @rule(policies: [["x"]]) c: Int }' },
    ]),
  );
  const document = parse("{ a b c }");
  const requirements = readRequirements(graph, document, document.definitions[0] as OperationDefinitionNode, named);
  assert.deepEqual([...requirements.refusedFor(nobody).fields].map(shown), ["a", "b"]);
});

test("a partner's policies go by its kind and its scope (D-40)", async () => {
  const { policies } = await import("./policies.ts");
  const partner = (kind: PartnerKind, scope: string[]) =>
    caller([], { kind: "PARTNER", scope, rows: { kind, customers: null, channels: null, items: null } });
  assert.ok(policies["customer"]!(partner("customer", ["returns:read"])));
  assert.ok(!policies["customer"]!(partner("customer", ["milestones:follow"])));
  assert.ok(!policies["customer"]!(partner("third-party", ["returns:read"])));
  for (const policy of ["staff", "desk", "prices"])
    assert.ok(!policies[policy]!(partner("customer", ["returns:read"])), policy);
});
