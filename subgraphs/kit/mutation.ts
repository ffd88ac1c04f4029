import { QuarantinedReturn, type Stamp, UnknownReturn } from "#orchestration/facts.ts";
import type { Actor } from "#orchestration/facts-vocabulary.ts";
import { type Answer, once } from "#orchestration/idempotency.ts";
import { type Caller, hasRole, type Role } from "#shared/caller.ts";
import type { Transaction } from "#shared/database.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import type { RequestContext } from "./context.ts";

export type Refused = { userErrors: UserError[] };
export type Input = { idempotencyKey: string };
/** What a mutation did: `result` is kept for the same key (ids only, the payload is read fresh), `started` is rung for after the commit. */
export type Done<Result> = { result: Result; started?: readonly { lane: string }[] };
export type Work<Result> = (tx: Transaction) => Promise<Done<Result> | Refused>;

const KEY_LENGTH = 200;

/** Runs a mutation's work once per client and key (W-21) and rings for what it started. What the caller can fix is a value. */
export async function mutate<Result>(
  context: RequestContext,
  mutation: string,
  input: Input,
  work: Work<Result>,
): Promise<{ result: Result } | Refused> {
  const key = input.idempotencyKey;
  if (key.length === 0 || key.length > KEY_LENGTH)
    return refused("INVALID_INPUT", `A key has 1 to ${KEY_LENGTH} characters.`, ["idempotencyKey"]);
  let started: readonly { lane: string }[] = [];
  try {
    const answer = await once(
      context.db,
      { client: context.caller.client, mutation, key, input },
      async (tx): Promise<Answer<Result>> => {
        const done = await work(tx);
        if ("userErrors" in done) return done;
        started = done.started ?? [];
        return { result: done.result };
      },
    );
    if (started.length > 0) context.ring(started);
    return answer;
  } catch (error) {
    if (error instanceof UnknownReturn) return refused("NOT_FOUND", "There is no such return.", ["id"]);
    if (error instanceof QuarantinedReturn)
      return refused("CONFLICT", "This return is set aside until people have looked at it.", ["id"]);
    throw error;
  }
}

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
