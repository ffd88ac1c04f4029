import assert from "node:assert/strict";
import path from "node:path";
import { before, test } from "node:test";
import type { Actor, FactData } from "./facts-vocabulary.ts";
import { type Mapping, readMapping } from "./partner-mapping.ts";
import { readReport } from "./partner-reports.ts";
import { loadPolicies } from "./policies/policies.ts";
import { lineQuantities } from "./quantities.ts";
import { amount, authorizedReturn, type FactLog, receive } from "./sample-facts.ts";

const partners = path.resolve(import.meta.dirname, "../partners");
const policies = loadPolicies();
const acme: Actor = { id: "acme-3pl", displayName: "acme-3pl", kind: "PARTNER" };
let mapping: Mapping;
before(async () => {
  const read = await readMapping(partners, "acme-3pl");
  mapping = typeof read === "string" ? assert.fail(read) : read;
});

type Report = FactData["partner.reported"];
let reports = 0;
const line = (value: string, changes: object = {}) => ({
  ...{ sku: "BRG-6204", quantity: { value, unit: "PCE" }, conditionCode: "07", serialNumbers: [], lotNumber: null },
  ...changes,
});
/** Reports it, and reads what it means; facts are written where it means something. */
function report(log: FactLog, code: string, lines: Report["lines"], changes: Partial<Report> = {}, by = mapping) {
  const reportId = `inb_${(reports += 1)}`;
  const of = {
    reportId,
    partner: "acme-3pl",
    partnerKind: "third-party" as const,
    documentNumber: "944-1",
    revision: 1,
  };
  log.add("partner.reported", { ...of, code, lines, ...changes }, acme);
  const read = readReport(log.state, log.state.reports!.at(-1)!, { mapping: by, policies, back: [] });
  if ("facts" in read) log.append(read.facts);
  return read;
}
const kindsOf = (read: ReturnType<typeof readReport>) => ("facts" in read ? read.facts.map(({ kind }) => kind) : read);
const problemOf = (read: ReturnType<typeof readReport>) => ("problem" in read ? read.problem : assert.fail());
const bucketsOf = (log: FactLog) => {
  const { received, inspected, rejected } = lineQuantities(log.state, log.state.lines[0]!).unit;
  return [received.value, inspected.value, rejected.value];
};

test("goods that a third party reports are a receipt under its document number, in our codes (D-40, W-18)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  assert.deepEqual(kindsOf(report(log, "RCVD", [line("3"), line("1", { conditionCode: "01" })])), [
    "receipt.recorded",
    "partner.report-read",
  ]);
  const [receipt] = log.state.receipts;
  assert.deepEqual([receipt?.warehouse, receipt?.warehouseReceiptNumber], ["CHI1", "944-1"]);
  assert.deepEqual(
    receipt?.lines.map(({ line: at, condition, quantity, state }) => [at, condition, quantity.unit, state]),
    [
      [1, "UNOPENED", "EA", "MATCHED"],
      [2, "DAMAGED", "EA", "MATCHED"],
    ],
  );
  assert.deepEqual(bucketsOf(log), ["4", "0", "0"]);
});

test("the number told again with other lines is a correction, signed; what it leaves out did not come (D-15)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  report(log, "RCVD", [line("3"), line("1")]);
  assert.deepEqual(kindsOf(report(log, "RCVD", [line("2")], { revision: 2 })), [
    "receipt.corrected",
    "receipt.corrected",
    "partner.report-read",
  ]);
  assert.deepEqual(bucketsOf(log)[0], "2");
  assert.deepEqual(
    kindsOf(report(log, "RCVD", [line("2")], { revision: 2 })),
    ["partner.report-read"],
    "the same again",
  );
});

