import assert from "node:assert/strict";
import { before, test } from "node:test";
import { sql } from "kysely";
import { labelStatusOf } from "#orchestration/parcels.ts";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { statusOf } from "#orchestration/status.ts";
import { proposeByTime } from "#orchestration/timers.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// A return is amended while it is under way: what was asked for is told anew to whoever expects it, and nothing that came is lost (D-10, D-14, W-06, W-08).

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const shown = (state: ReturnState, line = 0) => {
  const { requested, authorized, received, short, credited } = bucketsOf(state, state.lines[line]!);
  return [requested, authorized, received, short, credited].map(Number);
};
const elmCourt = { line1: "7 Elm Court", city: "Joliet", region: "IL", postalCode: "60432", country: "US" };
/** ERP, warehouse and carrier know of it, and nothing more is under way. */
async function settled(returnId: string): Promise<ReturnState> {
  await acts.expected(returnId);
  await system.quiet(returnId);
  return system.stateOf(returnId);
}
async function amended(...args: Parameters<Acts["amend"]>): Promise<ReturnState> {
  assert.deepEqual((await acts.amend(...args)).userErrors, []);
  await system.quiet(args[0]);
  return system.stateOf(args[0]);
}
/** Events of carriers and warehouses come in meanwhile; that nothing else is written is amend-return.test.ts's. */
const refused = async (...args: Parameters<Acts["amend"]>) => {
  const key = newKey();
  const { userErrors } = await acts.amend(args[0], args[1], { ...args[2], key });
  const kept = system.db.selectFrom("idempotency_keys").select("key").where("key", "=", key);
  assert.equal(await kept.executeTakeFirst(), undefined, "it was taken");
  return userErrors.map(({ code, field }) => `${code} ${field.join(".")}`);
};
const erp = () => system.sandbox.servers["business-central"].ledger;
const ofReturn =
  ({ rmaNumber }: ReturnState) =>
  ({ externalDocumentNumber: key }: { externalDocumentNumber: string }) =>
    key.includes(rmaNumber.replaceAll("-", ""));
const letter = (key: string) => /-([A-Z])\d+$/.exec(key)?.[1];
const drafts = (state: ReturnState) =>
  erp()
    .drafts()
    .filter(ofReturn(state))
    .map(({ externalDocumentNumber: key, lines }) => [letter(key), lines.map((line) => line["quantity"])]);
const posted = (kind: string, state: ReturnState) =>
  erp()
    .posted()
    .filter((one) => one.kind === kind && ofReturn(state)(one));
/** What the site was told, the last first. */
const told = ({ rmaNumber, warehouse }: ReturnState) =>
  system.sandbox.servers[`wms-${warehouse!.toLowerCase()}` as "wms-chi1"].ledger
    .returnInstructions()
    .filter(({ instruction }) => instruction.rmaNumber === rmaNumber)
    .toReversed();
const expects = (state: ReturnState) => told(state)[0]!.instruction.lines.map(({ quantity }) => quantity.value);
const labels = ({ labels: all }: ReturnState) =>
  all.map((label) => [label.kind, labelStatusOf(label), label.lines.map(({ quantity }) => quantity.value).join()]);

