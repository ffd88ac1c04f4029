import assert from "node:assert/strict";
import { test } from "node:test";
import { calculateCredits, type CalculatedCredit, type CreditRules } from "./credit-calculation.ts";
import type { Amount, CreditLine, PostedFacts } from "./facts-vocabulary.ts";
import { loadPolicies } from "./policies/policies.ts";
import { lineQuantities } from "./quantities.ts";
import {
  amount,
  authorizedReturn,
  credit,
  inspect,
  inspection,
  post,
  receive,
  type FactLog,
  type SampleLine,
} from "./sample-facts.ts";

// The worked examples of vocabulary section 8, to the cent.

const policies = loadPolicies();

function rules(log: FactLog, others: readonly CreditLine[] = []): CreditRules {
  const customerNumber = log.state.customerNumber ?? "";
  return {
    policyVersion: policies.version,
    creditedByOthers: (invoice, line) =>
      others.filter((one) => one.invoiceNumber === invoice && one.invoiceLine === line),
    feeFor: ({ reasonCode }, { grade }) => policies.chooseFee({ customerNumber, reasonCode, grade }),
    repackingFor: ({ reasonCode }) => policies.chooseRepacking({ reasonCode, brokenCase: true }),
  };
}

/** Receives and inspects a part of a line; the units of each grade on one receipt line. */
function arrive(log: FactLog, lineId: string, ...parts: { quantity: Amount; grade?: string }[]): string {
  const receiptLineId = `rcl-${log.state.version}`;
  const base = parts.reduce((sum, { quantity }) => sum + Number(quantity.base), 0);
  receive(log, receiptLineId, lineId, amount(String(base), "EA"));
  const reasonCode = log.state.lines.find(({ id }) => id === lineId)?.reasonCode ?? null;
  parts.forEach(({ quantity, grade = "A" }, i) => {
    const { percent } = policies.judgeGrade({ grade, reasonCode });
    inspect(log, `ins-${receiptLineId}-${i}`, receiptLineId, quantity, percent, grade);
  });
  return `rcp-of-${receiptLineId}`;
}

function decide(log: FactLog, receiptId: string, others: readonly CreditLine[] = []): CalculatedCredit {
  const [credit, ...more] = calculateCredits(log.state, receiptId, rules(log, others));
  assert.ok(credit);
  assert.equal(more.length, 0);
  const { invoiceNumber: _, ...data } = credit;
  const creditId = `crd-${log.state.version}`;
  const transactionKey = `BH1-R267Q3KX2M-C${String(log.state.version + 1).padStart(4, "0")}`;
  log.add("credit.calculated", {
    creditId,
    receiptId,
    transactionKey,
    ...data,
    currency: "USD",
    policyVersion: policies.version,
    approvals: [],
  });
  post(log, creditId);
  return credit;
}
const text = ({ net, feeTotal, tax, total }: CalculatedCredit) => `${net} ${feeTotal} ${tax} ${total}`;

/** What each receipt of a line is credited: net, fee, tax, total. */
function memos(line: Omit<SampleLine, "id">, ...receipts: { quantity: Amount; grade?: string }[][]): string[] {
  const log = authorizedReturn({ id: "l1", ...line });
  return receipts.map((parts) => text(decide(log, arrive(log, "l1", ...parts))));
}
const ea = (value: string, grade?: string) => [{ quantity: amount(value), ...(grade && { grade }) }];
const sold = (changes: Partial<PostedFacts>) => ({ posted: changes });
const bearing = sold({});
const line2 = sold({ lineNet: "843.50", unitPrice: "84.35", invoicedBase: "10", shippedBase: "10" });
const line3 = sold({
  lineNet: "299.98",
  unitPrice: "149.99",
  invoicedBase: "24",
  invoicedUnit: "CS",
  invoicedUnitFactor: "12",
  unitFactor: "12",
});
const line4 = sold({ lineNet: "100.00", unitPrice: "40.00", invoicedBase: "3", taxCode: "EXEMPT", taxRate: "0" });
const line5 = sold({ lineNet: "270.60", unitPrice: "45.10", invoicedBase: "6", taxRate: "9.50" });

