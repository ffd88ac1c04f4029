import assert from "node:assert/strict";
import { test } from "node:test";
import path from "node:path";
import { buildSchema } from "graphql";
import { readSupergraph } from "#gateway/supergraph.ts";
import { checkTree } from "./check-schema.ts";
import { partnerContracts, treeOnDisk } from "./known-contracts.ts";
import { checkSurface, type KnownDocument } from "./schema-check.ts";

const root = path.resolve(import.meta.dirname, "..");
const sdl = `
  enum Status { OPEN LOST }
  interface Node { id: ID! }
  type Return implements Node { id: ID! note: String @deprecated(reason: "Use \`Return.notes\`. Kept until 2026-11-01.") notes: [String!] status: Status old: Old @deprecated(reason: "Use \`notes\`. Kept until 2026-11-20.") }
  type Old { at: String }
  input Filter { status: Status }
  type Query { return(id: ID!): Return returns(first: Int, filter: Filter): [Return!] }
`;
const documents: readonly KnownDocument[] = [
  {
    client: "service-ui",
    name: "find",
    source: "query ($filter: Filter) { returns(first: 3, filter: $filter) { id notes } }",
  },
  { client: "partner acme", name: "status", source: "query ($id: ID!) { return(id: $id) { status } }" },
];

const check = (after: string, { today = "2026-10-01", known = documents } = {}) =>
  checkSurface(
    { surface: { name: "schema", before: buildSchema(sdl), after: buildSchema(after) }, documents: known },
    today,
  );

test("an unchanged schema has no problem", () => {
  assert.deepEqual(check(sdl), { problems: [], notes: [] });
});

test("a removed field says which client and document break, and that the document no longer validates", () => {
  const { problems } = check(sdl.replace("status: Status old", "old"));
  assert.deepEqual(problems, [
    "schema: Return.status was removed. This breaks partner acme (status).",
    'partner acme: status does not validate: Cannot query field "status" on type "Return".',
  ]);
});

test("a narrowed argument breaks whoever sends it; one that is required from now on breaks whoever asks for the field", () => {
  const { problems: narrowed } = check(sdl.replace("first: Int", "first: Boolean"));
  assert.match(
    narrowed[0] ?? "",
    /Query\.returns arg first has changed type from Int to Boolean.* breaks service-ui \(find\)\./,
  );
  const { problems: required } = check(sdl.replace("filter: Filter", "filter: Filter, company: ID!"));
  assert.match(required[0] ?? "", /required arg company on Query\.returns .* breaks service-ui \(find\)\./);
});

test("a value that is gone breaks whoever may send it in a variable, also where the document still validates", () => {
  const { problems } = check(sdl.replace(" LOST", ""));
  assert.deepEqual(problems, [
    "schema: LOST was removed from enum type Status. This breaks service-ui (find); partner acme (status).",
  ]);
});

test("a field that can be null from now on is refused, and a change that no known document notices too", () => {
  const { problems } = check(sdl.replace("type Return implements Node { id: ID!", "type Return { id: ID"));
  assert.deepEqual(problems, [
    "schema: Return.id changed type from ID! to ID. This breaks service-ui (find).",
    "schema: Return no longer implements interface Node. This breaks service-ui (find); partner acme (status).",
  ]);
  const [unnoticed] = check(sdl.replace("note: String @", "note: Int @")).problems;
  assert.match(unnoticed ?? "", /Return\.note changed type from String to Int\. No document known here uses it/);
});

test("what was deprecated with a date goes on that day, with the types that only it led to, and not before (G-06)", () => {
  const without = sdl.replace(/old: Old.*? \}/, "}").replace("type Old { at: String }", "");
  assert.deepEqual(check(without, { today: "2026-11-20" }).problems, []);
  assert.deepEqual(
    check(without, { today: "2026-11-19" }).problems.map((sentence) => sentence.replace(/ No document.*/, "")),
    ["schema: Old was removed.", "schema: Return.old was removed."],
  );
});

test("a deprecation has a date and a replacement that exists, and clients are told what they still use (G-06)", () => {
  const undated = sdl
    .replace('"Use `notes`. Kept until 2026-11-20."', '"old"')
    .replace("`Return.notes`", "`Return.remarks`");
  assert.deepEqual(check(undated).problems, [
    "schema: Return.note is deprecated for `Return.remarks`, which does not exist (G-06).",
    'schema: Return.old is deprecated without a replacement and a date: say "Use `…`. Kept until YYYY-MM-DD." (G-06).',
  ]);
  const known = [{ client: "dashboard", name: "wall", source: "{ returns { note } }" }];
  assert.deepEqual(check(sdl, { known }).notes, [
    "dashboard: wall uses Return.note, which may go on 2026-11-01: use `Return.notes`.",
  ]);
});

test("a document that no longer parses or validates is named, whatever changed", () => {
  const known = [
    { client: "partner acme", name: "broken", source: "query {" },
    { client: "partner acme", name: "unknown", source: "{ orders { id } }" },
  ];
  assert.deepEqual(check(sdl, { known }).problems, [
    "partner acme: broken does not validate: Syntax Error: Expected Name, found <EOF>.",
    'partner acme: unknown does not validate: Cannot query field "orders" on type "Query".',
  ]);
});

test("npm run check:schema composes the tree and refuses it where the base had more", async () => {
  const sdl = (await readSupergraph()).replace(/(?<=type Query[^{]*\{)/, "\n  lost: ID @join__field(graph: RETURNS)");
  const { problems } = await checkTree({ name: "a file", sdl, read: () => undefined });
  assert.deepEqual(
    problems.map((sentence) => sentence.replace(/ No document.*/, "")),
    ["schema: Query.lost was removed."],
  );
});

test("a field that loses its tag breaks the partners whose contract has it, by name of the document", async () => {
  const sdl = await readSupergraph();
  const without = sdl.replace(/(?<=\n  rmaNumber: [^\n]*) @tag\(name: "partner"\)/g, "");
  assert.notEqual(without, sdl);
  const known = await partnerContracts(root, treeOnDisk(root, sdl), treeOnDisk(root, without));
  const problems = known.flatMap((each) => checkSurface(each, "2026-11-21").problems);
  for (const partner of ["acme-3pl", "boltco", "northwind-market", "supplyco"])
    assert.ok(
      problems.some((each) => each.includes("Return.rmaNumber was removed") && each.includes(`partner ${partner} (`)),
      partner,
    );
});
