import type { KeyedDocument } from "#adapters/port.ts";
import type { NewFact } from "#orchestration/facts-vocabulary.ts";
import { undoneKeyOf } from "#shared/transaction-key.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { Intent, Run } from "#orchestration/step.ts";
import type { Effect } from "#orchestration/effects.ts";
import { stepDone } from "./ending.ts";
import type { Round } from "./round.ts";
import { changeEffect, type EffectStep } from "./sending.ts";

/** A draft stands: its id is the only one that will ever be posted (W-01). Where the post is part of the step, the step is asked again whether it still wants that. */
export async function recordDrafted(
  round: Round,
  step: EffectStep,
  effect: Effect,
  document: KeyedDocument,
): Promise<null> {
  const drafted = changeEffect(round, effect, {
    phase: "DRAFTED",
    draft_id: document.id,
    sent_at: null,
    outcome: document,
  });
  resolve(round, effect, "DONE");
  if (step.protocol !== "draft") return null;
  tell(round, step, drafted, document);
  return stepDone(round, {
    status: "DONE",
    attempts: round.operation.attempts + 1,
    system: effect.system,
    reference: document.number,
  });
}

/** The effect is done: outcome, facts and the end of the step in one transaction. */
export async function recordDone(round: Round, step: EffectStep, effect: Effect, outcome: unknown): Promise<null> {
  const reference = tellDone(round, step, effect, outcome);
  if (asksForAnother(round, step, effect)) return null;
  return stepDone(round, { status: "DONE", attempts: round.operation.attempts + 1, system: effect.system, reference });
}

/** The outcome of an effect and its facts; gives the document's number. */
export function tellDone(round: Round, step: EffectStep, effect: Effect, outcome: unknown): string | null {
  const document = outcome as Partial<KeyedDocument> | null;
  const reference = typeof document?.number === "string" ? document.number : null;
  const done = { document_id: document?.id ?? null, document_number: reference, sent_at: null };
  changeEffect(round, effect, { phase: "DONE", outcome, ...done });
  resolve(round, effect, "DONE");
  tell(round, step, effect, outcome);
  return reference;
}

/** What was done is not what the state asks for by now: that has another key, and is done in the same step. */
const asksForAnother = ({ open, run }: Round, step: EffectStep, { transaction_key }: Effect): boolean =>
  step.protocol === "draft-and-post" &&
  step.guard(open.state, run) === "go" &&
  step.intent(open.state, run).key !== transaction_key;

/** An intent is undone (W-07): the draft is gone, or never was. */
export async function recordDiscarded(
  round: Round,
  step: EffectStep,
  effect: Effect,
  document: KeyedDocument | null,
): Promise<null> {
  const key = undoneKeyOf(effect.transaction_key);
  const undone = await round.tx.selectFrom("effects").selectAll().where("transaction_key", "=", key).executeTakeFirst();
  if (undone) changeEffect(round, undone, { phase: "UNDONE", sent_at: null });
  changeEffect(round, effect, { phase: "DONE", sent_at: null, outcome: document });
  const drafted = document ?? (undone?.outcome as KeyedDocument | null | undefined);
  if (drafted) tell(round, step, effect, drafted);
  resolve(round, effect, "DONE");
  round.open.add(round.stamp, [{ kind: "effect.undone", data: { transactionKey: key } }]);
  return stepDone(round, {
    status: "DONE",
    attempts: round.operation.attempts + 1,
    system: effect.system,
    reference: drafted?.number ?? null,
  });
}

/** Lifts the ambiguity that stood on this key, if one did. */
export function resolve(round: Round, { transaction_key }: Effect, outcome: "DONE" | "ABSENT" | "BY_PERSON"): void {
  if (!(transaction_key in round.open.state.ambiguous)) return;
  round.open.add(round.stamp, [{ kind: "effect.resolved", data: { transactionKey: transaction_key, outcome } }]);
}

/** Either kind of step's; which outcome it takes follows from its protocol (effects.ts). */
type Facts = (state: ReturnState, outcome: unknown, run: Run, intent: Intent<unknown>) => NewFact[];

/** The step's own facts, with the outside system as their source. */
function tell(round: Round, step: EffectStep, effect: Effect, outcome: unknown): void {
  const { open, run, stamp } = round;
  const intent = { key: undoneKeyOf(effect.transaction_key), request: effect.request };
  const facts = (step.facts as Facts)(open.state, outcome, run, intent);
  const reference = (outcome as { number?: string }).number ?? effect.transaction_key;
  open.add({ ...stamp, source: { system: effect.system, reference } }, facts);
}
