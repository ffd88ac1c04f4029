import { hashOf } from "#shared/hash.ts";
import { isUndoKey, undoKeyOf, undoneKeyOf } from "#shared/transaction-key.ts";
import type { Effect } from "#orchestration/effects.ts";
import { waitingFor } from "#orchestration/waking.ts";
import { wait } from "./ending.ts";
import { findEffect, newEffect } from "./intending.ts";
import { tellDone, resolve } from "./recording.ts";
import type { Next, Round } from "./round.ts";
import { changeEffect, send, type EffectStep } from "./sending.ts";

// A key is bound to its content for ever (W-06). What was committed and is not asked for any more is settled as it was committed where it was perhaps sent;
// where it was not, or is a draft only, it is undone under its key with -U (W-07), and the fact that says so decides the key of what is asked for instead.

/** A committed intent, as far as it matters here. */
export type Bound = Pick<Effect, "transaction_key" | "phase" | "request_hash" | "sent_at" | "draft_id">;
type Standing<Row extends Bound> = {
  /** What the step is asked for now; null: nothing any more. */
  asked: { key: string; hash: string } | null;
  /** The row of that key, and whether its undoing was begun. */
  known: Row | undefined;
  undoing: boolean;
  /** Intents that this operation committed at this step. */
  own: readonly Row[];
};

/** The intent that has to be undone before the step goes on or is left; undefined: none. Pure. */
export function toUndo<Row extends Bound>(step: EffectStep, { asked, known, undoing, own }: Standing<Row>) {
  const left = own.find((effect) => effect.transaction_key !== asked?.key && isLeftBehind(step, effect));
  if (left) return left;
  const bound = known && asked && isUndoable(step, known) ? known : undefined;
  return bound && (undoing || bound.request_hash !== asked!.hash) ? bound : undefined;
}

const mayUndo = ({ protocol, asCommitted }: EffectStep): boolean =>
  !asCommitted && (protocol === "draft-and-post" || protocol === "draft" || protocol === "put");

/** Nothing of it was sent without an outcome, and nothing but a draft is there. */
function isUndoable(step: EffectStep, { phase, sent_at }: Bound): boolean {
  if (!mayUndo(step) || sent_at !== null) return false;
  return phase === "INTENDED" || phase === "REFUSED" || (phase === "DRAFTED" && step.protocol === "draft-and-post");
}

/** Only where draft and post are one step: elsewhere a draft is the step's outcome, and what was never sent left nothing. */
const isLeftBehind = (step: EffectStep, effect: Bound): boolean =>
  step.protocol === "draft-and-post" &&
  !isUndoKey(effect.transaction_key) &&
  isUndoable(step, effect) &&
  (effect.phase !== "REFUSED" || effect.draft_id !== null);

/** Null when nothing is to be undone. `isAsked`: the step is to go on after it. */
export async function undoFirst(round: Round, step: EffectStep, isAsked: boolean): Promise<Next | null> {
  if (!mayUndo(step)) return null;
  const intent = isAsked ? step.intent(round.open.state, round.run) : null;
  const known = intent ? await findEffect(round, intent.key) : undefined;
  const asked = intent && { key: intent.key, hash: known ? hashOf(intent.request) : "" };
  const undoing = intent !== null && round.knownKeys.has(undoKeyOf(intent.key));
  const effect = toUndo(step, { asked, known, undoing, own: await ownEffects(round, step) });
  return effect ? undo(round, step, effect) : null;
}

async function undo(round: Round, step: EffectStep, effect: Effect): Promise<Next> {
  if (round.effectsHeld) return wait(round, waitingFor.release);
  const key = undoKeyOf(effect.transaction_key);
  const { request, system } = effect;
  const undoing = (await findEffect(round, key)) ?? { ...newEffect(round, step, { key, request }), system };
  const of = { operation_id: round.operation.id, step: step.name, deed: `undo: ${step.deed}` };
  return send(round, step, { ...undoing, ...of });
}

/** What this operation committed at this step, as this round has it. */
async function ownEffects({ tx, operation, effects, hasOpenIntents }: Round, step: EffectStep): Promise<Effect[]> {
  const isOwn = ({ operation_id, step: name }: Effect) => operation_id === operation.id && name === step.name;
  const changed = [...effects.values()].filter(isOwn);
  if (!hasOpenIntents) return changed;
  const stored = await tx
    .selectFrom("effects")
    .selectAll()
    .where("operation_id", "=", operation.id)
    .where("step", "=", step.name)
    .execute();
  return [...changed, ...stored.filter(({ transaction_key }) => !effects.has(transaction_key))];
}

/** The intent is undone: never sent, or its draft is gone (W-07). The step is asked again, under another key. */
export async function recordUndone(round: Round, undoing: Effect): Promise<null> {
  const undone = await undoneBy(round, undoing);
  changeEffect(round, undone, { phase: "UNDONE", sent_at: null });
  changeEffect(round, undoing, { phase: "DONE", sent_at: null });
  resolve(round, undoing, "DONE");
  round.open.add(round.stamp, [{ kind: "effect.undone", data: { transactionKey: undone.transaction_key } }]);
  return null;
}

/** It turns out to be done: so it counts as it was committed, and the step is asked again for what is left to do. */
export async function recordOvertaken(
  round: Round,
  step: EffectStep,
  undoing: Effect,
  outcome: unknown,
): Promise<null> {
  changeEffect(round, undoing, { phase: "REFUSED", sent_at: null, outcome: { refused: "DONE_BEFORE" } });
  resolve(round, undoing, "ABSENT");
  tellDone(round, step, await undoneBy(round, undoing), outcome);
  return null;
}

const undoneBy = async (round: Round, { transaction_key }: Effect): Promise<Effect> =>
  (await findEffect(round, undoneKeyOf(transaction_key)))!;
