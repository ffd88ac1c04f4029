import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import fc from "fast-check";
import { samplePosted } from "../sample-facts.ts";
import { fits, type Value } from "./cells.ts";
import { Fraction } from "#shared/decimal.ts";
import { loadPolicies, type ApprovalInput, type EligibilityInput } from "./policies.ts";
import { loadPolicyTables } from "./policy-tables.ts";
import { readTable } from "./read-table.ts";

const policies = loadPolicies();
const asked = (changes: Partial<EligibilityInput> = {}): EligibilityInput => ({
  companyId: "US01",
  customerNumber: "C-2001",
  item: { returnable: true },
  posted: samplePosted({ deliveredOn: "2026-04-29" }),
  requested: new Fraction(2),
  returnable: new Fraction(4),
  reasonCode: "WRONG_SHIPMENT",
  conditionClaimed: "UNOPENED",
  serialNumbers: [],
  brokenCase: false,
  requestException: false,
  today: "2026-05-04",
  ...changes,
});
function ask(changes: Partial<EligibilityInput> = {}) {
  const line = policies.evaluateEligibility(asked(changes));
  return { ...line, rules: line.reasons.map(({ ruleId, code }) => `${ruleId} ${code}`).join(", ") };
}
const delivered = (deliveredOn: string, changes = {}) => ({ posted: samplePosted({ deliveredOn, ...changes }) });

test("a line within the policy may come back, until the end of the 30th day at the site (EL-99, D-26, PA-01, OS-02)", () => {
  const line = ask();
  assert.deepEqual([line.decision, line.rules, line.approvalKinds], ["AUTO", "EL-99 ELIGIBLE", []]);
  assert.equal(line.windowEndsAt, "2026-05-30T04:59:59.999Z");
  assert.equal(ask(delivered("2026-04-29", { shippedFrom: "HAM4" })).windowEndsAt, "2026-05-29T21:59:59.999Z");
  assert.equal(policies.estimateCredit(asked()), "638.35");
  assert.equal(
    policies.estimateCredit(asked({ reasonCode: "ORDERED_IN_ERROR", requested: new Fraction(1) })),
    "275.74",
  );
});

test("the last day of the window counts, the next one is too late (EL-09, D-26)", () => {
  assert.equal(ask(delivered("2026-04-04")).decision, "AUTO");
  const refused = ask(delivered("2026-04-03"));
  assert.deepEqual([refused.decision, refused.rules], ["REFUSED", "EL-09 OUTSIDE_WINDOW"]);
  assert.match(refused.reasons[0]?.message ?? "", /31 days ago/);
  const excepted = ask({ ...delivered("2026-04-03"), requestException: true });
  assert.deepEqual([excepted.decision, excepted.approvalKinds], ["APPROVAL", ["POLICY_EXCEPTION"]]);
});

test("what came back already or is not taken back is refused for good (EL-02 … EL-04)", () => {
  const tooMany = ask({ requested: new Fraction(5), requestException: true });
  assert.deepEqual(
    [tooMany.decision, tooMany.rules, tooMany.reasons[0]?.message],
    ["REFUSED", "EL-02 ALREADY_RETURNED", "Only 4 EA can still be returned."],
  );
  assert.equal(ask({ item: { returnable: false }, requestException: true }).rules, "EL-03 NOT_RETURNABLE");
  const hazardous = ask({
    posted: samplePosted({ hazardous: true }),
    item: { returnable: true, doNotShipBack: true },
    requestException: true,
  });
  assert.deepEqual([hazardous.decision, hazardous.rules], ["REFUSED", "EL-04 DO_NOT_SHIP_BACK, EL-12 HAZARD"]);
});

