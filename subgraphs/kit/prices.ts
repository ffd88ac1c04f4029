import { type Caller, hasRole } from "#shared/caller.ts";
import { coded } from "#shared/errors.ts";

/** Who only works in a warehouse sees no prices (vocabulary section 9). */
export const seesPrices = (caller: Caller): boolean =>
  hasRole(caller, "service", "supervisor", "finance", "operations");

/** A resolver of a money field: null with FORBIDDEN for those who see no prices. */
export const priced =
  <Parent, Value>(read: (parent: Parent) => Value) =>
  (parent: Parent, _: unknown, { caller }: { caller: Caller }): Value => {
    if (!seesPrices(caller)) throw coded("FORBIDDEN");
    return read(parent);
  };
