import type { Transaction } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { sql, type RawBuilder } from "kysely";
import { factKinds } from "./fact-kinds.ts";
import type { Actor, Fact, NewFact, Source } from "./facts-vocabulary.ts";
import { flows } from "./flows/index.ts";
import { applyFact } from "./fold.ts";
import { saveProjection, type ChangedReturn } from "./projections.ts";
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
  /** `also` is written in the same statement as the facts, or by itself where there are none. */
  save(also?: Also): Promise<{ state: ReturnState; facts: Fact[]; started: Operation[] }>;
};
/** Data-changing parts of a `with`, and the statement that they precede. */
export type Also = { parts: RawBuilder<unknown>[]; last: RawBuilder<unknown> };

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
    save: async (also) => {
      const written = { state: state!, facts, started: [] as Operation[] };
      if (facts.length === 0 && also) await write(tx, also);
      if (facts.length > 0) {
        const changed = await saveProjection(tx, saved, state!);
        await appendFacts(tx, facts, changed, also);
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

/** Facts, their places in the feed's queue, and what changed of the return's own row, in one statement. */
async function appendFacts(
  tx: Transaction,
  facts: readonly Fact[],
  changed: ChangedReturn | null,
  also?: Also,
): Promise<void> {
  const told = JSON.stringify(facts.map(rowOf));
  const parts = [
    sql`appended as (
      insert into facts (return_id, version, id, kind, v, occurred_at, recorded_at, correlation_id, actor, source, data)
      select return_id, version, id, kind, v, occurred_at, recorded_at, correlation_id, actor, source, data
      from jsonb_populate_recordset(null::facts, ${told}::jsonb) returning return_id, version
    )`,
  ];
  if (changed)
    parts.push(sql`changed as (update returns set ${assignments(changed.columns)} where id = ${changed.id})`);
  const queue = sql`insert into feed_pending (return_id, version) select return_id, version from appended`;
  if (!also) return write(tx, { parts, last: queue });
  await write(tx, { parts: [...parts, sql`queued as (${queue})`, ...also.parts], last: also.last });
}

const assignments = (columns: Record<string, unknown>) =>
  sql.join(Object.entries(columns).map(([column, value]) => sql`${sql.ref(column)} = ${value}`));

async function write(tx: Transaction, { parts, last }: Also): Promise<void> {
  await sql`${parts.length > 0 ? sql`with ${sql.join(parts)}` : sql``} ${last}`.execute(tx);
}

const rowOf = ({ returnId, occurredAt, recordedAt, correlationId, ...fact }: Fact) => ({
  ...{ return_id: returnId, occurred_at: occurredAt, recorded_at: recordedAt, correlation_id: correlationId },
  ...fact,
});
