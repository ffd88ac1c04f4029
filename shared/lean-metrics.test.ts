import assert from "node:assert/strict";
import { test } from "node:test";
import { leanCounter, leanHistogram } from "./lean-metrics.ts";
import { metrics } from "./telemetry.ts";

test("cells are read by prom-client as its own metrics are", async () => {
  const uses = leanCounter("lean_test_total", "Uses", ["who", "outcome"]);
  uses("ada", "ok").add();
  uses("ada", "ok").add(2);
  uses('the "other"', "").add();
  const seconds = leanHistogram("lean_test_seconds", "Seconds", ["who"]);
  for (const each of [0.001, 0.02, 0.3, 60]) seconds("ada").observe(each);
  const text = await metrics.metrics();
  for (const line of [
    "# TYPE backhaul_lean_test_total counter",
    'backhaul_lean_test_total{who="ada",outcome="ok"} 3',
    'backhaul_lean_test_total{who="the \\"other\\"",outcome=""} 1',
    "# TYPE backhaul_lean_test_seconds histogram",
    'backhaul_lean_test_seconds_bucket{who="ada",le="0.001"} 1',
    'backhaul_lean_test_seconds_bucket{who="ada",le="0.025"} 2',
    'backhaul_lean_test_seconds_bucket{who="ada",le="30"} 3',
    'backhaul_lean_test_seconds_bucket{who="ada",le="+Inf"} 4',
    'backhaul_lean_test_seconds_count{who="ada"} 4',
  ])
    assert.ok(text.split("\n").includes(line), line);
  metrics.resetMetrics();
  assert.match(await metrics.metrics(), /lean_test_seconds_count\{who="ada"\} 0/);
});
