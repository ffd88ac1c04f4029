import { isMore } from "./quantities.ts";
import { lineOf, receiptOf, uninspected, withLine } from "./receipts.ts";
import type { Site } from "./site.ts";
import type { Inspection, ReceiptLine } from "./tables.ts";
import type { Grade } from "./wire.ts";

const INSPECTOR = "emp-0417";
/** What an inspector finds with a grade, unless told: X12 412. */
const CONDITION_OF: Record<Grade, string> = {
  A: "07",
  B: "07",
  C: "01",
  D: "04",
  N: "07",
  E: "01",
  H: "01",
  X: "09",
};

type LineOrder = { receipt: string; line?: number; inspector?: string };

export function startInspecting(site: Site, { receipt, line = 1, inspector = INSPECTOR }: LineOrder) {
  const { revision } = lineOf(receiptOf(site, receipt), line);
  const startedAt = site.now().toISOString();
  const data = { warehouseReceiptNumber: receipt, receiptLine: line, revision, inspector, startedAt };
  return { eventId: site.events.append("inspection.started", data).id };
}

export type InspectOrder = LineOrder & {
  /** In the receipt line's unit; all that is not inspected yet unless given. */
  quantity?: string | number;
  grade?: Grade;
  condition?: string;
  findings?: string;
  serialNumbers?: string[];
  lotNumber?: string;
  photos?: Inspection["photos"];
  /** Number of an inspection of this line to say again: its next revision. */
  inspection?: number;
};

/** Grades goods of a receipt line; grade A unless given. */
export function inspectLine(site: Site, order: InspectOrder): { eventId: string; inspection: Inspection } {
  const receipt = receiptOf(site, order.receipt);
  const line = lineOf(receipt, order.line ?? 1);
  const before = line.inspections.find(({ inspection }) => inspection === order.inspection);
  if (order.inspection !== undefined && !before) throw new Error(`no inspection ${order.inspection} of that line`);
  const inspection = makeInspection(site, line, order, before);
  const inspections = [...line.inspections.filter((each) => each !== before), inspection];
  site.tables.receipts.put(withLine(receipt, { ...line, inspections }));
  const data = { warehouseReceiptNumber: receipt.id, receiptLine: line.line, ...inspection };
  return { eventId: site.events.append("inspection.completed", data).id, inspection };
}

function makeInspection(
  site: Site,
  line: ReceiptLine,
  order: InspectOrder,
  before: Inspection | undefined,
): Inspection {
  const left = uninspected(line, before);
  const value = order.quantity === undefined ? (before?.quantity.value ?? left) : String(order.quantity);
  if (!isMore(value, "0") || isMore(value, left))
    throw new Error(`${left} ${line.quantity.unit} of that line are left to inspect, not ${value}`);
  const grade = order.grade ?? before?.grade ?? "A";
  return {
    inspection: before?.inspection ?? line.inspections.length + 1,
    revision: (before?.revision ?? 0) + 1,
    quantity: { value, unit: line.quantity.unit },
    grade,
    condition: order.condition ?? CONDITION_OF[grade],
    findings: order.findings ?? null,
    serialNumbers: order.serialNumbers ?? before?.serialNumbers ?? serialsLeft(line, Number(value)),
    lotNumber: order.lotNumber ?? line.lotNumber,
    inspector: order.inspector ?? INSPECTOR,
    inspectedAt: site.now().toISOString(),
    photos: order.photos ?? before?.photos ?? [],
  };
}

function serialsLeft({ serialNumbers, inspections }: ReceiptLine, count: number): string[] {
  const seen = new Set(inspections.flatMap((each) => each.serialNumbers));
  return serialNumbers.filter((serial) => !seen.has(serial)).slice(0, count);
}
