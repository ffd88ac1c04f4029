import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createClient } from "graphql-ws";
import { WebSocket } from "ws";
import { inTransaction } from "#shared/database.ts";
import { openReturn } from "#orchestration/facts.ts";
import type { NewFact } from "#orchestration/facts-vocabulary.ts";
import { amount, authorizedReturn } from "#orchestration/sample-facts.ts";
import { startSequencer } from "#orchestration/sequencer.ts";
import { type Caller, INTERNAL_HEADER } from "#shared/caller.ts";
import { createSilentLog } from "#shared/log.ts";
import { beforeDrop } from "../../test/database.ts";
import { boltco, northwind } from "../../test/demo-partners.ts";
import { person, startTestSubgraphs, stamp, testSystems, writeReturn } from "../../test/start-subgraphs.ts";

let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
const ada = person("ada", "service", { companies: ["US01"] });

before(async () => {
  const internals = JSON.stringify({ checkpointMs: 50, feedPollMs: 20, sweepMs: 20 });
  subgraphs = await startTestSubgraphs(["returns"], testSystems([]).systems, { BACKHAUL_INTERNALS: internals });
  const times = subgraphs.config.internals;
  const sequencer = startSequencer({
    url: String(subgraphs.config.databaseUrl),
    redisUrl: undefined,
    log: createSilentLog(),
    times,
    onUnreadable: () => undefined,
  });
  beforeDrop(() => sequencer.stop());
});

type Frame = {
  data: {
    returnMilestones: {
      cursor: string;
      milestone: { type: string; summary: string } | null;
      return: { id: string; status: string; version: number } | null;
    };
  } | null;
  errors?: { extensions: { code: string } }[];
};
const document =
  "subscription ($returnId: ID, $filter: MilestoneFilter, $after: String) { returnMilestones(returnId: $returnId, filter: $filter, after: $after) { cursor milestone { type summary } return { id status version } } }";

