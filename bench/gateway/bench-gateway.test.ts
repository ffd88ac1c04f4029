import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { askingOf } from "./contender.ts";
import { answerOf, composeHouse, variablesOf } from "./house.ts";
import { hashOfData, measure, readAnswers } from "./load.ts";
import { startStubs } from "./stubs.ts";
import { table } from "./table.ts";
import { start as startLimit } from "./targets/limit.ts";
import { start as startLimitRaw } from "./targets/limit-raw.ts";
import { start as startOurs, startByDocument } from "./targets/ours.ts";
import type { Setting, StartTarget } from "./targets/target.ts";

// Keeps the benchmark of the gateways from rotting: a few pages through its own parts, in one process; no time is asserted.

const PAGES_HERE = 5;
const UNDER_LOAD = { requests: 40, seconds: Infinity, connections: 4, distinct: true };
let stubs: Awaited<ReturnType<typeof startStubs>>;
let setting: Setting;
before(async () => {
  stubs = await startStubs();
  const { urls } = stubs;
  const folder = mkdtempSync(path.join(tmpdir(), "bench-test-"));
  setting = { urls, folder, supergraph: composeHouse(urls, false), secured: composeHouse(urls, true) };
});
after(() => {
  stubs.stop();
  rmSync(setting.folder, { recursive: true, force: true });
});

const contenders: [string, StartTarget][] = [
  ["the limit", startLimit],
  ["the limit with raw sockets", startLimitRaw],
  ["our gateway at /graphql", startOurs],
  ["our gateway at /graphql/<documentId>", startByDocument],
];

for (const [name, start] of contenders)
  test(`${name} answers the benchmark's operation with the subgraphs' data, when read and under load`, async () => {
    const { stop, ...target } = await start(setting);
    try {
      const all = askingOf(target);
      const asking = { ...all, requests: all.requests.slice(0, PAGES_HERE) };
      const { hashes, bytes } = await readAnswers(asking);
      assert.deepEqual(
        hashes,
        asking.requests.map((_, page) => hashOfData(answerOf(variablesOf(page)))),
      );
      const { requests } = await measure(asking, { ...UNDER_LOAD, bytes });
      assert.equal(requests, UNDER_LOAD.requests);
    } finally {
      await stop();
    }
  });

test("the table tells the least CPU, the best round and ratios to stock", () => {
  const round = (cpuMs: number) => ({ cpuMs, requests: 100, seconds: 1, p50Ms: 1, p99Ms: 2, rssMb: 100 });
  const results = new Map([
    ["stock", { distinct: [round(400), round(500)], identical: [round(400)] }],
    ["ours", { distinct: [round(50), round(40)], identical: [round(40)] }],
  ]);
  const [, ours] = table(results, "stock");
  assert.deepEqual(
    [ours?.["name"], ours?.["variables"], ours?.["cpuMsPerRequest"], ours?.["belowStock"]],
    ["ours", "distinct", 0.4, 10],
  );
});
