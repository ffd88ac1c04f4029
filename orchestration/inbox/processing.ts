import type { Systems } from "#adapters/systems.ts";
import type { ErpNotice } from "#adapters/erp/port.ts";
import type { WarehouseEvent } from "#adapters/wms/port.ts";
import { inTransaction, type Db, type Transaction } from "#shared/database.ts";
import { TransientFailure } from "#shared/errors.ts";
import type { Internals } from "#shared/internals.ts";
import type { Log } from "#shared/log.ts";
import { sql } from "kysely";
import { reached } from "#orchestration/crash-points.ts";
import { raiseTask } from "#orchestration/exceptions.ts";
import { changeReturn, NewerFacts, QuarantinedReturn, UnfoldableFact, type Stamp } from "#orchestration/facts.ts";
import type { NewFact } from "#orchestration/facts-vocabulary.ts";
import type { InboxRow } from "#orchestration/inbox.ts";
import { lockKey, parked, released } from "#orchestration/parking.ts";
import type { Policies } from "#orchestration/policies/policies.ts";
import { quarantine } from "#orchestration/quarantine.ts";
import type { Reactions } from "#orchestration/starting-operations.ts";
import { handleWarehouseEvent, type Handled, type Hearing } from "#orchestration/warehouse-events.ts";
import { rereadParcel } from "./reading-parcels.ts";
import { BadDocument, translate, type Translated } from "./translating.ts";

export type Inbox = {
  db: Db;
  log: Log;
  systems: Systems;
  policies: Policies;
  times: Internals;
  reactions?: Reactions;
  /** What a warehouse's event means; the house's own unless a test brings its own. */
  handle?(tx: Transaction, event: WarehouseEvent, hearing: Hearing): Promise<Handled>;
  /** Records of an ERP changed: what is kept of them is to be read again (W-20). */
  onNotices(system: string, notices: ErpNotice[]): void;
  /** A carrier's event does not say which parcel: all that may still move are to be read again. */
  onUnnamedParcel(system: string): void;
  /** After the commit. */
  committed(change: { facts: number; started: readonly { lane: string }[] }): void;
};

const attemptsAtMost = 5;

/** Transaction 2 of W-18 for one due row: translated, its facts written and itself marked in one commit. Gives its id; null when nothing is due. */
export async function processNext(inbox: Inbox): Promise<string | null> {
  let row: InboxRow | undefined;
  try {
    return await inTransaction(inbox.db, async (tx) => {
      row = await takeDue(tx);
      if (!row) return null;
      const after = await handle(inbox, tx, row);
      reached("inbox process before");
      return { id: row.id, after };
    }).then(async (done) => {
      if (!done) return null;
      reached("inbox process after");
      await done.after();
      return done.id;
    });
  } catch (error) {
    if (!row) throw error;
    await recordFailure(inbox, row, error);
    return row.id;
  }
}

const takeDue = (tx: Transaction): Promise<InboxRow | undefined> =>
  tx
    .selectFrom("inbox")
    .selectAll()
    .where("status", "in", ["RECEIVED", "PARKED"])
    .where("due_at", "<=", sql<Date>`(select clock_timestamp())`)
    .orderBy("due_at")
    .limit(1)
    .forUpdate()
    .skipLocked()
    .executeTakeFirst();

/** After the commit; a reading is part of the work, and may fail. */
type After = () => void | Promise<void>;

async function handle(inbox: Inbox, tx: Transaction, row: InboxRow): Promise<After> {
  const { body } = await tx
    .selectFrom("documents")
    .select("body")
    .where("hash", "=", row.document_hash)
    .executeTakeFirstOrThrow();
  const translated = translate(inbox.systems, row, body);
  if (translated.of === "wms") return hear(inbox, tx, row, translated.event);
  if (translated.of === "carrier") return readLater(inbox, tx, row, translated);
  await mark(tx, row, { status: "PROCESSED" });
  return () => inbox.onNotices(row.system, translated.notices);
}

/** No reading while a row is locked: it is put off as long as a reading may take, and read after this commit; who dies in between leaves it due. */
async function readLater(
  inbox: Inbox,
  tx: Transaction,
  row: InboxRow,
  { port, notice: { eventId, trackingNumber } }: Extract<Translated, { of: "carrier" }>,
): Promise<After> {
  if (trackingNumber === null) {
    await mark(tx, row, { status: "PROCESSED" });
    return () => inbox.onUnnamedParcel(row.system);
  }
  await tx
    .updateTable("inbox")
    .set({ due_at: sql<Date>`clock_timestamp() + make_interval(secs => ${inbox.times.leaseMs / 1000})` })
    .where("id", "=", row.id)
    .execute();
  const stamp = stampOf(row, inbox.reactions);
  return () => rereadParcel(inbox, row, { port, notice: { eventId, trackingNumber }, stamp });
}

