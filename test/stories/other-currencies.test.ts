import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Acts, createActs, newKey } from "../acts.ts";
import { letTheDayStay } from "../day-that-stays.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// Thresholds are in the company's currency, at the rate of the day of the decision (D-22): 1 EUR is 1.09 USD in US01, 1 USD 0.92 EUR in EU03.

let system: Everything;
let acts: Acts;
before(async () => {
  letTheDayStay();
  system = await startEverything();
  acts = createActs(system);
});

type Goods = { company?: string; grade?: "A" | "E"; reason?: string };
async function inspected(
  order: string,
  quantity: string,
  { company = "US01", grade = "A", reason = "WRONG_SHIPMENT" }: Goods = {},
) {
  const returnId = await acts.requestReturn(order, [{ quantity, reason }], { by: "role:service", company });
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade });
  return returnId;
}
const askedOf = (returnId: string) =>
  system.returnWhen(returnId, "an approval to be asked for", ({ approvals }) => approvals.length > 0);
/** What 100 EUR are worth in US01 from now on. */
const setRate = (worth: string | null) =>
  system.sandbox.servers["business-central"].controls.exchangeRate({ company: "US01", currency: "EUR", worth });
const inbox = async (returnId: string) => {
  const { approvals } = await (await system.as("fin")).data("service-ui/approvals-inbox", { first: 100 });
  return approvals.edges.map(({ node }: any) => node).filter((node: any) => node.return.id === returnId);
};

test("SO-100027: 950.00 EUR are above 1,000.00 USD: finance is asked in USD, the memo is in EUR, and the rate is in the fact", async () => {
  const returnId = await inspected("SO-100027", "10");
  const { credits, approvals } = await askedOf(returnId);
  const [credit] = credits;
  assert.deepEqual([credit?.net, credit?.currency], ["950.00", "EUR"]);
  const { rate, currency, day, validFrom, system: told } = credit!.exchangeRate!;
  assert.deepEqual([rate, currency, told, validFrom <= day], ["1.09", "USD", "erp-us01", true]);
  assert.deepEqual(
    approvals.map((one) => [one.requiredRole, one.amount, one.currency, one.threshold]),
    [["finance", "1035.50", "USD", "1000.00"]],
  );
  const [shown] = await inbox(returnId);
  assert.deepEqual(shown.amount, { amount: "1035.50", currency: "USD" });
  assert.match(shown.reasons[0].message, /come to 1035\.50 USD; 1000\.00 needs finance/);
  await system.quiet(returnId);

  const decide = async (amount: { amount: string; currency: string }) => {
    const input = { idempotencyKey: newKey(), id: shown.id, decision: "APPROVE", amount };
    return (await (await system.as("fin")).data("service-ui/decide-approval", { input })).decideApproval;
  };
  const other = await decide({ amount: "1035.50", currency: "EUR" });
  assert.deepEqual([other.approval, other.userErrors[0].code], [null, "CONFLICT"]);
  const seen = await decide({ amount: "1035.50", currency: "USD" });
  assert.deepEqual([seen.approval.status, seen.userErrors], ["APPROVED", []]);
  const done = await acts.credited(returnId, 1);
  assert.equal(done.credits[0]?.erp?.net, "950.00");
  const { ledger } = system.sandbox.servers["business-central"];
  assert.deepEqual(
    ledger.byKey(credit!.transactionKey).map(({ header }) => header["currencyCode"]),
    ["EUR"],
  );
  await judge(system, returnId);
});

test("SO-300002: 1,050.00 USD are below 1,000.00 EUR: nobody is asked", async () => {
  const returnId = await inspected("SO-300002", "10", { company: "EU03" });
  const { credits, approvals } = await acts.credited(returnId, 1);
  assert.deepEqual(
    [credits[0]?.net, credits[0]?.currency, credits[0]?.exchangeRate?.rate, approvals],
    ["1050.00", "USD", "0.92", []],
  );
  await judge(system, returnId);
});

test("SO-100028, SO-100029: 480.00 EUR and 480.00 USD of a customer's day come to 1,003.20 USD, whatever the rate is by then (D-23)", async () => {
  const euros = await inspected("SO-100028", "5");
  await acts.credited(euros, 1);
  system.sandbox.servers["business-central"].controls.exchangeRate({
    company: "US01",
    currency: "EUR",
    worth: "50.00",
  });
  const dollars = await inspected("SO-100029", "5");
  const { credits, approvals } = await askedOf(dollars);
  assert.deepEqual(
    [credits[0]?.currency, credits[0]?.exchangeRate, approvals.map((one) => [one.requiredRole, one.amount])],
    ["USD", undefined, [["finance", "1003.20"]]],
  );
  setRate("109.00");
  await judge(system, euros);
  await judge(system, dollars);
});

test("SO-100030: damaged goods worth 240.00 EUR are above 250.00 USD and wait for a supervisor, their credit too (PA-08)", async () => {
  const returnId = await inspected("SO-100030", "3", { grade: "E", reason: "PACKED_BADLY" });
  const { approvals } = await askedOf(returnId);
  assert.deepEqual(
    approvals.map(({ kind, requiredRole, threshold }) => [kind, requiredRole, threshold]),
    [["DAMAGED_GOODS", "supervisor", "250.00"]],
  );
  await system.quiet(returnId);
  const waiting = await system.stateOf(returnId);
  assert.deepEqual([waiting.dispositions, waiting.credits], [[], []]);
  assert.deepEqual((await acts.decide(returnId, "sam")).userErrors, []);
  await acts.credited(returnId, 1);
  await judge(system, returnId);
});

test("SO-300003: damaged goods worth 260.00 USD are below 250.00 EUR: disposition and credit go on (PA-08)", async () => {
  const returnId = await inspected("SO-300003", "4", { company: "EU03", grade: "E", reason: "PACKED_BADLY" });
  const { approvals, dispositions } = await acts.credited(returnId, 1);
  assert.deepEqual([approvals, dispositions[0]?.exchangeRate?.rate], [[], "0.92"]);
  await judge(system, returnId);
});

test("where the ERP knows no rate every tier is asked, whatever the amount (D-22)", async () => {
  const returnId = await acts.requestReturn("SO-100027", [{ quantity: "2" }]);
  const { receipt, floor } = await acts.receive(returnId);
  await system.returnWhen(returnId, "the goods to be in the ERP", ({ postings }) => postings.length > 0);
  setRate(null);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { credits, approvals } = await askedOf(returnId);
  assert.deepEqual(
    [credits[0]?.net, credits[0]?.exchangeRate, approvals.map((one) => [one.requiredRole, one.currency])],
    [
      "190.00",
      undefined,
      [
        ["finance", "EUR"],
        ["supervisor", "EUR"],
      ],
    ],
  );
  assert.match(approvals[0]!.reasons[0]!.message, /^No exchange rate is known/);
  await judge(system, returnId);
});
