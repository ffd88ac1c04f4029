import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { buildSchema } from "graphql";
import { stringify } from "yaml";
import { goodBundle, writeBundle } from "../../test/gateway/partner-bundles.ts";
import { makeApiKey } from "./api-keys.ts";
import { BundleMistakes } from "./mistakes.ts";
import { readBundle } from "./read-bundle.ts";

const folder = path.join(await mkdtemp(path.join(tmpdir(), "bundles-")), "partners");
after(() => rm(path.dirname(folder), { recursive: true, force: true }));
const open = { authenticated: false, scopes: null, policies: null };
const graph = {
  schema: buildSchema("type Query { whoAmI: String list: [Query] report: String amount: String }"),
  rules: new Map([
    ["Query.report", { ...open, scopes: [["status:report"]] }],
    ["Query.amount", { ...open, policies: [["customer"]] }],
  ]),
};
const read = (id = "acme") => readBundle(path.join(folder, id), () => graph);

async function mistakesOf(said: Record<string, unknown> | string, documents?: Record<string, string>) {
  await writeBundle(folder, "acme", said, documents);
  const error: unknown = await read().then(
    () => undefined,
    (thrown: unknown) => thrown,
  );
  assert.ok(error instanceof BundleMistakes, `nothing was wrong with ${JSON.stringify(said)}`);
  return error.mistakes;
}
const { id, sha256 } = makeApiKey();
const key = { id, sha256, client: "app", scopes: ["returns:read"], created: "2026-01-01", expires: "2027-01-01" };
const { name: _, ...nameless } = goodBundle;

test("a bundle says who, what, how much and from where; keys by their hashes (PE-09, SE-04)", async () => {
  const rows = { companies: ["US01"], customers: ["C-2020"] };
  await writeBundle(folder, "acme", { kind: "customer", rows, origins: ["https://a.example"], keys: [key] });
  const { kind, companies, sites, origins, keys, ...bundle } = { ...(await read()), kind: (await read()).rows.kind };
  assert.deepEqual([bundle.id, kind, companies, sites], ["acme", "customer", ["US01"], null]);
  assert.deepEqual(bundle.rows, { kind: "customer", customers: ["C-2020"], channels: null, items: null });
  assert.deepEqual(
    [origins, keys[0]?.expires, keys[0]?.revoked],
    [["https://a.example"], "2027-01-01T00:00:00.000Z", null],
  );
});

test("documents come as Apollo manifest, as Relay manifest and as .graphql files; ids are the manifest's, else the text's hash (G-14)", async () => {
  const operations = [{ id: "a1", name: "A", type: "query", body: "query A { whoAmI __typename }" }];
  const text = "# who\nquery C { whoAmI }\n";
  await writeBundle(
    folder,
    "acme",
    {},
    {
      "apollo.json": JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations }),
      "relay.json": JSON.stringify({ b2: "query B { list { whoAmI } }" }),
      "c.graphql": text,
    },
  );
  const { documents } = await read();
  const hash = `sha256:${createHash("sha256").update(text).digest("hex")}`;
  assert.deepEqual(
    documents.map(({ id: one, file, member }) => [one, file, member]),
    [
      ["a1", "documents/apollo.json", "operations.0"],
      [hash, "documents/c.graphql", null],
      ["b2", "documents/relay.json", "b2"],
    ],
  );
});

