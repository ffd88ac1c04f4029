import { inTransaction, type Db } from "#shared/database.ts";
import { raiseTask } from "./exceptions.ts";
import type { Stamp } from "./facts.ts";
import type { UnfoldableFact } from "./unfoldable-fact.ts";

/** Keeps everybody from writing a return whose facts don't fold, and raises the task; for whoever caught UnfoldableFact, after its rollback (W-22). */
export const quarantine = (db: Db, error: UnfoldableFact, stamp: Stamp): Promise<void> =>
  inTransaction(db, async (tx) => {
    const { returnId, kind, version } = error;
    const row = await tx
      .updateTable("returns")
      .set({ quarantined: error.message })
      .where("id", "=", returnId)
      .returning("company_id")
      .executeTakeFirst();
    const summary = `Fact ${version} (${kind}) of ${returnId} can't be folded; the return is not written until somebody has looked at it.`;
    await raiseTask(
      tx,
      {
        code: "UNFOLDABLE_FACT",
        summary,
        cause: `unfoldable/${returnId}`,
        companyId: row?.company_id ?? null,
        returnId,
        replayable: true,
      },
      stamp,
    );
  });
