import assert from "node:assert/strict";
import { test } from "node:test";
import { composeSubgraphs } from "#tools/compose.ts";
import { createEngines } from "./engines.ts";
import { type LoadedSupergraph, loadSupergraph } from "./supergraph.ts";

const common = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@tag"])`;
const compose = (fields: string) => composeSubgraphs(common, [{ name: "a", sdl: `type Query { ${fields} }` }]);
const first = compose(`a: Int @tag(name: "p") b: Int @tag(name: "c") d: Int`);
const second = compose(`a: Int @tag(name: "p") b: Int @tag(name: "c") e: Int`);
const without = compose("a: Int");

/** Engines that only know what they were warmed with and what they were asked. */
function start() {
  const log: string[] = [];
  const build = ({ schema }: LoadedSupergraph) => {
    const fields = Object.keys(schema.getQueryType()!.getFields()).join("");
    const asked: string[] = [];
    log.push(`build ${fields}`);
    return {
      ...{ schema, fields, asked, inUse: () => asked },
      warm: (documents: Iterable<string>) => void log.push(`warm ${fields} ${[...documents].join(" ")}`),
    };
  };
  return { log, engines: createEngines<string, ReturnType<typeof build>>(loadSupergraph(first), build) };
}

test("each contract has an engine of its own, built once, whatever the order of its tags", () => {
  const { log, engines } = start();
  assert.equal(engines.of(null).fields, "abd");
  assert.equal(engines.of(["p"]).fields, "a");
  assert.equal(engines.of(["p", "c"]), engines.of(["c", "p", "c"]));
  assert.deepEqual(log, ["build abd", "build a", "build ab"]);
});

test("another supergraph takes over in one step, after its engines were warmed with what the old ones were asked for", async () => {
  const { log, engines } = start();
  const [whole, contract] = [engines.of(null), engines.of(["p"])];
  whole.asked.push("{ a }", "{ b }");
  contract.asked.push("{ a }");
  const swapped: string[] = [];
  engines.onSwap(({ sdl }) => {
    log.push("swap");
    swapped.push(sdl, engines.of(null).fields);
  });
  const update = engines.update(second);
  assert.deepEqual([engines.of(null), engines.of(["p"])], [whole, contract], "the old ones answer meanwhile");
  await update;
  assert.deepEqual(log.slice(2), ["build abe", "warm abe { a }", "warm abe { b }", "build a", "warm a { a }", "swap"]);
  assert.deepEqual(swapped, [second, "abe"]);
  assert.notEqual(engines.of(["p"]), contract);
  assert.equal(whole.fields, "abd", "what is under way ends where it began");
});

test("a contract that is first asked for while another supergraph is being warmed is there after the swap", async () => {
  const { log, engines } = start();
  engines.of(null).asked.push("{ a }");
  const update = engines.update(second);
  while (!log.includes("warm abe { a }")) await new Promise(setImmediate);
  engines.of(["c"]);
  await update;
  assert.deepEqual(log.slice(-2), ["build b", "build b"]);
});

test("a supergraph that doesn't load, or leaves a contract in use nothing, is refused and the old engines stay", async () => {
  const { engines } = start();
  const [whole, contract] = [engines.of(null), engines.of(["p"])];
  await assert.rejects(engines.update("type Query { a: Int }"), /The supergraph can't be served: /);
  await assert.rejects(engines.update("type Query {"), /Syntax Error/);
  await assert.rejects(engines.update(without), /nothing in the supergraph has the tag p/);
  assert.deepEqual([engines.of(null), engines.of(["p"])], [whole, contract]);
  await engines.update(second);
  assert.equal(engines.of(null).fields, "abe", "one that stands is taken after one that didn't");
});

test("the same supergraph again changes nothing, and updates come one after the other", async () => {
  const { log, engines } = start();
  await engines.update(first);
  assert.deepEqual(log, ["build abd"]);
  await Promise.all([engines.update(second), engines.update(first)]);
  assert.equal(engines.of(null).fields, "abd");
});

test("engines of contracts that no bundle has any more are let go", () => {
  const { log, engines } = start();
  const kept = engines.of(["p", "c"]);
  engines.of(["p"]);
  engines.keep([["c", "p"]]);
  assert.equal(engines.of(["p", "c"]), kept);
  engines.of(["p"]);
  assert.equal(log.filter((line) => line === "build a").length, 2);
});
