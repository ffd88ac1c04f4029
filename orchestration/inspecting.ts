import { Fraction } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import type { UserErrorCode } from "#shared/errors.ts";
import type { Actor, InspectionData, NewFact } from "./facts-vocabulary.ts";
import type { Policies } from "./policies/policies.ts";
import { amountOf } from "./receiving.ts";
import type { InspectionState, ReceiptLine, ReturnState } from "./return-state.ts";
import { strayOf } from "./serials.ts";
import type { Task } from "./step.ts";
import { voidedByInspection } from "./voiding.ts";

/** An inspection as a warehouse or a person tells it; the warehouse says a grade, never accepted or rejected (D-13). */
export type ToldInspection = {
  receiptLineId: string;
  /** Its number within the receipt line; null: the next one (keyed by a person). */
  number: number | null;
  revision: number;
  quantity: { value: string; unit: string };
  grade: string;
  condition: string | null;
  findings: string | null;
  serialNumbers: string[];
  lotNumber: string | null;
  inspector: Actor;
  manual: boolean;
  inspectedAt: string;
  photos: { url: string; sha256: string | null }[];
};
export type Inspected =
  | { inspectionId: string | null; facts: NewFact[]; tasks: Task[] }
  | { refused: { code: UserErrorCode; message: string; field: string[] } };

/**
 * What a told inspection means: `inspection.completed` with what policy makes of the grade, `inspection.corrected` for a higher revision, nothing for what
 * is known, a task for the same number and revision with other content (D-15). Refuses more than was received on the line. Pure.
 */
export function recordInspection(state: ReturnState, told: ToldInspection, policies: Policies): Inspected {
  const line = state.receipts
    .flatMap(({ lines }) => lines)
    .find(({ receiptLineId }) => receiptLineId === told.receiptLineId);
  if (!line) return refuse("NOT_FOUND", "There is no such receipt line.", ["receiptLineId"]);
  if (strayOf(state, line))
    return refuse("CONFLICT", "It is still being looked for where these serials were sold.", ["receiptLineId"]);
  const returnLine = state.lines.find(({ id }) => id === line.returnLineId);
  const quantity =
    amountOf(returnLine, told.quantity) ??
    (told.quantity.unit === line.quantity.unit ? { ...told.quantity, base: told.quantity.value } : null);
  if (!quantity)
    return refuse("INVALID_INPUT", `${told.quantity.unit} is not a unit of this line.`, ["quantity", "unit"]);
  const known = knownOf(state, told);
  if (known && told.revision < known.revision) return { inspectionId: known.inspectionId, facts: [], tasks: [] };
  if (known && told.revision === known.revision) return sameRevision(known, told, quantity.base);
  if (inspectedOn(state, line, known).add(quantity.base).gt(line.quantity.base))
    return refuse(
      "QUANTITY_EXCEEDED",
      `Only ${line.quantity.value} ${line.quantity.unit} were received on this line.`,
      ["quantity", "value"],
    );
  const { number, quantity: _, ...plain } = told;
  const grade = line.returnLineId ? told.grade : "X";
  const judged = policies.judgeGrade({ grade, reasonCode: returnLine?.reasonCode ?? null });
  const data: InspectionData = {
    ...plain,
    inspectionId: newId("ins"),
    number: number ?? nextNumber(state, line),
    quantity,
    ...judged,
  };
  const fact: NewFact = known
    ? { kind: "inspection.corrected", data: { ...data, replaces: known.inspectionId } }
    : { kind: "inspection.completed", data };
  const voided = known ? voidedByInspection(state, known, data) : [];
  return { inspectionId: data.inspectionId, facts: [{ ...fact, occurredAt: told.inspectedAt }, ...voided], tasks: [] };
}

const refuse = (code: UserErrorCode, message: string, field: string[]): Inspected => ({
  refused: { code, message, field },
});

const knownOf = (state: ReturnState, told: ToldInspection): InspectionState | undefined =>
  told.number === null
    ? undefined
    : state.inspections.find(
        (known) => !known.superseded && known.receiptLineId === told.receiptLineId && known.number === told.number,
      );

const nextNumber = (state: ReturnState, line: ReceiptLine): number =>
  1 +
  Math.max(
    0,
    ...state.inspections
      .filter(({ receiptLineId }) => receiptLineId === line.receiptLineId)
      .map(({ number }) => number),
  );

const inspectedOn = (state: ReturnState, line: ReceiptLine, except: InspectionState | undefined): Fraction =>
  state.inspections
    .filter((known) => !known.superseded && known.receiptLineId === line.receiptLineId && known !== except)
    .reduce((sum, known) => sum.add(known.quantity.base), new Fraction(0));

function sameRevision(known: InspectionState, told: ToldInspection, base: string): Inspected {
  const same = known.grade === told.grade && new Fraction(known.quantity.base).equals(base);
  if (same) return { inspectionId: known.inspectionId, facts: [], tasks: [] };
  const task: Task = {
    code: "DUPLICATE_SUSPECTED",
    summary: `Inspection ${told.number} of a receipt line came again at revision ${told.revision} with grade ${told.grade} and ${told.quantity.value} ${told.quantity.unit}; we hold other content.`,
    cause: `duplicate:${known.inspectionId}:${told.grade}:${base}`,
  };
  return { inspectionId: known.inspectionId, facts: [], tasks: [task] };
}
