import { isCode } from "#shared/codes.ts";
import { Fraction, least } from "#shared/decimal.ts";
import { fromBase, parseQuantity } from "#shared/quantity.ts";
import { tellParcel } from "./tell-parcel.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { recordInspection } from "./inspecting.ts";
import type { Mapping, Meaning } from "./partner-mapping.ts";
import type { Policies } from "./policies/policies.ts";
import { recordReceipt, type ToldReceiptLine } from "./receiving.ts";
import type { ReceiptLine, ReportState, ReturnState } from "./return-state.ts";
import { strayOf } from "./serials.ts";
import type { Task } from "./step.ts";

/** What a report comes to. `waits`: for goods that have not come. `problem`: for a person, who may change the mapping and have it read again. */
export type ReadReport = { facts: NewFact[]; tasks: Task[] } | { waits: true } | { problem: Task };

type Reading = { mapping: Mapping | string; policies: Policies; back: readonly string[] };
type Told = ReadReport | NewFact[];

/** What a partner's report says in our words (D-40), by its mapping: the same facts that a warehouse's own feed would write. Pure. */
export function readReport(state: ReturnState, report: ReportState, { mapping, policies, back }: Reading): ReadReport {
  if (typeof mapping === "string") return noMapping(report, mapping);
  const meaning = Object.hasOwn(mapping.codes, report.code) ? mapping.codes[report.code] : undefined;
  if (!meaning) return noMapping(report, `The code ${report.code} has no mapping.`);
  const lines = canonical(report, mapping);
  if (!Array.isArray(lines)) return lines;
  const told = tellers[meaning.tells]({ state, report, lines, meaning: meaning as never, policies, back });
  if (!Array.isArray(told) && !("facts" in told)) return told;
  const { facts, tasks } = Array.isArray(told) ? { facts: told, tasks: [] } : told;
  const read: NewFact = { kind: "partner.report-read", data: { reportId: report.reportId, told: meaning.tells } };
  return { facts: [...facts, read], tasks };
}

const about = ({ partner, documentNumber, revision }: ReportState): string =>
  `${partner}'s report ${documentNumber}${revision > 1 ? ` (${revision})` : ""}`;

const noMapping = (report: ReportState, why: string): ReadReport => ({
  problem: {
    code: "NO_MAPPING",
    summary: `${about(report)} waits: ${why}`,
    system: `partner-${report.partner}`,
    cause: `no-mapping:${report.reportId}`,
  },
});

const badDocument = (report: ReportState, why: string): ReadReport => ({
  problem: {
    code: "BAD_DOCUMENT",
    summary: `${about(report)} can't be used: ${why}`,
    system: `partner-${report.partner}`,
    cause: `bad-report:${report.reportId}`,
  },
});

type Line = ReportState["lines"][number] & { condition: string };

/** Conditions and units in our codes; ours are understood as they are. */
function canonical(report: ReportState, { conditions, units }: Mapping): Line[] | ReadReport {
  const lines: Line[] = [];
  for (const line of report.lines) {
    const condition = line.conditionCode === null ? "NOT_CHECKED" : ours(conditions, line.conditionCode);
    const unit = ours(units, line.quantity.unit);
    if (!isCode("conditions", condition)) return noMapping(report, `The condition ${condition} has no mapping.`);
    if (!isCode("units", unit)) return noMapping(report, `The unit ${unit} has no mapping.`);
    const quantity = { value: line.quantity.value, unit };
    try {
      parseQuantity(quantity);
    } catch (error) {
      if (error instanceof RangeError) return badDocument(report, error.message);
      throw error;
    }
    lines.push({ ...line, quantity, condition });
  }
  return lines;
}

const ours = (map: Readonly<Record<string, string>>, code: string): string =>
  (Object.hasOwn(map, code) ? map[code] : undefined) ?? code;

type Telling<Tells extends Meaning["tells"]> = {
  state: ReturnState;
  report: ReportState;
  lines: Line[];
  meaning: Extract<Meaning, { tells: Tells }>;
} & Pick<Reading, "policies" | "back">;
const tellers: { [Tells in Meaning["tells"]]: (telling: Telling<Tells>) => Told } = {
  receipt: tellReceipt,
  inspection: tellInspection,
  shipment: tellShipment,
  nothing: () => [],
};

/** A supplier's receipt is none of ours (D-38). */
const isWarehouse = ({ partnerKind }: ReportState): boolean => partnerKind === "third-party";

/** The report's number is the receipt's; told again with other content it is a correction of it (D-15). */
function tellReceipt({ state, report, lines, back }: Telling<"receipt">): Told {
  const { warehouse } = state;
  if (!isWarehouse(report) || warehouse === null) return badDocument(report, "only a warehouse takes goods in.");
  if (lines.length === 0) return badDocument(report, "it has no lines.");
  const { documentNumber: warehouseReceiptNumber, revision, occurredAt: receivedAt } = report;
  const known = state.receipts.find(
    (receipt) => receipt.warehouse === warehouse && receipt.warehouseReceiptNumber === warehouseReceiptNumber,
  );
  const told = { warehouse, warehouseReceiptNumber, receivedAt, trackingNumber: null, manual: false };
  const numbered = numberLines(known?.lines ?? [], lines, revision);
  const { facts, tasks } = recordReceipt(state, { ...told, lines: numbered }, back);
  return { facts, tasks };
}

