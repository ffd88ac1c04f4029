import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Fraction, parseDecimal, toFixed, toPlain } from "./decimal.ts";
import { addMoney, formatMoney, parseMoney, subtractMoney, toCent } from "./money.ts";
import { formatBase, fromBase, parseQuantity, toBase } from "./quantity.ts";

test("a cent is rounded half away from zero (D-20)", () => {
  const rounded = ["43.425", "-43.425", "187.4875", "0.005", "-0.004", "118.695"].map((text) =>
    formatMoney(parseDecimal(text)),
  );
  assert.deepEqual(rounded, ["43.43", "-43.43", "187.49", "0.01", "0.00", "118.70"]);
  assert.equal(formatMoney(new Fraction(29998, 120)), "249.98");
});

test("rounding is never more than half a cent off, and symmetric (D-20)", () => {
  const fraction = fc
    .tuple(fc.bigInt(-(10n ** 12n), 10n ** 12n), fc.bigInt(1n, 10n ** 6n))
    .map(([n, d]) => new Fraction(n, d));
  fc.assert(
    fc.property(fraction, (value) => {
      assert.ok(toCent(value).sub(value).abs().lte(new Fraction(1, 200)));
      assert.ok(toCent(value.neg()).equals(toCent(value).neg()));
      assert.equal(toFixed(value, 2), toFixed(new Fraction(toFixed(value, 2)), 2));
    }),
  );
});

test("decimal strings are read strictly", () => {
  for (const text of ["", " 1", "1e3", "1,000", "01", ".5", "5.", "0x10", "1/3", "Infinity", "+1", "--1"])
    assert.throws(() => parseDecimal(text), RangeError, text);
  assert.throws(() => parseMoney("1.005"), RangeError);
  assert.equal(addMoney("0.10", "0.20"), "0.30");
  assert.equal(subtractMoney("1", "1.50"), "-0.50");
});

test("a quantity has no more decimals than its unit allows (vocabulary 2)", () => {
  assert.throws(() => parseQuantity({ value: "1.5", unit: "EA" }), /more decimals/);
  assert.throws(() => parseQuantity({ value: "0", unit: "EA" }), /above zero/);
  assert.throws(() => parseQuantity({ value: "-1", unit: "EA" }), /above zero/);
  assert.equal(toPlain(parseQuantity({ value: "1.250", unit: "KG" }), 5), "1.25");
  assert.throws(() => parseQuantity({ value: "1.2345", unit: "M" }), RangeError);
  assert.equal(toPlain(parseQuantity({ value: "1.5", unit: "ROL" }, { ROL: 1 }), 5), "1.5");
});

test("base quantities are exact, and shown in the unit with at most 5 decimals (D-18)", () => {
  assert.equal(toBase("1.25", "12"), "15");
  assert.equal(fromBase(new Fraction(8), "12"), "0.66667");
  assert.equal(fromBase(new Fraction(120), "12"), "10");
  assert.throws(() => formatBase(new Fraction(1, 3)), RangeError);
});
