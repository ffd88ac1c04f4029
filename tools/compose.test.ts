import assert from "node:assert/strict";
import { test } from "node:test";
import { composeSubgraphs } from "./compose.ts";

const common = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])
  type Money @shareable { amount: String! }`;

test("subgraphs with the common types in front compose (G-01)", () => {
  const sdl = composeSubgraphs(common, [
    { name: "a", sdl: "type Query { a: Money }" },
    { name: "b", sdl: "type Query { b: Money }" },
  ]);
  assert.match(sdl, /join__Graph/);
});

test("a hint is an error and names what differs (G-01)", () => {
  const input = (fields: string) => `input Filter { ${fields} }`;
  const differing = [
    { name: "a", sdl: `type Query { a(by: Filter): Int } ${input("id: ID, name: String")}` },
    { name: "b", sdl: `type Query { b(by: Filter): Int } ${input("id: ID")}` },
  ];
  assert.throws(() => composeSubgraphs(common, differing), /INCONSISTENT_INPUT_OBJECT_FIELD.*"name".*"Filter"/);
});

test("what doesn't compose names the place", () => {
  const two = ["a", "b"].map((name) => ({ name, sdl: "type Query { same: Int }" }));
  assert.throws(() => composeSubgraphs(common, two), /Query\.same/);
});
