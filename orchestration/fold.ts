import { foldGoods } from "./fold-goods.ts";
import { foldMoney } from "./fold-money.ts";
import { foldParcels } from "./fold-parcels.ts";
import { foldReplacements } from "./fold-replacements.ts";
import { foldRequest, openReturn } from "./fold-request.ts";
import type { Fact, FactKind } from "./facts-vocabulary.ts";
import type { Handlers } from "./fold-handlers.ts";
import type { ReturnState } from "./return-state.ts";
import { UnfoldableFact } from "./unfoldable-fact.ts";
import { upcast } from "./upcast.ts";

export { UnfoldableFact } from "./unfoldable-fact.ts";

const handlers: Handlers = { ...foldRequest, ...foldParcels, ...foldGoods, ...foldMoney, ...foldReplacements };

/**
 * The return after one more fact; neither argument is changed. The first fact of a return is return.requested, the next version is the last plus one.
 * Throws UnfoldableFact (W-22) for a kind or version it doesn't know, a gap, or a fact about something that the return doesn't have.
 */
export function applyFact(state: ReturnState | null, recorded: Fact): ReturnState {
  const expected = (state?.version ?? 0) + 1;
  if (recorded.version !== expected) throw new UnfoldableFact(recorded, `version ${expected} was to come.`);
  if (!isKnownKind(recorded.kind)) throw new UnfoldableFact(recorded, "this release doesn't know the kind.");
  const fact = upcast(recorded);
  try {
    return { ...next(state, fact), version: fact.version, updatedAt: fact.recordedAt };
  } catch (error) {
    if (error instanceof UnfoldableFact) throw error;
    throw new UnfoldableFact(fact, error instanceof Error ? error.message : String(error), { cause: error });
  }
}

/** Folds the facts of one return, in order, on top of `state`. Throws UnfoldableFact; there must be a first fact. */
export function fold(facts: Iterable<Fact>, state: ReturnState | null = null): ReturnState {
  let folded = state;
  for (const fact of facts) folded = applyFact(folded, fact);
  if (!folded) throw new RangeError("A return has at least one fact.");
  return folded;
}

const isKnownKind = (kind: string): kind is FactKind => kind === "return.requested" || Object.hasOwn(handlers, kind);

function next(state: ReturnState | null, fact: Fact): ReturnState {
  if (fact.kind === "return.requested") {
    if (state) throw new UnfoldableFact(fact, "the return exists already.");
    return openReturn(fact.data, fact);
  }
  if (!state) throw new UnfoldableFact(fact, "a return begins with return.requested.");
  const handle = handlers[fact.kind] as (state: ReturnState, data: unknown, fact: Fact) => ReturnState;
  return handle(state, fact.data, fact);
}
