import type { Transaction } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { sql } from "kysely";
import { factKinds } from "./fact-kinds.ts";
import type { Actor, Fact, NewFact, Source } from "./facts-vocabulary.ts";
import { flows } from "./flows/index.ts";
import { applyFact } from "./fold.ts";
import { saveProjection, type Projection } from "./projections.ts";
import { react } from "./reactions.ts";
import { foldRows, readFactsOf } from "./reading-facts.ts";
import type { ReturnState } from "./return-state.ts";
import { startOperations, type Operation, type Reactions, type ToStart } from "./starting-operations.ts";
import { wakeAfter } from "./waking.ts";

export { UnfoldableFact } from "./fold.ts";
export { findFacts, loadReturn, loadReturns, NewerFacts, readFacts, returnOf } from "./reading-facts.ts";

/** On whose behalf facts are written; it goes into each of them. */
export type Stamp = {
  correlationId: string;
  actor: Actor;
  source: Source;
  /** What facts start; the house's own unless a test brings its own. */
  reactions?: Reactions;
};
export type Changed<Value = undefined> = {
  state: ReturnState;
  /** What was appended, and the operations that this started: ring for them after the commit (bell.ts). */
  facts: Fact[];
  started: Operation[];
  value: Value;
};
/** `nextVersion` is the version of the first fact that is decided: transaction keys are minted with it (W-06). */
export type At = { nextVersion: number; now: Date };
export type Decide<Value> = (state: ReturnState, at: At) => Told<Value> | Promise<Told<Value>>;
export type Told<Value> = { facts: readonly NewFact[]; value: Value };

export class UnknownReturn extends Error {
  constructor(returnId: string) {
    super(`there is no return ${returnId}`);
    this.name = "UnknownReturn";
  }
}
/** W-22: this return is not written until people have looked at it. */
export class QuarantinedReturn extends Error {
  constructor(returnId: string, why: string) {
    super(`${returnId} is quarantined: ${why}`);
    this.name = "QuarantinedReturn";
  }
}

const house: Reactions = { flows, react };

/** A return begins: `facts` are its first. Throws the database's unique violation when id or RMA number is taken. */
export async function startReturn(
  tx: Transaction,
  id: string,
  stamp: Stamp,
  facts: readonly NewFact[],
): Promise<Changed> {
  const { rows } = await sql<{ now: Date }>`select clock_timestamp() as now`.execute(tx);
  const writer = openWriter(tx, { id, state: null, now: rows[0]!.now });
  writer.add(stamp, facts);
  return { ...(await writer.save()), value: undefined };
}

/**
 * Decides under the return's row lock on what its facts say, and appends what was decided: facts, projections, feed and the operations that
 * the facts start, all in this transaction (W-09, W-12, W-23). `decide` gives no facts where nothing is to be said.
 * Throws UnknownReturn, QuarantinedReturn, UnfoldableFact (hand it to `quarantine`) or NewerFacts.
 */
export async function changeReturn<Value>(
  tx: Transaction,
  returnId: string,
  stamp: Stamp,
  decide: Decide<Value>,
): Promise<Changed<Value>> {
  const open = await openReturn(tx, returnId);
  const { facts, value } = await decide(open.state, { nextVersion: open.state.version + 1, now: open.now });
  open.add(stamp, facts);
  return { ...(await open.save()), value };
}

/** A return under its row lock: facts are added in memory, each folded at once, and written by `save`. */
export type OpenReturn = {
  readonly state: ReturnState;
  readonly now: Date;
  add(stamp: Stamp, facts: readonly NewFact[]): void;
  save(): Promise<{ state: ReturnState; facts: Fact[]; started: Operation[] }>;
};

