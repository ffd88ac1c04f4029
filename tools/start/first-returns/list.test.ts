import assert from "node:assert/strict";
import { test } from "node:test";
import { makeDistributor } from "#sandbox/seed/make-distributor.ts";
import { firstReturns } from "./list.ts";

const days = (from: string, to: string) => (Date.parse(to) - Date.parse(from)) / 86_400_000;

for (const today of ["2026-02-28", "2026-11-21", "2027-01-01"])
  test(`on ${today} every first return is of goods that were delivered in the last weeks, invoiced, and still all there`, () => {
    const { orders, customers, creditMemos } = makeDistributor({ today });
    for (const { order: number, companyId, lines } of firstReturns) {
      const order = orders.find((each) => each.number === number && each.company === companyId);
      const [shipment, invoice] = [order?.shipments[0], order?.invoices[0]];
      assert.ok(order && shipment?.deliveredOn && invoice, number);
      assert.equal(order.shipments.length, 1, `${number} came in one parcel`);
      assert.ok(days(shipment.deliveredOn, today) <= 17, `${number} may come back for two weeks yet`);
      assert.equal(customers.find((each) => each.number === order.customerNumber)?.blocked, "", number);
      assert.ok(!creditMemos.some(({ invoiceNumber }) => invoiceNumber === invoice.number), number);
      for (const { sku, quantity } of lines) {
        const sold: { quantity: string }[] = invoice.lines.filter((line) => line.sku === sku);
        assert.equal(sold.length, 1, `${number} has one line of ${sku}`);
        assert.ok(Number(sold[0]?.quantity) >= Number(quantity), `${number} ${sku}`);
      }
    }
  });

test("no order comes twice, and none is a story's", () => {
  const numbers = firstReturns.map(({ order }) => order);
  assert.equal(new Set(numbers).size, numbers.length);
  for (const number of numbers) assert.match(number, /^SO-(10[1-9]|30[1-9])\d{3}$/);
});
