import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadReturn } from "#orchestration/facts.ts";
import { renewEpoch } from "#orchestration/feed/epoch.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import type { Answer, Frames } from "../clients.ts";
import {
  allNumbered,
  checkPiece,
  followInPieces,
  frameOf,
  idsOf,
  isCheckpoint,
  logSeenBy,
  seqOf,
  typesOf,
  WITH_HISTORY,
} from "../follow.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
/** SO-100001 from its request to its end, and the frames of those who followed it. */
let story: { returnId: string; frames: Answer[] };
before(async () => {
  system = await startEverything();
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const askPlain = (order: PlainOrder, options = {}) =>
  acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }], options);
const headOf = () => allNumbered(system.db, system.until);
const codesOf = (frames: readonly Answer[]) =>
  new Set(frames.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions.code)));
const until = (stream: Frames, id: string) => stream.until(id, (frame) => frameOf(frame)?.milestone?.id === id);
/** Until the stream stands at this number or beyond. */
const reaches = (stream: Frames, seq: number) =>
  stream.until(`number ${seq}`, (frame) => seqOf(frameOf(frame)!.cursor) >= seq);

async function bringToClosed(returnId: string): Promise<void> {
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.decide(returnId, "fin");
  await acts.executeDispositions(returnId, 1);
  await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  await judge(system, returnId);
}

test("who follows a return gets a checkpoint, then every milestone from the first to the last with what other subgraphs know, the return never older than its milestone (W-25 (1), (2), (3), (6), (7), G-21, OS-27, OS-28)", async () => {
  const [ada, otto] = [await system.as("ada"), await system.as("otto")];
  const wall = otto.subscribe("dashboard/milestones");
  await wall.until("the first frame", isCheckpoint);
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const screen = ada.subscribe("service-ui/follow-return", { returnId });
  const cutAlways = followInPieces({
    open: async (after) => ada.subscribe(WITH_HISTORY, { returnId, after }),
    cutAfter: () => 2,
  });
  await bringToClosed(returnId);
  await headOf();
  const log = await logSeenBy(system.db, { returnId });
  await Promise.all([until(screen, log.at(-1)!), until(wall, log.at(-1)!), cutAlways.finish(log.at(-1)!)]);

  for (const stream of [screen, wall]) checkPiece(stream.seen);
  assert.deepEqual(idsOf(screen.seen), log);
  assert.deepEqual(idsOf(wall.seen), log);
  assert.deepEqual(cutAlways.ids, log, "cut after every frame, live");
  const types = typesOf(screen.seen);
  assert.equal(types[0], "return.requested");
  for (const type of ["return.authorized", "receipt.recorded", "inspection.completed", "credit.posted"])
    assert.equal(types.filter((seen) => seen === type).length, 1, type);
  assert.equal(types.at(-1), "return.closed");
  story = { returnId, frames: screen.seen };

  const told = screen.seen.filter((frame) => !isCheckpoint(frame));
  assert.deepEqual(codesOf(screen.seen), new Set());
  for (const { data, errors = [] } of told) {
    const { return: shown } = data.returnMilestones;
    assert.equal(shown.order.number, "SO-100001");
    assert.equal(shown.lines[0].item.sku, "BRG-6204");
    assert.ok(shown.lines[0].item.availability.some(({ available }: any) => Number(available.value) > 0));
    assert.deepEqual([shown.cases, errors], [[], []]);
  }
  const at = (type: string) => told.find((frame) => frameOf(frame)!.milestone!.type === type)!.data.returnMilestones;
  assert.equal(at("receipt.recorded").return.lines[0].quantities.received.value, "4");
  const [memo] = at("credit.posted").return.credits;
  assert.deepEqual([memo.status, memo.total.amount], ["POSTED", "1276.70"]);
  assert.equal(at("return.closed").return.status, "CLOSED");
});

