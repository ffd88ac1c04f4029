import assert from "node:assert/strict";
import { test } from "node:test";
import { engineOf, type Parts } from "../../test/gateway/engine-of.ts";

const a = {
  sdl: `type Query { all: [Thing] one: Thing } type Thing @key(fields: "id") { id: ID! }`,
  resolvers: { Query: { all: () => [{ id: "1" }, { id: "2" }, { id: "1" }], one: () => ({ id: "1" }) } },
};
const b = {
  sdl: `
    type Thing @key(fields: "id") { id: ID! name: String count: Int! kind: Kind parts: [Part!] owner: Owner meta: Any far: Float }
    scalar Any enum Kind { BIG SMALL HIDDEN @inaccessible }
    type Part { sku: String! ok: Boolean } type Owner @key(fields: "id") { id: ID! }`,
};
const c = { sdl: `type Owner @key(fields: "id") { id: ID! phone: String }` };

/** An engine whose subgraph b answers with this text for its entities; counts what was parsed. */
function engineWith(text: string) {
  const parts: Parts = {
    a,
    b,
    c: { ...c, answer: () => ({ data: { _entities: [{ phone: "12" }, { phone: "12" }] } }) },
  };
  const made = engineOf(parts, {}, { b: text });
  return made;
}

const source = "{ all { id name count kind parts { sku ok } } }";
const one = String.raw`{"name":"a \"b\" \u00fc\n","count":-12,"kind":"BIG","parts":[{"sku":"x","ok":true},{"sku":"y","ok":null}]}`;
const two = `{"name":null,"count":0,"kind":null,"parts":[]}`;
const answer = (...entities: string[]) => `{"data":{"_entities":[${entities.join(",")}]}}`;

test("an answer that is to the letter what was asked for goes into ours as it came", async () => {
  const { ask, scanned } = engineWith(answer(one, two));
  const { text, errors } = await ask(source);
  const [first, second] = [`{"id":"1",${one.slice(1)}`, `{"id":"2",${two.slice(1)}`];
  assert.equal(text, `{"all":[${first},${second},${first}]}`);
  assert.deepEqual([errors, scanned], [[], [true]]);
  const { text: none, errors: noErrors } = await engineWith(`${answer("null", two)}\n`).ask(source);
  assert.equal(none, `{"all":[null,${second},null]}`);
  assert.equal(noErrors.length, 2);
});

test("any other answer is parsed, and completed as it has to be", async () => {
  const others: [string, RegExp][] = [
    [answer(one.replace(`"count":-12`, `"count": -12`), two), /"count":-12/],
    [answer(one.replace(`"count":-12`, `"count":1e2`), two), /"count":100/],
    [answer(one.replace(`"count":-12`, `"count":-0`), two), /"count":0/],
    [answer(one.replace(`"count":-12`, `"count":null`), two), /^\{"all":\[null,\{"id":"2"/],
    [answer(one.replace("BIG", "HIDDEN"), two), /"kind":null/],
    [answer(`{"count":1,"name":"n","kind":"BIG","parts":null}`, two), /"name":"n","count":1/],
    [answer(one.replace(`"y"`, "null"), two), /"parts":null/],
    [`{"data":{"_entities":[${one},${two}]},"errors":[]}`, /"count":-12/],
    [`{"errors":[],"data":{"_entities":[${one},${two}]}}`, /"count":-12/],
  ];
  for (const [text, wanted] of others) {
    const { ask, scanned } = engineWith(text);
    const { text: data } = await ask(source);
    assert.match(String(data), wanted, text);
    assert.deepEqual(scanned, [false], text);
    JSON.parse(String(data));
  }
});

test("what is no JSON never goes through", async () => {
  for (const wrong of [
    `"name":"a\u0001"`,
    String.raw`"name":"\x"`,
    String.raw`"name":"\u12g4"`,
    `"name":"open`,
    `"name":01`,
  ]) {
    const text = answer(
      one.replace(/"name":"(?:\\.|[^"\\])*"/, () => wrong),
      two,
    );
    const { ask, scanned } = engineWith(text);
    const { data, errors } = await ask(source);
    assert.deepEqual([data, errors.length, scanned], [{ all: [null, null, null] }, 1, [false]], wrong);
  }
});

test("fields that another fetch needs, adds to or stands under, scalars and other orders are parsed", async () => {
  const unscannable = [
    "{ all { id owner { phone } } }",
    "{ all { id far } }",
    "{ all { id meta } }",
    "{ all { name: kind } x: all { constructor: name } }",
  ];
  for (const document of unscannable) {
    const { ask, offered } = engineWith(answer("null", "null"));
    await ask(document);
    assert.deepEqual(offered(), 0, document);
  }
  const { ask, offered } = engineWith(answer("null", "null"));
  await ask("{ all { id name } one { count } }");
  assert.equal(offered(), 0, "two lists in one call");
});