test("up and down before goods came: one draft in the ERP says it, the warehouse is told anew, the label is for what is in the parcel (D-10, W-06, W-07, GA-06)", async () => {
  const returnId = await acts.requestReturn("SO-100002", [{ quantity: "4" }]);
  const asked = await settled(returnId);
  const { documentId, number } = asked.erpAuthorization!;

  const up = await amended(returnId, [{ quantity: "6" }]);
  assert.deepEqual([shown(up), statusOf(up)], [[6, 6, 0, 0, 0], "AWAITING_RECEIPT"]);
  assert.deepEqual(drafts(up), [["M", ["6"]]]);
  assert.deepEqual(
    [up.erpAuthorization!.documentId, up.erpAuthorization!.number],
    [documentId, number],
    "the same draft",
  );
  assert.deepEqual(expects(up), ["6"]);
  const [now, before] = told(up);
  assert.deepEqual(
    [now!.instruction.replaces, before!.key, before!.state],
    [asked.instruction!.transactionKey, asked.instruction!.transactionKey, "CANCELLED"],
  );
  assert.deepEqual(labels(up), [
    ["PARCEL", "VOID_REQUESTED", "4"],
    ["PARCEL", "ISSUED", "6"],
  ]);
  assert.deepEqual(now!.instruction.trackingNumbers, [up.labels[1]!.issued!.trackingNumber], "the new parcel alone");

  const down = await amended(returnId, [{ quantity: "5", reason: "LATE_DELIVERY" }]);
  assert.deepEqual([shown(down), drafts(down), expects(down)], [[5, 5, 0, 0, 0], [["M", ["5"]]], ["5"]]);
  assert.equal(told(down)[0]!.instruction.lines[0]!.reason, "LATE_DELIVERY");
  assert.deepEqual(await refused(returnId, [{ quantity: "3" }], { version: up.version }), ["CONFLICT expectedVersion"]);
  assert.deepEqual(await refused(returnId, [{ quantity: "11" }]), ["QUANTITY_EXCEEDED lines.0.quantity.value"]);

  const moved = await amended(returnId, [], { address: elmCourt });
  assert.deepEqual(labels(moved).slice(-2), [
    ["PARCEL", "VOID_REQUESTED", "5"],
    ["PARCEL", "ISSUED", "5"],
  ]);
  const { transactionKey, trackingNumber } = moved.labels.at(-1)!.issued!;
  assert.deepEqual([expects(moved), told(moved)[0]!.instruction.trackingNumbers], [["5"], [trackingNumber]]);
  const shipments = system.sandbox.servers.easypost.ledger
    .shipments()
    .filter(({ reference }) => reference === transactionKey);
  assert.deepEqual([shipments.length, JSON.stringify(shipments).includes(elmCourt.line1)], [1, true]);
  assert.deepEqual(await refused(returnId, [], { address: elmCourt }), ["INVALID_INPUT lines"], "it is known already");
  assert.deepEqual(await refused(returnId, [], { address: { ...elmCourt, country: "" } }), [
    "INVALID_INPUT address.country",
  ]);
  const { rows } = await sql`
    select from facts where return_id = ${returnId} and data::text like '%Elm Court%'
    union all select from effects where return_id = ${returnId} and request::text like '%Elm Court%'`.execute(
    system.db,
  );
  assert.deepEqual(rows, [], "no fact and no intent holds it");

  const { receipt, floor } = await acts.receive(returnId);
  await system.quiet(returnId);
  assert.deepEqual(await refused(returnId, [], { address: { ...elmCourt, city: "Aurora" } }), ["CONFLICT address"]);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  const closed = await acts.close(returnId, 1);
  assert.deepEqual([shown(closed), closed.exceptions], [[5, 5, 5, 0, 5], []]);
  assert.deepEqual(
    posted("returnOrders", closed).map(({ id, externalDocumentNumber: key }) => [id, letter(key)]),
    [[documentId, "M"]],
  );
  await judge(system, returnId);
});

test("after a part came: more gets a return order and a label of its own, less is ours alone, and less than came is refused (D-10)", async () => {
  const returnId = await acts.requestReturn("SO-100005", [{ quantity: "3" }]);
  await settled(returnId);
  const { receipt, floor } = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "2", unit: "EA" }, complete: false },
  ]);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await system.quiet(returnId);
  assert.deepEqual(await refused(returnId, [{ quantity: "1" }]), ["QUANTITY_EXCEEDED lines.0.quantity.value"]);
  assert.deepEqual(await refused(returnId, [{ reason: "LATE_DELIVERY" }]), ["CONFLICT lines.0.reasonCode"]);

  const up = await amended(returnId, [{ quantity: "6" }]);
  assert.deepEqual([shown(up), expects(up), drafts(up)], [[6, 6, 2, 0, 2], ["6"], []]);
  assert.deepEqual(labels(up), [
    ["PARCEL", "ISSUED", "3"],
    ["PARCEL", "ISSUED", "3"],
  ]);
  const down = await amended(returnId, [{ quantity: "5" }]);
  assert.deepEqual([shown(down), expects(down)], [[5, 5, 2, 0, 2], ["5"]]);
  assert.deepEqual(labels(down).slice(1), [
    ["PARCEL", "VOID_REQUESTED", "3"],
    ["PARCEL", "ISSUED", "2"],
  ]);

  const second = await acts.receive(returnId);
  floor.inspect({ receipt: second.receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 3);
  const closed = await acts.close(returnId, 2);
  assert.deepEqual([shown(closed), closed.exceptions], [[5, 5, 5, 0, 5], []]);
  const orders = posted("returnOrders", closed);
  assert.deepEqual(
    orders.map(({ externalDocumentNumber: key, lines }) => [letter(key), lines.map((line) => line["quantity"])]),
    [
      ["A", ["3"]],
      ["M", ["2"]],
    ],
  );
  assert.deepEqual(
    posted("returnReceipts", closed).map(({ header, lines }) => [
      header["returnOrderId"],
      lines.map((line) => line["quantity"]),
    ]),
    [
      [orders[0]!.id, ["2"]],
      [orders[0]!.id, ["1"]],
      [orders[1]!.id, ["2"]],
    ],
  );
  await judge(system, returnId);
});

