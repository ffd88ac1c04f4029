import assert from "node:assert/strict";
import { before, test } from "node:test";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { CreditState, ReturnState } from "#orchestration/return-state.ts";
import { type Acts, createActs } from "../acts.ts";
import { allHeard } from "../heard.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesNothing } from "../written.ts";

// Goods that are told apart by more than their SKU, and goods that don't come back at all.

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const serialsFrom = (first: number) => [0, 1, 2].map((i) => `DRV2400-${first + i}`);
const erp = () => system.sandbox.servers["business-central"];
const amounts = ({ net, feeTotal, tax, erp }: CreditState) => [net, feeTotal, tax, erp?.total];

async function closed(returnId: string, dispositions: number): Promise<ReturnState> {
  const state = await acts.close(returnId, dispositions);
  await judge(system, returnId);
  return state;
}

test("SO-100011 and SO-100012: each parcel holds the other order's drives, which is no mismatch: all six are credited and closed (D-17, GF-02)", async () => {
  const own = { "SO-100011": serialsFrom(71001), "SO-100012": serialsFrom(71011) };
  const orders = Object.keys(own) as (keyof typeof own)[];
  const returnIds = await Promise.all(
    orders.map((order) => acts.requestReturn(order, [{ quantity: "3", serialNumbers: own[order] }])),
  );
  for (const [index, returnId] of returnIds.entries()) {
    const { receipt, floor } = await acts.receive(returnId, [
      { instructionLine: 1, quantity: { value: "3", unit: "EA" }, serialNumbers: own[orders[1 - index]!] },
    ]);
    // At once: the inspection waits until it is known whose drives these are.
    floor.inspect({ receipt, line: 1, grade: "A" });
  }
  for (const [index, returnId] of returnIds.entries()) {
    assert.deepEqual((await acts.decide(returnId, "fin")).userErrors, []);
    await acts.credited(returnId, 1);
    const { credits, discrepancies, exceptions, receipts } = await closed(returnId, 1);
    assert.deepEqual(credits.map(amounts), [["2070.00", "0.00", "212.18", "2282.18"]]);
    assert.equal(credits[0]?.lines[0]?.invoiceNumber, orders[index]!.replace("SO", "PSI"));
    const [found] = discrepancies;
    const sold = `${own[orders[1 - index]!].join(", ")}, sold on ${orders[1 - index]}`;
    assert.deepEqual([found?.kind, found?.actual, found?.status], ["SERIAL_MISMATCH", sold, "REMATCHED"]);
    assert.deepEqual([discrepancies.length, exceptions, receipts[0]?.lines[0]?.state], [1, [], "MATCHED"]);
  }
});

test("SO-100013: two lots of one line, each with its expiry, stay two lots in stock and are one credit (D-17, CM-08)", async () => {
  const returnId = await acts.requestReturn("SO-100013", [{ quantity: "10" }]);
  const { state, floor } = await acts.expected(returnId);
  const lots = [
    { lotNumber: "L-ADH270-A", quantity: "6", expiresOn: "2027-01-10" },
    { lotNumber: "L-ADH270-B", quantity: "4", expiresOn: "2027-07-10" },
  ];
  assert.deepEqual(state.lines[0]?.posted?.shippedLots, ["L-ADH270-A", "L-ADH270-B"]);
  const { receipt } = await acts.receive(
    returnId,
    lots.map((lot) => ({ ...lot, instructionLine: 1, complete: false })),
  );
  floor.inspect({ receipt, line: 1, grade: "A" });
  floor.inspect({ receipt, line: 2, grade: "A" });
  await acts.credited(returnId, 1);
  const { credits, receipts, exceptions, lines } = await closed(returnId, 2);
  assert.deepEqual(credits.map(amounts), [["382.00", "0.00", "39.16", "421.16"]]);
  assert.deepEqual(
    receipts[0]?.lines.map(({ lotNumber, quantity, expiresOn }) => ({
      lotNumber,
      quantity: quantity.value,
      expiresOn,
    })),
    lots,
  );
  assert.deepEqual([exceptions, lines.length], [[], 1]);
  const moved = erp()
    .ledger.itemEntries()
    .filter(
      ({ itemNumber, locationCode, documentType }) =>
        itemNumber === "ADH-270" && locationCode === "QUARANTINE" && documentType === "Sales Return Receipt",
    )
    .map(({ lotNumber, quantity }) => [lotNumber, Number(quantity)]);
  assert.deepEqual(moved, [
    ["L-ADH270-A", 6],
    ["L-ADH270-B", 4],
  ]);
});

test("SO-100019: what was cut to length does not come back, and no exception changes that (EL-03, D-38)", async () => {
  const line = { quantity: "10", unit: "M" };
  await allHeard(system);
  await writesNothing(system.db, async () => {
    for (const asked of [line, { ...line, exception: true }]) {
      const { userErrors, return: made } = await acts.askReturn("SO-100019", [asked], { note: "They insist." });
      assert.deepEqual(
        [made, userErrors.map(({ code, field }) => [code, field])],
        [null, [["POLICY_REFUSED", ["lines", "0"]]]],
      );
      assert.match(userErrors[0]!.message, /CBL-450 was cut to length.*\(EL-03\)/);
    }
  });
});

test("SO-100023: on the last day of its warranty, by the site's days, a valve comes back that no window would take (EL-06, D-26, PA-02)", async () => {
  const refused = await acts.askReturn("SO-100023", [{ quantity: "1", reason: "DEFECTIVE_ON_ARRIVAL" }]);
  assert.match(refused.userErrors[0]?.message ?? "", /EL-09/);
  const ada = await system.as("ada");
  const { orderByNumber } = await ada
    .query("service-ui/return-eligibility", { orderNumber: "SO-100023" })
    .then(({ data }) => data);
  const [line] = orderByNumber.returnEligibility.lines;
  assert.equal(line.warranty.status, "IN");

  const returnId = await acts.requestReturn("SO-100023", [{ quantity: "1", reason: "WARRANTY_FAILURE" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "D" });
  await acts.credited(returnId, 1);
  const { credits, dispositions, lines } = await closed(returnId, 1);
  assert.deepEqual(credits.map(amounts), [["178.00", "0.00", "18.25", "196.25"]]);
  assert.deepEqual([credits[0]?.onAccount, dispositions[0]?.code], ["196.25", "SCRAP"]);
  assert.equal(lines[0]?.evaluated?.windowEndsAt, line.warranty.endsAt);
  assert.equal(Number(bucketsOf(await system.stateOf(returnId), lines[0]!).credited), 1);
});