test("who comes back with `after` gets exactly what came after it, cut at each frame in turn; of one return without it, all from the first milestone (W-24, W-25, W-26, G-21)", async () => {
  const { returnId, frames } = story;
  const log = idsOf(frames);
  const ada = await system.as("ada");
  const resume = async (after: string | undefined, rest: string[]) => {
    const stream = ada.subscribe(WITH_HISTORY, { returnId, after });
    await stream.until("all that is left", () => idsOf(stream.seen).length >= rest.length && stream.seen.length > 0);
    await stream.stop();
    checkPiece(stream.seen, after);
    assert.deepEqual(idsOf(stream.seen), rest);
  };
  await resume(undefined, log);
  await Promise.all(
    frames.map((frame, index) => resume(frameOf(frame)!.cursor, log.slice(idsOf(frames.slice(0, index + 1)).length))),
  );
});

test("across returns without `after` a stream begins now; a quiet one moves on by frames that are only a cursor, good to come back with (W-25 (6), G-21)", async () => {
  const [ada, otto] = [await system.as("ada"), await system.as("otto")];
  const all = otto.subscribe(WITH_HISTORY);
  const quiet = ada.subscribe(WITH_HISTORY, { returnId: story.returnId, after: frameOf(story.frames.at(-1)!)!.cursor });
  const filtered = otto.subscribe(WITH_HISTORY, { filter: { types: ["credit.reversed"] } });
  const begun = [all, quiet, filtered].map((stream) => stream.until("the first frame", isCheckpoint));
  const start = seqOf(frameOf((await Promise.all(begun))[0]!)!.cursor);

  const returnId = await askPlain(orders.shift()!);
  await acts.expected(returnId);
  await system.quiet(returnId);
  const head = await headOf();
  const log = await logSeenBy(system.db, { afterSeq: start });
  const ends = await Promise.all([all, quiet, filtered].map((stream) => reaches(stream, head)));
  assert.deepEqual(idsOf(all.seen), log);
  for (const stream of [all, quiet, filtered]) checkPiece(stream.seen);
  for (const stream of [quiet, filtered]) {
    assert.deepEqual(idsOf(stream.seen), []);
    assert.ok(stream.seen.every((frame) => isCheckpoint(frame) && frameOf(frame)!.return === null));
  }

  const after = frameOf(ends[1]!)!.cursor;
  const again = ada.subscribe(WITH_HISTORY, { returnId: story.returnId, after });
  assert.equal(frameOf(await again.until("the first frame", () => true))!.cursor, after);
});

test("a client gets nothing of another company or site, by whatever stream (W-25 (8))", async () => {
  const narrow = { sub: "walt", name: "Walt", roles: ["warehouse" as const], companies: ["US01"], sites: ["DAL2"] };
  const people = {
    ada: { who: "ada", companies: ["US01", "CA02"] },
    wilma: { who: "wilma", companies: ["US01"], sites: ["CHI1", "DAL2"] },
    walt: { who: narrow, companies: ["US01"], sites: ["DAL2"] },
    sam: { who: "sam", companies: ["US01", "CA02", "EU03"] },
  };
  const streams = await Promise.all(
    Object.values(people).map(async ({ who, ...seen }) => ({
      seen,
      stream: (await system.as(who)).subscribe(WITH_HISTORY),
    })),
  );
  const firsts = await Promise.all(streams.map(({ stream }) => stream.until("the first frame", isCheckpoint)));
  const hamburg = await acts.requestReturn("SO-300001", [{ quantity: "2" }], { by: "sam", company: "EU03" });
  const ownOf = (await system.as("ada")).subscribe(WITH_HISTORY, { returnId: hamburg });
  const american = await askPlain(orders.shift()!);
  for (const returnId of [hamburg, american]) {
    await acts.receive(returnId);
    await system.quiet(returnId);
  }
  const head = await headOf();
  await Promise.all([ownOf, ...streams.map(({ stream }) => stream)].map((stream) => reaches(stream, head)));

  const site = (await loadReturn(system.db, american))!.warehouse!;
  const counts = [];
  for (const [index, { seen, stream }] of streams.entries()) {
    const expected = await logSeenBy(system.db, { ...seen, afterSeq: seqOf(frameOf(firsts[index]!)!.cursor) });
    assert.deepEqual(idsOf(stream.seen), expected);
    const shown = stream.seen.flatMap((frame) => frameOf(frame)!.return ?? []);
    assert.ok(shown.every(({ company }) => seen.companies.includes(company.id)));
    counts.push(expected.length);
  }
  const [ada, wilma, walt, sam] = counts as [number, number, number, number];
  assert.ok(sam > ada && ada > 0 && wilma > 0);
  assert.equal(walt > 0, site === "DAL2");
  assert.deepEqual(idsOf(ownOf.seen), [], "ada asked for the return of Hamburg by its id");
});

