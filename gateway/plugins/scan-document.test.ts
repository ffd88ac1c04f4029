import assert from "node:assert/strict";
import { test } from "node:test";
import { getIntrospectionQuery, Lexer } from "graphql";
import { LIMITS } from "./limits.ts";
import { createScanner, scanDocument } from "./scan-document.ts";

const times = (count: number, text: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => text(i)).join(" ");

/** Tokens that were read while something was tried. */
function tokensRead(deed: () => void): number {
  const advance = Object.getOwnPropertyDescriptor(Lexer.prototype, "advance")!;
  const original = advance.value as () => unknown;
  let read = 0;
  Lexer.prototype.advance = function counted(this: Lexer) {
    read += 1;
    return original.call(this) as ReturnType<Lexer["advance"]>;
  };
  try {
    deed();
  } catch {
    // Only the count is of interest.
  } finally {
    Object.defineProperty(Lexer.prototype, "advance", advance);
  }
  return read;
}

const hostile: Record<string, [text: string, cost: RegExp, tokens: number]> = {
  "10,000 aliases": [`{ ${times(10_000, (i) => `a${i}:b`)} }`, /61 aliases/, 183],
  "200 levels": [`${"{ parent ".repeat(200)}{ id }${"}".repeat(201)}`, /51 brackets/, 101],
  "a list of 100,000 items": [`{ f(a: [${times(20_000, () => "1")}]) }`, /6001 tokens/, 6_001],
  "200 levels of a value": [`{ f(a: ${"[".repeat(200)}${"]".repeat(200)}) }`, /51 brackets/, 54],
  "a thousand directives": [`{ whoAmI ${times(1_000, () => "@skip(if: false)")} }`, /101 directives/, 703],
  "one field two thousand times": [`{ ${times(2_000, () => "list { id }")} }`, /201 fields of one name/, 802],
  "a megabyte of comment": [`#${"x".repeat(1_000_000)}\n{ whoAmI }`, /1000012 characters/, 0],
  "a string of a megabyte": [`{ f(a: "${"x".repeat(1_000_000)}") }`, /characters/, 0],
};
for (const [name, [text, cost, tokens]] of Object.entries(hostile))
  test(`${name}: refused as TOO_COSTLY after ${tokens} tokens, whatever follows`, () => {
    assert.throws(
      () => scanDocument(text),
      (error: Error & { extensions: { code: string } }) => {
        assert.equal(error.extensions.code, "TOO_COSTLY");
        assert.match(error.message, cost);
        return true;
      },
    );
    assert.ok(tokensRead(() => scanDocument(text)) <= tokens);
  });

test("what isn't GraphQL is left for the parser to say", () => {
  for (const text of ["", "{", "}}}", "{ a(b: \u0000 }", '{ a(b: "', "query ($a: [[[Int]]]) { a }", "%"])
    assert.equal(scanDocument(text).introspects, false);
});

test("introspection is seen wherever it stands, also behind an alias or in a fragment; names that only look like it are not", () => {
  const introspecting = [
    "{ __schema { description } }",
    "{ a: __schema { description } }",
    '{ ... on Query { __type(name: "A") { name } } }',
  ];
  for (const text of [
    ...introspecting,
    "{ ...A } fragment A on Query { __schema { description } }",
    getIntrospectionQuery(),
  ])
    assert.equal(scanDocument(text).introspects, true, text);
  for (const text of [
    "{ __typename }",
    '{ a(b: "__schema") }',
    "{ ...__type } fragment __type on Query { a }",
    "query __schema { a }",
    "{ a(__type: 1) @__schema }",
  ])
    assert.equal(scanDocument(text).introspects, false, text);
});

test("a document is scanned once while it is kept, and what is kept is bounded by its characters", () => {
  const scan = createScanner();
  const text = "{ whoAmI }";
  assert.equal(
    tokensRead(() => scan(text)),
    4,
  );
  assert.equal(
    tokensRead(() => scan(text)),
    0,
  );
  for (let index = 0; index < 120; index += 1) scan(`#${index}${"x".repeat(LIMITS.characters - 10)}\n{ a }`);
  assert.equal(
    tokensRead(() => scan(text)),
    4,
  );
});
