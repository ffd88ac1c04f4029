import type { Systems } from "#adapters/systems.ts";
import type { Db } from "#shared/database.ts";
import type { Internals } from "#shared/internals.ts";
import type { Log } from "#shared/log.ts";
import type { Actor } from "#orchestration/facts-vocabulary.ts";
import type { Stamp } from "#orchestration/facts.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import type { Policies } from "#orchestration/policies/policies.ts";
import type { Operation, Reactions } from "#orchestration/starting-operations.ts";

/** What running an operation needs; made once by startWorker. */
export type Engine = {
  db: Db;
  log: Log;
  systems: Systems;
  policies: Policies;
  /** Prefix of transaction keys. */
  installation: string;
  /** Where partners' mappings are: `<partner id>/mapping.yml`. */
  partnersDir?: string;
  times: Internals;
  reactions: Reactions;
  /** Said after each commit that wrote facts: which lanes have new work, and that the feed has. */
  committed(change: { facts: number; started: readonly { lane: string }[] }): void;
  /** A system answered: what waits for it may go on. */
  answered(system: string): void;
  /** An operation that waits for a system is committed as such. `since`, by the monotonic clock: no answer had come to it by then. */
  unreachable(system: string, since: number): void;
};

/** A claim: the fence that every commit of this run checks, and when its lease ends by the monotonic clock (W-16). */
export type Claim = {
  operation: Operation;
  endsAt: number;
  /** The return as the last round left it. */
  state?: ReturnState;
};

/** Who the worker's own facts are by. */
export const backhaul: Actor = { id: "backhaul", displayName: "Backhaul", kind: "SYSTEM" };

export const stampOf = ({ id, correlation_id }: Operation, reactions: Reactions): Stamp => ({
  correlationId: correlation_id,
  actor: backhaul,
  source: { system: "backhaul", reference: id },
  reactions,
});