test("SO-100001: four at our fault; by mistake four and one, half up (D-08, D-20, D-21, OS-15)", () => {
  assert.deepEqual(memos({ quantity: "4", ...bearing }, ea("4")), ["1158.00 0.00 118.70 1276.70"]);
  assert.deepEqual(memos({ quantity: "4", reasonCode: "ORDERED_IN_ERROR", ...bearing }, ea("4")), [
    "1158.00 173.70 118.70 1103.00",
  ]);
  assert.deepEqual(memos({ quantity: "1", reasonCode: "ORDERED_IN_ERROR", ...bearing }, ea("1")), [
    "289.50 43.43 29.67 275.74",
  ]);
});

test("SO-100002: three receipts, each credited on its own, close to the cent (D-19, D-20, CM-20)", () => {
  const found = memos({ quantity: "10", ...line2 }, ea("3"), ea("4"), ea("3"));
  assert.deepEqual(found, ["253.05 0.00 25.94 278.99", "337.40 0.00 34.58 371.98", "253.05 0.00 25.94 278.99"]);
});

test("SO-100002: of five that come last, three count; the two over are not credited (D-12, D-13)", () => {
  const found = memos({ quantity: "10", ...line2 }, ea("3"), ea("4"), ea("5"));
  assert.equal(found[2], "253.05 0.00 25.94 278.99");
});

test("SO-100003: a case, eight, four; or fifteen at once (D-18, D-20)", () => {
  const cases = { quantity: "2", unit: "CS", ...line3 };
  const found = memos(cases, [{ quantity: amount("1", "CS", "12") }], ea("8"), ea("4"));
  assert.deepEqual(found, ["149.99 0.00 15.37 165.36", "99.99 0.00 10.25 110.24", "50.00 0.00 5.13 55.13"]);
  assert.deepEqual(memos(cases, ea("15")), ["187.49 0.00 19.22 206.71"]);
});

test("SO-100003: a case broken at the customer's fault costs its repacking once (EL-11, D-08)", () => {
  const found = memos(
    { quantity: "8", unit: "EA", reasonCode: "EXCESS_STOCK", ...sold({ ...line3.posted, unitFactor: "1" }) },
    ea("4"),
    ea("4"),
  );
  assert.deepEqual(found, ["50.00 12.50 5.13 42.63", "49.99 7.50 5.12 47.61"]);
});

test("SO-100004: an invoice discount is prorated, one unit each time (D-07, D-20)", () => {
  assert.deepEqual(memos({ quantity: "3", ...line4 }, ea("1"), ea("1"), ea("1")), [
    "33.33 0.00 0.00 33.33",
    "33.34 0.00 0.00 33.34",
    "33.33 0.00 0.00 33.33",
  ]);
});

test("SO-100005: the invoice's tax rate holds, not today's (D-21, CM-07)", () => {
  assert.deepEqual(memos({ quantity: "6", ...line5 }, ea("2"), ea("4")), [
    "90.20 0.00 8.57 98.77",
    "180.40 0.00 17.14 197.54",
  ]);
});

test("SO-100020: cores pay their deposit at grades A to D; an E core is rejected (GR-CORE)", () => {
  const cores = {
    quantity: "2",
    reasonCode: "CORE_RETURN",
    ...sold({ lineNet: "170.00", unitPrice: "85.00", invoicedBase: "2", taxCode: "CORE-NT", taxRate: "0" }),
  };
  const log = authorizedReturn({ id: "l1", ...cores });
  const receiptId = arrive(log, "l1", { quantity: amount("1"), grade: "C" }, { quantity: amount("1"), grade: "E" });
  assert.equal(text(decide(log, receiptId)), "85.00 0.00 0.00 85.00");
  const { unit } = lineQuantities(log.state, log.state.lines[0] ?? assert.fail());
  assert.deepEqual([unit.accepted.value, unit.rejected.value], ["1", "1"]);
});

test("SO-100022: the contract charges no fee, the grade still counts (FE-01, GR-B)", () => {
  const posted = sold({ lineNet: "312.00", unitPrice: "62.40", invoicedBase: "5" });
  const contract = (grade: string) => {
    const log = authorizedReturn({ id: "l1", quantity: "5", reasonCode: "ORDERED_IN_ERROR", ...posted });
    const receiptId = arrive(log, "l1", { quantity: amount("5"), grade });
    const [credit] = calculateCredits(log.state, receiptId, {
      ...rules(log),
      feeFor: ({ reasonCode }, found) =>
        policies.chooseFee({ customerNumber: "C-2011", reasonCode, grade: found.grade }),
    });
    return text(credit ?? assert.fail());
  };
  assert.equal(contract("A"), "312.00 0.00 31.98 343.98");
  assert.equal(contract("B"), "280.80 0.00 28.78 309.58");
});

