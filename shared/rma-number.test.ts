import assert from "node:assert/strict";
import { test } from "node:test";
import { drawRmaNumber, isRmaNumber, normaliseRmaNumber } from "./rma-number.ts";

test("an RMA number is random, carries the year and a check that fits (D-28)", () => {
  const drawn = new Set(Array.from({ length: 2_000 }, () => drawRmaNumber(2026)));
  assert.ok(drawn.size > 1_990);
  for (const number of drawn) {
    assert.match(number, /^R26-[0-9A-HJKMNP-TV-Z]{7}$/);
    assert.ok(isRmaNumber(number), number);
  }
  assert.ok(isRmaNumber("R26-7Q3KX2M"));
});

test("one wrong sign, or two neighbours exchanged, fails the check (D-28)", () => {
  const signs = [..."0123456789ABCDEFGHJKMNPQRSTVWXYZ"];
  const number = "R26-7Q3KX2M";
  for (let place = 4; place < number.length; place += 1)
    for (const sign of signs) {
      const other = number.slice(0, place) + sign + number.slice(place + 1);
      // A weighted sum modulo 31 can't tell Z (31) from 0 except in the check's own place.
      const same = other === number || Math.abs(signs.indexOf(sign) - signs.indexOf(number[place] ?? "")) === 31;
      assert.equal(isRmaNumber(other), same, other);
    }
  assert.equal(isRmaNumber("R26-Q73KX2M"), false);
});

test("a typed number is read whatever its case, blanks, dashes and look-alikes (D-28)", () => {
  assert.equal(normaliseRmaNumber(" r26 7q3-kx2m "), "R26-7Q3KX2M");
  assert.equal(normaliseRmaNumber("R26-OIL0000"), "R26-0110000");
  assert.equal(normaliseRmaNumber("r-expired-1"), "R-EXPIRED-1");
});
