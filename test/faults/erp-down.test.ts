import assert from "node:assert/strict";
import { before, test } from "node:test";
import { readFacts } from "#orchestration/facts.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything({ internals: { breakerHalfOpenMs: 100, requestsPerMinute: 100_000 } });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const erp = () => system.sandbox.servers["business-central"];
const granted = async (returnId: string): Promise<Fraction> =>
  sum((await system.stateOf(returnId)).lines.map((line) => new Fraction(line.granted)));

test("with the ERP down a request is REQUESTED and awaits its validation; with it back it is granted what is returnable, once, or declined (D-30, W-13, D-14)", async () => {
  await erp().down("refuse");
  const order = orders.shift()!;
  const plain = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }]);
  const [late, first, second] = await Promise.all([
    acts.requestReturn("SO-100026", [{ quantity: "1" }]),
    acts.requestReturn("SO-100015", [{ quantity: "2" }]),
    acts.requestReturn("SO-100015", [{ quantity: "2" }]),
  ]);
  const unknown = await acts.requestReturn("SO-999999", [{ quantity: "1" }]);
  const all = [plain, late, first, second, unknown];
  for (const returnId of all) {
    const state = await system.returnWhen(returnId, "the wait for the ERP", ({ awaitingErp }) => awaitingErp !== null);
    assert.equal(statusOf(state), "REQUESTED");
    assert.match(state.rmaNumber, /^R\d\d-/, "the number is ours, and there at once (D-28)");
  }
  await erp().up();

  await acts.expected(plain);
  for (const returnId of [late, unknown])
    await system.returnWhen(returnId, "the refusal", (state) => statusOf(state) === "DECLINED");
  for (const returnId of [first, second])
    await system.returnWhen(returnId, "the decision", ({ lines }) =>
      lines.every(({ authorizedAt, declined }) => authorizedAt !== null || declined !== null),
    );
  const both = (await granted(first)).add(await granted(second));
  assert.ok(both.lte(3) && both.gt(0), `${both.toFraction()} of 3 were granted`);
  for (const returnId of all) {
    assert.equal((await system.stateOf(returnId)).awaitingErp, null);
    await judge(system, returnId);
  }
});

test("with the ERP down serials are taken unseen; with it back a line whose serial is in an open return, or in a line before it, is declined and the others go on (D-17, D-30)", async () => {
  const one = (serial: number) => ({ quantity: "1", serialNumbers: [`DRV2400-${serial}`] });
  const open = await acts.requestReturn("SO-100012", [one(71011)]);
  const amended = await acts.requestReturn("SO-100011", [one(71001)]);
  for (const returnId of [open, amended]) await acts.expected(returnId);
  for (const returnId of [open, amended]) await system.quiet(returnId);
  await erp().down("refuse");
  const late = await acts.requestReturn("SO-100012", [one(71011), one(71012), one(71012)]);
  const added = [one(71001), one(71002), one(71002)];
  assert.deepEqual((await acts.amend(amended, [], { added })).userErrors, []);
  await system.returnWhen(late, "the wait for the ERP", ({ awaitingErp }) => awaitingErp !== null);
  await erp().up();

  for (const [returnId, before] of [
    [late, 0],
    [amended, 1],
  ] as const) {
    await system.returnWhen(returnId, "the decision", ({ lines }) =>
      lines.every(({ authorizedAt, declined }) => authorizedAt !== null || declined !== null),
    );
    await acts.expected(returnId);
    await system.quiet(returnId);
    const { lines, exceptions } = await system.stateOf(returnId);
    const twice = { reason: "ALREADY_RETURNED", ruleId: "D-17" };
    assert.deepEqual(
      lines.slice(before).map(({ granted: base, declined }) => [base, declined]),
      [
        ["0", twice],
        ["1", null],
        ["0", twice],
      ],
    );
    assert.deepEqual(exceptions, []);
    await judge(system, returnId);
  }
});

test("with the ERP down receipts and inspections go on, credits say since when they wait, and all of it is posted in the order of each return when it is back (D-30, OS-31, RS-23)", async () => {
  const returnIds = await Promise.all(
    orders.splice(0, 3).map(({ number, line, unit }) => acts.requestReturn(number, [{ line, quantity: "1", unit }])),
  );
  const many = await acts.requestReturn("SO-100002", [{ quantity: "10" }]);
  for (const returnId of [...returnIds, many]) await acts.expected(returnId);
  for (const returnId of [...returnIds, many]) await system.quiet(returnId);

  // One return has its goods in the ERP already, and waits for finance.
  const ready = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const goods = await acts.receive(ready);
  goods.floor.inspect({ receipt: goods.receipt, line: 1, grade: "A" });
  await system.returnWhen(ready, "the approval", ({ approvals }) => approvals.length > 0);
  await acts.executeDispositions(ready, 1);
  await system.quiet(ready);

  await erp().down("reset");
  assert.deepEqual((await acts.decide(ready, "fin")).userErrors, []);
  for (const returnId of returnIds) {
    const { receipt, floor } = await acts.receive(returnId);
    floor.inspect({ receipt, line: 1, grade: "A" });
  }
  const numbers: string[] = [];
  for (const value of ["3", "4", "3"]) {
    const { receipt, floor } = await acts.receive(many, [
      { instructionLine: 1, quantity: { value, unit: "EA" }, complete: false },
    ]);
    floor.inspect({ receipt, line: 1, grade: "A" });
    numbers.push(receipt);
  }
  for (const returnId of [...returnIds, many]) {
    const state = await system.returnWhen(
      returnId,
      "the inspections",
      ({ inspections, receipts }) => inspections.length === receipts.length,
    );
    assert.deepEqual(state.postings, []);
  }
  const queued = await system.returnWhen(ready, "the queued credit", ({ credits }) => credits[0]!.queuedSince !== null);
  assert.equal(queued.credits[0]!.status, "QUEUED");

  await system.until("every receipt to wait for the ERP", async () => {
    const waiting = await system.db
      .selectFrom("operations")
      .select("id")
      .where("return_id", "=", many)
      .where("flow", "=", "take-in-receipt")
      .where("waiting_for", "=", "erp-us01")
      .execute();
    return waiting.length === numbers.length;
  });
  await erp().up();
  for (const returnId of [...returnIds, ready]) await acts.credited(returnId, 1);
  for (const returnId of returnIds) await acts.executeDispositions(returnId, 1);
  const { credits } = await acts.credited(many, 3);
  assert.equal(sum(credits.map(({ erp: memo }) => new Fraction(memo!.total))).toString(), "929.96");
  await acts.executeDispositions(many, 3);
  for (const returnId of [...returnIds, many, ready]) await judge(system, returnId);

  const facts = await readFacts(system.db, many, { limit: 1_000 });
  const receiptOf = new Map((await system.stateOf(many)).receipts.map((one) => [one.id, one.warehouseReceiptNumber]));
  const posted = facts.flatMap((fact) =>
    fact.kind === "inventory.received" ? receiptOf.get(fact.data.receiptId) : [],
  );
  assert.deepEqual(posted, numbers);
});
