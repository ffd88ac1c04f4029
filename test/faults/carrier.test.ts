import assert from "node:assert/strict";
import { before, describe, test } from "node:test";
import type { Action } from "#sandbox/faults.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, type EverythingOptions, startEverything } from "../start-everything.ts";

/** So long that no test would see it. */
const NEVER_MS = 3_600_000;

type Ground = { system: Everything; acts: Acts; orders: PlainOrder[] };
async function lay(internals: NonNullable<EverythingOptions["internals"]> = {}): Promise<Ground> {
  const system = await startEverything({ internals });
  const orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
  return { system, acts: createActs(system), orders };
}
const ask = ({ acts, orders }: Ground): Promise<string> => {
  const { number, line, unit } = orders.shift()!;
  return acts.requestReturn(number, [{ line, quantity: "1", unit }]);
};
const easypost = ({ system }: Ground) => system.sandbox.servers.easypost;
const issued = ({ system }: Ground, returnId: string) =>
  system.returnWhen(
    returnId,
    "a label and the warehouse to be told",
    ({ labels, instruction }) => labels[0]?.status === "ISSUED" && instruction !== null,
  );

describe("a label is paid for once", () => {
  let ground: Ground;
  before(async () => {
    ground = await lay();
  });

  const faults: [string, "/shipments$" | "/buy$", Action][] = [
    ["the answer to the draft is lost", "/shipments$", { kind: "drop-answer" }],
    ["the draft never arrives", "/shipments$", { kind: "drop-request" }],
    ["the draft is answered with rubbish", "/shipments$", { kind: "malformed" }],
    ["the answer to the purchase is lost", "/buy$", { kind: "drop-answer" }],
    ["the purchase never arrives", "/buy$", { kind: "drop-request" }],
    ["the purchase is answered with rubbish", "/buy$", { kind: "malformed", as: "html" }],
    ["the purchase is refused with 502", "/buy$", { kind: "refuse", status: 502 }],
    ["the purchase is one too many this second", "/buy$", { kind: "refuse", status: 429, retryAfter: 0 }],
  ];
  for (const [what, path, action] of faults)
    test(`when ${what} (W-01, W-03, W-04, RS-03)`, async () => {
      easypost(ground).faults.arm({ match: { method: "POST", path }, action });
      const returnId = await ask(ground);
      const state = await issued(ground, returnId);
      const bought = easypost(ground)
        .ledger.labels()
        .filter(({ reference }) => reference === state.labels[0]!.issued!.transactionKey);
      assert.equal(bought.length, 1);
      assert.deepEqual([state.exceptions, state.ambiguous], [[], {}]);
      await judge(ground.system, returnId);
    });

  test("when the carrier does its work long after we gave up, and the list of shipments lags (W-02)", async () => {
    const { faults } = easypost(ground);
    const held = faults.arm({ match: { method: "POST", path: "/buy$" }, action: { kind: "hold" } });
    const returnId = await ask(ground);
    await issued(ground, returnId);
    await faults.release(held.id);
    await judge(ground.system, returnId);
  });

  test("when the carrier is away for a while: the return waits, and goes on by itself (RS-08, D-28)", async () => {
    await easypost(ground).down("refuse");
    const returnId = await ask(ground);
    await ground.system.until("the step to be held", async () => {
      const row = await ground.system.db
        .selectFrom("operations")
        .innerJoin("operation_steps", "operation_steps.operation_id", "operations.id")
        .select("operation_steps.status")
        .where("operations.return_id", "=", returnId)
        .where("operation_steps.name", "=", "issue-label")
        .executeTakeFirst();
      return row?.status === "HELD";
    });
    await easypost(ground).up();
    const state = await issued(ground, returnId);
    assert.deepEqual(state.exceptions, []);
    await judge(ground.system, returnId);
  });
});

/** Several parcels on their way from hand-in to delivery; gives their returns once each knows all of it. */
async function travel(ground: Ground, meanwhile: () => unknown = () => {}): Promise<void> {
  const { controls } = easypost(ground);
  const returnIds = await Promise.all([1, 2, 3].map(() => ask(ground)));
  const states = await Promise.all(returnIds.map((returnId) => issued(ground, returnId)));
  for (const [n, { labels }] of states.entries()) {
    const { trackingNumber: trackingCode } = labels[0]!.issued!;
    const at = (hour: number) => new Date(Date.UTC(2026, 4, 5 + n, hour)).toISOString();
    controls.pickUp({ trackingCode, at: at(8) });
    controls.progress({ trackingCode, at: at(12), city: "Peoria" });
    controls.deliver({ trackingCode, at: at(20) });
  }
  await meanwhile();
  for (const returnId of returnIds) {
    const state = await ground.system.returnWhen(
      returnId,
      "the delivery",
      ({ labels }) => labels[0]!.events.some(({ code }) => code === "DELIVERED") && labels[0]!.events.length === 3,
    );
    assert.deepEqual(
      state.labels[0]!.events.map(({ code }) => code).toSorted(),
      ["DELIVERED", "IN_TRANSIT", "IN_TRANSIT"],
      "each event of the carrier is one fact",
    );
    assert.deepEqual([statusOf(state), state.exceptions], ["IN_TRANSIT", []]);
    await judge(ground.system, returnId);
  }
}

describe("with the carrier's webhooks alone", () => {
  let ground: Ground;
  before(async () => {
    ground = await lay({ parcelPollMs: NEVER_MS });
  });

  test("events that come twice are heard once (W-18, RS-06)", async () => {
    easypost(ground).webhooks.double(100);
    await travel(ground);
    easypost(ground).webhooks.clear();
  });

  test("events that come late and in the opposite order tell the same story (W-19, W-20)", async () => {
    easypost(ground).webhooks.hold();
    await travel(ground, () => easypost(ground).webhooks.release("reverse"));
  });

  test("events that are merged, or come without their data, are read again (W-20)", async () => {
    const { controls } = easypost(ground);
    controls.merge({ on: true });
    await travel(ground, () => {
      controls.empty({ count: 1 });
      controls.merge({ on: false });
    });
  });

  test("a carrier that can't be read just then is read again (W-18)", async () => {
    const { faults } = easypost(ground);
    faults.arm({ match: { path: "/trackers/batch$" }, times: 3, action: { kind: "refuse", status: 503 } });
    await travel(ground);
  });
});

test("events that are lost are found by reading every parcel that may still move (RS-09)", async () => {
  const ground = await lay({ parcelPollMs: 200 });
  easypost(ground).webhooks.lose(1_000);
  await travel(ground);
  const heard = await ground.system.db.selectFrom("inbox").select("id").where("system", "=", "easypost").execute();
  assert.deepEqual(heard, []);
});
