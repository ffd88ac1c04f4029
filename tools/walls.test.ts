import assert from "node:assert/strict";
import path from "node:path";
import { test } from "node:test";
import { brokenWalls, readSources } from "./walls.ts";

const broken = (files: Record<string, string>) => brokenWalls(new Map(Object.entries(files)));

test("the walls of style.md stand in our tree", () => {
  assert.deepEqual(brokenWalls(readSources(path.resolve(import.meta.dirname, ".."))), []);
});

test("a station imports itself, shared and what its row allows, and nothing else", () => {
  assert.deepEqual(
    broken({
      "gateway/server.ts":
        'import { readConfig } from "#shared/config.ts";\nimport type { Fact } from "#orchestration/facts.ts";',
      "subgraphs/orders/loaders.ts":
        'import { a } from "#subgraphs/returns/loaders.ts";\nimport { b } from "../kit.ts";',
      "orchestration/steps/post-memo.ts":
        'import { c } from "#adapters/erp/business-central/client.ts";\nexport type { D } from "#adapters/erp/port.ts";',
      "adapters/erp/business-central/adapter.ts":
        'import { e } from "../port.ts";\nimport { f } from "../../wms/json/wire.ts";',
      "sandbox/wms/server.ts": 'const g = await import("#adapters/wms/port.ts");',
      "lost/thing.ts": 'import "zod";',
    }),
    [
      "gateway/server.ts: may not import orchestration/facts.ts, not even its types (style.md, section 3).",
      "subgraphs/orders/loaders.ts: may not import subgraphs/returns/loaders.ts (style.md, section 3).",
      "orchestration/steps/post-memo.ts: may not import adapters/erp/business-central/client.ts (style.md, section 3).",
      "adapters/erp/business-central/adapter.ts: may not import adapters/wms/json/wire.ts (style.md, section 3).",
      "sandbox/wms/server.ts: may not import adapters/wms/port.ts (style.md, section 3).",
      "lost/thing.ts: stands in no station; add its folder to tools/walls.ts or move it.",
    ],
  );
});

test("flows have no I/O, BullMQ stands in bell.ts alone, the environment in config.ts alone", () => {
  assert.deepEqual(
    broken({
      "orchestration/flows/post-credit.ts": 'import { readFile } from "node:fs/promises";',
      "orchestration/worker.ts": 'import { Worker } from "bullmq";',
      "orchestration/bell.ts": 'import { Worker } from "bullmq";',
      "gateway/main.ts": "const port = process.env.PORT; // or",
      "shared/config.ts": "process.env",
      "shared/log.ts": '// process.env is read elsewhere\nconst said = "process.env";',
    }),
    [
      "orchestration/flows/post-credit.ts: may not import node:fs/promises (style.md, section 3).",
      "orchestration/worker.ts: may not import bullmq (style.md, section 3).",
      "gateway/main.ts: only shared/config.ts reads process.env.",
    ],
  );
});

test("a cycle is named by its files; types make none", () => {
  assert.deepEqual(
    broken({
      "shared/a.ts": 'import { b } from "./b.ts";\nimport type { C } from "./c.ts";',
      "shared/b.ts": 'import {\n  a,\n} from "./a.ts";',
      "shared/c.ts": 'import { a } from "./a.ts";',
    }),
    ["shared/a.ts → shared/b.ts → shared/a.ts: an import cycle."],
  );
});
