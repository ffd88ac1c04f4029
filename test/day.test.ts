import assert from "node:assert/strict";
import { before, test } from "node:test";
import { readConfig } from "#shared/config.ts";
import { chooseGoods } from "#tools/demo/day/choose.ts";
import { playDay } from "#tools/demo/day/day.ts";
import { type Goods, goodsOf } from "#tools/demo/day/goods.ts";
import { type Kind, kinds } from "#tools/demo/day/kinds.ts";
import { isAsMeant, report } from "#tools/demo/day/report.ts";
import { choosePorts } from "#tools/start/ports.ts";
import { type Everything, startEverything } from "./start-everything.ts";

// `npm run demo -- --day`: one return of each kind, all at once.

let system: Everything;
let config: Everything["config"];
before(async () => {
  const { SANDBOX_PORT: sandboxPort } = await choosePorts(readConfig({ PORT: "0" }));
  // The ERP's limit of calls would make the day twice as long.
  system = await startEverything({ sandbox: { port: sandboxPort }, internals: { requestsPerMinute: 100_000 } });
  config = { ...system.config, sandboxPort, port: Number(new URL(system.gateway.url).port) };
});

test("a service agent's day: of every kind one return converges or waits for the person it should, nobody for nothing, and the books tie (RS-28, D-35)", async () => {
  const [said, shown]: [string[], string[]] = [[], []];
  const { ok, stands } = await playDay({
    config,
    distributor: system.sandbox.distributor,
    say: (line) => said.push(line),
    progress: { show: (text) => shown.push(text), clear: () => undefined },
    kinds: kinds.map((kind) => ({ ...kind, count: 1 })),
  });
  const otherwise = stands.filter((stand) => !isAsMeant(stand));
  assert.deepEqual(report(otherwise), []);
  assert.deepEqual([ok, stands.length], [true, kinds.length]);
  const names = new Set(stands.flatMap(({ waits }) => waits.map(({ who }) => who)));
  assert.deepEqual([...names].toSorted(), ["Ada", "Fin", "Wilma"], "each waits for a person by name");
  assert.match(said.join("\n"), /customer blocked .* 1 PENDING_CREDIT, waits for Fin/);
  assert.match(shown.at(-1)!, new RegExp(`^${kinds.length} of ${kinds.length} done, .* closed`));
  assert.deepEqual(system.sandbox.servers["business-central"].ledger.tieOut(), { ok: true, differences: [] });
});

test("the day is sixty returns, of no line more than was sold; when the seed's goods are used up it says of which kinds", async () => {
  const all = goodsOf(system.sandbox.distributor);
  const asMeant = async ({ orderLineId, sold }: Goods, { decision = "AUTO" }: Kind) => ({
    orderLineId,
    returnable: { value: String(sold) },
    decision,
  });
  const { chosen, short } = await chooseGoods(kinds, all, asMeant);
  assert.deepEqual([chosen.length, short], [60, []]);
  const soldOf = (line: string) => all.find(({ orderLineId }) => orderLineId === line)!.sold;
  for (const [line, of] of Map.groupBy(chosen, ({ goods }) => goods.orderLineId))
    assert.ok(of.reduce((sum, { quantity }) => sum + quantity, 0) <= soldOf(line), line);
  const none = await chooseGoods(kinds, all, async () => null);
  assert.deepEqual(
    [none.chosen, none.short.map(({ kind, missing }) => missing - kind.count)],
    [[], kinds.map(() => 0)],
  );
});
