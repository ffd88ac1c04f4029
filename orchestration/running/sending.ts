import type { EffectPhase } from "#shared/tables.ts";
import { sql } from "kysely";
import type { Effect } from "#orchestration/effects.ts";
import type { DocumentStep, InstructionStep } from "#orchestration/step.ts";
import { noteStep, type Next, type Round } from "./round.ts";

export type EffectStep = DocumentStep | InstructionStep;

/** Marks the effect as sent and gives the errand: what is left to do outside of the transaction. */
export async function send(round: Round, step: EffectStep, known: Effect): Promise<Next> {
  const drafting = step.protocol === "draft" || (step.protocol === "draft-and-post" && known.draft_id === null);
  const fresh = known.sent_at === null;
  const phase: EffectPhase = known.draft_id === null ? "INTENDED" : "POSTING";
  const effect = { ...known, phase, sent_at: round.open.now, drafts: known.drafts + (drafting ? 1 : 0) };
  await changeEffect(round, known.transaction_key, { phase, sent_at: effect.sent_at, drafts: effect.drafts });
  return errandOf(round, step, effect, fresh);
}

export function errandOf(round: Round, step: EffectStep, effect: Effect, fresh: boolean): Next {
  const { open, run, flow, operation } = round;
  noteStep(round, { status: "RUNNING", system: effect.system, attempts: operation.attempts + 1 });
  return { io: "call", errand: { step, effect, fresh, state: open.state, run, place: `${flow.name}/${step.name}` } };
}

export const changeEffect = (
  round: Round,
  key: string,
  change: Partial<Record<"phase", EffectPhase>> & Record<string, unknown>,
) =>
  round.tx
    .updateTable("effects")
    .set({ ...change, updated_at: sql`clock_timestamp()` } as never)
    .where("transaction_key", "=", key)
    .execute();
