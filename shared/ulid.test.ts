import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeTime, isValid } from "ulid";
import { ulid } from "./ulid.ts";

test("a ULID is one, tells its millisecond, and no two are alike", () => {
  const many = Array.from({ length: 2_000 }, () => ulid(1_790_000_000_123));
  assert.equal(new Set(many).size, many.length);
  for (const id of many) assert.ok(isValid(id) && decodeTime(id) === 1_790_000_000_123, id);
  assert.ok(Math.abs(decodeTime(ulid()) - Date.now()) < 1_000);
});
