import { factKinds, upcasters } from "./fact-kinds.ts";
import type { Fact } from "./facts-vocabulary.ts";
import { UnfoldableFact } from "./unfoldable-fact.ts";

/** A fact with its data as today's code reads it (W-15). Throws UnfoldableFact when a newer release wrote it. */
export function upcast(fact: Fact): Fact {
  const current = factKinds[fact.kind].v;
  if (fact.v === current) return fact;
  if (fact.v > current)
    throw new UnfoldableFact(fact, `its data is of version ${fact.v}, and this release reads up to ${current}.`);
  const data = (upcasters[fact.kind] ?? []).slice(fact.v - 1).reduce<unknown>((old, cast) => cast(old), fact.data);
  return { ...fact, v: current, data } as Fact;
}
