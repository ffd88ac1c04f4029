import { hashOf } from "#shared/hash.ts";
import { undoKeyOf } from "#shared/transaction-key.ts";
import type { KeyedDocument } from "#adapters/port.ts";
import type { Effect } from "#orchestration/effects.ts";
import { waitingFor } from "#orchestration/waking.ts";
import { stop, wait } from "./ending.ts";
import { recordDone, recordDrafted } from "./recording.ts";
import type { Next, Round } from "./round.ts";
import { changeEffect, send, type EffectStep } from "./sending.ts";

/** Commits the intent of an effect before the call (W-05): its key is bound to its content for ever (W-06). Null when it turns out to be done. */
export async function intend(round: Round, step: EffectStep): Promise<Next | null> {
  if (round.effectsHeld) return wait(round, waitingFor.release);
  const { key, request } = step.intent(round.open.state, round.run);
  const undoes = step.protocol === "discard" || step.protocol === "withdraw";
  const known = await remember(round, step, { key: undoes ? undoKeyOf(key) : key, request });
  if (known.phase === "UNDONE") return stop(round, undoneBefore(known));
  if (known.request_hash !== hashOf(request) && !goesOnAsCommitted(step)) return stop(round, otherContent(known));
  if (known.phase === "DONE") return recordDone(round, step, known, known.outcome);
  if (known.phase === "DRAFTED" && step.protocol === "draft")
    return recordDrafted(round, step, known, known.outcome as KeyedDocument);
  if (step.protocol === "post" && known.draft_id === null && known.drafts === 0)
    return stop(round, neverDrafted(known));
  return send(round, step, known);
}

/** A post is of the draft that stands, an undo of the key that it undoes, whatever their content would be by now. */
export const goesOnAsCommitted = ({ protocol, asCommitted }: EffectStep): boolean =>
  protocol === "post" || protocol === "discard" || protocol === "withdraw" || asCommitted === true;

/** The row of the key: the stored request is what counts from the first intent on. */
async function remember(
  round: Round,
  step: EffectStep,
  { key, request }: { key: string; request: unknown },
): Promise<Effect> {
  const { operation } = round;
  const known = (await findEffect(round, key)) ?? newEffect(round, step, { key, request });
  return changeEffect(round, known, { operation_id: operation.id, step: step.name });
}

/** The row of a key, as this round has it. */
export async function findEffect({ tx, knownKeys, effects }: Round, key: string): Promise<Effect | undefined> {
  const changed = effects.get(key);
  if (changed || !knownKeys.has(key)) return changed;
  return tx.selectFrom("effects").selectAll().where("transaction_key", "=", key).executeTakeFirst();
}

export const newEffect = (
  round: Round,
  step: EffectStep,
  { key, request }: { key: string; request: unknown },
): Effect => ({
  ...{ transaction_key: key, operation_id: round.operation.id, step: step.name, return_id: round.operation.return_id },
  ...{ lane: round.flow.lane, system: systemOf(round, step), deed: step.deed, phase: "INTENDED" as const },
  ...{ request, request_hash: hashOf(request), draft_id: null, document_id: null, document_number: null },
  ...{ sent_at: null, drafts: 0, look_ups: 0, outcome: null, created_at: round.open.now, updated_at: round.open.now },
});

/** The system's name, for effects, spans and tasks; a warehouse is the one the return is to go to unless the step's flow is about goods elsewhere. */
function systemOf({ open, run }: Round, step: EffectStep): string {
  const { companyId, warehouse } = open.state;
  if (step.system === "erp") return run.systems.erpOf(companyId).system;
  if (step.system === "crm") return run.systems.crmOf(companyId)?.system ?? "crm";
  if (step.system === "mail") return run.systems.mailOf(companyId)?.system ?? "mail";
  if (step.system === "carrier") return run.systems.carrierOf(companyId)?.system ?? "carrier";
  return warehouse === null ? "wms" : run.systems.wmsOf(warehouse).system;
}

const otherContent = ({ transaction_key, system }: Effect) => ({
  code: "UNEXPECTED" as const,
  summary: `${transaction_key} is bound to other content than is asked for now.`,
  system,
});
const undoneBefore = ({ transaction_key, system }: Effect) => ({
  code: "UNEXPECTED" as const,
  summary: `${transaction_key} was undone; what is asked for needs a key of its own.`,
  system,
});
const neverDrafted = ({ transaction_key, system }: Effect) => ({
  code: "UNEXPECTED" as const,
  summary: `${transaction_key} is to be posted and was never drafted.`,
  system,
});
