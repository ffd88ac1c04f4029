import assert from "node:assert/strict";
import { test } from "node:test";
import { foreignIdOf, newId, parseForeignId, prefixes, prefixOf, withoutLine, type IdPrefix } from "./ids.ts";

test("our ids are a type and a ULID (D-28)", () => {
  for (const prefix of Object.keys(prefixes) as IdPrefix[]) {
    const id = newId(prefix);
    assert.equal(prefixOf(id), prefix);
    assert.notEqual(id, newId(prefix));
  }
  for (const other of ["ret_1", "erp.order:US01:SO-1", "xyz_01ARZ3NDEKTSV4RRFFQ69G5FAV"])
    assert.equal(prefixOf(other), null);
});

test("foreign ids name system, company, number and line, and read back (D-28, D-29)", () => {
  const line = foreignIdOf("erp.order", "US01", "SO-100001", 10000);
  assert.equal(line, "erp.order:US01:SO-100001/10000");
  assert.deepEqual(parseForeignId(line), { record: "erp.order", company: "US01", number: "SO-100001", line: 10000 });
  assert.equal(withoutLine(line), foreignIdOf("erp.order", "US01", "SO-100001"));
  assert.deepEqual(parseForeignId("crm.case:US01:00001025"), {
    record: "crm.case",
    company: "US01",
    number: "00001025",
    line: null,
  });
  assert.equal(parseForeignId("SO-100001"), null);
});