test("recall, warranty, cores and a contract stand instead of the window (EL-05 … EL-08, PA-02, PA-03)", () => {
  const recalled = ask({ ...delivered("2025-01-01", { recalled: true }), reasonCode: "RECALL" });
  assert.deepEqual([recalled.decision, recalled.rules, recalled.windowEndsAt], ["AUTO", "EL-05 ELIGIBLE", null]);
  const warranty = (warrantyEndsOn?: string) =>
    ask({ ...delivered("2026-01-01"), reasonCode: "WARRANTY_FAILURE", ...(warrantyEndsOn && { warrantyEndsOn }) });
  assert.equal(warranty("2026-05-04").rules, "EL-06 ELIGIBLE");
  assert.equal(warranty("2026-05-04").windowEndsAt, "2026-05-05T04:59:59.999Z");
  assert.equal(warranty("2026-05-03").rules, "EL-06 WARRANTY_ENDED");
  assert.equal(warranty().rules, "EL-09 OUTSIDE_WINDOW");
  assert.equal(ask({ ...delivered("2026-02-10"), reasonCode: "CORE_RETURN" }).rules, "EL-07 ELIGIBLE");
  assert.equal(ask({ ...delivered("2026-02-01"), reasonCode: "CORE_RETURN" }).rules, "EL-09 OUTSIDE_WINDOW");
  const contract = ask({ ...delivered("2026-03-05"), customerNumber: "C-2011" });
  assert.deepEqual(
    [contract.decision, contract.rules, contract.windowEndsAt],
    ["AUTO", "EL-08 ELIGIBLE", "2026-06-04T04:59:59.999Z"],
  );
  assert.equal(ask({ ...delivered("2026-02-01"), customerNumber: "C-2011" }).decision, "REFUSED");
});

test("wear and broken cases are refused at the customer's fault; an exception may be asked for (EL-10, EL-11, D-18, PA-09)", () => {
  assert.equal(ask({ reasonCode: "ORDERED_IN_ERROR", conditionClaimed: "USED" }).rules, "EL-10 EXCESSIVE_WEAR");
  assert.equal(ask({ brokenCase: true, reasonCode: "EXCESS_STOCK" }).rules, "EL-11 BROKEN_CASE");
  assert.equal(ask({ brokenCase: true }).decision, "AUTO");
  const excepted = ask({ brokenCase: true, reasonCode: "EXCESS_STOCK", requestException: true });
  assert.deepEqual(
    [excepted.decision, excepted.approvalKinds, excepted.rules],
    ["APPROVAL", ["POLICY_EXCEPTION"], "EL-11 BROKEN_CASE, null POLICY_EXCEPTION"],
  );
});

test("hazard, regulation, unknown serials and flags ask for approval, all of them at once (EL-12, PA-10, PA-11, D-17)", () => {
  const line = ask({
    posted: samplePosted({ hazardous: true, serialized: true, shippedSerials: ["S1"] }),
    item: { returnable: true, regulated: true },
    serialNumbers: ["S1", "S2"],
    suspicious: true,
  });
  assert.deepEqual(
    [line.decision, line.approvalKinds],
    ["APPROVAL", ["HAZARD", "REGULATED", "RETURN_AUTHORIZATION", "FRAUD_REVIEW"]],
  );
  const known = samplePosted({ serialized: true, shippedSerials: ["S1", "S2", "S3"] });
  assert.equal(ask({ posted: known, serialNumbers: ["S1", "S2"] }).decision, "AUTO");
  assert.equal(ask({ posted: known }).decision, "APPROVAL");
  assert.equal(ask({ posted: known, reasonCode: null }).decision, "AUTO");
});

test("each grade is worth what the published table says (GR-A … GR-X, D-13)", () => {
  const percents = (reasonCode: string | null) =>
    [..."ABCDNEHX"].map((grade) => policies.judgeGrade({ grade, reasonCode }).percent);
  for (const ours of ["WRONG_SHIPMENT", "DAMAGED_IN_TRANSIT", "DEFECTIVE_ON_ARRIVAL", null])
    assert.deepEqual(percents(ours), ["100", "100", "100", "100", "90", "100", "100", "0"]);
  assert.deepEqual(percents("ORDERED_IN_ERROR"), ["100", "90", "50", "0", "90", "0", "0", "0"]);
  assert.deepEqual(percents("CORE_RETURN"), ["100", "100", "100", "100", "90", "0", "0", "0"]);
  assert.deepEqual(policies.judgeGrade({ grade: "X", reasonCode: null }), {
    percent: "0",
    ruleId: "GR-X",
    policyVersion: policies.version,
  });
  assert.throws(() => policies.judgeGrade({ grade: "Z", reasonCode: null }), RangeError);
});

