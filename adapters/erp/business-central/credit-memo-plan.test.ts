import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fraction, sum, toFixed, toPlain } from "#shared/decimal.ts";
import { planParts, priced } from "./credit-memo-plan.ts";

const cents = (least: number, most: number) =>
  fc.integer({ min: least, max: most }).map((value) => toFixed(new Fraction(value).div(100), 2));
const amount = (quantity: string, price: string, discount: string) =>
  toFixed(new Fraction(toFixed(new Fraction(quantity).mul(price), 2)).sub(discount), 2);

test("price and discount bring a line to its net exactly, whatever the quantity and the ERP's price (D-07, D-20)", () => {
  const quantity = fc.integer({ min: 1, max: 5_000_000 }).map((value) => toPlain(new Fraction(value).div(1_000), 5));
  fc.assert(
    fc.property(quantity, cents(0, 500_000), cents(1, 1_000_000), (howMany, unitPrice, net) => {
      const line = priced({ quantity: howMany, unitPrice }, net);
      assert.equal(amount(howMany, line.unitPrice, line.discountAmount), net);
      assert.equal(new Fraction(line.discountAmount).gte(0), true);
      const isEnough = new Fraction(amount(howMany, unitPrice, "0")).gte(net);
      assert.equal(new Fraction(line.unitPrice).equals(unitPrice), isEnough);
    }),
    { numRuns: 2_000 },
  );
});

const receiptLine = (id: string, quantity: string, credited = "0", unit = "EA") => ({
  id,
  sequence: 10_000,
  itemNumber: "DRV-2400",
  quantity,
  unitOfMeasureCode: unit,
  serialNumber: "",
  lotNumber: "",
  locationCode: "QUARANTINE",
  returnOrderLineId: "line",
  returnReasonCode: "",
  quantityCredited: credited,
});
const wanted = (ref: string, quantity: string, net: string, stockInLineId = "a", unit = "EA") => ({
  ref,
  sku: "DRV-2400",
  quantity,
  unit,
  stockInLineId,
  unitPrice: "690.00",
  net,
  taxCode: "IL-COOK",
  invoiceLine: 10_000,
});

test("parts of a line add up to it, and no unit of the receipt is asked for twice", () => {
  fc.assert(
    fc.property(
      fc.array(fc.integer({ min: 1, max: 9 }), { minLength: 1, maxLength: 6 }),
      cents(1, 900_000),
      (sizes, net) => {
        const lines = sizes.map((size, index) => receiptLine(index === 0 ? "a" : `b${index}`, String(size)));
        const all = sizes.reduce((a, b) => a + b, 0);
        const parts = planParts("erp", [wanted("one", String(all), net)], lines, new Map());
        assert.equal(toFixed(sum(parts.map((part) => new Fraction(part.net))), 2), net);
        assert.deepEqual(
          parts.map(({ receiptLineId, quantity }) => [receiptLineId, quantity]),
          lines.map(({ id, quantity }) => [id, quantity]),
        );
      },
    ),
  );
  const [first, second] = planParts(
    "erp",
    [wanted("one", "1", "10.00"), wanted("two", "1", "5.00")],
    [receiptLine("a", "1"), receiptLine("b", "1")],
    new Map(),
  );
  assert.deepEqual([first!.receiptLineId, second!.receiptLineId], ["a", "b"]);
});

test("what was credited before is not asked for again; more than there is is asked of the named line, for the ERP to refuse", () => {
  const lines = [receiptLine("a", "1", "1"), receiptLine("b", "2")];
  assert.deepEqual(
    planParts("erp", [wanted("one", "2", "10.00")], lines, new Map()).map(({ receiptLineId, quantity }) => [
      receiptLineId,
      quantity,
    ]),
    [["b", "2"]],
  );
  assert.deepEqual(
    planParts("erp", [wanted("one", "3", "10.00")], lines, new Map()).map(({ receiptLineId, quantity }) => [
      receiptLineId,
      quantity,
    ]),
    [["a", "3"]],
  );
});

test("a quantity is asked for in the receipt's unit; a unit without a factor is refused (D-18)", () => {
  const factors = new Map([["DRV-2400", { EA: "1", CS: "12" }]]);
  assert.deepEqual(
    planParts("erp", [wanted("one", "1.25", "10.00", "a", "CS")], [receiptLine("a", "15")], factors).map(
      ({ quantity }) => quantity,
    ),
    ["15"],
  );
  assert.throws(() => planParts("erp", [wanted("one", "1", "10.00", "a", "BX")], [receiptLine("a", "15")], factors), {
    kind: "BUSINESS",
    code: "UNIT_UNKNOWN",
  });
  assert.throws(() => planParts("erp", [wanted("one", "1", "10.00", "z")], [receiptLine("a", "15")], factors), {
    kind: "BUG",
    code: "NOT_FOUND",
  });
});
