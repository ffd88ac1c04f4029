import assert from "node:assert/strict";
import { test } from "node:test";
import type { WarehouseEvent, WmsPort } from "#adapters/wms/port.ts";
import type { Systems } from "#adapters/systems.ts";
import type { Transaction } from "#shared/database.ts";
import { inTransaction } from "#shared/database.ts";
import { BusinessRefusal, TransientFailure } from "#shared/errors.ts";
import { createSilentLog } from "#shared/log.ts";
import { replayTask } from "../exceptions.ts";
import { changeReturn, loadReturn, readFacts } from "../facts.ts";
import { receive } from "../inbox.ts";
import { release } from "../parking.ts";
import type { Policies } from "../policies/policies.ts";
import { begin, openBench, stampFor, testTimes } from "../testing/engine-for-tests.ts";
import { done, has } from "../testing/fake-flows.ts";
import type { Handled } from "../warehouse-events.ts";
import { pollWarehouse } from "./polling.ts";
import { processNext, type Inbox } from "./processing.ts";

const bench = await openBench();
const { db } = bench;
const none = { flows: [], react: () => [] };
const system = "wms-chi1";

/** An event of this test: told once it writes `case.linked` of its name, unless `needs` is not there yet. */
type Told = { eventId: string; returnId: string; name: string; needs?: string };
const port = {
  ...{ system, site: "CHI1" },
  translate: (body: Buffer) => JSON.parse(body.toString()) as WarehouseEvent,
} as WmsPort;
const systems = {
  bySystem: (name: string) => (name === system ? port : undefined),
  warehouses: () => [port],
  carriers: () => [],
} as unknown as Systems;

async function handle(tx: Transaction, event: WarehouseEvent): Promise<Handled> {
  const { returnId, name, needs } = event as unknown as Told;
  if (name === "explodes") throw new Error("a bug of ours");
  let outcome: Handled["outcome"] = "processed";
  const change = await changeReturn(tx, returnId, stampFor(none), async (state) => {
    if (needs && !has(state, needs)) outcome = { park: `${returnId}/${needs}` };
    else if (has(state, name)) outcome = "dropped";
    const released = outcome === "processed" ? await release(tx, [`${returnId}/${name}`]) : [];
    return { facts: outcome === "processed" ? [done(name), ...released] : [], value: released.length > 0 };
  });
  return { outcome, returnId, tasks: [], change, released: change.value };
}

const inbox = (times = {}): Inbox => ({
  ...{
    db,
    log: createSilentLog(),
    systems,
    policies: {} as Policies,
    times: testTimes({ parkedSweepMs: 3_600_000, ...times }),
    reactions: none,
  },
  handle,
  onNotices: () => undefined,
  onUnnamedParcel: () => undefined,
  committed: () => undefined,
});
const tell = (told: Told | string, via: "WEBHOOK" | "FEED" = "WEBHOOK") => {
  const body = Buffer.from(typeof told === "string" ? told : JSON.stringify(told));
  return receive(db, { system, via, eventIds: [typeof told === "string" ? told : told.eventId], body });
};
async function workThrough(times = {}): Promise<number> {
  let worked = 0;
  while ((await processNext(inbox(times))) !== null) worked += 1;
  return worked;
}
const rowOf = async (id: string) => db.selectFrom("inbox").selectAll().where("id", "=", id).executeTakeFirstOrThrow();
/** Of each event that waited: when it began and ended, as the return was told. */
const waitsOf = async (returnId: string) =>
  (await readFacts(db, returnId, { limit: 1_000 })).flatMap((fact) =>
    fact.kind === "event.parked" || fact.kind === "event.released" ? [`${fact.kind} ${fact.data.inboxId}`] : [],
  );
const names = async (returnId: string) => (await loadReturn(db, returnId))!.caseIds.map(({ caseId }) => caseId);

