import type { Role } from "#shared/caller.ts";
import { inTransaction, type Db, type Transaction } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import { sql } from "kysely";
import { eachDue, type TimedChange } from "./each-due.ts";
import { escalateTask, raiseTask, resolveTask } from "./exceptions.ts";
import { loadReturn, openReturn, type OpenReturn, type Stamp } from "./facts.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import type { ReturnState } from "./return-state.ts";
import { dueOf, LEVELS, nextTelling, pausesOf, type Span, spansOf, toldOf } from "./sla-clocks.ts";

// A stage that is late: a task for its owner, at twice its time for the supervisor, at three times for operations (vocabulary section 9).

const stamp: Stamp = {
  correlationId: "timers",
  actor: { id: "backhaul", displayName: "Backhaul", kind: "SYSTEM" },
  source: { system: "backhaul", reference: "clocks" },
};
const AT_ONCE = 100;
const failed = "a clock could not be looked at; the others go on";

/** The timer only proposes; what is late is decided under the return's lock, and is a fact (W-14). */
export async function watchClocks(db: Db, log: Log): Promise<TimedChange[]> {
  const due = await db
    .selectFrom("returns")
    .select("id")
    .where("sla_due_at", "<=", sql<Date>`(select clock_timestamp())`)
    .where("quarantined", "is", null)
    .orderBy("sla_due_at")
    .limit(AT_ONCE)
    .execute();
  const late = await eachDue(due, { log, failed }, ({ id }) => tellOne(db, id));
  return [...late, ...(await endTasks(db, log))];
}

const tellOne = (db: Db, returnId: string): Promise<TimedChange> =>
  inTransaction(db, async (tx) => {
    const open = await openReturn(tx, returnId);
    for (const { span, level } of lateSpans(open.state, open.now)) await tell(tx, open, span, level);
    const changed = await open.save();
    const sla_due_at = nextTelling(changed.state);
    await tx.updateTable("returns").set({ sla_due_at }).where("id", "=", returnId).execute();
    return changed;
  });

/** Stages that are later than anybody was told. */
export function lateSpans(state: ReturnState, now: Date): { span: Span; level: number }[] {
  const isPaused = pausesOf(state);
  return spansOf(state)
    .filter((span) => !span.isOver && !isPaused(span))
    .map((span) => ({ span, level: levelAt(state, span, now) }))
    .filter(({ span, level }) => level > toldOf(state, span));
}

const levelAt = (state: ReturnState, span: Span, now: Date): number =>
  [1, 2, 3].filter((times) => Date.parse(dueOf(state, span, times)) <= now.getTime()).at(-1) ?? 0;

const ownerAt = ({ role }: Span, level: number): Role =>
  level >= LEVELS ? "operations" : level === 2 ? "supervisor" : role;

async function tell(tx: Transaction, open: OpenReturn, span: Span, level: number): Promise<void> {
  const { clock, stage, owner, startedAt } = span;
  const before = toldOf(open.state, span);
  const task = await ask(tx, open, span, level);
  const facts: NewFact[] = [];
  if (before === 0)
    facts.push({ kind: "sla.breached", data: { clock, stage, owner, startedAt, dueAt: dueOf(open.state, span) } });
  for (let up = Math.max(2, before + 1); up <= level; up += 1)
    facts.push({ kind: "sla.escalated", data: { clock, stage, level: up, owner: ownerAt(span, up), task } });
  open.add(stamp, facts);
}

/** The task of a late stage, with whoever is to have it by now; a late task has an owner already. */
async function ask(tx: Transaction, open: OpenReturn, span: Span, level: number): Promise<string | null> {
  const { clock, stage } = span;
  if (stage === "EXCEPTION" && level === 1) return null;
  const [owner, cause] = [ownerAt(span, level), `sla:${open.state.id}:${clock}`];
  const known = await escalateTask(tx, cause, owner, stamp);
  if (known) return known;
  const task = {
    code: stage === "QUARANTINE" ? ("QUARANTINE_OVERDUE" as const) : ("STAGE_OVERDUE" as const),
    summary: `${stage} of ${open.state.rmaNumber} was due at ${dueOf(open.state, span).slice(0, 16)}Z.`,
    cause,
    returnId: open.state.id,
    stageOwner: owner,
  };
  return raiseTask(tx, task, stamp, open);
}

/** A stage that has ended after all is nobody's task any more. Any of the open ones: they are many on a bad day. */
async function endTasks(db: Db, log: Log): Promise<TimedChange[]> {
  const open = await db
    .selectFrom("exceptions")
    .select(["id", "return_id", "cause"])
    .where("code", "in", ["STAGE_OVERDUE", "QUARANTINE_OVERDUE"])
    .where("status", "<>", "RESOLVED")
    .where("cause", "like", "sla:%")
    .where("return_id", "is not", null)
    .orderBy(sql`random()`)
    .limit(AT_ONCE)
    .execute();
  return eachDue(open, { log, failed }, ({ id, return_id, cause }) => endTask(db, { id, returnId: return_id!, cause }));
}

const endTask = (db: Db, { id, returnId, cause }: { id: string; returnId: string; cause: string }) =>
  inTransaction(db, async (tx): Promise<TimedChange | null> => {
    const state = await loadReturn(tx, returnId);
    const runs = state && spansOf(state).some(({ clock, isOver }) => !isOver && cause === `sla:${returnId}:${clock}`);
    if (runs !== false) return null;
    const how = { resolution: "CONVERGED", note: "The stage is over.", reference: null } as const;
    const handled = await resolveTask(tx, id, how, stamp);
    return "refused" in handled ? null : handled;
  });
