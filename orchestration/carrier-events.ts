import type { Parcel } from "#adapters/carrier/port.ts";
import type { Db, Transaction } from "#shared/database.ts";
import { type Changed, changeReturn, type Stamp } from "./facts.ts";
import type { Task } from "./step.ts";
import { tellParcel } from "./tell-parcel.ts";

/** Our label of a tracking number; null for a parcel that has nothing to do with a return, as most of a carrier's account has. */
export async function labelOfParcel(
  db: Db | Transaction,
  { system, trackingNumber }: { system: string; trackingNumber: string },
): Promise<{ labelId: string; returnId: string } | null> {
  const row = await db
    .selectFrom("labels")
    .select(["id", "return_id"])
    .where("tracking_number", "=", trackingNumber)
    .where("system", "=", system)
    .executeTakeFirst();
  return row ? { labelId: row.id, returnId: row.return_id } : null;
}

export type Travelled = { returnId: string; tasks: Task[]; change: Changed<unknown> };

/** Writes what a parcel, read again by now, says that its return does not know (W-20). The caller raises the tasks in the same transaction. */
export async function recordParcel(
  tx: Transaction,
  at: { labelId: string; returnId: string },
  parcel: Parcel,
  stamp: Stamp,
): Promise<Travelled> {
  let tasks: Task[] = [];
  const change = await changeReturn(tx, at.returnId, stamp, (state) => {
    const label = state.labels.find(({ labelId }) => labelId === at.labelId);
    const news = label ? tellParcel(state, label, parcel) : { facts: [], tasks: [] };
    tasks = news.tasks;
    return { facts: news.facts, value: undefined };
  });
  return { returnId: at.returnId, tasks, change };
}
