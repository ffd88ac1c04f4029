import type { EffectPhase } from "#shared/tables.ts";
import { isUndoKey } from "#shared/transaction-key.ts";
import type { Effect } from "#orchestration/effects.ts";
import type { DocumentStep, InstructionStep, UpsertStep } from "#orchestration/step.ts";
import { noteStep, type Next, type Round } from "./round.ts";

export type EffectStep = DocumentStep | InstructionStep | UpsertStep;

/** Marks the effect as sent and gives the errand: what is left to do outside of the transaction. */
export function send(round: Round, step: EffectStep, known: Effect): Next {
  const drafting = isDrafted(step, known) && known.draft_id === null;
  const fresh = known.sent_at === null;
  const phase: EffectPhase = known.draft_id === null ? "INTENDED" : "POSTING";
  const drafts = known.drafts + (drafting ? 1 : 0);
  const effect = changeEffect(round, known, { phase, sent_at: round.open.now, drafts });
  return errandOf(round, step, effect, fresh);
}

const isDrafted = ({ protocol }: EffectStep, { transaction_key }: Effect): boolean =>
  (protocol === "draft" || protocol === "draft-and-post") && !isUndoKey(transaction_key);

export function errandOf(round: Round, step: EffectStep, effect: Effect, fresh: boolean): Next {
  const { open, run, flow, operation } = round;
  noteStep(round, { status: "RUNNING", system: effect.system, attempts: operation.attempts + 1 });
  return { io: "call", errand: { step, effect, fresh, state: open.state, run, place: `${flow.name}/${step.name}` } };
}

/** What will be written of an effect with this round. */
export function changeEffect(round: Round, effect: Effect, change: Partial<Effect>): Effect {
  const changed = { ...effect, ...change };
  round.effects.set(effect.transaction_key, changed);
  return changed;
}