test("while an approval is open: it is void with the amendment, the same is asked anew, and who amended may not decide (W-08, D-24)", async () => {
  const returnId = await acts.requestReturn("SO-100026", [{ quantity: "1", exception: true }], { note: "Goodwill." });
  const before = await system.returnWhen(returnId, "the approval", ({ approvals }) => approvals.length === 1);
  await system.quiet(returnId);
  const asked = await amended(returnId, [{ quantity: "2" }], { by: "sam" });
  assert.deepEqual(
    asked.approvals.map(({ kind, status }) => [kind, status]),
    [
      ["POLICY_EXCEPTION", "VOIDED"],
      ["POLICY_EXCEPTION", "PENDING"],
    ],
  );
  assert.notEqual(asked.approvals[1]!.decisionHash, before.approvals[0]!.decisionHash);
  const { decideApproval } = await (
    await system.as("role:supervisor")
  ).data("service-ui/decide-approval", {
    input: { idempotencyKey: newKey(), id: before.approvals[0]!.approvalId, decision: "APPROVE" },
  });
  assert.equal(decideApproval.userErrors[0].code, "CONFLICT");
  assert.equal((await acts.decide(returnId, "sam")).userErrors[0]!.code, "NOT_ALLOWED");
  assert.deepEqual((await acts.decide(returnId, "role:supervisor")).userErrors, []);
  const granted = await settled(returnId);
  assert.deepEqual([shown(granted).slice(0, 2), drafts(granted)], [[2, 2], [["A", ["2"]]]]);

  // What was approved is approved for that: one more is asked for anew, and goes on when it is decided.
  const waiting = await amended(returnId, [{ quantity: "3" }]);
  assert.deepEqual([shown(waiting).slice(0, 2), statusOf(waiting)], [[3, 2], "PARTIALLY_AUTHORIZED"]);
  assert.deepEqual(
    waiting.approvals.map(({ status }) => status),
    ["VOIDED", "APPROVED", "PENDING"],
  );
  assert.deepEqual((await acts.decide(returnId, "role:supervisor")).userErrors, []);
  await system.returnWhen(returnId, "3 authorized", (state) => shown(state)[1] === 3);
  await system.quiet(returnId);
  const all = await system.stateOf(returnId);
  assert.deepEqual([drafts(all), expects(all)], [[["M", ["3"]]], ["3"]]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await acts.close(returnId, 1);
  await judge(system, returnId);
});

test("a line is dropped, and another's reason is the customer's by now: no label of ours, the ERP's draft and the warehouse say so (LA-01, D-10)", async () => {
  const returnId = await acts.requestReturn("SO-100025", [{ quantity: "3" }, { line: 20000, quantity: "2" }]);
  const before = await settled(returnId);
  assert.deepEqual(
    [drafts(before), expects(before), labels(before)],
    [[["A", ["3", "2"]]], ["3", "2"], [["PARCEL", "ISSUED", "3,2"]]],
  );
  const after = await amended(returnId, [
    { quantity: "2", reason: "ORDERED_IN_ERROR" },
    { line: 1, quantity: "0" },
  ]);
  assert.deepEqual([drafts(after), expects(after)], [[["M", ["2"]]], ["2"]]);
  assert.deepEqual(labels(after), [
    ["PARCEL", "VOID_REQUESTED", "3,2"],
    ["NONE", null, "2"],
  ]);
  assert.deepEqual(told(after)[0]!.instruction.trackingNumbers, []);
  assert.deepEqual(await refused(returnId, [{ line: 1, quantity: "1" }]), ["CONFLICT lines.0.id"]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { credits } = await acts.credited(returnId, 1);
  assert.deepEqual(
    credits[0]!.fees.map(({ kind }) => kind),
    ["RESTOCKING"],
    "the fee is the new reason's",
  );
  await acts.close(returnId, 1);
  await judge(system, returnId);
});

test("lines of the order are added: before goods came they are in the same draft, instruction and parcel, afterwards in ones of their own (D-10, D-14, W-06)", async () => {
  const returnId = await acts.requestReturn("SO-100025", [{ line: 20000, quantity: "1" }]);
  await settled(returnId);
  const early = await amended(returnId, [], { added: [{ quantity: "2", reason: "NOT_AS_DESCRIBED" }] });
  assert.deepEqual([shown(early, 1), statusOf(early)], [[2, 2, 0, 0, 0], "AWAITING_RECEIPT"]);
  assert.deepEqual([drafts(early), expects(early)], [[["M", ["1", "2"]]], ["1", "2"]]);
  assert.deepEqual(labels(early), [
    ["PARCEL", "VOID_REQUESTED", "1"],
    ["PARCEL", "ISSUED", "1,2"],
  ]);
  assert.deepEqual(await refused(returnId, [], { added: [{ quantity: "5" }] }), [
    "QUANTITY_EXCEEDED addLines.0.quantity.value",
  ]);

  const first = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "1", unit: "EA" }, complete: true },
  ]);
  first.floor.inspect({ receipt: first.receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await system.quiet(returnId);
  const late = await amended(returnId, [], { added: [{ line: 20000, quantity: "1" }] });
  assert.deepEqual([drafts(late), expects(late)], [[], ["1", "2", "1"]]);
  assert.deepEqual(labels(late).at(-1), ["PARCEL", "ISSUED", "1"]);

  const rest = await acts.receive(returnId);
  for (const line of [1, 2]) rest.floor.inspect({ receipt: rest.receipt, line, grade: "A" });
  const { credits } = await acts.credited(returnId, 3);
  assert.deepEqual(credits.map(({ net, total }) => [net, total]).toSorted(), [
    ["104.00", "114.66"],
    ["64.00", "70.56"],
    ["64.00", "70.56"],
  ]);
  const closed = await acts.close(returnId, 3);
  assert.deepEqual(
    [0, 1, 2].map((line) => shown(closed, line)[4]),
    [1, 2, 1],
  );
  assert.deepEqual(closed.exceptions, []);
  assert.deepEqual(
    posted("returnOrders", closed).map(({ externalDocumentNumber: key, lines }) => [
      letter(key),
      lines.map((line) => line["quantity"]),
    ]),
    [
      ["M", ["1", "2"]],
      ["M", ["1"]],
    ],
  );
  await judge(system, returnId);
});

