import assert from "node:assert/strict";
import { test } from "node:test";
import { sql } from "kysely";
import { inTransaction } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { openSerials } from "./allocations.ts";
import { startReturn } from "./facts.ts";
import { openBench, requested, stampFor } from "./testing/engine-for-tests.ts";

const { db } = await openBench();

test("who decides on a serial that another return is just taking waits until that is written, and sees it (D-17, W-13)", async () => {
  const [returnId, serial] = [newId("ret"), { sku: "DRV-1", serialNumber: "SN-1" }];
  const asked = Promise.withResolvers<unknown>();
  let isAnswered = false;
  await inTransaction(db, async (tx) => {
    assert.deepEqual(await openSerials(tx, "US01", [{ sku: "DRV-1", serialNumber: "SN-0" }, serial]), []);
    await startReturn(tx, returnId, stampFor({ flows: [], react: () => [] }), [requested()]);
    const other = inTransaction(db, (second) => openSerials(second, "US01", [serial]));
    other.then(asked.resolve, asked.reject).finally(() => (isAnswered = true));
    while (!isAnswered && !(await somebodyWaits()));
    const row = { company_id: "US01", sku: serial.sku, serial_number: serial.serialNumber, return_id: returnId };
    await tx
      .insertInto("serials")
      .values({ ...row, line_id: "l1", open: true })
      .execute();
  });
  assert.deepEqual(await asked.promise, [{ ...serial, returnId, lineId: "l1" }]);
});

/** Whether another session of this database waits for an advisory lock. */
async function somebodyWaits(): Promise<boolean> {
  const { rows } = await sql<{ waiting: boolean }>`
    select exists (select from pg_locks where locktype = 'advisory' and not granted
      and database = (select oid from pg_database where datname = current_database())) as waiting`.execute(db);
  return rows[0]!.waiting;
}
