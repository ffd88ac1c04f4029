import type { CarrierNotice, CarrierPort } from "#adapters/carrier/port.ts";
import { inTransaction, type Db, type Transaction } from "#shared/database.ts";
import { SystemFailure } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import type { Log } from "#shared/log.ts";
import { sql } from "kysely";
import { labelOfParcel, recordParcel, type Travelled } from "#orchestration/carrier-events.ts";
import { reached } from "#orchestration/crash-points.ts";
import { raiseTask } from "#orchestration/exceptions.ts";
import type { Stamp } from "#orchestration/facts.ts";
import type { InboxRow } from "#orchestration/inbox.ts";
import type { Reactions } from "#orchestration/starting-operations.ts";

type Committed = (change: { facts: number; started: readonly { lane: string }[] }) => void;
type Parts = { db: Db; log: Log; reactions?: Reactions; committed: Committed };
/** As many as one request takes. */
const batch = 100;

/**
 * A carrier's event says only which parcel to read again (W-20). It is read outside of any transaction, then its facts are written and the row is marked in one
 * commit; a row whose reading dies is due again. Nothing is written of a parcel that is none of ours.
 */
export async function rereadParcel(
  { db, committed, reactions }: Pick<Parts, "db" | "committed" | "reactions">,
  row: InboxRow,
  { port, notice, stamp }: { port: CarrierPort; notice: CarrierNotice & { trackingNumber: string }; stamp: Stamp },
): Promise<void> {
  const { system } = port;
  const { trackingNumber } = notice;
  const isOurs = await labelOfParcel(db, { system, trackingNumber });
  const parcel = isOurs
    ? (await port.findParcels([trackingNumber], { correlationId: row.id })).get(trackingNumber)
    : undefined;
  reached("inbox parcel read");
  const travelled = await inTransaction(db, async (tx) => {
    if (!(await isStillDue(tx, row))) return null;
    const told =
      isOurs && parcel
        ? await recordParcel(tx, isOurs, parcel, { ...stamp, ...(reactions ? { reactions } : {}) })
        : null;
    await raise(tx, told, stamp, row.id);
    await tx
      .updateTable("inbox")
      .set({
        status: told && told.change.facts.length > 0 ? "PROCESSED" : "DROPPED",
        return_id: isOurs?.returnId ?? null,
        processed_at: sql<Date>`clock_timestamp()`,
        error: null,
      })
      .where("id", "=", row.id)
      .execute();
    reached("inbox parcel before");
    return told;
  });
  reached("inbox parcel after");
  tell(committed, travelled);
}

/** Another process may have taken it over when our reading took too long. */
async function isStillDue(tx: Transaction, { id }: InboxRow): Promise<boolean> {
  const row = await tx.selectFrom("inbox").select("status").where("id", "=", id).forUpdate().executeTakeFirst();
  return row?.status === "RECEIVED" || row?.status === "PARKED";
}

async function raise(tx: Transaction, told: Travelled | null, stamp: Stamp, inboxId?: string): Promise<void> {
  for (const task of told?.tasks ?? [])
    await raiseTask(
      tx,
      {
        ...task,
        cause: task.cause ?? `${stamp.correlationId}/${task.code}`,
        returnId: told!.returnId,
        ...(inboxId ? { inboxId } : {}),
      },
      stamp,
    );
}

const tell = (committed: Committed, told: Travelled | null): void => {
  if (told) committed({ facts: told.change.facts.length + told.tasks.length, started: told.change.started });
};

/** Reads every parcel of a carrier that may still move, many at once, and writes what is new: the net below lost webhooks. Gives how many had news. */
export async function pollParcels(parts: Parts, port: CarrierPort): Promise<number> {
  let news = 0;
  try {
    for (let after = ""; ;) {
      const open = await openLabels(parts.db, port.system, after);
      if (open.length === 0) return news;
      const numbers = open.map(({ tracking_number }) => tracking_number);
      const parcels = await port.findParcels(numbers, { correlationId: newId("inb") });
      for (const label of open) {
        const parcel = parcels.get(label.tracking_number);
        // The label's own date is by another clock than the carrier's.
        const moves = parcel?.events.filter(({ code }) => code !== "LABEL_ISSUED") ?? [];
        const isKnown = moves.length <= label.events && moves.at(-1)?.at === label.last_event_at?.toISOString();
        if (!parcel || moves.length === 0 || isKnown) continue;
        if (await record(parts, port, label, parcel)) news += 1;
      }
      after = open.at(-1)!.id;
    }
  } catch (err) {
    if (!(err instanceof SystemFailure)) throw err;
    parts.log.info({ err, system: port.system }, "parcels could not be read; they are asked for again");
  }
  return news;
}

const openLabels = (db: Db, system: string, after: string) =>
  db
    .selectFrom("labels")
    .select(["id", "return_id", "tracking_number", "events", "last_event_at"])
    .where("system", "=", system)
    .where("open", "=", true)
    .where("id", ">", after)
    .orderBy("id")
    .limit(batch)
    .execute();

type OpenLabel = Awaited<ReturnType<typeof openLabels>>[number];

async function record(
  { db, reactions, committed }: Parts,
  { system }: CarrierPort,
  { id, return_id }: OpenLabel,
  parcel: Parameters<typeof recordParcel>[2],
): Promise<boolean> {
  const stamp: Stamp = {
    correlationId: newId("inb"),
    actor: { id: system, displayName: system, kind: "SYSTEM" },
    source: { system, reference: parcel.trackingNumber },
    ...(reactions ? { reactions } : {}),
  };
  const told = await inTransaction(db, async (tx) => {
    const recorded = await recordParcel(tx, { labelId: id, returnId: return_id }, parcel, stamp);
    await raise(tx, recorded, stamp);
    return recorded;
  });
  tell(committed, told);
  return told.change.facts.length > 0;
}