test("dispositions: hazard, supplier, recall and rejection stand before the grade (D-13, OS-13)", () => {
  const goods = {
    grade: "A",
    rejected: false,
    hazardous: false,
    supplierOwned: false,
    supplierProgramme: false,
    recalled: false,
  };
  const chosen = (changes: Partial<typeof goods>) => policies.chooseDisposition({ ...goods, ...changes }).code;
  const byGrade = [..."ABCDNEH"].map((grade) => chosen({ grade }));
  assert.deepEqual(byGrade, [
    "RESTOCK",
    "RESTOCK_B_GRADE",
    "REFURBISH",
    "SCRAP",
    "RESTOCK_B_GRADE",
    "SCRAP",
    "HAZMAT_DISPOSAL",
  ]);
  assert.equal(chosen({ grade: "D", supplierProgramme: true }), "RETURN_TO_VENDOR");
  assert.equal(chosen({ grade: "E", hazardous: true, rejected: true }), "HAZMAT_DISPOSAL");
  assert.equal(chosen({ supplierOwned: true, recalled: true }), "RETURN_TO_VENDOR");
  assert.equal(chosen({ recalled: true }), "HOLD");
  assert.equal(chosen({ grade: "D", rejected: true }), "RETURN_TO_CUSTOMER");
  assert.equal(chosen({ grade: "X", rejected: true }), "HOLD");
});

test("fees: none by contract or at our fault, 15 % at the customer's or for a defect not found (FE-01 … FE-99, D-08)", () => {
  const fee = (reasonCode: string, grade = "A", customerNumber = "C-2001") => {
    const { percent, ruleId } = policies.chooseFee({ customerNumber, reasonCode, grade });
    return `${ruleId} ${percent}`;
  };
  assert.equal(fee("ORDERED_IN_ERROR", "B", "C-2011"), "FE-01 0");
  assert.equal(fee("WRONG_SHIPMENT"), "FE-02 0");
  assert.equal(fee("EXCESS_STOCK"), "FE-03 15");
  assert.equal(fee("DEFECTIVE_ON_ARRIVAL", "N"), "FE-03 15");
  assert.equal(fee("CORE_RETURN"), "FE-99 0");
  assert.equal(policies.chooseRepacking({ reasonCode: "EXCESS_STOCK", brokenCase: true }).amount, "5.00");
  assert.equal(policies.chooseRepacking({ reasonCode: "WRONG_SHIPMENT", brokenCase: true }).amount, "0.00");
  assert.deepEqual(
    ["ORDERED_IN_ERROR", "PRICE_ERROR", "RECALL"].map((reason) => policies.choosePayer(reason).payer),
    ["CUSTOMER", "NONE", "US"],
  );
});

test("labels: who ships its own way, hazard with and without data, freight, parcel (LA-01 … LA-99, D-37)", () => {
  const label = (changes: object = {}) => {
    const goods = {
      reasonCode: "WRONG_SHIPMENT",
      withoutGoods: false,
      hazardous: false,
      hazardData: false,
      weightKg: null,
    };
    const { kind, ruleId } = policies.chooseLabel({ ...goods, ...changes });
    return `${ruleId} ${kind}`;
  };
  assert.equal(label(), "LA-99 PARCEL");
  assert.equal(label({ reasonCode: "ORDERED_IN_ERROR" }), "LA-01 NONE");
  assert.equal(label({ reasonCode: "PRICE_ERROR" }), "LA-01 NONE");
  assert.equal(label({ withoutGoods: true }), "LA-01 NONE");
  assert.equal(label({ hazardous: true }), "LA-02 NONE");
  assert.equal(label({ hazardous: true, hazardData: true }), "LA-03 BILL_OF_LADING");
  assert.equal(label({ weightKg: new Fraction("68") }), "LA-99 PARCEL");
  assert.equal(label({ weightKg: new Fraction("68.1") }), "LA-04 BILL_OF_LADING");
});

test("warehouse: consignment, the site that shipped it, the first one of the company (WH-02 … WH-99, OS-06)", () => {
  const choice = (changes: object) => {
    const { warehouse, ruleId } = policies.chooseWarehouse({
      companyId: "US01",
      shippedFrom: "DAL2",
      supplierOwned: false,
      ...changes,
    });
    return `${ruleId} ${warehouse}`;
  };
  assert.equal(choice({ supplierOwned: true }), "WH-02 DAL2");
  assert.equal(choice({}), "WH-03 DAL2");
  assert.equal(choice({ shippedFrom: "OLD1" }), "WH-99 CHI1");
  assert.equal(choice({ shippedFrom: null, companyId: "EU03" }), "WH-99 HAM4");
  assert.throws(() => choice({ companyId: "XX09" }), /No site of XX09/);
});

