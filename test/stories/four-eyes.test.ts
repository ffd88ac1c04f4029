import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { DemoClaims } from "#gateway/access/demo-people.ts";
import type { Role } from "#shared/caller.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { allHeard } from "../heard.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesNothing } from "../written.ts";

// Nobody approves what they asked for, keyed or inspected, and the tiers of a credit are different people (D-23, D-24).

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const person = (sub: string, ...roles: Role[]): DemoClaims => ({ sub, name: sub, roles, companies: ["US01"] });
/** May all, so that only what they did before can stand in their way. */
const all = (sub: string) => person(sub, "service", "supervisor", "warehouse", "finance");

/** The approval that waits, once nothing else is going on with the return. */
async function pending(returnId: string, tier = 1) {
  const { approvals } = await system.returnWhen(returnId, `a pending approval of tier ${tier}`, (state) =>
    state.approvals.some((approval) => approval.status === "PENDING" && approval.tier === tier),
  );
  await allHeard(system);
  return approvals.find((approval) => approval.status === "PENDING" && approval.tier === tier)!;
}

async function decide(who: string | DemoClaims, id: string, more: object = {}) {
  const client = await system.as(who);
  const input = { idempotencyKey: newKey(), id, decision: "APPROVE", ...more };
  const { decideApproval } = await client.data("service-ui/decide-approval", { input });
  return decideApproval as {
    approval: { status: string } | null;
    userErrors: { code: string; message: string; field: string[] }[];
  };
}

const refused = (who: string | DemoClaims, id: string, message: RegExp) =>
  writesNothing(system.db, async () => {
    const { approval, userErrors } = await decide(who, id);
    assert.deepEqual([approval, userErrors.map(({ code, field }) => [code, field])], [null, [["NOT_ALLOWED", ["id"]]]]);
    assert.match(userErrors[0]!.message, message);
  });

async function keyByHand(
  returnId: string,
  { keyer, inspector, quantity }: { keyer: DemoClaims; inspector: DemoClaims; quantity: string },
) {
  const { state } = await acts.expected(returnId);
  const { sku } = state.lines[0]!.posted!;
  const amount = { value: quantity, unit: "EA" };
  const receivedAt = new Date().toISOString();
  const lines = [{ lineNumber: 1, sku, quantity: amount, conditionCode: "UNOPENED" }];
  const receipt = {
    idempotencyKey: newKey(),
    returnId,
    warehouse: state.warehouse,
    warehouseReceiptNumber: `HAND-${state.rmaNumber}`,
    receivedAt,
    lines,
  };
  const { recordReceipt } = await (await system.as(keyer)).data("service-ui/record-receipt", { input: receipt });
  assert.deepEqual(recordReceipt.userErrors, []);
  const inspection = {
    idempotencyKey: newKey(),
    receiptLineId: recordReceipt.receipt.lines[0].id,
    quantity: amount,
    grade: "A",
    inspectedAt: receivedAt,
  };
  const { recordInspection } = await (
    await system.as(inspector)
  ).data("service-ui/record-inspection", { input: inspection });
  assert.deepEqual(recordInspection.userErrors, []);
}

test("who requested the return, keyed its receipt or inspected it may not approve its credit; neither may a machine (D-24)", async () => {
  const client = await system.as(all("rea"));
  const { requestReturn } = await client.data("service-ui/request-return", {
    input: {
      idempotencyKey: newKey(),
      lines: [
        {
          orderLineId: "erp.order:US01:SO-100001/10000",
          quantity: { value: "4", unit: "EA" },
          reasonCode: "WRONG_SHIPMENT",
        },
      ],
    },
  });
  assert.deepEqual(requestReturn.userErrors, []);
  const returnId = requestReturn.return.id as string;
  await keyByHand(returnId, { keyer: all("kay"), inspector: all("ian"), quantity: "4" });
  const { approvalId, requiredRole, amount } = await pending(returnId);
  assert.deepEqual([requiredRole, amount], ["finance", "1158.00"]);
  await refused(all("rea"), approvalId, /requested/);
  await refused(all("kay"), approvalId, /keyed/);
  await refused(all("ian"), approvalId, /inspected/);
  await refused({ sub: "bot", client_id: "bot", roles: ["finance"], companies: ["US01"] }, approvalId, /person/);

  const seen = await writesNothing(system.db, () =>
    decide("fin", approvalId, { amount: { amount: "1.00", currency: "USD" } }),
  );
  assert.deepEqual(
    seen.userErrors.map(({ code, field }) => [code, field]),
    [["CONFLICT", ["amount"]]],
    "W-08",
  );
  const { approval, userErrors } = await decide("fin", approvalId, { amount: { amount: "1158.00", currency: "USD" } });
  assert.deepEqual([approval?.status, userErrors], ["APPROVED", []]);
  const twice = await decide(all("pat"), approvalId);
  assert.deepEqual(
    twice.userErrors.map(({ code }) => code),
    ["CONFLICT"],
  );
  const { credits } = await acts.credited(returnId, 1);
  assert.equal(credits[0]?.erp?.total, "1276.70");
  await judge(system, returnId);
});

test("SO-100024: 12,400.00 takes finance and then a supervisor who is somebody else (D-23)", async () => {
  const returnId = await acts.requestReturn("SO-100024", [{ quantity: "8" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const first = await pending(returnId, 1);
  await refused("sam", first.approvalId, /finance/);
  assert.deepEqual((await decide(all("zoe"), first.approvalId)).userErrors, []);
  const second = await pending(returnId, 2);
  assert.deepEqual([second.requiredRole, second.amount], ["supervisor", "12400.00"]);
  await refused("fin", second.approvalId, /supervisor/);
  await refused(all("zoe"), second.approvalId, /another person/);
  const { credits } = await system.stateOf(returnId);
  assert.ok(
    credits.every(({ status }) => status !== "POSTED"),
    "nothing is posted before the second tier",
  );
  assert.deepEqual((await decide("sam", second.approvalId)).userErrors, []);
  await acts.credited(returnId, 1);
  const { credits: posted } = await acts.close(returnId, 1);
  assert.deepEqual([posted[0]?.net, posted[0]?.erp?.total], ["12400.00", "13671.00"]);
  await judge(system, returnId);
});
