import { sum } from "#shared/decimal.ts";
import type { ExceptionCode } from "#shared/errors.ts";
import { fromBase } from "#shared/quantity.ts";
import { newId } from "#shared/ids.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import {
  isCorrectedAfterCredit,
  lineById,
  postedBase,
  receiptById,
  stockBatches,
  withinAuthorization,
} from "../goods.ts";
import { receivedShares } from "../quantities.ts";
import type { LineState, ReceiptLine, ReceiptState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Run, Task } from "../step.ts";

type Found = { kind: string; expected: string; actual: string };
/** With the task that it is for somebody; what came over is decide-over-receipt's. */
type Misfit = Found & { code: ExceptionCode; sentence: string };

/** What does not fit is a discrepancy, and the ordered line still waits (D-12); what fits goes on. */
export const checkReceipt: DecidingStep<undefined> = {
  kind: "decide",
  name: "check-receipt",
  system: null,
  guard: (state, run) => (receiptById(state, run.subject) ? "go" : { end: "there is no such receipt" }),
  decide: (state, _, run) => {
    const receipt = receiptById(state, run.subject)!;
    const found = receipt.lines
      .filter(({ quantity }) => quantity.base !== "0")
      .flatMap((line) => discrepancies(state, receipt, line).map((discrepancy) => ({ line, discrepancy })))
      .filter(({ line, discrepancy }) => !known(state, line, discrepancy));
    return {
      facts: [...found.map(({ line, discrepancy }) => raised(line, discrepancy)), ...takenBack(state, receipt)],
      tasks: [
        ...found.flatMap(({ line, discrepancy }) =>
          "code" in discrepancy ? [taskOf(state, receipt, line, discrepancy)] : [],
        ),
        ...correctedAfterCredit(state, receipt, run),
      ],
    };
  },
};

function discrepancies(state: ReturnState, receipt: ReceiptState, line: ReceiptLine): (Found | Misfit)[] {
  const expected = lineById(state, line.returnLineId);
  if (!expected) return [unexpected(state, receipt, line)];
  const { over } = receivedShares(state, expected).find(
    ({ receiptLine }) => receiptLine.receiptLineId === line.receiptLineId,
  )!;
  if (over.lte(0)) return [];
  return [
    {
      kind: "OVER",
      expected: shown(expected, withinAuthorization(state, line)),
      actual: `${line.quantity.value} ${line.quantity.unit}`,
    },
  ];
}

const shown = (line: LineState, base: Parameters<typeof fromBase>[0]): string =>
  `${fromBase(base, line.unitFactor)} ${line.unit}`;

/** Goods of a line that fits no line of the return: another item, serial, lot or unit, or nothing is authorized (any more). */
function unexpected(state: ReturnState, { warehouse }: ReceiptState, line: ReceiptLine): Misfit {
  const sameSku = state.lines.find(({ posted }) => posted?.sku === line.sku);
  const actual = `${line.quantity.value} ${line.quantity.unit} ${line.sku}`;
  if (line.state === "UNMATCHED" && state.lines.some(({ expired }) => expired !== "0"))
    return {
      kind: "AFTER_EXPIRY",
      code: "UNMATCHED_RECEIPT",
      expected: "nothing",
      actual,
      sentence: `${actual} came to ${warehouse} after the authorization expired`,
    };
  if (line.state === "UNMATCHED")
    return {
      kind: "NO_AUTHORIZATION",
      code: "UNMATCHED_RECEIPT",
      expected: "nothing",
      actual,
      sentence: `${actual} came to ${warehouse} without authorization`,
    };
  if (!sameSku)
    return {
      kind: "WRONG_ITEM",
      code: "WRONG_ITEM",
      expected: state.lines.map(({ posted }) => posted?.sku).join(", "),
      actual: line.sku,
      sentence: `${actual} came in place of what was authorized`,
    };
  const unitKnown = [sameSku.unit, sameSku.posted!.baseUnit, sameSku.posted!.invoicedUnit].includes(line.quantity.unit);
  if (!unitKnown)
    return {
      kind: "UNIT_MISMATCH",
      code: "UNIT_UNKNOWN",
      expected: sameSku.unit,
      actual: line.quantity.unit,
      sentence: `${actual} came in a unit that the item does not have`,
    };
  if (sameSku.posted!.serialized)
    return {
      kind: "SERIAL_MISMATCH",
      code: "SERIAL_MISMATCH",
      expected: sameSku.posted!.shippedSerials.join(", "),
      actual: line.serialNumbers.join(", "),
      sentence: `serial ${line.serialNumbers.join(", ")} of ${line.sku} ${whyNot(sameSku, line)}`,
    };
  return {
    kind: "LOT_MISMATCH",
    code: "LOT_MISMATCH",
    expected: sameSku.posted!.shippedLots.join(", "),
    actual: line.lotNumber ?? "none",
    sentence: `lot ${line.lotNumber ?? "none"} of ${line.sku} was not shipped on this line`,
  };
}

