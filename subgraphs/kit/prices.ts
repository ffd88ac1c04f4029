import { type Caller, hasRole } from "#shared/caller.ts";
import { coded } from "#shared/errors.ts";
import { isCustomer } from "./scope.ts";

/** Who only works in a warehouse or in operations sees no prices (vocabulary section 9), neither do partners but customers and marketplaces (D-40). */
export const seesPrices = (caller: Caller): boolean =>
  isCustomer(caller) || hasRole(caller, "service", "supervisor", "finance");

/** A resolver of a money field: null with FORBIDDEN for those who see no prices. */
export const priced =
  <Parent, Value>(read: (parent: Parent) => Value) =>
  (parent: Parent, _: unknown, { caller }: { caller: Caller }): Value => {
    if (!seesPrices(caller)) throw coded("FORBIDDEN");
    return read(parent);
  };