test("approvals: tiers by the cumulative amount of return or customer's day (AP-…, D-23, PA-07, PA-08)", () => {
  const tiers = (kind: string, net: string, more: Partial<ApprovalInput> = {}) =>
    policies
      .requiredApprovals({ kind, net: new Fraction(net), ...more })
      .map(({ tier, requiredRole, threshold }) => `${tier} ${requiredRole} ${threshold}`);
  assert.deepEqual(tiers("HIGH_VALUE_CREDIT", "999.99"), []);
  assert.deepEqual(tiers("HIGH_VALUE_CREDIT", "1000.00"), ["1 finance 1000.00"]);
  assert.deepEqual(tiers("HIGH_VALUE_CREDIT", "12400.00"), ["1 finance 1000.00", "2 supervisor 10000.00"]);
  assert.deepEqual(tiers("DAMAGED_GOODS", "250.00", { grade: "C", percent: "50" }), ["1 supervisor 250.00"]);
  assert.deepEqual(tiers("DAMAGED_GOODS", "250.00", { grade: "B", percent: "100" }), []);
  assert.deepEqual(tiers("DAMAGED_GOODS", "250.00", { grade: "D", percent: "0" }), []);
  assert.deepEqual(tiers("DAMAGED_GOODS", "1.00", { grade: "D", percent: "40", percentRaised: true }), [
    "1 supervisor null",
  ]);
  assert.deepEqual(
    policies.requiredApprovals({ kind: "GATE_EXCEPTION" }).map(({ requiredRole }) => requiredRole),
    ["finance", "supervisor"],
  );
  assert.deepEqual(tiers("OVER_RECEIPT", "5.00"), ["1 supervisor null"]);
  assert.deepEqual(tiers("SUPPLIER_CHARGEBACK", "499.99"), []);
  for (const kind of ["RETURN_AUTHORIZATION", "POLICY_EXCEPTION", "HAZARD", "REGULATED", "FRAUD_REVIEW"])
    assert.deepEqual(
      policies.requiredApprovals({ kind }).map(({ requiredRole }) => requiredRole),
      ["supervisor"],
    );
});

test("memos per receipt unless the customer says otherwise; no case is opened by itself (ME-01, ME-99, CA-01, D-19, D-31)", () => {
  assert.equal(policies.groupMemos(null).grouping, "PER_RECEIPT");
  assert.equal(policies.groupMemos("PER_DAY").grouping, "PER_DAY");
  assert.equal(policies.openCase({ channel: "portal", caseGiven: false }).deed, "NONE");
  assert.equal(policies.openCase({ channel: "edi", caseGiven: false }).deed, "LINK_ONLY");
});

test("what the engine answers is what the checks of a table think it does (PA-13)", () => {
  const folder = new URL("tables/", import.meta.url);
  const tables = loadPolicyTables();
  for (const file of readdirSync(folder)) {
    const table = readTable(readFileSync(new URL(file, folder), "utf8"), []) ?? assert.fail(file);
    const values = Object.fromEntries(
      Object.entries(table.columns).map(([name, { kind, codes, optional }]) => [name, valuesOf(kind, codes, optional)]),
    );
    fc.assert(
      fc.property(fc.record(values), (input) => {
        const fitting = table.rows.filter((row) =>
          Object.entries(row.if).every(([name, condition]) => fits(condition, input[name] ?? null)),
        );
        if (table.take === "first") assert.equal(tables.first(table.decision, input).ruleId, fitting[0]?.rule);
        else
          assert.ok(
            tables.all(table.decision, input).every(({ ruleId }) => fitting.some(({ rule }) => rule === ruleId)),
          );
      }),
      { numRuns: 300 },
    );
  }
});

function valuesOf(kind: string, codes: readonly string[], optional: boolean): fc.Arbitrary<Value> {
  if (kind === "flag") return fc.boolean();
  const some: fc.Arbitrary<Value> =
    kind === "code"
      ? fc.constantFrom(...codes)
      : kind === "text"
        ? fc.constantFrom("C-2011", "portal", "other")
        : fc.constantFrom(0, 30, 30.5, 31, 90, 91, 250, 999.99, 1000, 10000);
  return optional ? fc.option(some) : some;
}