async function hear(inbox: Inbox, tx: Transaction, row: InboxRow, event: WarehouseEvent): Promise<After> {
  const hearEvent = inbox.handle ?? handleWarehouseEvent;
  const stamp = stampOf(row, inbox.reactions);
  const hearing = { stamp, policies: inbox.policies };
  let handled = await hearEvent(tx, event, hearing);
  if (typeof handled.outcome === "object") {
    // What it waits for may have been written while we looked: under the key's lock it has, or it will release us (W-19).
    await lockKey(tx, handled.outcome.park);
    handled = await hearEvent(tx, event, hearing);
  }
  const { returnId, outcome, tasks, change } = handled;
  for (const task of tasks)
    await raiseTask(tx, { ...task, cause: task.cause ?? `${row.id}/${task.code}`, returnId, inboxId: row.id }, stamp);
  if (typeof outcome === "object") await park(inbox, tx, row, outcome.park);
  else await mark(tx, row, { status: outcome === "processed" ? "PROCESSED" : "DROPPED", returnId });
  const waits = returnId ? waited(row, event, outcome) : [];
  if (waits.length > 0) await changeReturn(tx, returnId!, stamp, () => ({ facts: waits, value: undefined }));
  return () =>
    inbox.committed({
      facts: (change?.facts.length ?? 0) + tasks.length + waits.length,
      started: [...(change?.started ?? []), ...(handled.released ? [{ lane: "inbox" }] : [])],
    });
}

/** What its return is told of an event's waiting: that it began, and that it ended where it was the sweep that looked again. */
function waited(row: InboxRow, { type }: WarehouseEvent, outcome: Handled["outcome"]): NewFact[] {
  const [was, is] = [row.status === "PARKED", typeof outcome === "object"];
  if (was === is) return [];
  return [is ? parked(row.id, type) : released(row.id)];
}

/** It is looked at again at every sweep, so that none is forgotten, and after long enough somebody is asked (W-19). */
async function park({ times }: Inbox, tx: Transaction, row: InboxRow, key: string): Promise<void> {
  await tx
    .updateTable("inbox")
    .set({
      status: "PARKED",
      park_key: key,
      due_at: sql<Date>`clock_timestamp() + make_interval(secs => ${times.parkedSweepMs / 1000})`,
    })
    .where("id", "=", row.id)
    .execute();
  if (Date.now() - row.received_at.getTime() < times.parkedTooLongMs) return;
  const summary = `An event of ${row.system} has waited for ${key} since ${row.received_at.toISOString()}.`;
  await raiseTask(
    tx,
    { code: "PARKED_TOO_LONG", summary, system: row.system, cause: `parked/${row.id}`, inboxId: row.id },
    stampOf(row),
  );
}

const mark = (
  tx: Transaction,
  { id }: InboxRow,
  { status, returnId = null }: { status: "PROCESSED" | "DROPPED"; returnId?: string | null },
) =>
  tx
    .updateTable("inbox")
    .set({ status, return_id: returnId, processed_at: sql<Date>`clock_timestamp()`, error: null })
    .where("id", "=", id)
    .execute();

/** Nothing of the attempt is left but this: what can't be read is a task at once, what broke is tried a few times, what must wait for others waits (W-18, W-22). */
async function recordFailure(inbox: Inbox, row: InboxRow, error: unknown): Promise<void> {
  const { db, log, times } = inbox;
  log.warn({ err: error, inbox: row.id, system: row.system }, "a document could not be processed");
  if (error instanceof UnfoldableFact) await quarantine(db, error, stampOf(row, inbox.reactions));
  const waits =
    error instanceof TransientFailure ||
    error instanceof UnfoldableFact ||
    error instanceof QuarantinedReturn ||
    error instanceof NewerFacts;
  const failed = error instanceof BadDocument || (!waits && row.attempts + 1 >= attemptsAtMost);
  const pauseMs =
    error instanceof TransientFailure
      ? times.heldMaxMs
      : waits
        ? times.retryMaxMs
        : Math.min(times.retryMaxMs, times.retryFirstMs * 2 ** row.attempts);
  const code = error instanceof BadDocument ? "BAD_DOCUMENT" : "UNEXPECTED";
  await inTransaction(db, async (tx) => {
    const changed = await tx
      .updateTable("inbox")
      .set({
        status: failed ? "FAILED" : row.status,
        attempts: row.attempts + (waits ? 0 : 1),
        due_at: sql<Date>`clock_timestamp() + make_interval(secs => ${pauseMs / 1000})`,
        error: JSON.stringify({ code, message: (error as Error).message.slice(0, 500) }),
      })
      .where("id", "=", row.id)
      .where("status", "in", ["RECEIVED", "PARKED"])
      .executeTakeFirstOrThrow();
    if (!failed || changed.numUpdatedRows === 0n) return;
    const summary =
      code === "BAD_DOCUMENT"
        ? `A document of ${row.system} can't be read (${row.event_id}).`
        : `A document of ${row.system} could not be worked through (${row.event_id}).`;
    await raiseTask(
      tx,
      { code, summary, system: row.system, cause: `inbox/${row.id}`, inboxId: row.id, replayable: true },
      stampOf(row, inbox.reactions),
    );
  });
}

const stampOf = (row: InboxRow, reactions?: Reactions): Stamp => ({
  correlationId: row.id,
  actor: { id: row.system, displayName: row.system, kind: "SYSTEM" },
  source: { system: row.system, reference: row.event_id },
  ...(reactions ? { reactions } : {}),
});
