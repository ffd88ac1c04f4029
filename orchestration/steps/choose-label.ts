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
    const groups = run.systems.carrierOf(state.companyId) ? grouped(state, run) : withoutCarrier(state);
    const chosen = groups.map((group) => choose(state, group, run));
    return { facts: chosen.flatMap(({ facts }) => facts), tasks: chosen.flatMap(({ tasks }) => tasks) };
  },
};

/** Authorized lines with goods to come that nothing was chosen for. */
const unlabelled = (state: ReturnState): LineState[] =>
  state.lines.filter((line) => toCome(state, line).gt(0) && labelsOf(state, line).length === 0);

const toCome = (state: ReturnState, line: LineState): Fraction =>
  most(zero, authorizedOf(line).sub(bucketsOf(state, line).received));

type Group = { kind: LabelKind; ruleId: string | null; lines: LineState[] };

const withoutCarrier = (state: ReturnState): Group[] => [{ kind: "NONE", ruleId: null, lines: unlabelled(state) }];

/** Lines of one kind by one rule go on one label; a parcel that is too heavy as a whole goes by freight. */
function grouped(state: ReturnState, run: Run): Group[] {
  const judged = unlabelled(state).map((line) => ({ line, ...judge(line, run) }));
  const groups = [...Map.groupBy(judged, ({ kind, ruleId }) => `${kind} ${ruleId}`).values()].map((same) => ({
    kind: same[0]!.kind,
    ruleId: same[0]!.ruleId,
    lines: same.map(({ line }) => line),
  }));
  return groups.map((group) =>
    group.kind === "PARCEL" ? { ...group, ...judge(group.lines[0]!, run, weightOf(state, group.lines)) } : group,
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
function weightOf(state: ReturnState, lines: readonly LineState[]): Fraction | null {
  if (lines.some(({ posted }) => !posted?.weightKg)) return null;
  return sum(lines.map((line) => toCome(state, line).mul(line.posted!.weightKg!)));
}

function choose(state: ReturnState, { kind, ruleId, lines }: Group, run: Run): { facts: NewFact[]; tasks: Task[] } {
  const labelId = newId("lbl");
  const weight = weightOf(state, lines);
  const chosen: NewFact = {
    kind: "label.chosen",
    data: {
      labelId,
      kind,
      ruleId,
      policyVersion: run.policies.version,
      weightKg: weight && toPlain(weight, 5),
      lines: lines.map((line) => ({ lineId: line.id, quantity: exactAmount(line, toCome(state, line)) })),
    },
  };
  const task = whyNone(state, { kind, ruleId, lines }, weight);
  if (!task) return { facts: [chosen], tasks: [] };
  const tasks = [{ ...task, cause: labelId }];
  if (kind === "NONE") return { facts: [chosen], tasks };
  return { facts: [chosen, { kind: "label.refused", data: { labelId, code: task.code } }], tasks };
}

/** Why there will be no label though there ought to be one; null where there is, or none is needed. */
function whyNone(state: ReturnState, { kind, ruleId, lines }: Group, weight: Fraction | null): Task | null {
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