/** Takes frames until one fits. */
async function follow(
  variables: object,
  fits: (frame: Frame, all: Frame[]) => boolean,
  caller: Caller = ada,
  meanwhile?: () => Promise<unknown>,
  url = subgraphs.urls.returns,
): Promise<Frame[]> {
  const token = await subgraphs.sign(caller, "returns");
  const client = createClient({
    url: String(url).replace("http", "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { [INTERNAL_HEADER]: token },
  });
  const frames: Frame[] = [];
  for await (const frame of client.iterate({ query: document, variables: { ...variables } })) {
    frames.push(frame as unknown as Frame);
    if (frames.length === 1) await meanwhile?.();
    if (fits(frame as unknown as Frame, frames)) break;
  }
  await client.dispose();
  return frames;
}
const typesOf = (frames: Frame[]) => frames.flatMap(({ data }) => data?.returnMilestones.milestone?.type ?? []);
const isType = (type: string) => (frame: Frame) => frame.data?.returnMilestones.milestone?.type === type;
const authorized = (id: string) => writeReturn(subgraphs.db, authorizedReturn({ id, quantity: "4" }));
const write = (returnId: string, facts: NewFact[]) =>
  inTransaction(subgraphs.db, async (tx) => {
    const open = await openReturn(tx, returnId);
    open.add(stamp, facts);
    await open.save();
  });
const held: NewFact = { kind: "return.held", data: { reason: "Look at it." } };
const released: NewFact = { kind: "return.released", data: { reason: "Fine." } };
const all = ["return.requested", "return.authorized", "warehouse.instructed"];

test("a return's stream begins with its first milestone, after a checkpoint, and goes on live (W-25)", async () => {
  const returnId = await authorized("rln_1");
  const frames = await follow({ returnId }, isType("return.held"), ada, () => write(returnId, [held]));
  assert.deepEqual(
    [frames[0]?.data?.returnMilestones.milestone, frames[0]?.data?.returnMilestones.return],
    [null, null],
  );
  assert.deepEqual(typesOf(frames), [...all, "return.held"]);
  assert.equal(frames.at(-1)?.data?.returnMilestones.milestone?.summary, "The return is on hold: Look at it.");
});

test("from any cursor the stream goes on without a gap or a repeat (W-25)", async () => {
  const returnId = await authorized("rln_2");
  await write(returnId, [held, released]);
  const expected = [...all, "return.held", "return.released"];
  const whole = await follow({ returnId }, isType("return.released"));
  for (const [at, frame] of whole.slice(0, -1).entries()) {
    const rest = await follow({ returnId, after: frame.data!.returnMilestones.cursor }, isType("return.released"));
    assert.deepEqual([...typesOf(whole.slice(0, at + 1)), ...typesOf(rest)], expected);
  }
});

test("the return of a frame is never older than its milestone, and has its state of now on a replay", async () => {
  const returnId = await authorized("rln_3");
  await write(returnId, [
    {
      kind: "receipt.recorded",
      data: {
        receiptId: "rcp_3",
        warehouseReceiptNumber: "GR-3",
        warehouse: "CHI1",
        receivedAt: "2026-05-05T09:00:00.000Z",
        manual: false,
        lines: [
          {
            receiptLineId: "rcl_3",
            line: 1,
            revision: 1,
            returnLineId: "rln_3",
            sku: "BRG-6204",
            quantity: amount("4"),
            condition: "OPENED",
            serialNumbers: [],
            lotNumber: null,
            expiresOn: null,
            bin: null,
            state: "MATCHED",
          },
        ],
      },
    },
  ]);
  const frames = await follow({ returnId }, isType("receipt.recorded"));
  const told = frames.flatMap(({ data }) => data?.returnMilestones.return ?? []);
  assert.deepEqual(new Set(told.map(({ status }) => status)), new Set(["RECEIVED"]));
});

test("the first milestones of a return that the feed no longer keeps come from the log, and its cursor is refused by then (W-28)", async () => {
  const returnId = await authorized("rln_old");
  await follow({ returnId }, isType("warehouse.instructed"));
  await subgraphs.db
    .deleteFrom("feed")
    .where(
      "seq",
      "<=",
      subgraphs.db.selectFrom("feed").select("seq").where("return_id", "=", returnId).where("version", "=", 3),
    )
    .execute();
  const fresh = await subgraphs.again(["returns"]);
  const frames = await follow({ returnId }, isType("warehouse.instructed"), ada, undefined, fresh.urls.returns);
  assert.deepEqual(typesOf(frames), all);
  const { cursor } = frames[1]!.data!.returnMilestones;
  const [refused] = await follow({ returnId, after: cursor }, () => true, ada, undefined, fresh.urls.returns);
  assert.equal(refused?.errors?.[0]?.extensions.code, "CURSOR_EXPIRED");
  await fresh.stop();
});

test("across returns the stream begins now, and a filter lets only what fits through", async () => {
  const before = await authorized("rln_4");
  const frames = await follow(
    { filter: { types: ["return.held"], warehouse: "CHI1" } },
    isType("return.held"),
    ada,
    async () => {
      await authorized("rln_5");
      await write(before, [held]);
    },
  );
  assert.deepEqual(typesOf(frames), ["return.held"]);
});

test("nothing outside the caller's companies and sites is delivered; the cursor moves on (W-25 (6), (8))", async () => {
  const returnId = await authorized("rln_6");
  const eve = person("eve", "service", { companies: ["CA02"] });
  const dan = person("dan", "warehouse", { companies: ["US01"], sites: ["DAL2"] });
  for (const stranger of [eve, dan]) {
    for (const variables of [{ returnId }, {}]) {
      const frames = await follow(
        variables,
        (_, seen) => seen.length === 3,
        stranger,
        () => write(returnId, [held, released]),
      );
      assert.deepEqual(typesOf(frames), []);
      assert.ok(frames.every(({ data }) => data?.returnMilestones.cursor));
    }
  }
});

test("a forged cursor, one of another return's stream and one of another kind are CURSOR_INVALID in one frame (W-24)", async () => {
  const [one, other] = [await authorized("rln_7"), await authorized("rln_8")];
  const [first] = await follow({ returnId: one }, () => true);
  const { cursor } = first!.data!.returnMilestones;
  const forged = `${cursor.slice(0, -4)}AAAA`;
  for (const variables of [
    { returnId: one, after: forged },
    { returnId: other, after: cursor },
    { after: cursor },
    { returnId: one, after: "nonsense" },
  ]) {
    const [frame, ...more] = await follow(variables, () => false);
    assert.deepEqual([frame?.errors?.[0]?.extensions.code, more], ["CURSOR_INVALID", []]);
  }
});

test("a partner follows its own returns' milestones of its allow-list, none lost and none twice, and its cursors tell nobody how much else there is (G-13, D-40, W-25)", async () => {
  const sell = (id: string, customer: string, orderChannel: string) => {
    const log = authorizedReturn({ id, quantity: "4" });
    const text = JSON.stringify(log.facts).replaceAll("C-2001", customer);
    return { ...log, facts: JSON.parse(text.replace('"channel":', `"orderChannel":"${orderChannel}","channel":`)) };
  };
  let last = "";
  const meanwhile = async () => {
    await writeReturn(subgraphs.db, sell("rln_p1", "C-2020", "INSIDE"));
    await writeReturn(subgraphs.db, sell("rln_p2", "C-9999", "INSIDE"));
    await writeReturn(subgraphs.db, sell("rln_p3", "C-9999", "MARKETPLACE"));
    last = await writeReturn(subgraphs.db, sell("rln_p4", "C-2020", "MARKETPLACE"));
  };
  const isLast = (frame: Frame) => {
    const { milestone, return: of } = frame.data!.returnMilestones;
    return of?.id === last && milestone?.type === "return.authorized";
  };
  const frames = await follow({}, isLast, boltco, meanwhile);
  const mine = ["return.requested", "return.authorized"];
  assert.deepEqual(typesOf(frames), [...mine, ...mine], "of two returns of four, and no warehouse.instructed");
  const cursors = frames.map(({ data }) => data!.returnMilestones.cursor);
  assert.equal(new Set(cursors).size, cursors.length);
  assert.equal(new Set(cursors.map(({ length }) => length)).size, 1, "the first number is as long as the last");
  for (const cursor of cursors) assert.ok(!/milestones/.test(Buffer.from(cursor, "base64url").toString()));
  const again = await follow({ after: cursors[0] }, isLast, boltco);
  assert.deepEqual(typesOf(again), typesOf(frames), "from the first cursor on it is the same again");
  const isCheckpoint = ({ data }: Frame) => data?.returnMilestones.milestone === null;
  const rest = await follow({ after: cursors.at(-1) }, (frame, all) => all.length > 2 && isCheckpoint(frame), boltco);
  assert.deepEqual(typesOf(rest), [], "frames with a cursor alone");
  const market = await follow({ after: cursors[0] }, isLast, northwind);
  assert.deepEqual(typesOf(market), [...mine, ...mine], "of its channel's");
  const forged = `${cursors[1]!.slice(0, -2)}${cursors[1]!.endsWith("AA") ? "BB" : "AA"}`;
  for (const after of [forged, cursors[1]!.slice(4), "AAAA"]) {
    const [refused] = await follow({ after }, () => true, boltco);
    assert.equal(refused?.errors?.[0]?.extensions.code, "CURSOR_INVALID");
  }
});