test("when a system is down its milestone is delivered all the same, what it owns null with the code of the system (W-25 (7), D-30)", async () => {
  const { faults } = system.sandbox.servers["wms-chi1"];
  // Stock of BRG-6204 was asked for before, and would be told stale.
  const [order] = orders.splice(
    orders.findIndex(({ sku }) => sku !== "BRG-6204"),
    1,
  );
  faults.arm({ match: { path: "stock/query" }, times: 0, action: { kind: "refuse", status: 503 } });
  const ada = await system.as("ada");
  const returnId = await askPlain(order!);
  const stream = ada.subscribe("service-ui/follow-return", { returnId });
  await acts.receive(returnId);
  const frame = await stream.until("the receipt", (each) => frameOf(each)?.milestone?.type === "receipt.recorded");
  await faults.clear();
  const { return: shown } = frame.data.returnMilestones;
  assert.equal(shown.id, returnId);
  assert.equal(shown.lines[0].quantities.received.value, "1");
  assert.equal(shown.order.number, order!.number);
  const down = frame.errors?.filter(({ extensions }) => extensions.code === "SYSTEM_UNAVAILABLE") ?? [];
  assert.ok(down.length > 0 && down.every(({ extensions }) => extensions["system"] === "wms-chi1"));
  const chicago = shown.lines[0].item.availability.find(({ warehouse }: any) => warehouse?.code === "CHI1");
  assert.equal(chicago.available, null);
  await system.quiet(returnId);
  await headOf();
  const log = await logSeenBy(system.db, { returnId });
  await until(stream, log.at(-1)!);
  assert.deepEqual(idsOf(stream.seen), log);
});

test("a forged cursor, one of another stream and one of another epoch are one frame with the code, then the end; also live (W-24, contract)", async () => {
  const { returnId, frames } = story;
  const ada = await system.as("ada");
  const { cursor } = frameOf(frames.at(-1)!)!;
  const all = ada.subscribe(WITH_HISTORY);
  const across = frameOf(await all.until("the first frame", isCheckpoint))!.cursor;
  const other = await askPlain(orders.shift()!);
  const refused = async (variables: object) => {
    const stream = ada.subscribe("service-ui/follow-return", variables);
    await stream.ended;
    assert.equal(stream.seen.length, 1, JSON.stringify(stream.seen));
    assert.equal(stream.seen[0]!.data?.returnMilestones ?? null, null);
    return stream.seen[0]!.errors!.map(({ extensions }) => extensions.code);
  };
  const body = Buffer.from(JSON.stringify([`milestones/${returnId}`, "epoch", 1])).toString("base64url");
  const forged = ["", "x", `${cursor}x`, cursor.replace(/^./, "A"), `${body}.${cursor.split(".")[1]}`];
  for (const after of [...forged, across]) assert.deepEqual(await refused({ returnId, after }), ["CURSOR_INVALID"]);
  assert.deepEqual(await refused({ returnId: other, after: cursor }), ["CURSOR_INVALID"]);

  await renewEpoch(system.db);
  await all.ended;
  assert.deepEqual([...codesOf(all.seen)], ["CURSOR_EXPIRED"]);
  assert.deepEqual(await refused({ returnId, after: cursor }), ["CURSOR_EXPIRED"]);
});