/** `known`: the state that the caller has seen last; where nothing came after it, the facts need not be read again. */
export async function openReturn(tx: Transaction, returnId: string, known?: ReturnState): Promise<OpenReturn> {
  const row = await tx
    .selectFrom("returns")
    .select(["version", "quarantined", sql<Date>`clock_timestamp()`.as("now")])
    .where("id", "=", returnId)
    .forUpdate()
    .executeTakeFirst();
  if (!row) throw new UnknownReturn(returnId);
  if (row.quarantined) throw new QuarantinedReturn(returnId, row.quarantined);
  const state =
    known?.version === row.version
      ? known
      : foldRows(returnId, (await readFactsOf(tx, [returnId])).get(returnId) ?? []);
  return openWriter(tx, { id: returnId, state, now: row.now });
}

function openWriter(tx: Transaction, from: { id: string; state: ReturnState | null; now: Date }): OpenReturn {
  const { id, now } = from;
  let state = from.state;
  let saved = state;
  let facts: Fact[] = [];
  let starts: { start: ToStart; flows: Reactions["flows"] }[] = [];
  const addOne = (stamp: Stamp, told: NewFact) => {
    const fact = stampFact(told, stamp, { returnId: id, version: (state?.version ?? 0) + 1, now });
    const before = state;
    const after = (state = applyFact(before, fact));
    const { flows, react } = stamp.reactions ?? house;
    const { correlationId, actor } = stamp;
    const of = { cause: fact.id, returnId: id, companyId: after.companyId, correlationId, actor };
    starts.push(...react(before, fact, after).map((reaction) => ({ start: { ...reaction, ...of }, flows })));
    facts.push(fact);
  };
  return {
    get state() {
      return state!;
    },
    now,
    add: (stamp, told) => told.forEach((one) => addOne(stamp, one)),
    save: async () => {
      const written = { state: state!, facts, started: [] as Operation[] };
      if (facts.length > 0) {
        const changed = await saveProjection(tx, saved, state!);
        await appendFacts(tx, facts, changed);
        written.started = await startOperations(
          tx,
          starts.map(({ start }) => start),
          starts[0]?.flows ?? [],
        );
        await wakeAfter(tx, id, facts);
      }
      saved = state;
      facts = [];
      starts = [];
      return written;
    },
  };
}

function stampFact(told: NewFact, stamp: Stamp, at: { returnId: string; version: number; now: Date }): Fact {
  const { returnId, version, now } = at;
  const { correlationId, actor, source } = stamp;
  const recordedAt = now.toISOString();
  const occurredAt = new Date(told.occurredAt ?? recordedAt).toISOString();
  const { v } = factKinds[told.kind];
  return { ...told, id: newId("fct"), returnId, version, v, occurredAt, recordedAt, correlationId, actor, source };
}

/** Facts, their places in the feed's queue, and the return's own row in one statement. */
async function appendFacts(
  tx: Transaction,
  facts: readonly Fact[],
  changed: Projection["returns"] | null,
): Promise<void> {
  const rows = facts.map(rowOf);
  const appended = tx.with("appended", (db) => db.insertInto("facts").values(rows).returning(["return_id", "version"]));
  const queue = (db: Pick<typeof appended, "insertInto">) =>
    db
      .insertInto("feed_pending")
      .columns(["return_id", "version"])
      .expression((eb) => eb.selectFrom("appended").select(["return_id", "version"]));
  if (!changed) return void (await queue(appended).execute());
  const { id, ...columns } = changed;
  await appended
    .with("queued", (db) => queue(db))
    .updateTable("returns")
    .set(columns)
    .where("id", "=", id)
    .execute();
}

const rowOf = (fact: Fact) => {
  const { returnId, version, id, kind, v, occurredAt, recordedAt, correlationId, actor, source, data } = fact;
  return {
    ...{ return_id: returnId, version, id, kind, v, occurred_at: occurredAt, recorded_at: recordedAt },
    ...{ correlation_id: correlationId, actor: JSON.stringify(actor), source: JSON.stringify(source) },
    data: JSON.stringify(data),
  };
};
