import { Fraction, sum, zero } from "#shared/decimal.ts";
import { dispositionById, dispositionOf, rootOf } from "./dispositions.ts";
import { countedBase, lineById, postedBase, receiptLineById, receiptOfLine } from "./goods.ts";
import type { Policies } from "./policies/policies.ts";
import {
  creditedUnits,
  openCredits,
  postedCredits,
  receivedShares,
  replacedShares,
  settledWithMoney,
} from "./quantities.ts";
import type { DispositionState, ExceptionState, InspectionState, LineState, ReturnState } from "./return-state.ts";
import { damagedGoodsApproval } from "./steps/decide-disposition.ts";
import type { Guard, Run, Task } from "./step.ts";
import { isThere } from "./where-goods-are.ts";

// Moves that a person makes in the ERP, where no document of ours can (D-02): asked for by a task, which is resolved with the document's number.

/** How the goods of an inspection come into the ERP where a credit memo brings them: they are there, they may come, or no memo will bring them, also because the warehouse took them back. */
export function broughtByMemo(
  state: ReturnState,
  inspection: InspectionState,
  policies: Policies,
  disposition = dispositionOf(state, inspection.inspectionId),
): "IN" | "COMES" | "NEVER" {
  const { percent, receiptLineId } = inspection;
  const line = lineById(state, receiptLineById(state, receiptLineId)!.returnLineId)!;
  if (new Fraction(percent).equals(0) || !settledWithMoney(line)) return "NEVER";
  if (disposition?.replaced && isReplaced(state, line, disposition)) return isOrdered(state, line) ? "NEVER" : "COMES";
  if (postedBase(state, receiptLineId).gt(0) && (!disposition || isThere(state, disposition))) return "IN";
  const counts = countedBase(state, inspection).gt(0) && !isLeftToReplace(state, line, receiptLineId);
  return !counts || isDeclined(state, receiptLineId, policies) ? "NEVER" : "COMES";
}

/** What was decided last goes out again, as many as do of the receipt line; earlier ones, whose replacement was given up, are credited after all. */
const isReplaced = (state: ReturnState, line: LineState, { receiptLineId: id, version }: DispositionState): boolean =>
  (replacedShares(state, line).get(id)?.replaced ?? zero).gte(
    sum(
      state.dispositions
        .filter((one) => one.replaced && !one.superseded && one.receiptLineId === id && one.version >= version)
        .map(({ quantity }) => new Fraction(quantity.base)),
    ),
  );

/** Goods that were to be credited when they were decided on, and are what goes out again: no credit is made of what is left of their receipt line, nor is one under way. */
function isLeftToReplace(state: ReturnState, line: LineState, receiptLineId: string): boolean {
  const about = { returnLineId: line.id, receiptLineId };
  const accepted = receivedShares(state, line).find(
    (share) => share.receiptLine.receiptLineId === receiptLineId,
  )?.accepted;
  const replaced = replacedShares(state, line).get(receiptLineId)?.replaced;
  if (!accepted || !replaced?.gt(0) || creditedUnits(openCredits(state), about).gt(0)) return false;
  return isOrdered(state, line) && accepted.lte(creditedUnits(postedCredits(state), about).add(replaced));
}

/** Until then it may still turn out that they are credited. */
const isOrdered = ({ replacements }: ReturnState, { id }: LineState): boolean => {
  const own = replacements.filter(
    ({ status, lines }) => status !== "CANCELLED" && lines.some(({ lineId }) => lineId === id),
  );
  return own.length > 0 && own.every(({ status }) => status !== "REQUESTED");
};

/** Nothing is paid for the goods of a receipt: its credit was declined and nobody looked at the goods again, or what would be paid for damaged ones. */
function isDeclined(state: ReturnState, receiptLineId: string, policies: Policies): boolean {
  const credits = state.credits.filter(({ lines }) => lines.some((line) => line.receiptLineId === receiptLineId));
  const last = credits.at(-1);
  const again = state.inspections.some(
    (one) => one.receiptLineId === receiptLineId && one.version > (last?.version ?? 0),
  );
  if (last?.status === "DECLINED" && !again) return true;
  const receipt = receiptOfLine(state, receiptLineId)!;
  return state.inspections
    .filter((one) => !one.superseded && receiptOfLine(state, one.receiptLineId) === receipt)
    .some((one) => damagedGoodsApproval(state, one, policies) === "DECLINED");
}

export type HandMove = {
  /** What a person is to do; it names the goods and the receipt, and so tells one move from another. */
  sentence: string;
  dispositionId: string;
  system: string;
};

