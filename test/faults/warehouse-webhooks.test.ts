import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, type EverythingOptions, startEverything } from "../start-everything.ts";

/** So long that no test would see it. */
const NEVER_MS = 3_600_000;

type Ground = { system: Everything; acts: Acts; orders: PlainOrder[] };

async function lay(internals: NonNullable<EverythingOptions["internals"]>): Promise<Ground> {
  const system = await startEverything({ internals });
  const orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
  return { system, acts: createActs(system), orders };
}

const sites = ({ sandbox }: Everything) =>
  Object.entries(sandbox.servers).flatMap(([name, server]) => (name.startsWith("wms-") ? [server] : []));

async function expectedReturn({ acts, orders }: Ground) {
  const { number, line, unit } = orders.shift()!;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }]);
  return { returnId, ...(await acts.expected(returnId)) };
}

/** The goods come, are inspected and put where they belong, whatever becomes of the warehouse's webhooks meanwhile. */
async function goThrough(ground: Ground): Promise<string> {
  const { returnId, state, floor } = await expectedReturn(ground);
  const { warehouseReceiptNumber: receipt } = floor.receive({ rmaNumber: state.rmaNumber });
  floor.inspect({ receipt, line: 1, grade: "A" });
  return returnId;
}

async function finish({ acts, system }: Ground, returnId: string): Promise<void> {
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  const state = await system.returnWhen(returnId, "the end", (seen) => statusOf(seen) === "CLOSED");
  assert.deepEqual(
    [state.receipts.length, state.inspections.length, state.credits.length, state.exceptions],
    [1, 1, 1, []],
  );
  await judge(system, returnId);
}

describe("with the warehouses' webhooks alone", () => {
  let ground: Ground;
  before(async () => {
    ground = await lay({ warehousePollMs: NEVER_MS });
  });

  test("every webhook comes twice, and is heard once (W-18, RS-06)", async () => {
    for (const { webhooks } of sites(ground.system)) webhooks.double(100);
    const returnIds = await Promise.all([1, 2, 3].map(() => goThrough(ground)));
    for (const returnId of returnIds) await finish(ground, returnId);
    for (const { webhooks } of sites(ground.system)) webhooks.clear();
  });

  test("webhooks that come late and in the opposite order tell the same story (W-19, W-20)", async () => {
    const held = await Promise.all([1, 2, 3].map(() => expectedReturn(ground)));
    for (const { webhooks } of sites(ground.system)) webhooks.hold();
    for (const { state, floor } of held) {
      const { warehouseReceiptNumber: receipt } = floor.receive({ rmaNumber: state.rmaNumber });
      floor.startInspection({ receipt, line: 1 });
      floor.inspect({ receipt, line: 1, grade: "A" });
    }
    for (const { webhooks } of sites(ground.system)) await webhooks.release("reverse");
    for (const { returnId } of held) await finish(ground, returnId);
  });
});

describe("with the warehouses' feeds alone", () => {
  let ground: Ground;
  before(async () => {
    ground = await lay({ warehousePollMs: 200 });
  });

  test("webhooks that are lost are found in the feed (W-18, RS-09)", async () => {
    for (const { webhooks } of sites(ground.system)) webhooks.lose(1_000);
    const returnIds = await Promise.all([1, 2, 3].map(() => goThrough(ground)));
    for (const returnId of returnIds) await finish(ground, returnId);
    const heard = await ground.system.db
      .selectFrom("inbox")
      .select("via")
      .where("system", "like", "wms-%")
      .distinct()
      .execute();
    assert.deepEqual(heard, [{ via: "FEED" }]);
  });
});
