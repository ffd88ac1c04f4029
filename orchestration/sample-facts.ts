import { toBase } from "#shared/quantity.ts";
import { newId } from "#shared/ids.ts";
import type {
  Actor,
  Amount,
  EvaluatedLine,
  Fact,
  FactData,
  FactKind,
  NewFact,
  PostedFacts,
  RecordedReceiptLine,
  RequestedLine,
} from "./facts-vocabulary.ts";
import { applyFact } from "./fold.ts";
import type { ReturnState } from "./return-state.ts";

// A log for tests: facts as the append would number and date them, folded as they come.

export const ada: Actor = { id: "usr_ada", displayName: "Ada", kind: "PERSON" };
const DAY = Date.UTC(2026, 4, 4, 15, 0, 0);

export type FactLog = {
  facts: Fact[];
  readonly state: ReturnState;
  add<Kind extends FactKind>(kind: Kind, data: FactData[Kind], actor?: Actor): Fact;
  append(facts: readonly NewFact[], actor?: Actor): void;
};

export function createFactLog(returnId = newId("ret")): FactLog {
  const facts: Fact[] = [];
  let state: ReturnState | null = null;
  const write = ({ kind, data, occurredAt }: NewFact, actor: Actor): Fact => {
    const version = facts.length + 1;
    const at = new Date(DAY + version * 60_000).toISOString();
    const fact = {
      id: `fct_${version}`,
      kind,
      data,
      returnId,
      version,
      v: 1,
      occurredAt: occurredAt ?? at,
      recordedAt: at,
      correlationId: "corr-1",
      actor,
      source: { system: "backhaul", reference: null },
    } as Fact;
    state = applyFact(state, fact);
    facts.push(fact);
    return fact;
  };
  return {
    facts,
    get state() {
      if (!state) throw new Error("The log is empty.");
      return state;
    },
    add: (kind, data, actor = ada) => write({ kind, data } as NewFact, actor),
    append: (added, actor = ada) => added.forEach((fact) => write(fact, actor)),
  };
}

/** What was sold on a line; SO-100001 unless told otherwise. */
export const samplePosted = (changes: Partial<PostedFacts> = {}): PostedFacts => ({
  sku: "BRG-6204",
  description: "Bearing 6204",
  baseUnit: "EA",
  unitFactor: "1",
  invoiceNumber: "PSI-100001",
  invoiceLine: 10000,
  invoicedBase: "4",
  invoicedUnit: "EA",
  invoicedUnitFactor: "1",
  unitPrice: "289.50",
  lineNet: "1158.00",
  taxCode: "IL-COOK",
  taxRate: "10.25",
  creditedElsewhere: { base: "0", net: "0.00", tax: "0.00" },
  shippedBase: "4",
  shipmentNumber: "PSS-100001",
  shippedFrom: "CHI1",
  deliveredOn: "2026-04-29",
  shippedSerials: [],
  shippedLots: [],
  serialized: false,
  lotTracked: false,
  hazardous: false,
  supplierOwned: false,
  supplierProgramme: false,
  recalled: false,
  hazard: null,
  weightKg: "0.4",
  ...changes,
});

export type SampleLine = {
  id: string;
  quantity: string;
  unit?: string;
  reasonCode?: string;
  posted?: Partial<PostedFacts>;
  approvalKinds?: string[];
  resolution?: RequestedLine["resolution"];
};

export const amount = (value: string, unit = "EA", factor = "1"): Amount => ({
  value,
  unit,
  base: toBase(value, factor),
});

/** Requests a return of these lines. */
export function request(log: FactLog, lines: SampleLine[], rmaNumber = "R26-7Q3KX2M"): void {
  log.add("return.requested", {
    rmaNumber,
    companyId: "US01",
    channel: "inside-sales",
    orderId: "erp.order:US01:SO-100001",
    orderNumber: "SO-100001",
    customerId: null,
    customerNumber: null,
    customerName: null,
    currency: null,
    resolution: "CREDIT",
    caseId: null,
    note: null,
    lines: lines.map((line, i) => ({
      lineId: line.id,
      orderLineId: `erp.order:US01:SO-100001/${(i + 1) * 10000}`,
      quantity: { value: line.quantity, unit: line.unit ?? "EA" },
      reasonCode: line.reasonCode ?? "WRONG_SHIPMENT",
      conditionClaimed: null,
      serialNumbers: [],
      lotNumbers: [],
      resolution: line.resolution ?? "CREDIT",
      requestException: false,
    })),
  });
}

export function evaluate(log: FactLog, lines: SampleLine[]): void {
  const evaluated = (line: SampleLine): EvaluatedLine => ({
    lineId: line.id,
    decision: line.approvalKinds?.length ? "APPROVAL" : "AUTO",
    reasons: [],
    approvalKinds: line.approvalKinds ?? [],
    returnableBase: "1000",
    windowEndsAt: null,
    posted: samplePosted(line.posted),
  });
  log.add("policy.evaluated", {
    policyVersion: "2026.1",
    customerId: "erp.customer:US01:C-2001",
    customerNumber: "C-2001",
    customerName: "Northside Mill",
    currency: "USD",
    lines: lines.map(evaluated),
  });
}

/** Grants `quantity` in the line's unit. */
export function authorize(log: FactLog, ...granted: { lineId: string; quantity: string }[]): void {
  log.add("return.authorized", {
    expiresAt: "2026-06-03T15:00:00.000Z",
    policyVersion: "2026.1",
    lines: granted.map(({ lineId, quantity }) => ({ lineId, quantity: inLineUnit(log.state, lineId, quantity) })),
  });
}

