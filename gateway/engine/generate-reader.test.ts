import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { engineOf } from "../../test/gateway/engine-of.ts";

// Whatever a subgraph writes, its answer means what JSON.parse makes of it: white space in front has the same text parsed.

const texts = { b: "" };
const { ask, scanned } = engineOf(
  {
    a: {
      sdl: `type Query { all: [Thing] } type Thing @key(fields: "id") { id: ID! }`,
      resolvers: { Query: { all: () => [{ id: "1" }] } },
    },
    b: {
      sdl: `
        type Thing @key(fields: "id") { id: ID! name: String! count: Int ok: Boolean kind: Kind grid: [[Part]!] owner: Owner after: ID }
        enum Kind { BIG BIGGER } type Part { sku: String inner: Part } type Owner @key(fields: "id") { id: ID! tag: String }`,
    },
    c: {
      sdl: `type Owner @key(fields: "id") { id: ID! phone: String }`,
      answer: ({ variables }) => ({
        data: { _entities: variables["representations"].map(({ id }: { id: unknown }) => ({ phone: `of ${id}` })) },
      }),
    },
  },
  {},
  texts,
);
const document = "{ all { id name count ok kind grid { sku inner { __typename sku } } owner { id tag phone } after } }";
const fields = {
  name: `"a"`,
  count: "7",
  ok: "true",
  kind: `"BIG"`,
  grid: `[[{"sku":"s","inner":{"__typename":"Part","sku":null}},null],[]]`,
  owner: `{"__typename":"Owner","id":"o","tag":"t"}`,
  after: `"z"`,
};
const answer = (other: Partial<typeof fields> = {}) => {
  const all = Object.entries({ ...fields, ...other }).map(([name, value]) => `"${name}":${value}`);
  return `{"data":{"_entities":[{${all.join(",")}}]}}`;
};

async function readAs(text: string) {
  texts.b = text;
  const { data, errors } = await ask(document);
  return { data, errors: errors.map(([path]) => path) };
}

/** Whether the text was read without being parsed. */
async function isSame(text: string): Promise<boolean> {
  scanned["b"] = [];
  const read = await readAs(text);
  const [isScanned = false] = scanned["b"];
  assert.deepEqual(read, await readAs(` ${text}`), text);
  return isScanned;
}

test("every legal form of a value is read or parsed, and means the same", async () => {
  const read: Partial<typeof fields>[] = [
    {},
    { name: `"\u2028\u2029 \u{1f600} ü"`, after: "null" },
    { name: String.raw`"\ud800 \u2028 \/ \" \\ \u0000"`, ok: "false" },
    { name: `"__proto__"`, owner: String.raw`{"__typename":"Owner","id":"\u0041\ud83d","tag":"__proto__"}` },
    { count: "-999999999999999", kind: `"BIGGER"`, owner: "null" },
    { count: "null", ok: "null", kind: "null", grid: "null" },
    { grid: "[]" },
    { grid: `[[null],[null,{"sku":"]}","inner":null}]]` },
  ];
  for (const one of read) assert.equal(await isSame(answer(one)), true, JSON.stringify(one));
  const parsed: Partial<typeof fields>[] = [
    { count: "7.0" },
    { count: "1e2" },
    { count: "-0" },
    { count: "9007199254740993" },
    { count: `"7"` },
    { name: "null" },
    { name: "7" },
    { name: `"a","name":"b"` },
    { name: `"a","__proto__":{"name":"b"}` },
    { kind: String.raw`"B\u0049G"` },
    { kind: `"SMALL"` },
    { grid: "[null]" },
    { grid: `[[{"inner":null,"sku":"s"}]]` },
    { grid: "{}" },
    { after: "7" },
    { after: "[]" },
    { owner: `{"id":"o","__typename":"Owner","tag":"t"}` },
    { owner: `{"__typename":"Owner","id":7,"tag":"t","phone":"theirs"}` },
  ];
  for (const one of parsed) assert.equal(await isSame(answer(one)), false, JSON.stringify(one));
});

test("a text that is changed anywhere means what it meant to JSON.parse, or is as wrong", async () => {
  const text = answer({ name: String.raw`"a\u00fc\n"` });
  const change = fc.record({
    at: fc.nat(text.length - 1),
    cut: fc.nat(3),
    put: fc.constantFrom("", "0", "-", "1.", "e", `"`, "\\", "{", "}", "[", "]", ",", ":", " ", "null", "\n", "u", "é"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 3 }), async (changes) => {
      await isSame(
        changes.reduce((changed, { at, cut, put }) => changed.slice(0, at) + put + changed.slice(at + cut), text),
      );
    }),
    { numRuns: 150, seed: 11 },
  );
});
