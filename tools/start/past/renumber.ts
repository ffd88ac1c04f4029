import { type Changed, readFacts, startReturn } from "#orchestration/facts.ts";
import type { NewFact } from "#orchestration/facts-vocabulary.ts";
import type { Transaction } from "#shared/database.ts";

/** Every table with something of a return that was just asked for; parts before what they are parts of. */
const tables = [
  "feed_pending",
  "operations",
  "facts",
  "allocations",
  "approvals",
  "return_cases",
  "return_parts",
  "return_lines",
] as const;

/** Asks for a return anew, as it was asked for, under another RMA number: nobody may have worked on it yet. */
export async function renumber(tx: Transaction, id: string, rmaNumber: string): Promise<Changed> {
  const facts = await readFacts(tx, id);
  const { actor, source, correlationId } = facts[0]!;
  for (const table of tables) await tx.deleteFrom(table).where("return_id", "=", id).execute();
  await tx.deleteFrom("returns").where("id", "=", id).execute();
  const again = facts.map(({ kind, data }) =>
    kind === "return.requested" ? { kind, data: { ...data, rmaNumber } } : { kind, data },
  ) as NewFact[];
  return startReturn(tx, id, { actor, source, correlationId }, again);
}