test("a document delivered 50 times at once, by webhook and feed, is stored once and acknowledged with one id (W-18, RS-06)", async () => {
  const { id } = await begin(db, none);
  const told = { eventId: "evt_50", returnId: id, name: "receipt" };
  const answers = await Promise.all(Array.from({ length: 50 }, (_, n) => tell(told, n % 2 ? "FEED" : "WEBHOOK")));
  assert.equal(new Set(answers.flatMap(({ ids }) => ids)).size, 1);
  assert.equal(answers.filter(({ duplicate }) => !duplicate).length, 1);
  assert.equal(await workThrough(), 1);
  assert.deepEqual(await names(id), ["receipt"]);
});

test("the same news under a new event id is recognised by its content and dropped (W-18, RS-06)", async () => {
  const { id } = await begin(db, none);
  const ids = (
    await Promise.all(["a", "b"].map((eventId) => tell({ eventId: `evt_${eventId}`, returnId: id, name: "receipt" })))
  ).flatMap((answer) => answer.ids);
  await workThrough();
  assert.deepEqual(await names(id), ["receipt"]);
  assert.deepEqual((await Promise.all(ids.map(rowOf))).map(({ status }) => status).toSorted(), [
    "DROPPED",
    "PROCESSED",
  ]);
});

test("an event that comes before what it needs parks, and what it needed releases it (W-19)", async () => {
  const { id } = await begin(db, none);
  const {
    ids: [early],
  } = await tell({ eventId: "evt_early", returnId: id, name: "inspection", needs: "receipt" });
  await workThrough();
  assert.deepEqual([(await rowOf(early!)).status, await names(id)], ["PARKED", []]);
  await tell({ eventId: "evt_needed", returnId: id, name: "receipt" });
  await workThrough();
  assert.deepEqual([(await rowOf(early!)).status, await names(id)], ["PROCESSED", ["receipt", "inspection"]]);
  assert.deepEqual(await waitsOf(id), [`event.parked ${early}`, `event.released ${early}`]);
});

test("an early event and what it needs, worked on at the same time again and again: none is forgotten (W-19)", async () => {
  const { id } = await begin(db, none);
  for (let n = 0; n < 15; n += 1) {
    await tell({ eventId: `evt_i${n}`, returnId: id, name: `inspection${n}`, needs: `receipt${n}` });
    await tell({ eventId: `evt_r${n}`, returnId: id, name: `receipt${n}` });
    await Promise.all(Array.from({ length: 4 }, () => processNext(inbox())));
  }
  await workThrough();
  const parked = await db.selectFrom("inbox").selectAll().where("status", "=", "PARKED").execute();
  assert.deepEqual(parked, []);
  assert.equal((await names(id)).length, 30);
  const waits = await waitsOf(id);
  const parkings = waits.filter((wait) => wait.startsWith("event.parked"));
  assert.equal(new Set(waits).size, waits.length, "each is told once");
  assert.equal(waits.length, 2 * parkings.length, "what was parked was released");
});

test("parked events are swept, and one that has waited too long is a task, once (W-19)", async () => {
  const { id } = await begin(db, none);
  const {
    ids: [early],
  } = await tell({ eventId: "evt_orphan", returnId: id, name: "inspection", needs: "never" });
  for (let n = 0; n < 3; n += 1) {
    await workThrough({ parkedTooLongMs: 0 });
    await db
      .updateTable("inbox")
      .set({ due_at: new Date(0) })
      .where("id", "=", early!)
      .execute();
  }
  const tasks = await db.selectFrom("exceptions").selectAll().where("inbox_id", "=", early!).execute();
  assert.deepEqual(
    tasks.map(({ code, owner_role }) => [code, owner_role]),
    [["PARKED_TOO_LONG", "operations"]],
  );
  await tell({ eventId: "evt_at_last", returnId: id, name: "never" });
  await workThrough();
  assert.equal((await rowOf(early!)).status, "PROCESSED");
  assert.deepEqual(await waitsOf(id), [`event.parked ${early}`, `event.released ${early}`], "not at every sweep");
});