test("an added line that people decide on holds up nothing of the others: approved it is told, declined it never was (W-08, D-24)", async () => {
  const serialNumbers = ["DRV2400-71001"];
  const returnId = await acts.requestReturn("SO-100011", [{ quantity: "1", serialNumbers }]);
  await settled(returnId);
  const taken = await refused(returnId, [], { added: [{ quantity: "1", serialNumbers }] });
  assert.deepEqual(taken, ["CONFLICT addLines.0.serialNumbers.0"]);
  const asked = await amended(returnId, [], { by: "sam", added: [{ quantity: "1" }] });
  assert.deepEqual([statusOf(asked), drafts(asked), expects(asked)], ["PARTIALLY_AUTHORIZED", [["A", ["1"]]], ["1"]]);
  assert.equal((await acts.decide(returnId, "sam")).userErrors[0]!.code, "NOT_ALLOWED", "who amended it");
  assert.deepEqual((await acts.decide(returnId, "role:supervisor")).userErrors, []);
  await system.returnWhen(returnId, "the added line to be granted", (state) => shown(state, 1)[1] === 1);
  await system.quiet(returnId);
  const granted = await system.stateOf(returnId);
  assert.deepEqual([drafts(granted), expects(granted)], [[["M", ["1", "1"]]], ["1", "1"]]);

  await amended(returnId, [], { added: [{ quantity: "1" }] });
  assert.deepEqual((await acts.decide(returnId, "role:supervisor", "DECLINE")).userErrors, []);
  await system.returnWhen(returnId, "the other to be declined", ({ lines }) => lines[2]!.declined !== null);
  await system.quiet(returnId);
  const declined = await system.stateOf(returnId);
  assert.deepEqual([drafts(declined), expects(declined)], [[["M", ["1", "1"]]], ["1", "1"]]);
  await judge(system, returnId);
});

