import { type Changed, QuarantinedReturn, type Stamp, UnknownReturn } from "#orchestration/facts.ts";
import type { Actor } from "#orchestration/facts-vocabulary.ts";
import { type Answer, once } from "#orchestration/idempotency.ts";
import { type Caller, hasRole, type Role } from "#shared/caller.ts";
import type { Transaction } from "#shared/database.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { hashOf } from "#shared/hash.ts";
import { checkKeepable } from "./checks.ts";
import type { RequestContext } from "./context.ts";

export type Refused = { userErrors: UserError[] };
export type Input = { idempotencyKey: string };
/** What a mutation did. `result` is kept for the same key: ids only, the payload is read fresh. The rest is announced after the commit. */
export type Done<Result> = {
  result: Result;
  changed?: Pick<Changed<unknown>, "facts" | "started">;
  resumed?: readonly ({ lane: string } | null)[];
};
export type Mutation<Result, Reading = undefined> = {
  name: string;
  /** What must be asked outside of the transaction; not asked again for a key that is done. */
  read?: () => Promise<Reading | Refused>;
  work: (tx: Transaction, reading: Reading) => Promise<Done<Result> | Refused>;
};
type Outcome<Result> = { result: Result } | Refused;

const KEY_LENGTH = 200;
/** The same request, several times at once in this process, is one piece of work. */
const underWay = new Map<string, Promise<Outcome<unknown>>>();

/** Runs a mutation once per client and key (W-21) and tells the workers of what it committed. What the caller can fix is a value. */
export async function mutate<Result, Reading = undefined>(
  context: RequestContext,
  input: Input,
  mutation: Mutation<Result, Reading>,
): Promise<Outcome<Result>> {
  const key = input.idempotencyKey;
  if (key.length === 0 || key.length > KEY_LENGTH)
    return refused("INVALID_INPUT", `A key has 1 to ${KEY_LENGTH} characters.`, ["idempotencyKey"]);
  const unkeepable = checkKeepable(input);
  if (unkeepable.length > 0) return { userErrors: unkeepable };
  const same = hashOf([context.caller.client, context.caller.view, mutation.name, input]);
  const running = underWay.get(same) as Promise<Outcome<Result>> | undefined;
  if (running) return running;
  const work = run(context, input, mutation).finally(() => underWay.delete(same));
  underWay.set(same, work);
  return work;
}

async function run<Result, Reading>(
  context: RequestContext,
  input: Input,
  mutation: Mutation<Result, Reading>,
): Promise<Outcome<Result>> {
  const request = { client: context.caller.client, mutation: mutation.name, key: input.idempotencyKey, input };
  try {
    const isKnown = await isDone(context, request);
    const reading = isKnown || !mutation.read ? undefined : await mutation.read();
    if (isRefused(reading)) return reading;
    let done: Done<Result> | undefined;
    const answer = await once(context.db, request, async (tx): Promise<Answer<Result>> => {
      const worked = await mutation.work(tx, reading as Reading);
      if ("userErrors" in worked) return worked;
      done = worked;
      return { result: worked.result };
    });
    if (done?.changed) context.announce.committed(done.changed);
    if (done?.resumed) context.announce.resumed(done.resumed);
    return answer;
  } catch (error) {
    if (error instanceof UnknownReturn) return refused("NOT_FOUND", "There is no such return.", ["id"]);
    if (error instanceof QuarantinedReturn)
      return refused("CONFLICT", "This return is set aside until people have looked at it.", ["id"]);
    throw error;
  }
}

async function isDone(
  { db }: RequestContext,
  { client, mutation, key }: { client: string; mutation: string; key: string },
): Promise<boolean> {
  const known = db
    .selectFrom("idempotency_keys")
    .select("key")
    .where("client", "=", client)
    .where("mutation", "=", mutation)
    .where("key", "=", key);
  return (await known.executeTakeFirst()) !== undefined;
}

const isRefused = (reading: unknown): reading is Refused =>
  typeof reading === "object" && reading !== null && "userErrors" in reading;

export const refused = (...error: Parameters<typeof refuse>): Refused => ({ userErrors: [refuse(...error)] });

/** Null for a caller with one of these roles, NOT_ALLOWED for everybody else. */
export const unlessRole = ({ caller }: RequestContext, mutation: string, ...roles: Role[]): Refused | null =>
  hasRole(caller, ...roles) ? null : refused("NOT_ALLOWED", `${mutation} takes the role ${roles.join(" or ")}.`);

const kinds = { PERSON: "PERSON", SYSTEM: "SYSTEM", PARTNER: "PARTNER" } as const satisfies Record<
  Caller["kind"],
  Actor["kind"]
>;
export const actorOf = ({ id, name, kind }: Caller): Actor => ({ id, displayName: name ?? id, kind: kinds[kind] });

/** On whose behalf facts of this request are written. */
export const stampOf = ({ caller, correlationId }: RequestContext): Stamp => ({
  correlationId,
  actor: actorOf(caller),
  source: { system: "backhaul", reference: null },
});
