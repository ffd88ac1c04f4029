import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AmbiguousOutcome,
  BusinessRefusal,
  CodedError,
  SystemUnavailable,
  TransientFailure,
  coded,
  forClient,
  refuse,
} from "./errors.ts";
import { categoryOf, exceptionCategories, isExceptionCode, ownerOf } from "./exception-codes.ts";

test("a coded error carries code, retryable and its details as extensions, and keeps the cause", () => {
  const cause = new Error("socket closed");
  const error = new SystemUnavailable("erp-us01", { cause });
  assert.deepEqual(error.extensions, { code: "SYSTEM_UNAVAILABLE", retryable: true, system: "erp-us01" });
  assert.equal(error.message, "erp-us01 does not answer at the moment.");
  assert.equal(error.cause, cause);
  assert.equal(coded("RATE_LIMITED", { retryAfterMs: 20 }).message, "Too many requests; ask again in 20 ms.");
});

test("the sentence of a stale webhook is the one of wires.md section 5", () => {
  assert.equal(
    coded("TIMESTAMP_STALE", { age: 412, limit: 300 }).message,
    "webhook-timestamp is 412 s old; at most 300 s are accepted.",
  );
});

test("vendor text never reaches a client (G-15)", () => {
  const vendorText = "Customer 10000 at sql07.corp is blocked";
  const failure = new BusinessRefusal({ system: "erp-us01", code: "CUSTOMER_BLOCKED", vendorText });
  assert.equal(failure.message, "The customer is blocked in erp-us01.");
  const shown = forClient(failure);
  assert.equal(shown.code, "SYSTEM_UNAVAILABLE");
  assert.ok(!JSON.stringify([shown.message, shown.extensions]).includes("sql07"));
});

test("what is not in the catalogue is masked, its cause kept", () => {
  const error = new Error("select * from secrets");
  const shown = forClient(error);
  assert.equal(shown.code, "INTERNAL_SERVER_ERROR");
  assert.ok(!shown.message.includes("secrets"));
  assert.equal(shown.cause, error);
  const known = coded("FORBIDDEN");
  assert.equal(forClient(known), known);
});

test("a failure says which of the four kinds it is", () => {
  const facts = { system: "wms-chi1", code: "NO_ANSWER", retryAfterMs: 5 } as const;
  assert.equal(new TransientFailure(facts).kind, "TRANSIENT");
  assert.equal(new TransientFailure(facts).retryAfterMs, 5);
  assert.equal(new AmbiguousOutcome({ system: "erp-us01", code: "OUTCOME_UNKNOWN" }).kind, "AMBIGUOUS");
  assert.equal(new TransientFailure(facts).name, "TransientFailure");
});

test("every exception code has one category, one owner and one sentence", () => {
  const codes = Object.values(exceptionCategories).flatMap(({ codes }) => Object.keys(codes));
  assert.equal(new Set(codes).size, codes.length);
  assert.ok(isExceptionCode("TAX_DIFFERENCE") && !isExceptionCode("toString"));
  assert.equal(categoryOf("TAX_DIFFERENCE"), "MONEY_DIFFERENCE");
  assert.equal(ownerOf("TAX_DIFFERENCE"), "finance");
  assert.equal(ownerOf("STAGE_OVERDUE", "warehouse"), "warehouse");
});

test("a refusal is a value with the path of the field", () => {
  assert.deepEqual(refuse("QUANTITY_EXCEEDED", "Only 2 EA are returnable.", ["lines", "0", "quantity"]), {
    code: "QUANTITY_EXCEEDED",
    message: "Only 2 EA are returnable.",
    field: ["lines", "0", "quantity"],
  });
  assert.ok(coded("FORBIDDEN") instanceof CodedError);
});
