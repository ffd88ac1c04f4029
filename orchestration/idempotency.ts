import { hashOf } from "#shared/hash.ts";
import { inTransaction, type Db, type Transaction } from "#shared/database.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { sql } from "kysely";

/** Who asks for what: unique by (client, mutation, key); `input` are the raw variables, of which the hash is kept. */
export type Request = { client: string; mutation: string; key: string; input: unknown };
export type Answer<Result> = { userErrors: UserError[] } | { result: Result };

/**
 * Runs a mutation's `work` once per key, in one transaction with the key's row, which is inserted first (W-21). The same again gives the stored `result` (JSON);
 * other input is IDEMPOTENCY_KEY_REUSED; while another is at it we wait `waitMs`, then say TRY_AGAIN. User errors roll back and are not stored.
 */
export async function once<Result>(
  db: Db,
  request: Request,
  work: (tx: Transaction) => Promise<Answer<Result>>,
  { waitMs = 2_000 }: { waitMs?: number } = {},
): Promise<Answer<Result>> {
  try {
    return await inTransaction(db, async (tx) => {
      const stored = await claim<Result>(tx, request, waitMs);
      if (stored) return stored;
      const answer = await work(tx);
      if ("userErrors" in answer) throw new Refused(answer.userErrors);
      await store(tx, request, answer.result);
      return answer;
    });
  } catch (error) {
    if (error instanceof Refused) return { userErrors: error.userErrors };
    if (isLockTimeout(error))
      return {
        userErrors: [
          refuse("TRY_AGAIN", "The same request is being worked on; ask again shortly.", ["idempotencyKey"]),
        ],
      };
    throw error;
  }
}

/** Rolls the transaction back and brings the user errors out of it. */
class Refused extends Error {
  readonly userErrors: UserError[];
  constructor(userErrors: UserError[]) {
    super("refused");
    this.userErrors = userErrors;
  }
}

const isLockTimeout = (error: unknown): boolean => (error as { code?: unknown }).code === "55P03";

/** Null when the key is ours now; a loser waits here for the winner's commit. */
async function claim<Result>(tx: Transaction, request: Request, waitMs: number): Promise<Answer<Result> | null> {
  const { client, mutation, key, input } = request;
  const input_hash = hashOf(input);
  await sql`select set_config('lock_timeout', ${String(waitMs)}, true)`.execute(tx);
  const inserted = await tx
    .insertInto("idempotency_keys")
    .values({ client, mutation, key, input_hash })
    .onConflict((conflict) => conflict.doNothing())
    .returning("key")
    .executeTakeFirst();
  await sql`set local lock_timeout to default`.execute(tx);
  if (inserted) return null;
  const row = await ours(tx.selectFrom("idempotency_keys"), request)
    .select(["input_hash", "result"])
    .executeTakeFirstOrThrow();
  if (row.input_hash === input_hash) return { result: row.result as Result };
  return {
    userErrors: [refuse("IDEMPOTENCY_KEY_REUSED", "This key was used with other input.", ["idempotencyKey"])],
  };
}

const store = (tx: Transaction, request: Request, result: unknown) =>
  ours(tx.updateTable("idempotency_keys"), request)
    .set({ result: JSON.stringify(result ?? null) })
    .execute();

type Filtered = { where(column: "client" | "mutation" | "key", is: "=", value: string): Filtered };
const ours = <Query extends object>(query: Query, { client, mutation, key }: Request): Query =>
  (query as unknown as Filtered)
    .where("client", "=", client)
    .where("mutation", "=", mutation)
    .where("key", "=", key) as unknown as Query;