test("what is wrong in bundle.yml is refused with file, line, member and what to do (PE-09)", async () => {
  const bad: [Record<string, unknown>, RegExp][] = [
    [nameless, /bundle\.yml:1 name: is missing\.$/],
    [{ ...goodBundle, version: 2 }, /bundle\.yml:1 version: 2 the only version is 1\.$/],
    [{ ...goodBundle, kind: "suplier" }, /kind: "suplier" is no kind of partner\. Did you mean supplier\?$/],
    [
      { ...goodBundle, scopes: ["returns:raed"] },
      /scopes\.0: "returns:raed" is no scope\. Did you mean returns:read\?$/,
    ],
    [{ ...goodBundle, scopes: [] }, /scopes: is empty/],
    [{ ...goodBundle, contract: {} }, /contract\.include: is missing\.$/],
    [
      { ...goodBundle, contract: { includes: ["a"], include: ["a"] } },
      /contract\.includes: .* Did you mean include\?$/,
    ],
    [{ ...goodBundle, orgins: [] }, /orgins: is unknown here\. Did you mean origins\?$/],
    [{ ...goodBundle, rows: { companies: ["EU03"] } }, /rows: a third-party partner needs sites here/],
    [
      { ...goodBundle, rows: { companies: ["XX"], sites: ["HAM4"] } },
      /rows\.companies\.0: "XX" is no company\. Known: US01/,
    ],
    [{ ...goodBundle, rows: { companies: ["US01"], sites: ["HAM4"] } }, /rows\.sites\.0: HAM4 is a site of EU03/],
    [{ ...goodBundle, kind: "supplier", rows: { companies: ["US01"], items: [] } }, /rows\.items: is empty/],
    [{ ...goodBundle, kind: "customer" }, /rows: a customer partner needs customers or channels here/],
    [
      { ...goodBundle, budget: { costPerDocument: 0, costPerMinute: 1 } },
      /budget\.costPerDocument: 0 must be 1 or more\.$/,
    ],
    [
      { ...goodBundle, quota: { requestsPerMinute: "many", subscriptions: 1 } },
      /quota\.requestsPerMinute: "many" must be a number\.$/,
    ],
    [{ ...goodBundle, origins: ["https://a.example/app"] }, /origins\.0: .* is no origin/],
    [{ ...goodBundle, keys: [{ ...key, expires: "soon" }] }, /keys\.0\.expires: "soon" is no day or moment/],
    [{ ...goodBundle, keys: [{ ...key, expires: "2025-01-01" }] }, /keys\.0\.expires: is not after created\.$/],
    [
      { ...goodBundle, keys: [{ ...key, scopes: ["status:report"] }] },
      /keys\.0\.scopes: status:report is not one of the bundle's/,
    ],
    [{ ...goodBundle, keys: [key, key] }, /keys\.1\.id: \w+ is here twice/],
    [{ ...goodBundle, keys: [{ ...key, clients: "x" }] }, /keys\.0\.clients: is unknown here\. Did you mean client\?$/],
  ];
  for (const [said, sentence] of bad) {
    const mistakes = await mistakesOf(stringify(said));
    assert.match(mistakes.join("\n"), sentence);
    assert.match(mistakes.join("\n"), /^partners\/acme\/bundle\.yml:\d+ /);
  }
});

test("a key that was written instead of its hash is refused without being repeated (G-16)", async () => {
  const made = makeApiKey();
  const [said = ""] = await mistakesOf({ keys: [{ ...key, sha256: made.key }] });
  assert.match(said, /keys\.0\.sha256: is no SHA-256 in hex; never write the key itself/);
  assert.doesNotMatch(said, /bhk_/);
});

test("a bundle.yml that is missing or no YAML, and a folder that can't be a partner's, are refused", async () => {
  assert.match(String(await mistakesOf("a: [1,\nb: 2")), /^partners\/acme\/bundle\.yml:\d+: /);
  await assert.rejects(read("nobody"), /partners\/nobody\/bundle\.yml: is missing/);
  await assert.rejects(read("Not_An_Id"), /must match/);
});

test("what is wrong with a document is refused with file and member (PE-09, SE-04)", async () => {
  const apollo = (operation: object) =>
    JSON.stringify({ format: "apollo-persisted-query-manifest", version: 1, operations: [operation] });
  const bad: [Record<string, string>, RegExp][] = [
    [{}, /documents: has no documents/],
    [{ "a.graphql": "query A {" }, /documents\/a\.graphql: line 1: Syntax Error/],
    [
      { "a.graphql": "{ whoAmI money }" },
      /a\.graphql: line 1: Cannot query field "money" .*contract\.include: partner, third-party/,
    ],
    [{ "a.graphql": "query A { whoAmI } query B { whoAmI }" }, /a\.graphql: has 2 operations/],
    [{ "a.graphql": `{ ${"list { ".repeat(25)}whoAmI${" }".repeat(25)} }` }, /a\.graphql: .*levels/],
    [
      { "a.graphql": "{\n  report }" },
      /a\.graphql: line 2: report is refused to a third-party partner with the scopes returns:read/,
    ],
    [{ "a.graphql": "{ amount }" }, /a\.graphql: line 1: amount is refused to a third-party partner/],
    [{ "a.txt": "{ whoAmI }" }, /a\.txt: is no document/],
    [{ "a.json": "{" }, /a\.json: is not JSON/],
    [{ "a.json": '{ "x": 1 }' }, /a\.json x: must be the document's text/],
    [{ "a.json": apollo({ id: "x" }) }, /a\.json operations\.0\.body: /],
    [{ "a.json": apollo({ id: "x", body: "{ money }" }) }, /a\.json operations\.0: line 1: Cannot query field/],
    [{ "a.json": apollo({ id: "a b", body: "{ whoAmI }" }) }, /a\.json operations\.0: the id "a b" can't be asked for/],
    [
      { "a.json": apollo({ id: `sha256:${"0".repeat(64)}`, body: "{ whoAmI }" }) },
      /operations\.0: .* is not the text's hash/,
    ],
    [
      { "a.json": '{"x":"{ whoAmI }"}', "b.json": '{"x":"{ __typename }"}' },
      /b\.json x: the id x is another document's in documents\/a\.json/,
    ],
  ];
  for (const [documents, sentence] of bad) assert.match((await mistakesOf({}, documents)).join("\n"), sentence);
  const mistakes = await mistakesOf({ kind: "friend" }, { "a.json": "{" });
  assert.equal(mistakes.length, 2);
});
