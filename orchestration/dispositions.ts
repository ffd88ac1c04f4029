import { Fraction, sum } from "#shared/decimal.ts";
import type { DispositionState, InspectionState, ReturnState, ToldDisposition } from "./return-state.ts";
import { dispositionsOf, isConfirmed } from "./status.ts";

// Decisions about goods, and what people made of them: each may be changed, as a whole or in part, until the warehouse has done it.

/** The disposition that a run is about: its own, or of an inspection the first that is not done. */
export function dispositionOf(state: ReturnState, subject: string): DispositionState | undefined {
  const own = dispositionById(state, subject);
  if (own) return own;
  const standing = dispositionsOf(state, subject);
  return standing.find((one) => !isConfirmed(one)) ?? standing[0];
}

export const dispositionById = ({ dispositions }: ReturnState, id: string | null): DispositionState | undefined =>
  dispositions.find(({ dispositionId }) => dispositionId === id);

/** The inspection that a run is about: its own, or of a disposition the one that stands for its units now. */
export function inspectionById(state: ReturnState, subject: string): InspectionState | undefined {
  const disposition = dispositionById(state, subject);
  return disposition
    ? standingInspection(state, disposition)
    : state.inspections.find(({ inspectionId }) => inspectionId === subject);
}

/** A disposition's own inspection, or the last one that corrected it. */
export function standingInspection(
  { inspections }: ReturnState,
  { inspectionId }: DispositionState,
): InspectionState | undefined {
  const own = inspections.find((one) => one.inspectionId === inspectionId);
  const last = inspections.find(
    (one) => !one.superseded && one.receiptLineId === own?.receiptLineId && one.number === own.number,
  );
  return last ?? own;
}

/** Whether both are about the units of one inspection, however often it was corrected. */
export const isOfSameGoods = (state: ReturnState, one: DispositionState, other: DispositionState): boolean =>
  standingInspection(state, one) === standingInspection(state, other);

/** What settle-inspection is to run about for an inspection: itself, and beside it each of the parts that people made of a disposition. */
export function settlingSubjects(state: ReturnState, inspectionId: string): string[] {
  const first = dispositionOf(state, inspectionId);
  const parts = dispositionsOf(state, inspectionId).filter(
    (one) => one !== first && !isConfirmed(one) && (one.replaces !== null || changesOf(state, one).length > 0),
  );
  return [inspectionId, ...parts.map(({ dispositionId }) => dispositionId)];
}

/** The disposition before anybody changed it. */
export function rootOf(state: ReturnState, disposition: DispositionState): DispositionState {
  const before = dispositionById(state, disposition.replaces);
  return before ? rootOf(state, before) : disposition;
}

/** What it was changed to, in the order of the changes. */
const changesOf = ({ dispositions }: ReturnState, { dispositionId }: DispositionState): DispositionState[] =>
  dispositions.filter(({ replaces }) => replaces === dispositionId);

const standingBase = ({ superseded, quantity }: DispositionState): Fraction =>
  new Fraction(superseded ? 0 : quantity.base);

/** Units that it was decided about, those counted that were changed since. */
export const wholeOf = (state: ReturnState, one: DispositionState): Fraction =>
  standingBase(one).add(sum(changesOf(state, one).map((change) => wholeOf(state, change))));

/** Units of the inspection before those of this disposition: a change takes the last ones of what it changes. */
export function unitsBefore(state: ReturnState, one: DispositionState): Fraction {
  const before = dispositionById(state, one.replaces);
  if (!before) {
    const earlier = state.dispositions.filter(
      (other) => other.replaces === null && other.version < one.version && isOfSameGoods(state, other, one),
    );
    return sum(earlier.map((other) => wholeOf(state, other)));
  }
  const changes = changesOf(state, before);
  const upToThis = changes.slice(0, changes.indexOf(one) + 1).map((change) => wholeOf(state, change));
  return unitsBefore(state, before).add(wholeOf(state, before)).sub(sum(upToThis));
}

/** Itself where it stands, and what stands of its changes. */
const standingUnder = (state: ReturnState, one: DispositionState): DispositionState[] => [
  ...(one.superseded ? [] : [one]),
  ...changesOf(state, one).flatMap((change) => standingUnder(state, change)),
];

/** What became of the `told` units that the warehouse was told of a disposition: what stands of it, and its last changes. */
export function coveredBy(state: ReturnState, holder: DispositionState, told: Fraction): DispositionState[] {
  const covered = holder.superseded ? [] : [holder];
  let rest = told.sub(standingBase(holder));
  for (const change of changesOf(state, holder).toReversed()) {
    if (rest.lte(0)) break;
    covered.push(...standingUnder(state, change));
    rest = rest.sub(wholeOf(state, change));
  }
  return covered;
}

/** What the warehouse was told of a disposition's goods, and has neither let go of nor done. */
export type Instructed = {
  /** Of which it was told. */
  holder: DispositionState;
  instruction: ToldDisposition;
  /** The dispositions whose goods it moves. */
  covered: DispositionState[];
  /** Whether all of them are still decided as it was told. */
  fits: boolean;
};

export function instructedFor(state: ReturnState, one: DispositionState): Instructed | null {
  for (let holder: DispositionState | undefined = one; holder; holder = dispositionById(state, holder.replaces)) {
    const found = instructedOf(state, holder);
    if (found?.covered.includes(one)) return found;
  }
  return null;
}

export function instructedOf(state: ReturnState, holder: DispositionState): Instructed | null {
  const { instruction, executedAt, code } = holder;
  if (!instruction || instruction.state === "CANCELLED" || executedAt) return null;
  const covered = coveredBy(state, holder, new Fraction(instruction.quantity.base));
  if (covered.every((each) => each.executedAt !== null)) return null;
  return { holder, instruction, covered, fits: covered.every((each) => each.code === code) };
}

/** Whether the warehouse was told of a disposition as it stands, and not asked to let go of it. */
export function isTold(state: ReturnState, one: DispositionState): boolean {
  const told = instructedFor(state, one);
  return told !== null && told.fits && told.instruction.state === "TOLD";
}
