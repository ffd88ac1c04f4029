import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ReturnState } from "#orchestration/return-state.ts";
import { parseTransactionKey } from "#shared/transaction-key.ts";
import type { AmendOptions } from "../acts.ts";
import { ask, type CrashDrill, dieAtEach, type Drive, listCrashPoints, startCrashDrill } from "./crash-drill.ts";

/** Where a return order of their own is committed for goods beyond the posted one; the rest of it is crash-points-over.test.ts's. */
const LATER = "commit take-in-receipt/amend-erp-authorization";

let drill: CrashDrill;
before(async () => {
  drill = await startCrashDrill("US01");
});

/** Asks for another quantity, again where the return moved on meanwhile. */
async function amend(returnId: string, quantity: string, more: AmendOptions = {}): Promise<void> {
  const { acts } = drill;
  for (;;) {
    const { userErrors } = await acts.amend(returnId, [{ quantity }], more);
    if (userErrors.length === 0) return;
    assert.deepEqual(
      userErrors.map(({ field }) => field),
      [["expectedVersion"]],
    );
  }
}

const isTold = ({ instruction, erpAuthorization, labels }: ReturnState): boolean =>
  instruction !== null && erpAuthorization !== null && labels.at(-1)?.issued != null;
/** Everybody knows of the last amendment, and the old label is void. */
const isToldAnew = (state: ReturnState): boolean =>
  isTold(state) &&
  parseTransactionKey(state.erpAuthorization!.transactionKey)!.letter === "M" &&
  parseTransactionKey(state.instruction!.transactionKey)!.version === state.amendedVersion &&
  state.labels.every(({ replaced, status }) => !replaced || status !== "ISSUED");

const address = { line1: "7 Elm Court", city: "Joliet", region: "IL", postalCode: "60432", country: "US" };

/** One unit is asked for, and another before it is sent, from another address; where there are more, one on a line of its own too. */
const beforeGoods: Drive = async (order) => {
  const { system } = drill;
  const returnId = await ask(drill, "US01", order);
  await system.returnWhen(returnId, "label, warehouse and ERP", isTold);
  const { line, unit, quantity } = order;
  const added = quantity > 2 ? [{ line, unit, quantity: "1" }] : [];
  await amend(returnId, "2", { added, address });
  await system.returnWhen(returnId, "the amendment to be told", isToldAnew);
  return returnId;
};

/** Another is asked for once one has come, and comes. */
const afterGoods: Drive = async (order) => {
  const { acts, system } = drill;
  const returnId = await ask(drill, "US01", order);
  await system.returnWhen(returnId, "label, warehouse and ERP", isTold);
  await acts.receive(returnId, [{ instructionLine: 1, quantity: { value: "1", unit: order.unit }, complete: false }]);
  await system.returnWhen(returnId, "the first stock-in", ({ postings }) => postings.length === 1);
  await amend(returnId, "2");
  await system.returnWhen(
    returnId,
    "the warehouse to be told",
    ({ instruction, amendedVersion }) => parseTransactionKey(instruction!.transactionKey)!.version === amendedVersion,
  );
  await acts.receive(returnId);
  await system.returnWhen(returnId, "the second stock-in", ({ postings }) => postings.length === 2);
  return returnId;
};

test("a worker that is killed at any crash point of an amendment leaves one draft, one instruction that counts and one label for the goods (D-10, W-01, W-05, W-07, W-10)", async (t) => {
  const [first, second, ...orders] = drill.orders.filter(({ quantity }) => quantity > 1);
  const passed = await listCrashPoints(drill, beforeGoods, first!);
  // Buying a label has crash points of its own (crash-points-labels.test.ts).
  const labels = passed.filter((label) => label.includes(" amend-return/") && !label.includes("/issue-label"));
  assert.ok(labels.length > 10, `only ${labels.length} crash points: ${labels.join(", ")}`);
  const later = (await listCrashPoints(drill, afterGoods, second!)).filter((label) => label.startsWith(LATER));
  assert.ok(later.length > 0, "goods beyond the posted return order pass no crash point");
  t.diagnostic(`${labels.length} and ${later.length} crash points`);
  await dieAtEach(drill, labels, beforeGoods, orders);
  await dieAtEach(drill, later, afterGoods, orders.slice(labels.length));
});