export const handMove = (
  state: ReturnState,
  {
    disposition,
    from,
    to,
    system,
  }: { disposition: DispositionState; from: string | null; to: string | null; system: string },
): HandMove => ({
  system,
  sentence: sentenceOf(state, disposition, from, to),
  dispositionId: disposition.dispositionId,
});

function sentenceOf(state: ReturnState, disposition: DispositionState, from: string | null, to: string | null): string {
  const { quantity, code, receiptLineId, inspectionId } = disposition;
  const { sku, line } = receiptLineById(state, receiptLineId)!;
  const { number } = state.inspections.find((one) => one.inspectionId === inspectionId)!;
  const { warehouseReceiptNumber } = receiptOfLine(state, receiptLineId)!;
  const goods = `${quantity.value} ${quantity.unit} ${sku} of ${state.rmaNumber}`;
  const part = partOf(state, disposition, number);
  const where = `${code}, receipt ${warehouseReceiptNumber}, line ${line}, inspection ${number}${part}`;
  if (from === null)
    return `${goods} came back and no credit memo brings them into the ERP: book by hand what it is to know of them (${where}).`;
  return to === null
    ? `${goods} go out of ${from}: book that in the ERP by hand (${where}).`
    : `${goods} go from ${from} to ${to}: book that in the ERP by hand (${where}).`;
}

/** Units of an inspection that counted later have a disposition of their own, and a move that is not to be taken for the first. */
function partOf(state: ReturnState, disposition: DispositionState, number: number): string {
  const numberOf = (id: string) => state.inspections.find(({ inspectionId }) => inspectionId === id)!.number;
  const { receiptLineId, version } = rootOf(state, disposition);
  const earlier = state.dispositions.filter(
    (one) =>
      one.replaces === null &&
      one.receiptLineId === receiptLineId &&
      one.version < version &&
      numberOf(one.inspectionId) === number,
  );
  return `${earlier.length > 0 ? `, part ${earlier.length + 1}` : ""}${changeOf(state, disposition)}`;
}

/** A changed decision asks for a move of its own, even where it is the first one again. */
function changeOf(state: ReturnState, { replaces }: DispositionState, times = 0): string {
  const before = dispositionById(state, replaces);
  if (before) return changeOf(state, before, times + 1);
  return times > 0 ? `, change ${times}` : "";
}

/** How it stands with a move: not asked for, somebody has the task, done under a number, done without saying which, or left undone by a person. */
export type MadeByHand = { is: "UNASKED" | "ASKED" | "UNNUMBERED" | "LEFT" } | { is: "BOOKED"; number: string };

export function madeByHand({ exceptions }: ReturnState, { sentence }: HandMove): MadeByHand {
  const task = exceptions.findLast(({ code, summary }) => code === "ERP_MOVE_BY_HAND" && summary.endsWith(sentence));
  if (!task) return { is: "UNASKED" };
  if (task.status !== "RESOLVED") return { is: "ASKED" };
  if (task.resolution !== "FIXED_OUTSIDE") return { is: "LEFT" };
  const number = task.reference?.trim() ?? "";
  return number === "" ? { is: "UNNUMBERED" } : { is: "BOOKED", number };
}

/** The task of a move; `why` is what was wrong with the number that was given for it. */
export const moveTask = ({ sentence, dispositionId, system }: HandMove, why = ""): Task => ({
  code: "ERP_MOVE_BY_HAND",
  system,
  summary: `${why}${sentence}`,
  cause: `move-by-hand:${dispositionId}`,
});

/** A guard for the steps that wait for a move: the operation that asked waits at its task, every other one ends. */
export function awaitMove(state: ReturnState, move: HandMove, run: Run): Exclude<Guard, "go"> | null {
  const made = madeByHand(state, move);
  if (made.is === "UNASKED") return { task: moveTask(move) };
  if (made.is === "UNNUMBERED") return { task: moveTask(move, "No document number was given. ") };
  if (made.is === "ASKED")
    return openTask(state, move)?.operationId === run.operationId
      ? { task: moveTask(move) }
      : { end: "somebody has the task to book the move" };
  return made.is === "LEFT" ? { skip: "a person has left it as it is" } : null;
}

const openTask = ({ exceptions }: ReturnState, { sentence }: HandMove): ExceptionState | undefined =>
  exceptions.findLast(({ summary, status }) => status !== "RESOLVED" && summary.endsWith(sentence));
