import assert from "node:assert/strict";
import { test } from "node:test";
import { stringifyResult, wrapData } from "./raw-data.ts";

const text = `{"b":{"x":[1,  2]},"a":null,"__proto__":"an alias"}`;

test("data that nobody looked at is written as the engine wrote it, to the letter", () => {
  assert.equal(stringifyResult({ data: wrapData(text) }), `{"data":${text}}`);
  const errors = [{ message: "no" }];
  assert.equal(stringifyResult({ errors, data: wrapData(text) }), `{"errors":[{"message":"no"}],"data":${text}}`);
  assert.equal(stringifyResult({ errors, extensions: { a: 1 } }), `{"errors":[{"message":"no"}],"extensions":{"a":1}}`);
  assert.equal(stringifyResult({ data: wrapData("null") }), `{"data":null}`);
  assert.equal(stringifyResult({ data: { plain: true } }), `{"data":{"plain":true}}`);
});

test("a plugin sees the data as an object, and what it changes is what is sent", () => {
  const data = wrapData(text) as Record<string, any>;
  assert.deepEqual(Object.keys(data), ["b", "a", "__proto__"]);
  assert.deepEqual([data["b"].x[1], "a" in data, Object.hasOwn(data, "b"), "toString" in data], [2, true, true, true]);
  assert.equal(JSON.stringify({ ...data }.b), `{"x":[1,2]}`);
  assert.equal(JSON.stringify(data), JSON.stringify(JSON.parse(text)));
  data["b"].x.push(3);
  data["c"] = "added";
  delete data["a"];
  assert.equal(stringifyResult({ data }), `{"data":{"b":{"x":[1,2,3]},"__proto__":"an alias","c":"added"}}`);
});