/** A supervisor lets `quantity` over units of a receipt line in. */
export const letIn = (log: FactLog, lineId: string, receiptLineId: string, quantity: string): Fact =>
  log.add("return.authorized", {
    expiresAt: "2026-06-03T15:00:00.000Z",
    policyVersion: "2026.1",
    lines: [{ lineId, quantity: inLineUnit(log.state, lineId, quantity) }],
    over: { receiptLineId, approvalId: `apr-of-${receiptLineId}` },
  });

function inLineUnit(state: ReturnState, lineId: string, value: string): Amount {
  const line = state.lines.find(({ id }) => id === lineId);
  return amount(value, line?.unit, line?.unitFactor);
}

/** A return that is requested, evaluated, granted in full, with the warehouse told. */
export function authorizedReturn(...lines: SampleLine[]): FactLog {
  const log = createFactLog();
  request(log, lines);
  evaluate(log, lines);
  authorize(log, ...lines.map(({ id, quantity }) => ({ lineId: id, quantity })));
  log.add("warehouse.chosen", { warehouse: "CHI1", ruleId: "WH-03", policyVersion: "2026.1" });
  log.add("warehouse.instructed", { warehouse: "CHI1", transactionKey: "BH1-R267Q3KX2M-W0004" });
  return log;
}

/** A line of the same order is asked for too, once the return is under way. */
export function addLine(log: FactLog, lineId: string, value = "1"): void {
  const { orderId, resolution } = log.state;
  const asked = { reasonCode: "WRONG_SHIPMENT", conditionClaimed: null, requestException: false, resolution };
  const goods = { orderLineId: `${orderId}/20000`, quantity: { value, unit: "EA" }, serialNumbers: [], lotNumbers: [] };
  log.add("return.amended", { lines: [], resolution: null, added: [{ lineId, ...goods, ...asked }] });
}

/** One warehouse receipt with one line. `quantity` in `unit` of `factor` base units. */
export function receive(
  log: FactLog,
  receiptLineId: string,
  lineId: string | null,
  quantity: Amount,
  changes: Partial<RecordedReceiptLine> = {},
): void {
  log.add("receipt.recorded", {
    receiptId: `rcp-of-${receiptLineId}`,
    warehouseReceiptNumber: `GR-${receiptLineId}`,
    warehouse: "CHI1",
    receivedAt: "2026-05-05T09:00:00.000Z",
    manual: false,
    lines: [
      {
        receiptLineId,
        line: 1,
        revision: 1,
        returnLineId: lineId,
        sku: "BRG-6204",
        quantity,
        condition: "UNOPENED",
        serialNumbers: [],
        lotNumber: null,
        expiresOn: null,
        bin: null,
        state: lineId ? "MATCHED" : "UNMATCHED",
        ...changes,
      },
    ],
  });
}

export const inspection = (
  inspectionId: string,
  receiptLineId: string,
  quantity: Amount,
  percent = "100",
  grade = "A",
): FactData["inspection.completed"] => ({
  inspectionId,
  receiptLineId,
  number: 1,
  revision: 1,
  quantity,
  grade,
  condition: null,
  findings: null,
  serialNumbers: [],
  lotNumber: null,
  inspector: { id: "usr_wilma", displayName: "Wilma", kind: "PERSON" },
  manual: false,
  inspectedAt: "2026-05-05T10:00:00.000Z",
  photos: [],
  percent,
  ruleId: `GR-${grade}`,
  policyVersion: "2026.1",
});

/** Inspects, and decides what becomes of the goods. */
export function inspect(
  log: FactLog,
  inspectionId: string,
  receiptLineId: string,
  quantity: Amount,
  percent = "100",
  grade = "A",
): void {
  log.add("inspection.completed", inspection(inspectionId, receiptLineId, quantity, percent, grade));
  log.add("disposition.decided", {
    dispositionId: `dsp-of-${inspectionId}`,
    inspectionId,
    receiptLineId,
    returnLineId:
      log.state.receipts.flatMap(({ lines }) => lines).find((line) => line.receiptLineId === receiptLineId)
        ?.returnLineId ?? "",
    code: percent === "0" ? "RETURN_TO_CUSTOMER" : "RESTOCK",
    quantity,
    warehouse: "CHI1",
    ruleId: "DI-A",
    policyVersion: "2026.1",
  });
}

/** Decides a credit of one receipt line; `post` it or leave it calculated. */
export function credit(
  log: FactLog,
  creditId: string,
  receiptLineId: string,
  lineId: string,
  quantity: Amount,
  options: { post: boolean },
): void {
  const transactionKey = `BH1-R267Q3KX2M-C${String(log.state.version + 1).padStart(4, "0")}`;
  log.add("credit.calculated", {
    creditId,
    receiptId: `rcp-of-${receiptLineId}`,
    transactionKey,
    lines: [
      {
        returnLineId: lineId,
        receiptLineId,
        invoiceNumber: "PSI-100001",
        invoiceLine: 10000,
        quantity,
        percent: "100",
        net: "100.00",
        tax: "10.25",
        feePercent: "0",
        taxCode: "IL-COOK",
      },
    ],
    fees: [],
    net: "100.00",
    feeTotal: "0.00",
    tax: "10.25",
    total: "110.25",
    currency: "USD",
    decisionHash: "hash",
    policyVersion: "2026.1",
    approvals: [],
  });
  if (options.post) post(log, creditId);
}

export function post(log: FactLog, creditId: string): void {
  const decided = log.state.credits.find((one) => one.creditId === creditId);
  if (!decided) throw new Error(`no credit ${creditId}`);
  const { transactionKey, net, tax, total } = decided;
  log.add("credit.posted", {
    creditId,
    transactionKey,
    documentId: "guid",
    number: `PSCM-${creditId}`,
    net,
    tax,
    total,
    postedOn: "2026-05-06",
  });
}
