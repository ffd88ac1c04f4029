import assert from "node:assert/strict";
import { test } from "node:test";
import { CircuitState } from "cockatiel";
import { metrics } from "#shared/telemetry.ts";
import { createHealth } from "./health.ts";

test("how a system was seen last is a metric: up, slow after a failure, down while its breaker is open", async () => {
  let circuit = CircuitState.Closed;
  const health = createHealth("erp-seen", 1_000, () => circuit);
  const shown = async () => /^backhaul_system_up\{system="erp-seen"\} (.*)$/m.exec(await metrics.metrics())?.[1];
  assert.equal(await shown(), "1");
  health.failed();
  assert.equal(await shown(), "0.5");
  circuit = CircuitState.Open;
  health.changed();
  assert.deepEqual([await shown(), health.read().state], ["0", "DOWN"]);
  circuit = CircuitState.Closed;
  health.answered(5);
  assert.equal(await shown(), "1");
});