test("SO-100024: one receipt, or four and four (D-19, D-23)", () => {
  const posted = sold({ lineNet: "12400.00", unitPrice: "1550.00", invoicedBase: "8" });
  assert.deepEqual(memos({ quantity: "8", ...posted }, ea("8")), ["12400.00 0.00 1271.00 13671.00"]);
  assert.deepEqual(memos({ quantity: "8", ...posted }, ea("4"), ea("4")), [
    "6200.00 0.00 635.50 6835.50",
    "6200.00 0.00 635.50 6835.50",
  ]);
});

test("several grades on one receipt line are rounded once together (vocabulary 8: Σ line total × qᵢ ÷ Q × pᵢ)", () => {
  const log = authorizedReturn({
    id: "l1",
    quantity: "3",
    reasonCode: "CORE_RETURN",
    ...sold({ lineNet: "100.01", invoicedBase: "3", taxRate: "0" }),
  });
  const receiptId = arrive(
    log,
    "l1",
    { quantity: amount("1"), grade: "N" },
    { quantity: amount("1"), grade: "A" },
    { quantity: amount("1"), grade: "E" },
  );
  const credit = decide(log, receiptId);
  assert.equal(credit.net, "63.34"); // 100.01 ÷ 3 × (0.9 + 1) = 63.3396…
  assert.deepEqual(
    credit.lines.map(({ percent, net }) => `${percent} ${net}`),
    ["90 30.00", "100 33.34"],
  );
});

test("what other returns and people in the ERP credited of the invoice line counts, and the last one closes (D-14, D-20)", () => {
  const half = { ...sold({ ...line5.posted, creditedElsewhere: { base: "2", net: "90.20", tax: "8.57" } }) };
  assert.deepEqual(memos({ quantity: "4", ...half }, ea("4")), ["180.40 0.00 17.14 197.54"]);
  const log = authorizedReturn({ id: "l1", quantity: "1", ...line4 });
  const line = (net: string): CreditLine => ({
    returnLineId: "rln-other",
    receiptLineId: "rcl-other",
    invoiceNumber: "PSI-100001",
    invoiceLine: 10000,
    quantity: amount("1"),
    percent: "100",
    net,
    tax: "0.00",
    taxCode: "EXEMPT",
    feePercent: "0",
  });
  assert.equal(decide(log, arrive(log, "l1", { quantity: amount("1") }), [line("33.33"), line("33.34")]).net, "33.33");
});

test("over units that are approved after the memo are credited on their own (D-10, D-14)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "3", ...line2 });
  const receiptId = arrive(log, "l1", { quantity: amount("5") });
  assert.equal(decide(log, receiptId).net, "253.05");
  assert.deepEqual(calculateCredits(log.state, receiptId, rules(log)), []);
  log.add("return.authorized", {
    lines: [{ lineId: "l1", quantity: amount("2") }],
    expiresAt: "2026-06-03T15:00:00.000Z",
    policyVersion: "2026.1",
  });
  assert.equal(decide(log, receiptId).net, "168.70");
});

test("a declined credit is not calculated again, until its goods are inspected again (D-15, D-23)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4", ...bearing });
  const receiptId = arrive(log, "l1", { quantity: amount("4") });
  const receiptLineId = receiptId.replace("rcp-of-", "");
  credit(log, "crd-1", receiptLineId, "l1", amount("4"), { post: false });
  log.add("credit.declined", { creditId: "crd-1" });
  assert.deepEqual(calculateCredits(log.state, receiptId, rules(log)), []);
  const again = inspection("ins-again", receiptLineId, amount("4"));
  log.add("inspection.corrected", { ...again, revision: 2, replaces: `ins-${receiptLineId}-0` });
  assert.equal(calculateCredits(log.state, receiptId, rules(log))[0]?.net, "1158.00");
});

test("the decision's hash changes with lines, quantities, amounts and rules, and with nothing else (W-08)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4", ...bearing });
  const receiptId = arrive(log, "l1", { quantity: amount("2") });
  const hash = (changes: Partial<CreditRules> = {}) =>
    calculateCredits(log.state, receiptId, { ...rules(log), ...changes })[0]?.decisionHash;
  assert.equal(hash(), hash());
  assert.notEqual(hash({ policyVersion: "2026.2" }), hash());
  assert.notEqual(hash({ feeFor: () => ({ percent: "15", ruleId: "FE-03" }) }), hash());
});
