import assert from "node:assert/strict";
import { test } from "node:test";
import { TransientFailure } from "./errors.ts";
import { metrics, observe, startMetrics } from "./telemetry.ts";

test("a call to a system is counted by system, deed and outcome, and /metrics shows it", async () => {
  const call = { system: "erp-us01", deed: "find-orders", correlationId: "c" };
  assert.equal(await observe(call, async () => 7), 7);
  const failure = new TransientFailure({ system: "erp-us01", code: "NO_ANSWER" });
  await assert.rejects(
    observe(call, () => Promise.reject(failure)),
    (error) => error === failure,
  );
  const server = await startMetrics({ host: "127.0.0.1", port: 0 });
  const text = await (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();
  await server.stop();
  for (const outcome of ["ok", "transient"])
    assert.match(
      text,
      new RegExp(`call_seconds_count\\{system="erp-us01",deed="find-orders",outcome="${outcome}"\\} 1`),
    );
  metrics.resetMetrics();
});

test("a taken port is named with the variable that moves it", async () => {
  const first = await startMetrics({ host: "127.0.0.1", port: 0 });
  await assert.rejects(startMetrics({ host: "127.0.0.1", port: first.port }), {
    message: `METRICS_PORT ${first.port} is in use; set METRICS_PORT or PORT.`,
  });
  await first.stop();
});
