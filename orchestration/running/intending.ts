import { hashOf } from "#shared/hash.ts";
import { undoKeyOf } from "#shared/transaction-key.ts";
import type { EffectsTable } from "#shared/tables.ts";
import type { KeyedDocument } from "#adapters/port.ts";
import { sql, type Insertable } from "kysely";
import type { Effect } from "#orchestration/effects.ts";
import { waitingFor } from "#orchestration/waking.ts";
import { stop, wait } from "./ending.ts";
import { recordDone, recordDrafted } from "./recording.ts";
import type { Next, Round } from "./round.ts";
import { send, type EffectStep } from "./sending.ts";

/** Commits the intent of an effect before the call (W-05): its key is bound to its content for ever (W-06). Null when it turns out to be done. */
export async function intend(round: Round, step: EffectStep): Promise<Next | null> {
  if (await effectsAreHeld(round)) return wait(round, waitingFor.release);
  const { key, request } = step.intent(round.open.state, round.run);
  const undoes = step.protocol === "discard" || step.protocol === "withdraw";
  const known = await remember(round, step, { key: undoes ? undoKeyOf(key) : key, request });
  if (known.request_hash !== hashOf(request) && step.protocol !== "post") return stop(round, otherContent(known));
  if (known.phase === "DONE") return recordDone(round, step, known, known.outcome);
  if (known.phase === "DRAFTED" && step.protocol === "draft")
    return recordDrafted(round, step, known, known.outcome as KeyedDocument);
  if (step.protocol === "post" && known.draft_id === null && known.drafts === 0)
    return stop(round, neverDrafted(known));
  return send(round, step, known);
}

/** The row of the key: the stored request is what counts from the first intent on. */
async function remember(
  round: Round,
  step: EffectStep,
  { key, request }: { key: string; request: unknown },
): Promise<Effect> {
  const { tx, operation, flow } = round;
  const row: Insertable<EffectsTable> = {
    ...{
      transaction_key: key,
      operation_id: operation.id,
      step: step.name,
      return_id: operation.return_id,
      lane: flow.lane,
    },
    ...{
      system: systemOf(round, step),
      deed: step.deed,
      request: JSON.stringify(request),
      request_hash: hashOf(request),
      phase: "INTENDED",
    },
  };
  return tx
    .insertInto("effects")
    .values(row)
    .onConflict((conflict) =>
      conflict
        .column("transaction_key")
        .doUpdateSet({ operation_id: operation.id, step: step.name, updated_at: sql`clock_timestamp()` }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The system's name, for effects, spans and tasks; a warehouse is the one the return is to go to unless the step's flow is about goods elsewhere. */
export function systemOf({ open, run }: Round, step: EffectStep): string {
  const { companyId, warehouse } = open.state;
  if (step.system === "erp") return run.systems.erpOf(companyId).system;
  return warehouse === null ? "wms" : run.systems.wmsOf(warehouse).system;
}

/** W-24: after an epoch change nothing financial or physical is done until a person has released it. */
export async function effectsAreHeld({ tx }: Round): Promise<boolean> {
  return (
    (await tx.selectFrom("settings").select("key").where("key", "=", "effects-held").executeTakeFirst()) !== undefined
  );
}

const otherContent = ({ transaction_key, system }: Effect) => ({
  code: "UNEXPECTED" as const,
  summary: `${transaction_key} is bound to other content than is asked for now.`,
  system,
});
const neverDrafted = ({ transaction_key, system }: Effect) => ({
  code: "UNEXPECTED" as const,
  summary: `${transaction_key} is to be posted and was never drafted.`,
  system,
});
