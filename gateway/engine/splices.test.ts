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
    c: { ...c, answer: () => ({ data: { _entities: [{ phone: "12" }] } }) },
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
  assert.deepEqual([errors, scanned], [[], { a: [true], b: [true] }]);
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
    assert.deepEqual(scanned["b"], [false], text);
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
    assert.deepEqual([data, errors.length, scanned["b"]], [{ all: [null, null, null] }, 1, [false]], wrong);
  }
});

test("fields that another fetch adds to or stands under are parsed, those beside them are not", async () => {
  const owned = `{"name":"n","owner":{"__typename":"Owner","id":"7"},"count":3}`;
  const { ask, scanned, sent } = engineWith(answer(owned, owned));
  const { text } = await ask("{ all { name owner { phone } count } }");
  const whole = `{"name":"n","owner":{"phone":"12"},"count":3}`;
  assert.equal(text, `{"all":[${whole},${whole},${whole}]}`);
  assert.deepEqual(scanned, { b: [true], c: [true] });
  assert.deepEqual(sent.at(-1)?.variables, { representations: [{ __typename: "Owner", id: "7" }] });
});

test("a field that another fetch needs goes through and is known: with its escapes, or as null, and with its type's name", async () => {
  const owners = [String.raw`{"__typename":"Owner","id":"a\"b"}`, "null"];
  const { ask, scanned, sent } = engineWith(answer(...owners.map((owner) => `{"owner":${owner}}`)));
  const { data } = await ask("{ all { owner { __typename id phone } } }");
  const [first, second] = [{ __typename: "Owner", id: 'a"b', phone: "12" }, null].map((owner) => ({ owner }));
  assert.deepEqual(data, { all: [first, second, first] });
  assert.deepEqual(scanned, { b: [true], c: [true] });
  assert.deepEqual(sent.at(-1)?.variables, { representations: [{ __typename: "Owner", id: 'a"b' }] });
});

test("an answer that has to be completed value by value is looked into after all", async () => {
  const parts: Parts = {
    a: { ...a, sdl: `${a.sdl} extend type Query { deep: Deep } type Deep { name: String! inner: [Deep] }` },
    b: { ...b, answer: () => ({ data: null, errors: [{ message: "broken" }] }) },
  };
  const resolvers = { Query: { ...a.resolvers.Query, deep: () => ({ name: "d", inner: [{ name: "e" }, null] }) } };
  const { ask, scanned } = engineOf({ ...parts, a: { ...parts["a"]!, resolvers } });
  const { text, errors } = await ask("{ deep { __typename name inner { name } } one { id count } }");
  assert.equal(text, `{"deep":{"__typename":"Deep","name":"d","inner":[{"name":"e"},null]},"one":null}`);
  assert.deepEqual([errors.length, scanned], [1, { a: [true], b: [false] }]);
});

test("scalars, names that every object has, and lists of one call are parsed", async () => {
  for (const document of [
    "{ all { far } }",
    "{ all { meta } }",
    "{ all { name: kind } x: all { constructor: name } }",
  ]) {
    const { ask, scanned } = engineWith(answer("null", "null"));
    await ask(document);
    assert.equal(scanned["b"], undefined, document);
  }
  const { ask, scanned } = engineWith(answer("null", "null"));
  await ask("{ all { id name } one { count } }");
  assert.equal(scanned["b"], undefined, "two lists in one call");
});
