import type { Db, Transaction } from "#shared/database.ts";
import type { FactsTable } from "#shared/tables.ts";
import type { Selectable } from "kysely";
import { factKinds } from "./fact-kinds.ts";
import type { Fact, FactKind } from "./facts-vocabulary.ts";
import { fold } from "./fold.ts";
import type { ReturnState } from "./return-state.ts";
import { upcast } from "./upcast.ts";

/** A newer process has written kinds or versions that this one does not know; it must not write this return (W-15). */
export class NewerFacts extends Error {
  constructor(returnId: string, kind: string) {
    super(`${returnId} has facts of kind ${kind} that this version does not know`);
    this.name = "NewerFacts";
  }
}

/** One return as its facts tell it, null where there is none. Throws UnfoldableFact or NewerFacts. */
export async function loadReturn(db: Db | Transaction, returnId: string): Promise<ReturnState | null> {
  const found = (await loadReturns(db, [returnId])).get(returnId);
  if (found instanceof Error) throw found;
  return found ?? null;
}

/** Many at once; an unknown id is absent, one that can't be folded is its error (so that a loader fails that key only). */
export async function loadReturns(
  db: Db | Transaction,
  returnIds: readonly string[],
): Promise<Map<string, ReturnState | Error>> {
  const facts = await readFactsOf(db, returnIds);
  return new Map([...facts].map(([id, rows]) => [id, tryFold(id, rows)]));
}

function tryFold(returnId: string, rows: Selectable<FactsTable>[]): ReturnState | Error {
  try {
    return foldRows(returnId, rows);
  } catch (error) {
    return error as Error;
  }
}

/** Folds rows in version order. Throws UnfoldableFact or NewerFacts. */
export function foldRows(returnId: string, rows: Selectable<FactsTable>[]): ReturnState {
  const newer = rows.find(({ kind, v }) => !(kind in factKinds) || v > factKinds[kind as FactKind].v);
  if (newer) throw new NewerFacts(returnId, newer.kind);
  return fold(rows.map(toFact));
}

export async function readFactsOf(
  db: Db | Transaction,
  returnIds: readonly string[],
): Promise<Map<string, Selectable<FactsTable>[]>> {
  if (returnIds.length === 0) return new Map();
  const rows = await db
    .selectFrom("facts")
    .selectAll()
    .where("return_id", "in", [...new Set(returnIds)])
    .orderBy("return_id")
    .orderBy("version")
    .execute();
  return Map.groupBy(rows, ({ return_id }) => return_id);
}

/** Facts of a return in order, from after a version on; for milestones pages and audits. Kinds that this code does not know are left out. */
export async function readFacts(
  db: Db | Transaction,
  returnId: string,
  { after = 0, limit = 1_000, kinds }: { after?: number; limit?: number; kinds?: readonly string[] } = {},
): Promise<Fact[]> {
  let query = db.selectFrom("facts").selectAll().where("return_id", "=", returnId).where("version", ">", after);
  if (kinds) query = query.where("kind", "in", kinds);
  const rows = await query.orderBy("version").limit(limit).execute();
  return rows.filter(({ kind }) => kind in factKinds).map(toFact);
}

/** Facts by (return, version), as the feed names them; absent where there is none or its kind is not known. */
export async function findFacts(
  db: Db | Transaction,
  keys: readonly { returnId: string; version: number }[],
): Promise<Map<string, Fact>> {
  if (keys.length === 0) return new Map();
  const rows = await db
    .selectFrom("facts")
    .selectAll()
    .where((eb) =>
      eb(
        eb.refTuple("return_id", "version"),
        "in",
        keys.map(({ returnId, version }) => eb.tuple(returnId, version)),
      ),
    )
    .execute();
  const known = rows.filter(({ kind }) => kind in factKinds).map(toFact);
  return new Map(known.map((fact) => [factKey(fact), fact]));
}

export const factKey = ({ returnId, version }: { returnId: string; version: number }): string =>
  `${returnId}/${version}`;

/** Which return a part (`rcp_…`, `ins_…`, `crd_…`, a line …) belongs to; a return's own id is itself. */
export async function returnOf(db: Db | Transaction, partId: string): Promise<string | null> {
  if (partId.startsWith("ret_")) return partId;
  const row = await db.selectFrom("return_parts").select("return_id").where("id", "=", partId).executeTakeFirst();
  return row?.return_id ?? null;
}

/** A row as today's code reads it (W-15). */
export const toFact = (row: Selectable<FactsTable>): Fact =>
  upcast({
    id: row.id,
    returnId: row.return_id,
    version: row.version,
    kind: row.kind,
    v: row.v,
    occurredAt: row.occurred_at.toISOString(),
    recordedAt: row.recorded_at.toISOString(),
    correlationId: row.correlation_id,
    actor: row.actor,
    source: row.source,
    data: row.data,
  } as Fact);