const whyNot = ({ posted }: LineState, { serialNumbers }: ReceiptLine): string =>
  serialNumbers.every((serial) => posted!.shippedSerials.includes(serial))
    ? "came back before"
    : "was not shipped on this line";

/** What was withdrawn or let in may come about again. */
const known = (state: ReturnState, { receiptLineId }: ReceiptLine, { kind, actual }: Found): boolean =>
  state.discrepancies.some(
    (one) =>
      one.receiptLineId === receiptLineId &&
      one.kind === kind &&
      one.actual === actual &&
      one.status !== "WITHDRAWN" &&
      one.status !== "ACCEPTED",
  );

const raised = ({ receiptLineId, returnLineId }: ReceiptLine, { kind, expected, actual }: Found): NewFact => ({
  kind: "discrepancy.raised",
  data: { discrepancyId: newId("dcr"), kind, receiptLineId, returnLineId, expected, actual },
});

/** A line that the warehouse took back has nothing left to discuss; neither has one that is not over any more. */
const takenBack = (state: ReturnState, { lines }: ReceiptState): NewFact[] =>
  state.discrepancies
    .filter(({ status, kind, receiptLineId }) => {
      const line = lines.find((one) => one.receiptLineId === receiptLineId);
      return status === "OPEN" && line && (line.quantity.base === "0" || (kind === "OVER" && !isOver(state, line)));
    })
    .map(({ discrepancyId }) => ({ kind: "discrepancy.resolved", data: { discrepancyId, status: "WITHDRAWN" } }));

const isOver = (state: ReturnState, line: ReceiptLine): boolean =>
  withinAuthorization(state, line).lt(line.quantity.base);

const taskOf = (
  state: ReturnState,
  { warehouse, warehouseReceiptNumber }: ReceiptState,
  line: ReceiptLine,
  { kind, code, sentence }: Misfit,
): Task => ({
  code,
  summary: `${state.rmaNumber}, receipt ${warehouseReceiptNumber} at ${warehouse}: ${sentence}.`,
  system: `wms-${warehouse.toLowerCase()}`,
  cause: `${kind}:${line.receiptLineId}:${line.revision}`,
});

/** Units that were let in, and have their stock-in still to come. */
const additionsToCome = (state: ReturnState, line: ReceiptLine) =>
  sum(
    stockBatches(state, line)
      .filter(({ addition, posted }) => addition && !posted)
      .map(({ base }) => base),
  );

const isInErp = (state: ReturnState, line: ReceiptLine): boolean =>
  withinAuthorization(state, line).sub(additionsToCome(state, line)).equals(postedBase(state, line.receiptLineId));

/** D-15: after a credit a correction is a person's to decide, never posted by itself. */
const correctedAfterCredit = (state: ReturnState, receipt: ReceiptState, run: Run): Task[] =>
  receipt.lines
    .filter((line) => differsFromCredit(state, line, run))
    .map((line) => ({
      code: "CORRECTION_AFTER_CREDIT" as const,
      summary: `${state.rmaNumber}: ${receipt.warehouse} corrected line ${line.line} of receipt ${receipt.warehouseReceiptNumber} to ${line.quantity.value} ${line.quantity.unit} after its credit was decided.`,
      system: `wms-${receipt.warehouse.toLowerCase()}`,
      cause: `correction-after-credit:${line.receiptLineId}:${line.revision}`,
    }))
    .filter(({ summary }) => !state.exceptions.some((task) => task.summary === summary));

/** A correction that the ERP has already makes no difference; where the memo brings the goods in, it has none. */
function differsFromCredit(state: ReturnState, line: ReceiptLine, run: Run): boolean {
  if (!isCorrectedAfterCredit(state, line)) return false;
  const { stockBeforeCredit } = run.systems.erpOf(state.companyId);
  return !stockBeforeCredit || !isInErp(state, line);
}
