import { Fraction, most, sum, zero } from "#shared/decimal.ts";
import { toPlain } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import type { LabelKind, NewFact } from "../facts-vocabulary.ts";
import { exactAmount } from "../goods.ts";
import { labelsOf } from "../parcels.ts";
import { authorizedOf, bucketsOf } from "../quantities.ts";
import type { LineState, ReturnState } from "../return-state.ts";
import { isWithoutGoods } from "../status.ts";
import type { DecidingStep, Run, Task } from "../step.ts";

/** What label of ours the goods come back on, by the LA table: one parcel for all that may travel in it. What gets none is somebody's task, and the flow goes on (D-37). */
export const chooseLabel: DecidingStep<undefined> = {
  kind: "decide",
  name: "choose-label",
  system: null,
  guard: (state) => (unlabelled(state).length > 0 ? "go" : { skip: "chosen before, or nothing is to come" }),
  decide: (state, _, run) => {
    const chosen = groupsOf(unlabelled(state), state.companyId, run).map((group) => choose(state, group, run));
    return { facts: chosen.flatMap(({ facts }) => facts), tasks: chosen.flatMap(({ tasks }) => tasks) };
  },
};

/** Authorized lines with goods to come that nothing was chosen for. */
const unlabelled = (state: ReturnState): Goods[] =>
  state.lines
    .map((line) => ({ line, base: toCome(state, line) }))
    .filter(({ line, base }) => base.gt(0) && labelsOf(state, line).length === 0);

export const toCome = (state: ReturnState, line: LineState): Fraction =>
  most(zero, authorizedOf(line).sub(bucketsOf(state, line).received));

/** Goods that are to travel: so many base units of a line. */
export type Goods = { line: LineState; base: Fraction };
export type Group = { kind: LabelKind; ruleId: string | null; goods: Goods[] };

/** What kinds of label these goods need; where no carrier serves the company, none. */
export const groupsOf = (goods: Goods[], companyId: string, run: Run): Group[] =>
  run.systems.carrierOf(companyId) ? grouped(goods, run) : [{ kind: "NONE", ruleId: null, goods }];

/** Goods of one kind by one rule go on one label; a parcel that is too heavy as a whole goes by freight. */
function grouped(goods: readonly Goods[], run: Run): Group[] {
  const judged = goods.map((one) => ({ one, ...judge(one.line, run) }));
  const groups = [...Map.groupBy(judged, ({ kind, ruleId }) => `${kind} ${ruleId}`).values()].map((same) => ({
    kind: same[0]!.kind,
    ruleId: same[0]!.ruleId,
    goods: same.map(({ one }) => one),
  }));
  return groups.map((group) =>
    group.kind === "PARCEL" ? { ...group, ...judge(group.goods[0]!.line, run, weightOf(group.goods)) } : group,
  );
}

function judge(line: LineState, run: Run, weightKg: Fraction | null = null): Pick<Group, "kind" | "ruleId"> {
  const { hazardous = false, hazard = null } = line.posted ?? {};
  const { kind, ruleId } = run.policies.chooseLabel({
    reasonCode: line.reasonCode,
    withoutGoods: isWithoutGoods(line),
    hazardous,
    hazardData: hazard !== null,
    weightKg,
  });
  return { kind, ruleId };
}

/** Null where the ERP does not know what one of them weighs. */
function weightOf(goods: readonly Goods[]): Fraction | null {
  if (goods.some(({ line }) => !line.posted?.weightKg)) return null;
  return sum(goods.map(({ line, base }) => base.mul(line.posted!.weightKg!)));
}

/** The choice, instead of the labels that it replaces. */
export function choose(
  state: ReturnState,
  { kind, ruleId, goods }: Group,
  run: Run,
  replaces: string[] = [],
): { facts: NewFact[]; tasks: Task[] } {
  const labelId = newId("lbl");
  const weight = weightOf(goods);
  const chosen: NewFact = {
    kind: "label.chosen",
    data: {
      labelId,
      kind,
      ruleId,
      policyVersion: run.policies.version,
      weightKg: weight && toPlain(weight, 5),
      lines: goods.map(({ line, base }) => ({ lineId: line.id, quantity: exactAmount(line, base) })),
      ...(replaces.length > 0 ? { replaces } : {}),
      ...(kind !== "NONE" && state.addressId ? { addressId: state.addressId } : {}),
    },
  };
  const task = whyNone(state, { kind, ruleId, goods }, weight);
  if (!task) return { facts: [chosen], tasks: [] };
  const tasks = [{ ...task, cause: labelId }];
  if (kind === "NONE") return { facts: [chosen], tasks };
  return { facts: [chosen, { kind: "label.refused", data: { labelId, code: task.code } }], tasks };
}

/** Why there will be no label though there ought to be one; null where there is, or none is needed. */
function whyNone(state: ReturnState, { kind, ruleId, goods }: Group, weight: Fraction | null): Task | null {
  const lines = goods.map(({ line }) => line);
  const what = `${lines.map(({ posted, id }) => posted?.sku ?? id).join(", ")} of ${state.rmaNumber}`;
  if (ruleId === "LA-02")
    return {
      code: "HAZARD_DATA_MISSING",
      summary: `${what}: hazardous, and the ERP has no UN number or packing group; no label may be given.`,
    };
  if (kind === "BILL_OF_LADING" && lines.some(({ posted }) => posted?.hazardous))
    return {
      code: "NO_LABEL_FOR_HAZARD",
      summary: `${what}: hazardous goods go by bill of lading, which is not built yet; arrange the pickup by hand.`,
    };
  if (kind === "BILL_OF_LADING")
    return {
      code: "LABEL_REFUSED",
      summary: `${what}: ${toPlain(weight!, 1)} kg go by bill of lading, which is not built yet; arrange the pickup by hand.`,
    };
  if (kind === "PARCEL" && weight === null)
    return { code: "LABEL_REFUSED", summary: `${what}: the ERP does not know the weight; make the label by hand.` };
  return null;
}
