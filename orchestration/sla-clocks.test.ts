import assert from "node:assert/strict";
import { test } from "node:test";
import { loadPolicies } from "./policies/policies.ts";
import { requestReplacement } from "./replacements.ts";
import { addLine, amount, authorizedReturn, credit, inspect, receive, type FactLog } from "./sample-facts.ts";
import type { ReplacementState } from "./return-state.ts";
import { nextTelling, slaClocks } from "./sla-clocks.ts";
import { lateSpans } from "./watching-clocks.ts";

// Asked for on Monday 2026-05-04 at 15:01Z, 10:01 in Chicago; received and inspected on Tuesday at 09:00Z and 10:00Z, before work begins.

const at = (text: string): Date => new Date(`2026-${text}:00Z`);
const clocks = (log: FactLog, now: Date) =>
  slaClocks(log.state, now).map(({ stage, status, dueAt }) => `${stage} ${status} ${dueAt.slice(5, 16)}`);
const ofStage = (log: FactLog, stage: string, now: Date) =>
  slaClocks(log.state, now).find((clock) => clock.stage === stage)?.status;

const authorized = () => authorizedReturn({ id: "l1", quantity: "4" });

test("clocks run from fact to fact, at risk from 80 % of their time, late after all of it (OS-37)", () => {
  const log = authorized();
  assert.deepEqual(clocks(log, at("05-04T16:00")), ["AUTHORIZATION MET 05-05T15:01", "SHIP_BACK RUNNING 05-18T15:03"]);
  assert.equal(ofStage(log, "SHIP_BACK", at("05-16T00:00")), "AT_RISK");
  assert.equal(ofStage(log, "SHIP_BACK", at("05-19T00:00")), "BREACHED");
  receive(log, "rcl1", "l1", amount("4"));
  assert.deepEqual(clocks(log, at("05-05T14:00")).slice(1), [
    "SHIP_BACK MET 05-18T15:03",
    "INSPECTION RUNNING 05-06T22:00",
    "QUARANTINE RUNNING 05-18T22:00",
  ]);
  inspect(log, "ins1", "rcl1", amount("4"));
  credit(log, "crd1", "rcl1", "l1", amount("4"), { post: true });
  log.add("disposition.executed", { dispositionId: "dsp-of-ins1", executedAt: "2026-05-08T15:00:00.000Z", bin: null });
  assert.deepEqual(
    slaClocks(log.state, at("06-01T00:00")).map(({ stage, owner, status }) => [stage, owner, status]),
    [
      ["AUTHORIZATION", "service", "MET"],
      ["SHIP_BACK", "customer", "MET"],
      ["INSPECTION", "warehouse", "MET"],
      ["CREDIT", "finance", "MET"],
      ["QUARANTINE", "warehouse", "MET"],
      ["DISPOSITION", "warehouse", "BREACHED"],
    ],
  );
  assert.equal(nextTelling(log.state), null, "nothing runs any more");
});

test("a replacement is late from when its goods are accepted, and for what goes out again no credit is (OS-37, D-16)", () => {
  const log = authorized();
  const line = { lineId: "l1", sku: "BRG-6204", quantity: amount("3") };
  const wanted = { lines: [line], reason: "They need them.", exchangeRate: null };
  log.append(requestReplacement(log.state, wanted, { policies: loadPolicies(), now: at("05-04T16:00") }));
  const [{ replacementId, version }] = log.state.replacements as [ReplacementState];
  assert.equal(ofStage(log, "REPLACEMENT", at("05-20T00:00")), undefined, "nothing came, so nothing is due");
  receive(log, "rcl1", "l1", amount("2"));
  inspect(log, "ins1", "rcl1", amount("2"));
  assert.deepEqual(
    [ofStage(log, "REPLACEMENT", at("05-20T00:00")), ofStage(log, "CREDIT", at("05-20T00:00"))],
    [undefined, undefined],
  );
  receive(log, "rcl2", "l1", amount("2"));
  inspect(log, "ins2", "rcl2", amount("2"));
  assert.deepEqual(
    clocks(log, at("05-05T11:00")).filter((clock) => /REPLACEMENT|CREDIT/.test(clock)),
    ["CREDIT RUNNING 05-06T22:00", "REPLACEMENT RUNNING 05-05T22:00"],
  );
  credit(log, "crd1", "rcl2", "l1", amount("1"), { post: true });
  const transactionKey = `BH1-R267Q3KX2M-V${String(version).padStart(4, "0")}`;
  log.add("replacement.ordered", {
    ...{ replacementId, documentId: "guid", orderNumber: "SO-R000001" },
    lines: [line],
    transactionKey,
  });
  assert.deepEqual(
    ["CREDIT", "REPLACEMENT"].map((stage) => ofStage(log, stage, at("06-30T00:00"))),
    ["MET", "MET"],
    "nothing of it is late ever after",
  );
});

test("a line that is added weeks later has its own time to be decided on (D-10)", () => {
  const log = authorized();
  addLine(log, "l2");
  const added = log.state.lines[1]!.addedAt!;
  const [first, second] = slaClocks(log.state, new Date(added)).filter(({ stage }) => stage === "AUTHORIZATION");
  assert.deepEqual([first!.status, second!.status, second!.startedAt], ["MET", "RUNNING", added]);
});

test("a clock stands still while the return is held", () => {
  const log = authorized();
  log.add("return.held", { reason: "Waits for the customer's photos." });
  assert.equal(ofStage(log, "SHIP_BACK", at("06-30T00:00")), "PAUSED");
  assert.equal(nextTelling(log.state), null);
  assert.deepEqual(lateSpans(log.state, at("06-30T00:00")), []);
});

test("a late stage is told once, again at twice and at three times its time, and then no more", () => {
  const log = authorized();
  receive(log, "rcl1", "l1", amount("4"));
  const late = (now: Date) =>
    lateSpans(log.state, now)
      .filter(({ span }) => span.stage === "INSPECTION")
      .map(({ level }) => level);
  assert.equal(nextTelling(log.state)?.slice(0, 16), "2026-05-06T22:00");
  assert.deepEqual([late(at("05-06T21:59")), late(at("05-06T22:00")), late(at("05-08T22:00"))], [[], [1], [2]]);
  const clock = "INSPECTION:rcp-of-rcl1";
  const about = { clock, stage: "INSPECTION", owner: "warehouse" };
  log.add("sla.breached", { ...about, startedAt: "2026-05-05T09:00:00Z", dueAt: "2026-05-06T22:00:00Z" });
  assert.deepEqual([late(at("05-08T21:00")), late(at("05-08T22:00"))], [[], [2]]);
  assert.equal(nextTelling(log.state)?.slice(0, 16), "2026-05-08T22:00");
  for (const level of [2, 3]) log.add("sla.escalated", { ...about, level, task: null });
  assert.deepEqual(late(at("09-01T00:00")), []);
});
