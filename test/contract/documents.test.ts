import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { operationFromDocument } from "@apollo/federation-internals";
import type { PlanNode, SubscriptionNode } from "@apollo/query-planner";
import { parse, validate } from "graphql";
import { readHouseDocuments } from "#gateway/doors/house-documents.ts";
import { LIMITS, measure } from "#gateway/plugins/limits.ts";
import { scanDocument } from "#gateway/plugins/scan-document.ts";
import { loadSupergraph, readSupergraph } from "#gateway/supergraph.ts";
import { readConfig } from "#shared/config.ts";
import { composeTree } from "#tools/compose.ts";

const folder = path.join(import.meta.dirname, "documents");
const documents = globSync("*/*.graphql", { cwd: folder }).toSorted();
const supergraph = loadSupergraph(await readSupergraph());

test("the committed supergraph is what the subgraphs compose to now, without a hint (G-01, G-09); if not: npm run compose", async () => {
  assert.equal(await readSupergraph(), await composeTree());
});

test("the SDL for ApolloGateway's life-cycle has no feature for security, which it would refuse to start on (G-09)", () => {
  assert.match(supergraph.sdl, /requiresScopes\/v0.1", for: SECURITY/);
  assert.doesNotMatch(supergraph.lifeCycleSdl, /for: SECURITY/);
});

test("the contract's documents are all here", () => {
  assert.equal(documents.length, 36);
});

test("the screens' and dashboards' documents are registered under the hashes of their texts, and the text is what runs", async () => {
  const registry = await readHouseDocuments(readConfig({}).documentsDir);
  for (const name of documents.filter((each) => !each.startsWith("partner/"))) {
    const text = readFileSync(path.join(folder, name), "utf8");
    const hash = createHash("sha256").update(text).digest("hex");
    for (const id of [hash, `sha256:${hash}`])
      assert.equal(registry.find(null as never, id)?.source, text, `${name} in gateway/documents`);
  }
});

for (const name of documents) {
  test(`${name} validates against the API schema, stays within the limits and plans in three steps at most`, () => {
    const text = readFileSync(path.join(folder, name), "utf8");
    assert.ok(scanDocument(text).tokens * 2 <= LIMITS.tokens);
    const document = parse(text);
    assert.deepEqual(validate(supergraph.schema, document), []);
    const [operation] = document.definitions;
    assert.equal(operation?.kind, "OperationDefinition");
    const size = measure(document, operation);
    for (const limit of ["depth", "aliases", "rootFields", "fields"] as const)
      assert.ok(size[limit] * 2 <= LIMITS[limit], `${limit} ${size[limit]}`);
    const { node } = supergraph.planner.buildQueryPlan(operationFromDocument(supergraph.apiSchema, document));
    assert.ok(steps(node) <= 3, `${steps(node)} steps`);
  });
}

/** Fetches one after the other. */
function steps(node: PlanNode | SubscriptionNode | undefined): number {
  switch (node?.kind) {
    case "Fetch":
      return 1;
    case "Flatten":
      return steps(node.node);
    case "Sequence":
      return node.nodes.reduce((sum, each) => sum + steps(each), 0);
    case "Parallel":
      return Math.max(...node.nodes.map(steps));
    case "Subscription":
      return 1 + steps(node.rest);
    default:
      return 0;
  }
}