test("what was inspected is spread over what came, by grade or by the grade of its condition; more than came is for a person (D-13)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "6" });
  receive(log, "r1", "l1", amount("2"));
  receive(log, "r2", "l1", amount("4"));
  report(log, "QC-OK", [line("3")], { documentNumber: "QC-1" });
  assert.deepEqual(bucketsOf(log), ["6", "3", "0"]);
  assert.deepEqual(
    log.state.inspections.map(({ receiptLineId, grade, quantity, inspector }) => [
      ...[receiptLineId, grade, quantity.value, inspector.kind],
    ]),
    [
      ["r1", "A", "2", "PARTNER"],
      ["r2", "A", "1", "PARTNER"],
    ],
  );
  report(log, "QC", [line("1"), line("1", { conditionCode: "04" })], { documentNumber: "QC-2" });
  assert.deepEqual(
    log.state.inspections.slice(2).map(({ grade, number }) => [grade, number]),
    [
      ["A", 2],
      ["D", 3],
    ],
  );
  const problem = problemOf(report(log, "QC-OK", [line("2")], { documentNumber: "QC-3" }));
  assert.equal(problem.code, "BAD_DOCUMENT");
  assert.match(problem.summary, /it tells of 2 EA of BRG-6204; so many are not here/);
});

test("an inspection whose goods have not come waits for them (W-19)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  assert.deepEqual(report(log, "QC-OK", [line("1")]), { waits: true });
});

test("a code, condition or unit without a mapping is a task for operations, and nothing is written (D-40)", async () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  const cases: [string, object][] = [
    ["XYZ", {}],
    ["constructor", {}],
    ["RCVD", { conditionCode: "99" }],
    ["RCVD", { conditionCode: "toString" }],
    ["RCVD", { quantity: { value: "1", unit: "PALLET" } }],
  ];
  for (const [code, changes] of cases) {
    const { code: task, system } = problemOf(report(log, code, [line("1", changes)]));
    assert.deepEqual([task, system, log.state.receipts], ["NO_MAPPING", "partner-acme-3pl", []]);
  }
  for (const [folder, partner] of [
    [partners, "nobody"],
    [partners, "../acme-3pl"],
    [undefined, "acme-3pl"],
  ] as const) {
    const none = await readMapping(folder, partner);
    assert.equal(typeof none, "string");
    const read = readReport(log.state, log.state.reports![0]!, { mapping: none, policies, back: [] });
    assert.equal(problemOf(read).code, "NO_MAPPING");
  }
  const half = problemOf(report(log, "RCVD", [line("1.5")]));
  assert.deepEqual([half.code, log.state.receipts], ["BAD_DOCUMENT", []]);
});

test("a supplier takes no goods in for us; what it says of the one parcel is the parcel's (D-38)", async () => {
  const read = await readMapping(partners, "supplyco");
  const theirs = typeof read === "string" ? assert.fail(read) : read;
  const of = { partner: "supplyco", partnerKind: "supplier" as const };
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  assert.equal(problemOf(report(log, "RCVD", [line("1")], of)).code, "BAD_DOCUMENT");
  assert.match(problemOf(report(log, "ARRIVED", [], of, theirs)).summary, /has 0 parcels/);
  const url = "http://127.0.0.1/label";
  log.add("label.chosen", {
    ...{ labelId: "lbl_1", kind: "PARCEL", ruleId: "LA-99", policyVersion: "2026.1", weightKg: "1" },
    lines: [{ lineId: "l1", quantity: amount("4") }],
  });
  log.add("label.issued", {
    ...{
      labelId: "lbl_1",
      transactionKey: "BH1-R267Q3KX2M-L0006",
      system: "easypost",
      documentId: "shp_1",
      carrier: "UPS",
    },
    ...{
      service: "Ground",
      trackingNumber: "1Z1",
      url,
      estimatedDelivery: null,
      cost: { amount: "9.00", currency: "USD" },
    },
  });
  assert.deepEqual(kindsOf(report(log, "ARRIVED", [], of, theirs)), [
    ...["shipment.picked-up", "shipment.delivered", "partner.report-read"],
  ]);
  assert.deepEqual(kindsOf(report(log, "ACKNOWLEDGED", [], of, theirs)), ["partner.report-read"]);
});
