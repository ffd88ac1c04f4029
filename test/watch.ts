import { loadReturn } from "#orchestration/facts.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { Db } from "#shared/database.ts";

/** Longest wait for something that should come, on the slowest machine too; a test that needs it has failed, it never waits for this on purpose. */
export const GIVE_UP_MS = 240_000;
/** How often to look. */
const LOOK_AGAIN_MS = 25;

/** Looks at the database again until what a test waits for is there. */
export function createWatch(db: Db, giveUpMs: number) {
  /** Resolves with the first value of `look` that is not null, undefined or false; fails with `what` and what was seen last. */
  async function until<Value>(what: string, look: () => Promise<Value | null | undefined | false>): Promise<Value> {
    const deadline = performance.now() + giveUpMs;
    for (;;) {
      const seen = await look();
      if (seen) return seen;
      if (performance.now() > deadline) throw new Error(`waited in vain for ${what}`);
      await new Promise((resolve) => void setTimeout(resolve, LOOK_AGAIN_MS));
    }
  }

  async function stateOf(returnId: string): Promise<ReturnState> {
    const state = await loadReturn(db, returnId);
    if (!state) throw new Error(`there is no return ${returnId}`);
    return state;
  }

  /** The return's state once it is as `is` says. */
  async function returnWhen(returnId: string, what: string, is: (state: ReturnState) => boolean): Promise<ReturnState> {
    let last: ReturnState | undefined;
    try {
      return await until(what, async () => {
        last = await stateOf(returnId);
        return is(last) ? last : null;
      });
    } catch (error) {
      throw new Error(`${(error as Error).message}; ${await tellWhere(db, returnId)}`, { cause: error });
    }
  }

  /** Nothing of this return is due or running any more: every operation has ended or waits for a person. */
  const quiet = (returnId: string) =>
    until(`${returnId} to come to rest`, async () => {
      const { count } = await db
        .selectFrom("operations")
        .select((eb) => eb.fn.countAll<number>().as("count"))
        .where("return_id", "=", returnId)
        .where("finished_at", "is", null)
        .where("status", "<>", "NEEDS_ATTENTION")
        .executeTakeFirstOrThrow();
      return Number(count) === 0;
    });

  return { until, stateOf, returnWhen, quiet };
}

/** Where a return stands, for a test that failed. */
async function tellWhere(db: Db, returnId: string): Promise<string> {
  const operations = await db
    .selectFrom("operations")
    .select(["flow", "subject", "status", "step", "waiting_for"])
    .where("return_id", "=", returnId)
    .orderBy("id")
    .execute();
  const steps = await db
    .selectFrom("operation_steps")
    .innerJoin("operations", "operations.id", "operation_steps.operation_id")
    .select(["operation_steps.name", "operation_steps.status", "operation_steps.last_error"])
    .where("operations.return_id", "=", returnId)
    .where("operation_steps.last_error", "is not", null)
    .execute();
  const exceptions = await db
    .selectFrom("exceptions")
    .select(["code", "summary", "status"])
    .where("return_id", "=", returnId)
    .execute();
  return JSON.stringify({ operations, steps, exceptions }, null, 1);
}
