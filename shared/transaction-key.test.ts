import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { newId } from "./ids.ts";
import { drawRmaNumber } from "./rma-number.ts";
import { effects, mintTransactionKey, parseTransactionKey, undoKeyOf, type EffectLetter } from "./transaction-key.ts";

test("a transaction key names installation, return, effect and deciding fact (W-06)", () => {
  const key = mintTransactionKey({
    installation: "BH1",
    about: { rmaNumber: "R26-7Q3KX2M" },
    letter: "C",
    version: 17,
  });
  assert.equal(key, "BH1-R267Q3KX2M-C0017");
  assert.equal(undoKeyOf(key), "BH1-R267Q3KX2M-C0017-U");
  assert.equal(undoKeyOf(undoKeyOf(key)), "BH1-R267Q3KX2M-C0017-U");
  assert.deepEqual(parseTransactionKey(undoKeyOf(key)), {
    installation: "BH1",
    about: "R267Q3KX2M",
    letter: "C",
    version: 17,
    undo: true,
  });
});

test("a key is at most 30 of A-Z, 0-9 and dash, and reads back what made it (W-06)", () => {
  const installation = fc.stringMatching(/^[A-Z0-9]{2,6}$/);
  const letter = fc.constantFrom(...(Object.keys(effects) as EffectLetter[]));
  fc.assert(
    fc.property(
      installation,
      letter,
      fc.integer({ min: 1, max: 999_999 }),
      fc.boolean(),
      (prefix, effect, version, ours) => {
        const about = ours ? { rmaNumber: drawRmaNumber(2026) } : { operationId: newId("op") };
        const key = mintTransactionKey({ installation: prefix, about, letter: effect, version });
        assert.match(undoKeyOf(key), /^[A-Z0-9-]{1,30}$/);
        const read = parseTransactionKey(key);
        assert.deepEqual(
          [read?.installation, read?.letter, read?.version, read?.undo],
          [prefix, effect, version, false],
        );
      },
    ),
  );
});

test("what makes no key is refused, and a stranger's reference is not read as one (W-06)", () => {
  const parts = { about: { rmaNumber: "R26-7Q3KX2M" }, letter: "C", version: 1 } as const;
  assert.throws(() => mintTransactionKey({ ...parts, installation: "bh1" }), RangeError);
  assert.throws(() => mintTransactionKey({ ...parts, installation: "BACKHAUL" }), RangeError);
  for (const other of ["", "PO 4711", "BH1-R267Q3KX2M-c0017", "BH1-R267Q3KX2M-Q0017"])
    assert.equal(parseTransactionKey(other), null);
});
