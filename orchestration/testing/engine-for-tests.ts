import { once } from "node:events";
import pg from "pg";
import { connectDatabase, inTransaction, type Db } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { internals, type Internals } from "#shared/internals.ts";
import { createSilentLog } from "#shared/log.ts";
import { drawRmaNumber } from "#shared/rma-number.ts";
import { beforeDrop, createTestDatabase } from "../../test/database.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { startReturn, type Stamp } from "../facts.ts";
import type { Policies } from "../policies/policies.ts";
import { startRunning, type Parts, type Running } from "../running/start-running.ts";
import type { Operation, Reactions } from "../starting-operations.ts";
import { createFakeErp, type FakeErp } from "./fake-erp.ts";

export const person = { id: "usr_ada", displayName: "Ada", kind: "PERSON" as const };
export const stampFor = (reactions?: Reactions): Stamp => ({
  correlationId: "corr-test",
  actor: person,
  source: { system: "backhaul", reference: null },
  ...(reactions ? { reactions } : {}),
});

/** Times of tests: nothing waits by itself for long, nothing expires before a test says so. */
export const testTimes = (changes: Partial<Internals> = {}): Internals => ({
  ...internals.parse({
    retryFirstMs: 1,
    retryMaxMs: 20,
    heldMaxMs: 20,
    pollMs: 25,
    feedPollMs: 25,
    requireDurable: false,
    feedPartition: 1_000,
  }),
  ...changes,
});

export type Bench = { url: string; db: Db; pool: pg.Pool; erp: FakeErp; stop(): Promise<void> };

/** A database with the fake ERP in it; its connections are closed before it is dropped. */
export async function openBench(options: { settleMs?: number } = {}): Promise<Bench> {
  const { url } = await createTestDatabase();
  return connectBench(url, { create: true, ...options });
}

export async function connectBench(
  url: string,
  options: { create: boolean; settleMs?: number; name?: string },
): Promise<Bench> {
  const { db, pool, stop } = connectDatabase({
    url,
    log: createSilentLog(),
    name: options.name ?? "test",
    connections: 12,
  });
  let stopped: Promise<void> | undefined;
  const bench = { url, db, pool, erp: await createFakeErp(pool, options), stop: () => (stopped ??= stop()) };
  beforeDrop(bench.stop);
  return bench;
}

export function run(
  bench: Bench,
  reactions: Reactions,
  times: Partial<Internals> = {},
  extra: Partial<Parts> = {},
): Running {
  const parts = {
    db: bench.db,
    log: createSilentLog(),
    systems: bench.erp.systems,
    policies: {} as Policies,
    installation: "BH1",
  };
  return startRunning({ ...parts, times: testTimes(times), reactions, ...extra });
}

/** A return whose first fact starts what `reactions` says. */
export async function begin(
  db: Db,
  reactions: Reactions,
  changes: Partial<Extract<NewFact, { kind: "return.requested" }>["data"]> = {},
): Promise<{ id: string; started: Operation[] }> {
  const id = newId("ret");
  const { started } = await inTransaction(db, (tx) => startReturn(tx, id, stampFor(reactions), [requested(changes)]));
  return { id, started };
}

export const requested = (changes: Partial<Extract<NewFact, { kind: "return.requested" }>["data"]> = {}): NewFact => ({
  kind: "return.requested",
  data: {
    ...{
      rmaNumber: drawRmaNumber(2026),
      companyId: "US01",
      channel: "inside-sales",
      orderId: "erp.order:US01:SO-100001",
      orderNumber: "SO-100001",
    },
    ...{
      customerId: null,
      customerNumber: null,
      customerName: null,
      currency: null,
      resolution: "CREDIT",
      caseId: null,
      note: null,
      lines: [],
    },
    ...changes,
  },
});

/** Until the operation is in one of these statuses; asks again at every change that can be seen. */
export async function until(db: Db, operationId: string, ...statuses: Operation["status"][]): Promise<Operation> {
  const giveUp = performance.now() + 60_000;
  for (;;) {
    const row = await db.selectFrom("operations").selectAll().where("id", "=", operationId).executeTakeFirst();
    if (row && statuses.includes(row.status)) return row;
    if (performance.now() > giveUp)
      throw new Error(`waited in vain for ${statuses.join(" or ")}: ${JSON.stringify(row)}`);
    await once(AbortSignal.timeout(10), "abort");
  }
}

/** As if the lease of a dead worker had ended. */
export const endLease = (db: Db, operationId: string) =>
  db
    .updateTable("operations")
    .set({ due_at: new Date(0) })
    .where("id", "=", operationId)
    .where("finished_at", "is", null)
    .execute();