/** Lines of a report have no numbers: the first of an item is the first of it that is known. What is not told any more is nothing. */
function numberLines(known: readonly ReceiptLine[], lines: readonly Line[], revision: number): ToldReceiptLine[] {
  const left = [...known];
  let next = Math.max(0, ...known.map(({ line }) => line)) + 1;
  const numbered = lines.map((line): ToldReceiptLine => {
    const at = left.findIndex(({ sku }) => sku === line.sku);
    const number = at >= 0 ? left.splice(at, 1)[0]!.line : next++;
    return { ...plain(line), line: number, revision };
  });
  const gone = left.map(({ line, sku, quantity: { unit }, condition, serialNumbers, lotNumber }) => ({
    ...plain({ sku, quantity: { value: "0", unit }, condition, serialNumbers, lotNumber }),
    ...{ line, revision },
  }));
  return [...numbered, ...gone];
}

const plain = ({ sku, quantity, condition, serialNumbers, lotNumber }: Omit<Line, "conditionCode">) => ({
  ...{ sku, quantity, condition, serialNumbers, lotNumber },
  ...{ instructionLine: null, returnLineId: null, expiresOn: null, bin: null },
});

type Open = { line: ReceiptLine; left: Fraction; number: number };

/** Each line is about goods of its item that came and were not looked at yet, the first first. */
function tellInspection({ state, report, lines, meaning, policies }: Telling<"inspection">): Told {
  if (!isWarehouse(report)) return badDocument(report, "only a warehouse inspects.");
  if (report.revision > 1) return badDocument(report, "a corrected inspection is for a person.");
  const open = openLines(state);
  const told: { facts: NewFact[]; tasks: Task[] } = { facts: [], tasks: [] };
  for (const line of lines) {
    const grade = meaning.grade ?? meaning.grades?.[line.condition];
    if (!grade) return noMapping(report, `The code ${report.code} has no grade for ${line.condition}.`);
    const fitting = open.filter(({ line: { sku, lotNumber } }) => sku === line.sku && fits(lotNumber, line.lotNumber));
    if (fitting.some(({ line: receiptLine }) => strayOf(state, receiptLine) !== null)) return { waits: true };
    if (fitting.length === 0) return { waits: true };
    const left = inspectIn(fitting, { state, report, line, grade, policies }, told);
    if (left) return badDocument(report, left);
  }
  return told;
}

const fits = (lot: string | null, told: string | null): boolean => lot === null || told === null || lot === told;

const openLines = ({ receipts, inspections }: ReturnState): Open[] =>
  receipts
    .flatMap(({ lines }) => lines)
    .map((line) => {
      const known = inspections.filter(({ receiptLineId }) => receiptLineId === line.receiptLineId);
      const inspected = known
        .filter(({ superseded }) => !superseded)
        .map(({ quantity }) => new Fraction(quantity.base));
      const left = inspected.reduce((rest, base) => rest.sub(base), new Fraction(line.quantity.base));
      return { line, left, number: Math.max(0, ...known.map(({ number }) => number)) };
    })
    .filter(({ left }) => left.gt(0));

type Inspecting = { state: ReturnState; report: ReportState; line: Line; grade: string; policies: Policies };

/** Spreads a line's quantity over what is open; a sentence where more was looked at than came. */
function inspectIn(
  open: Open[],
  { state, report, line, grade, policies }: Inspecting,
  told: { facts: NewFact[]; tasks: Task[] },
): string | null {
  let rest = new Fraction(line.quantity.value);
  for (const at of open) {
    if (rest.lte(0)) break;
    const { unit, factor } = unitOf(at.line);
    if (line.quantity.unit !== unit) return `${line.sku} came by ${unit}, not by ${line.quantity.unit}.`;
    const taken = least(rest, at.left.div(factor));
    if (taken.lte(0)) continue;
    const result = recordInspection(
      state,
      {
        ...{
          receiptLineId: at.line.receiptLineId,
          number: at.number + 1,
          revision: 1,
          grade,
          condition: line.condition,
        },
        ...{ quantity: { value: fromBase(taken, "1"), unit }, findings: null, photos: [], manual: false },
        ...{ serialNumbers: line.serialNumbers, lotNumber: line.lotNumber, inspectedAt: report.occurredAt },
        inspector: report.by,
      },
      policies,
    );
    if ("refused" in result) return result.refused.message;
    told.facts.push(...result.facts);
    told.tasks.push(...result.tasks);
    rest = rest.sub(taken);
    Object.assign(at, { left: at.left.sub(taken.mul(factor)), number: at.number + 1 });
  }
  return rest.gt(0)
    ? `it tells of ${line.quantity.value} ${line.quantity.unit} of ${line.sku}; so many are not here.`
    : null;
}

const unitOf = ({ quantity: { value, unit, base } }: ReceiptLine) => ({
  unit,
  factor: new Fraction(base).div(new Fraction(value)),
});

/** Of the one parcel that is on its way. */
function tellShipment({ state, report, meaning }: Telling<"shipment">): Told {
  const parcels = state.labels.filter(({ issued, status }) => issued !== null && status === "ISSUED");
  const [label] = parcels;
  if (!label?.issued || parcels.length > 1)
    return badDocument(report, `the return has ${parcels.length} parcels, and it does not say which.`);
  const { trackingNumber } = label.issued;
  const event = { code: meaning.event, at: report.occurredAt, description: null, place: null };
  return tellParcel(state, label, {
    trackingNumber,
    carrier: label.issued.carrier,
    estimatedDelivery: null,
    events: [event],
  });
}
