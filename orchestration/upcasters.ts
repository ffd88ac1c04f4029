import type { Fact, FactKind } from "./facts-vocabulary.ts";
import { UnfoldableFact } from "./unfoldable-fact.ts";

type Upcaster = (data: any) => unknown;

/**
 * Per kind, from version n to n + 1 of its data, oldest first (W-15): a kind whose data changed gets a line here, and its current version is one more than the line is long.
 * The golden file of each release proves that what that release wrote still folds.
 */
const upcasters: Partial<Record<FactKind, readonly Upcaster[]>> = {};

/** The version of a kind's data that is written today. */
export const currentVersion = (kind: FactKind): number => (upcasters[kind]?.length ?? 0) + 1;

/** A fact as today's code reads it. Throws UnfoldableFact when a newer release wrote it. */
export function upcast(fact: Fact): Fact {
  const current = currentVersion(fact.kind);
  if (fact.v === current) return fact;
  if (fact.v > current)
    throw new UnfoldableFact(fact, `its data is of version ${fact.v}, and this release reads up to ${current}.`);
  const data = (upcasters[fact.kind] ?? []).slice(fact.v - 1).reduce<unknown>((old, cast) => cast(old), fact.data);
  return { ...fact, v: current, data } as Fact;
}
