import type { Systems } from "#adapters/systems.ts";
import type { Db } from "#shared/database.ts";
import type { Log } from "#shared/log.ts";
import { sql } from "kysely";
import type { Effect } from "./effects.ts";
import { loadReturn } from "./facts.ts";
import type { Policies } from "./policies/policies.ts";
import type { DocumentStep, Flow, Run } from "./step.ts";
import { findAddress } from "./return-addresses.ts";

type Parts = { db: Db; log: Log; systems: Systems; policies: Policies; installation: string; flows: readonly Flow[] };

/**
 * Discards drafts that a system made after we had given up waiting for them: harmless, but nobody else would clean them up (W-01). Only of effects that are
 * done or undone, more than the settle time ago. Best effort; gives how many were discarded.
 */
export async function discardStrays(parts: Parts): Promise<number> {
  const suspects = await parts.db
    .selectFrom("effects")
    .selectAll()
    .where(({ eb, and, or }) =>
      or([
        and([eb("phase", "=", "DONE"), eb("drafts", ">", 1)]),
        and([eb("phase", "=", "UNDONE"), eb("drafts", ">", 0)]),
      ]),
    )
    .where("updated_at", "<", sql<Date>`clock_timestamp() - interval '1 second'`)
    .limit(50)
    .execute();
  let discarded = 0;
  for (const effect of suspects) {
    try {
      discarded += await discardStraysOf(parts, effect);
    } catch (err) {
      parts.log.info({ err, key: effect.transaction_key }, "strays could not be looked for; another time");
    }
  }
  return discarded;
}

async function discardStraysOf(parts: Parts, effect: Effect): Promise<number> {
  const { db, systems, policies, installation, flows } = parts;
  const settleMs = systems.bySystem(effect.system)?.settleMs ?? Infinity;
  if (Date.now() < effect.updated_at.getTime() + settleMs) return 0;
  const step = documentStepOf(flows, effect.step);
  const state = effect.return_id === null ? null : await loadReturn(db, effect.return_id);
  if (!step || !state) return 0;
  const call = { correlationId: state.correlationId };
  const run: Run = {
    operationId: effect.operation_id,
    flow: "strays",
    subject: "",
    correlationId: call.correlationId,
    systems,
    policies,
    installation,
    readAddress: (addressId) => findAddress(db, addressId),
    now: new Date(),
    call,
  };
  const port = step.port(state, run);
  const seen = await port.lookUp(effect.transaction_key, effect.request, call);
  if (seen.answer === "unknown") return 0;
  const isUndone = effect.phase === "UNDONE";
  const strays = seen.answer === "found" ? seen.drafts.filter(({ id }) => isUndone || id !== effect.document_id) : [];
  for (const { id } of strays) await port.discard(id, call);
  await db
    .updateTable("effects")
    .set({ drafts: isUndone ? 0 : 1 })
    .where("transaction_key", "=", effect.transaction_key)
    .execute();
  return strays.length;
}

const documentStepOf = (flows: readonly Flow[], name: string): DocumentStep | undefined =>
  flows
    .flatMap(({ steps }) => steps)
    .find(
      (step): step is DocumentStep =>
        step.kind === "effect" && step.protocol !== "put" && step.protocol !== "withdraw" && step.name === name,
    );
