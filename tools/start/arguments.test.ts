import assert from "node:assert/strict";
import { test } from "node:test";
import { readArguments } from "./arguments.ts";
import { graphOf } from "./stations.ts";

const refused = (...words: string[]) => {
  try {
    readArguments(words);
  } catch (error) {
    return (error as Error).message;
  }
  return undefined;
};

test("roles start in their own order, whatever order they are named in; none means all", () => {
  assert.deepEqual(readArguments([]).roles, []);
  assert.deepEqual(readArguments(["gateway", "worker", "sandbox"]).roles, ["sandbox", "worker", "gateway"]);
});

test("names after `subgraphs` choose among them, and a file follows --supergraph", () => {
  const wanted = readArguments(["subgraphs", "orders", "returns", "gateway", "--supergraph", "theirs.graphql"]);
  assert.deepEqual(wanted, {
    roles: ["subgraphs", "gateway"],
    subgraphs: ["returns", "orders"],
    supergraph: "theirs.graphql",
    scale: undefined,
  });
  assert.equal(readArguments(["subgraphs"]).subgraphs.length, 6);
});

test("a gateway without subgraphs beside it follows the committed supergraph, so that a new one takes no restart (G-09)", async () => {
  const followed = async (...words: string[]) => (await graphOf(readArguments(words))).supergraphFile;
  assert.match(String(await followed("gateway")), /gateway.supergraph\.graphql$/);
  assert.equal(await followed("gateway", "subgraphs"), undefined);
});

test("--scale N is for all of it, or for the sandbox", () => {
  assert.deepEqual([readArguments(["--scale", "10"]).scale, readArguments([]).scale], [10, undefined]);
  assert.equal(readArguments(["sandbox", "--scale", "2"]).scale, 2);
  for (const wrong of ["0", "ten", "1.5", "101"])
    assert.equal(refused("--scale", wrong), "--scale needs a whole number from 1 to 100.");
  assert.equal(refused("--scale"), "--scale needs a whole number from 1 to 100.");
  assert.match(String(refused("worker", "--scale", "2")), /^--scale is the sandbox's size/);
});

test("a word that means nothing is answered in one sentence", () => {
  assert.equal(refused("worke"), "worke: unknown role. Did you mean worker?");
  assert.equal(
    refused("everything"),
    "everything: unknown role. Known: gateway, subgraphs [name…], worker, sandbox, or none for all.",
  );
  assert.equal(refused("subgraphs", "order"), "order: unknown role or subgraph. Did you mean orders?");
  assert.equal(refused("--port"), "--port: unknown flag. Known: --supergraph FILE, --scale N.");
  assert.equal(refused("gateway", "--supergraph"), "--supergraph needs a file.");
  assert.match(String(refused("worker", "--supergraph", "f")), /^--supergraph goes with the role gateway/);
});