test("CA02 has no return orders: the warehouse is told of the amendment, and the memo credits what came (D-02)", async () => {
  const returnId = await acts.requestReturn("SO-200001", [{ quantity: "2" }], { company: "CA02" });
  await settled(returnId);
  const up = await amended(returnId, [{ quantity: "4" }]);
  assert.deepEqual([expects(up), drafts(up), labels(up)], [["4"], [], [["NONE", null, "2"]]]);
  const part = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "1", unit: "EA" }, complete: false },
  ]);
  part.floor.inspect({ receipt: part.receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await system.quiet(returnId);
  const down = await amended(returnId, [{ quantity: "3" }]);
  assert.deepEqual([expects(down), posted("returnOrders", down)], [["3"], []]);
  const rest = await acts.receive(returnId);
  rest.floor.inspect({ receipt: rest.receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 2);
  const moves = await acts.movesByHand(returnId, 2);
  const { dispositions } = await system.stateOf(returnId);
  for (const [i, { quantity, warehouse }] of dispositions.entries()) {
    const { number } = system.sandbox.servers["business-central"].controls.bookItems({
      company: "CA02",
      lines: [
        { item: "FLT-1220", location: "QUARANTINE", quantity: `-${quantity.base}` },
        { item: "FLT-1220", location: warehouse, quantity: quantity.base },
      ],
    });
    assert.deepEqual((await acts.resolve("fin", moves[i]!.exceptionId, { reference: number })).userErrors, []);
  }
  const closed = await acts.close(returnId, 2);
  assert.deepEqual(shown(closed), [3, 3, 3, 0, 3]);
  await judge(system, returnId);
});

test("what will not come any more is told to the warehouse too (D-10, W-14)", async () => {
  const returnId = await acts.requestReturn("SO-100006", [{ quantity: "2" }]);
  const { warehouse, rmaNumber, lines } = await settled(returnId);
  const { recordReceipt } = await (
    await system.as("wilma")
  ).data("service-ui/record-receipt", {
    input: {
      idempotencyKey: newKey(),
      ...{ returnId, warehouse, warehouseReceiptNumber: `HAND-${rmaNumber}` },
      receivedAt: new Date(Date.now() - 15 * 86_400_000).toISOString(),
      lines: [
        { lineNumber: 1, sku: lines[0]!.posted!.sku, quantity: { value: "1", unit: "EA" }, conditionCode: "UNOPENED" },
      ],
    },
  });
  assert.deepEqual(recordReceipt.userErrors, []);
  await proposeByTime(system.db);
  await system.returnWhen(returnId, "the short-close", (state) => shown(state)[3] === 1);
  await system.quiet(returnId);
  const state = await system.stateOf(returnId);
  assert.deepEqual([shown(state), expects(state)], [[2, 1, 1, 1, 0], ["1"]]);
  assert.ok(
    !state.systems.some(({ document }) => document === "authorization amendment"),
    "the posted one stays (D-10)",
  );
  await judge(system, returnId);
});

test("with the ERP down more and another line are taken and wait; with it back they are evaluated, granted and in the same draft (D-30, D-14)", async () => {
  const returnId = await acts.requestReturn("SO-100004", [{ quantity: "1" }]);
  await settled(returnId);
  const { down, up } = system.sandbox.servers["business-central"];
  await down("refuse");
  const added = [{ quantity: "1", reason: "LATE_DELIVERY" }];
  assert.deepEqual((await acts.amend(returnId, [{ quantity: "2" }], { added })).userErrors, []);
  const waiting = await system.stateOf(returnId);
  assert.deepEqual([shown(waiting).slice(0, 2), statusOf(waiting)], [[2, 1], "PARTIALLY_AUTHORIZED"]);
  assert.deepEqual(shown(waiting, 1).slice(0, 2), [1, 0]);
  assert.deepEqual(await refused(returnId, [{ quantity: "4" }]), ["QUANTITY_EXCEEDED lines.0.quantity.value"]);
  await up();
  await system.returnWhen(returnId, "2 and 1 authorized", (state) => shown(state)[1] === 2 && shown(state, 1)[1] === 1);
  await system.quiet(returnId);
  const state = await system.stateOf(returnId);
  assert.deepEqual([drafts(state), expects(state), state.exceptions], [[["M", ["2", "1"]]], ["2", "1"], []]);
  await judge(system, returnId);
});
