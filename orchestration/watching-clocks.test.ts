import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connectDatabase, type DatabaseConnection } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { createSilentLog } from "#shared/log.ts";
import { drawRmaNumber } from "#shared/rma-number.ts";
import { beforeDrop, createTestDatabase } from "../test/database.ts";
import { changeReturn, loadReturn, startReturn } from "./facts.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { ada, amount, authorizedReturn, receive } from "./sample-facts.ts";
import { statusOf } from "./status.ts";
import { watchClocks } from "./watching-clocks.ts";

let connection: DatabaseConnection;
const log = createSilentLog();
before(async () => {
  const { url } = await createTestDatabase();
  connection = connectDatabase({ url, log, name: "test" });
  beforeDrop(() => connection.stop());
});
const reactions = { flows: [], react: () => [] };
const stamp = { correlationId: "corr-1", actor: ada, source: { system: "backhaul", reference: null }, reactions };
const kindsOf = (changes: { facts: { kind: string }[] }[]) => changes.map(({ facts }) => facts.map(({ kind }) => kind));

/** Authorized so many days ago, and nothing came. */
async function authorizedBefore(days: number): Promise<string> {
  const sample = authorizedReturn({ id: newId("rln"), quantity: "4" });
  const occurredAt = new Date(Date.now() - days * 86_400_000).toISOString();
  const own = JSON.stringify(sample.facts).replaceAll("R26-7Q3KX2M", drawRmaNumber(2026));
  const facts = (JSON.parse(own) as NewFact[]).map(({ kind, data }) => ({ kind, data, occurredAt }) as NewFact);
  const id = newId("ret");
  await connection.db.transaction().execute((tx) => startReturn(tx, id, stamp, facts));
  return id;
}
const tasksOf = (id: string) =>
  connection.db
    .selectFrom("exceptions")
    .select(["code", "owner_role", "status", "resolution"])
    .where("return_id", "=", id)
    .execute();

test("a stage that is late is a fact and a task of its owner, once; with the stage over the task ends by itself (OS-37, W-14, RS-28)", async () => {
  const { db } = connection;
  const id = await authorizedBefore(15);
  assert.deepEqual(kindsOf(await watchClocks(db, log)), [["exception.raised", "sla.breached"]]);
  assert.deepEqual(await watchClocks(db, log), [], "nobody is told twice");
  const task = { code: "STAGE_OVERDUE", owner_role: "service" };
  assert.deepEqual(await tasksOf(id), [{ ...task, status: "OPEN", resolution: null }]);
  const state = (await loadReturn(db, id))!;
  assert.deepEqual(state.breaches, [{ clock: `SHIP_BACK:${id}`, level: 1 }]);
  const row = await db.selectFrom("returns").select("sla_breached").where("id", "=", id).executeTakeFirstOrThrow();
  assert.equal(row.sla_breached, true);

  const line = state.lines[0]!;
  await db.transaction().execute((tx) =>
    changeReturn(tx, id, stamp, () => {
      const sample = authorizedReturn({ id: line.id, quantity: "4" });
      receive(sample, newId("rcl"), line.id, amount("4"));
      const { kind, data } = sample.facts.at(-1)!;
      return { facts: [{ kind, data: { ...data, receivedAt: new Date().toISOString() } } as NewFact], value: null };
    }),
  );
  assert.deepEqual(kindsOf(await watchClocks(db, log)), [["exception.resolved"]]);
  assert.deepEqual(await tasksOf(id), [{ ...task, status: "RESOLVED", resolution: "CONVERGED" }]);
  assert.equal(statusOf((await loadReturn(db, id))!), "RECEIVED");
});

test("at twice its time the supervisor has the task, at three times operations (OS-36, GA-15)", async () => {
  const { db } = connection;
  const twice = await authorizedBefore(29);
  await watchClocks(db, log);
  assert.deepEqual(
    (await tasksOf(twice)).map(({ owner_role }) => owner_role),
    ["supervisor"],
  );
  const thrice = await authorizedBefore(43);
  assert.deepEqual(kindsOf(await watchClocks(db, log)), [
    ["exception.raised", "sla.breached", "sla.escalated", "sla.escalated"],
  ]);
  assert.deepEqual(
    (await tasksOf(thrice)).map(({ owner_role }) => owner_role),
    ["operations"],
  );
  const again = await db
    .selectFrom("returns")
    .select("id")
    .where("id", "=", thrice)
    .where("sla_due_at", "is not", null)
    .execute();
  assert.deepEqual(again, [], "there is nobody left to tell");
});

test("goods that stay in quarantine for ten days of work are a task of their own (GF-09)", async () => {
  const { db } = connection;
  const sample = authorizedReturn({ id: newId("rln"), quantity: "4" });
  const line = sample.state.lines[0]!;
  receive(sample, newId("rcl"), line.id, amount("4"));
  const ago = new Date(Date.now() - 21 * 86_400_000).toISOString();
  const own = JSON.stringify(sample.facts)
    .replaceAll("R26-7Q3KX2M", drawRmaNumber(2026))
    .replaceAll("2026-05-05T09:00:00.000Z", ago)
    .replaceAll(`rcp-of-`, newId("rcp"));
  const facts = (JSON.parse(own) as NewFact[]).map(({ kind, data }) => ({ kind, data, occurredAt: ago }) as NewFact);
  const id = newId("ret");
  await db.transaction().execute((tx) => startReturn(tx, id, stamp, facts));
  await watchClocks(db, log);
  const owners = (await tasksOf(id)).map(({ code, owner_role }) => `${code} ${owner_role}`);
  assert.ok(owners.includes("QUARANTINE_OVERDUE warehouse"), owners.join(", "));
});
