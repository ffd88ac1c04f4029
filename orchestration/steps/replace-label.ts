import { type Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { base } from "../base-quantity.ts";
import { isUnused, standingLabels } from "../parcels.ts";
import { authorizedOf } from "../quantities.ts";
import type { LabelState, LineState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Run } from "../step.ts";
import { choose, type Goods, groupsOf, toCome } from "./choose-label.ts";

/**
 * An amendment changed what is in a parcel, where it comes from, or whether a label of ours is due: another is chosen for goods that are not on their way yet. A
 * label that was used stays; what it does not hold gets one of its own.
 */
export const replaceLabel: DecidingStep<undefined> = {
  kind: "decide",
  name: "replace-label",
  system: null,
  guard: (state, run) => {
    if (state.labels.length === 0) return { skip: "no label was chosen yet" };
    return changed(state, run).groups.length > 0 ? "go" : { skip: "each label is for what is to come" };
  },
  decide: (state, _, run) => {
    const { groups, left } = changed(state, run);
    const replaces = left.map(({ labelId }) => labelId);
    const chosen = groups.map((group, i) => choose(state, group, run, i === 0 ? replaces : []));
    return { facts: chosen.flatMap(({ facts }) => facts), tasks: chosen.flatMap(({ tasks }) => tasks) };
  },
};

/** The groups of goods that no unused label is for, and the unused labels that are for no group. */
function changed(state: ReturnState, run: Run) {
  const goods = state.lines.map((line) => ({ line, base: unsent(state, line) })).filter((one) => one.base.gt(0));
  const groups = goods.length > 0 ? groupsOf(goods, state.companyId, run) : [];
  const open = standingLabels(state).filter((label) => label.kind === "NONE" || isUnused(state, label));
  const matches = (group: (typeof groups)[number], label: LabelState) => signOf(group, state) === signOfLabel(label);
  return {
    groups: groups.filter((group) => !open.some((label) => matches(group, label))),
    left: open.filter((label) => !groups.some((group) => matches(group, label))),
  };
}

/** What of a line is to come and is in no parcel that was handed in. */
function unsent(state: ReturnState, line: LineState): Fraction {
  const sent = state.labels
    .filter((label) => label.issued && !isUnused(state, label))
    .map((label) => contentOf(label, line));
  return most(zero, least(toCome(state, line), authorizedOf(line).sub(sum(sent))));
}

const contentOf = ({ lines }: LabelState, { id }: LineState): Fraction =>
  sum(lines.filter(({ lineId }) => lineId === id).map(({ quantity }) => base(quantity.base)));

type Signed = { kind: string; ruleId: string | null; addressId?: string | undefined };
/** Where there is no label of ours, how much comes does not matter, and where a parcel comes from matters to a carrier alone. */
const sign = ({ kind, ruleId, addressId = "" }: Signed, lines: readonly { lineId: string; units: string }[]): string =>
  JSON.stringify([
    ...[kind, ruleId, kind === "PARCEL" ? addressId : ""],
    lines.map(({ lineId, units }) => (kind === "NONE" ? [lineId] : [lineId, units])).toSorted(),
  ]);
const signOf = (
  { kind, ruleId, goods }: { kind: string; ruleId: string | null; goods: Goods[] },
  { addressId }: ReturnState,
): string =>
  sign(
    { kind, ruleId, addressId },
    goods.map(({ line, base: units }) => ({ lineId: line.id, units: units.toFraction() })),
  );
const signOfLabel = ({ lines, ...label }: LabelState): string =>
  sign(
    label,
    lines.map(({ lineId, quantity }) => ({ lineId, units: base(quantity.base).toFraction() })),
  );
