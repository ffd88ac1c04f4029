import { refuse, type UserError } from "#shared/errors.ts";
import { base } from "./base-quantity.ts";
import type { Amendment } from "./amending.ts";
import { isUnused, standingLabels } from "./parcels.ts";
import { authorizedOf } from "./quantities.ts";
import type { ReturnState } from "./return-state.ts";
import { hasGoodsToCome } from "./steps/issue-label.ts";

/** Where goods are sent from can be another while a label of ours is still to be bought, or is bought and unused; not once its parcel has moved (W-07). */
export function addressProblems(state: ReturnState, amendment: Amendment): UserError[] {
  if (!amendment.addressId || awaitsParcel(state) || asksForMore(amendment)) return [];
  if (state.labels.some((label) => label.issued && !isUnused(state, label)))
    return [
      refuse("CONFLICT", "The parcel was handed in: where it is sent from can't be another any more.", ["address"]),
    ];
  if (amendment.changes.some(({ reasonCode }) => reasonCode)) return [];
  return [
    refuse("CONFLICT", "No label of ours is for these goods: the customer sends them in its own way.", ["address"]),
  ];
}

/** None is chosen yet, or goods are to come with one that is unused. */
const awaitsParcel = (state: ReturnState): boolean =>
  state.labels.length === 0 ||
  standingLabels(state).some(
    (label) => label.kind !== "NONE" && isUnused(state, label) && hasGoodsToCome(state, label),
  );

const asksForMore = ({ changes, added }: Amendment): boolean =>
  added.length > 0 || changes.some(({ line, quantity }) => quantity && base(quantity.base).gt(authorizedOf(line)));
