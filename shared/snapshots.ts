import { sql } from "kysely";
import type { Db } from "./database.ts";
import { SystemFailure, SystemUnavailable } from "./errors.ts";
import type { Log } from "./log.ts";

/** Where a record was read from and when; stale if the system did not answer and this is its last known state (D-30). */
export type Freshness = { system: string; asOf: string; stale: boolean };
export type Known<Value> = { value: Value; freshness: Freshness };
/** A record, an Error where the system is down and nothing is kept, or absent where the system has no such record. */
export type Answers<Value> = Map<string, Known<Value> | Error>;

export type Asked<Value> = {
  system: string;
  /** `order`, `customer` …: one kind of record has one shape. */
  kind: string;
  keys: readonly string[];
  ask: (keys: readonly string[]) => Promise<Map<string, Value>>;
  /** The source's own time of change where the record tells it (W-20). */
  modifiedAt?: (value: Value) => string | null;
};

/** A snapshot that says the same is written again at most so often. */
const REFRESH_SECONDS = 30;

/**
 * Reads through the snapshots: asks the system and keeps what it said; where it doesn't answer (or its breaker is open, or its answer can't
 * be read) tells what was kept, marked stale. Keeping is best effort. Throws only what is no failure of the system.
 */
export async function readThrough<Value>(parts: { db: Db; log: Log }, asked: Asked<Value>): Promise<Answers<Value>> {
  const asOf = new Date();
  try {
    const found = await asked.ask(asked.keys);
    await saveSnapshots(parts.db, { ...asked, asOf, records: found }).catch((err: unknown) =>
      parts.log.warn({ err, system: asked.system, kind: asked.kind }, "snapshots could not be kept"),
    );
    const freshness = { system: asked.system, asOf: asOf.toISOString(), stale: false };
    return new Map([...found].map(([key, value]) => [key, { value, freshness }]));
  } catch (error) {
    if (!(error instanceof SystemFailure)) throw error;
    const level = error.kind === "BUG" ? "error" : "warn";
    parts.log[level]({ err: error, system: asked.system, kind: asked.kind }, "answered from snapshots");
    return readSnapshots<Value>(parts.db, asked, error);
  }
}

/** Keeps records by the source's time of change, or failing that by when they were asked for: a newer one is never overwritten (W-20). */
export async function saveSnapshots<Value>(
  db: Db,
  told: Pick<Asked<Value>, "system" | "kind" | "modifiedAt"> & { asOf: Date; records: ReadonlyMap<string, Value> },
): Promise<void> {
  const { system, kind, asOf, records, modifiedAt } = told;
  if (records.size === 0) return;
  const rows = [...records]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, value]) => ({
      system,
      kind,
      key,
      data: JSON.stringify(value),
      modified_at: modifiedAt?.(value) ?? null,
      as_of: asOf,
    }));
  await db
    .insertInto("snapshots")
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(["system", "kind", "key"])
        .doUpdateSet((eb) => ({
          data: eb.ref("excluded.data"),
          modified_at: eb.ref("excluded.modified_at"),
          as_of: eb.ref("excluded.as_of"),
        }))
        .where(isNewer),
    )
    .execute();
}

const isNewer = sql<boolean>`
  case when snapshots.modified_at is not null and excluded.modified_at is not null and snapshots.modified_at <> excluded.modified_at
       then excluded.modified_at > snapshots.modified_at
       else excluded.as_of >= snapshots.as_of end
  and (excluded.data <> snapshots.data or excluded.as_of > snapshots.as_of + ${REFRESH_SECONDS} * interval '1 second')`;

async function readSnapshots<Value>(
  db: Db,
  { system, kind, keys }: Asked<Value>,
  failure: SystemFailure,
): Promise<Answers<Value>> {
  const rows = await db
    .selectFrom("snapshots")
    .select(["key", "data", "as_of"])
    .where("system", "=", system)
    .where("kind", "=", kind)
    .where("key", "in", keys)
    .execute();
  const kept = rows.map(({ key, data, as_of }): [string, Known<Value>] => [
    key,
    { value: data as Value, freshness: { system, asOf: as_of.toISOString(), stale: true } },
  ]);
  const unknown = new SystemUnavailable(system, { cause: failure });
  return new Map([...keys.map((key): [string, Known<Value> | Error] => [key, unknown]), ...kept]);
}
