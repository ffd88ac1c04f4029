import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectDatabase, type DatabaseConnection } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { createLog } from "#shared/log.ts";
import { createTestDatabase } from "../test/database.ts";
import { loadReturn, startReturn } from "./facts.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { ada, addLine, amount, authorize, authorizedReturn, evaluate, type FactLog, receive } from "./sample-facts.ts";
import { statusOf } from "./status.ts";
import { proposeByTime } from "./timers.ts";

let connection: DatabaseConnection;
before(async () => {
  const { url } = await createTestDatabase();
  connection = connectDatabase({ url, log: createLog({ level: "error", name: "test" }), name: "test" });
});
after(() => connection.stop());

/** Writes a sample log as a return of its own, good until `expiresAt`. */
async function write(log: FactLog, expiresAt: string): Promise<string> {
  const id = newId("ret");
  const own = { "return.requested": { rmaNumber: `R-${id}` }, "return.authorized": { expiresAt } };
  const facts = log.facts.map(
    ({ kind, data }) => ({ kind, data: { ...data, ...own[kind as keyof typeof own] } }) as NewFact,
  );
  const stamp = {
    correlationId: "corr-1",
    actor: ada,
    source: { system: "backhaul", reference: null },
    reactions: { flows: [], react: () => [] },
  };
  await connection.db.transaction().execute((tx) => startReturn(tx, id, stamp, facts));
  return id;
}

const line = () => ({ id: newId("rln"), quantity: "4" });
const LONG_AGO = "2026-01-31T05:59:59.999Z";
const FAR_AWAY = "2999-01-31T05:59:59.999Z";

test("an authorization that is past its day expires as a fact, once; one with goods on it, or in time, does not (W-14, D-12)", async () => {
  const { db } = connection;
  const late = await write(authorizedReturn(line()), LONG_AGO);
  await write(authorizedReturn(line()), FAR_AWAY);
  const proposed = await proposeByTime(db);
  assert.deepEqual(
    proposed.map(({ state, facts }) => [state.id, facts.map(({ kind }) => kind)]),
    [[late, ["return.expired"]]],
  );
  assert.deepEqual(await proposeByTime(db), []);
  assert.equal(statusOf((await loadReturn(db, late))!), "EXPIRED");
});

test("a line that was added and is not decided yet expires with its return, and nobody is asked about it any more (W-14, D-12, W-08)", async () => {
  const { db } = connection;
  const log = authorizedReturn(line());
  const added = newId("rln");
  addLine(log, added, "2");
  log.add("approval.requested", {
    ...{ approvalId: newId("apr"), kind: "POLICY_EXCEPTION", tier: 1, requiredRole: "supervisor", amount: null },
    ...{ threshold: null, subject: { lineIds: [added] }, decisionHash: "hash", reasons: [], expiresAt: FAR_AWAY },
  });
  const late = await write(log, LONG_AGO);
  await proposeByTime(db);
  const state = (await loadReturn(db, late))!;
  assert.deepEqual([state.lines.map(({ expired }) => expired), statusOf(state)], [["4", "2"], "EXPIRED"]);
  assert.deepEqual(
    state.approvals.map(({ status }) => status),
    ["VOIDED"],
  );
});

test("what has not come fourteen days after the last receipt is short-closed (W-14, D-12)", async () => {
  const { db } = connection;
  const asked = line();
  const log = authorizedReturn(asked);
  receive(log, newId("rcl"), asked.id, amount("1"));
  const short = await write(log, LONG_AGO);
  const [change] = await proposeByTime(db);
  assert.deepEqual(
    [
      change?.state.id,
      change?.facts.map(({ kind, data }) => [kind, (data as { quantity: { base: string } }).quantity.base]),
    ],
    [short, [["line.short-closed", "3"]]],
  );
});

test("what an amendment had granted after the last receipt has fourteen days of its own (W-14, D-10)", async () => {
  const { db } = connection;
  const [asked, added] = [line(), { id: newId("rln"), quantity: "2" }];
  const log = authorizedReturn(asked);
  receive(log, newId("rcl"), asked.id, amount("1"));
  addLine(log, added.id, added.quantity);
  evaluate(log, [added]);
  authorize(log, { lineId: added.id, quantity: added.quantity });
  const more = authorizedReturn(line());
  const { id } = more.state.lines[0]!;
  receive(more, newId("rcl"), id, amount("1"));
  authorize(more, { lineId: id, quantity: "1" });
  const [first] = [await write(log, FAR_AWAY), await write(more, FAR_AWAY)];
  const changes = await proposeByTime(db);
  assert.deepEqual(
    changes.map(({ state, facts }) => [state.id, facts.map(({ data }) => (data as { lineId: string }).lineId)]),
    [[first, [asked.id]]],
  );
});
