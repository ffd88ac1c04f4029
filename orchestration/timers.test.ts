import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { connectDatabase, type DatabaseConnection } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { createLog } from "#shared/log.ts";
import { createTestDatabase } from "../test/database.ts";
import { loadReturn, startReturn } from "./facts.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { ada, addLine, amount, authorizedReturn, type FactLog, receive } from "./sample-facts.ts";
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

test("a line that was added and is not decided yet expires with its return (W-14, D-12)", async () => {
  const { db } = connection;
  const log = authorizedReturn(line());
  addLine(log, newId("rln"), "2");
  const late = await write(log, LONG_AGO);
  await proposeByTime(db);
  const state = (await loadReturn(db, late))!;
  assert.deepEqual([state.lines.map(({ expired }) => expired), statusOf(state)], [["4", "2"], "EXPIRED"]);
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