test("what it needed came by a way that releases nothing: the sweep finds it, and the return is told (W-19)", async () => {
  const { id } = await begin(db, none);
  const {
    ids: [early],
  } = await tell({ eventId: "evt_swept", returnId: id, name: "inspection", needs: "receipt" });
  await workThrough();
  await inTransaction(db, (tx) =>
    changeReturn(tx, id, stampFor(none), () => ({ facts: [done("receipt")], value: null })),
  );
  await workThrough();
  assert.equal((await rowOf(early!)).status, "PARKED");
  await db
    .updateTable("inbox")
    .set({ due_at: new Date(0) })
    .where("id", "=", early!)
    .execute();
  await workThrough();
  assert.deepEqual([(await rowOf(early!)).status, await names(id)], ["PROCESSED", ["receipt", "inspection"]]);
  assert.deepEqual(await waitsOf(id), [`event.parked ${early}`, `event.released ${early}`]);
});

test("what can't be read is a task, not a refusal, and is read again when somebody replays it (W-18)", async () => {
  const {
    ids: [bad],
  } = await tell("not json");
  await workThrough();
  assert.equal((await rowOf(bad!)).status, "FAILED");
  const task = await db.selectFrom("exceptions").selectAll().where("inbox_id", "=", bad!).executeTakeFirstOrThrow();
  assert.deepEqual([task.code, task.category, task.replayable], ["BAD_DOCUMENT", "PARTNER_DATA", true]);
  const { id } = await begin(db, none);
  const translate = port.translate;
  port.translate = () => ({ eventId: "x", returnId: id, name: "mended" }) as unknown as WarehouseEvent;
  await inTransaction(db, (tx) => replayTask(tx, task.id, { note: null }, stampFor()));
  await workThrough();
  port.translate = translate;
  assert.deepEqual([(await rowOf(bad!)).status, await names(id)], ["PROCESSED", ["mended"]]);
});

test("a bug of ours leaves nothing half-written, is tried a few times and then is a task; others go on", async () => {
  const { id } = await begin(db, none);
  const {
    ids: [broken],
  } = await tell({ eventId: "evt_bug", returnId: id, name: "explodes" });
  await tell({ eventId: "evt_fine", returnId: id, name: "fine" });
  while ((await rowOf(broken!)).status === "RECEIVED") {
    await db
      .updateTable("inbox")
      .set({ due_at: new Date(0) })
      .where("id", "=", broken!)
      .where("status", "=", "RECEIVED")
      .execute();
    await workThrough();
  }
  assert.deepEqual([(await rowOf(broken!)).status, (await rowOf(broken!)).attempts], ["FAILED", 5]);
  assert.deepEqual(await names(id), ["fine"]);
});

test("the pull feed is read to its end, its position committed with its rows; what webhooks brought is known (W-18)", async () => {
  const { id } = await begin(db, none);
  const all = Array.from({ length: 7 }, (_, n) => ({ eventId: `evt_f${n}`, returnId: id, name: `f${n}` }));
  await tell(all[3]!);
  const reads: (string | null)[] = [];
  let fault: Error | undefined;
  const feeding = {
    ...port,
    readEvents: async (after: string | null) => {
      reads.push(after);
      const failing = fault;
      fault = undefined;
      if (failing) throw failing;
      const from = Number(after ?? 0);
      const page = all.slice(from, from + 3);
      return {
        events: page.map((told) => ({ eventId: told.eventId, body: JSON.stringify(told) })),
        next: String(from + page.length),
        more: from + page.length < all.length,
      };
    },
  } as WmsPort;
  const parts = { db, log: createSilentLog(), systems, onReceived: () => undefined, onAnswered: () => undefined };
  fault = new TransientFailure({ system, code: "CONNECTION_REFUSED" });
  assert.equal(await pollWarehouse(parts, feeding), 0, "a warehouse that is away is left for the next time");
  assert.equal(await pollWarehouse(parts, feeding), 6);
  assert.equal(await pollWarehouse(parts, feeding), 0);
  assert.deepEqual(reads, [null, null, "3", "6", "7"]);
  await workThrough();
  assert.deepEqual(
    (await names(id)).toSorted(),
    all.map(({ name }) => name),
  );
  fault = new BusinessRefusal({ system, code: "NOT_FOUND" });
  assert.equal(await pollWarehouse(parts, feeding), 0, "an expired position begins again, and everything is known");
  const two = await Promise.all([pollWarehouse(parts, feeding), pollWarehouse(parts, feeding)]);
  assert.deepEqual(two, [0, 0]);
});
