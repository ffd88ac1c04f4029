import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { CreditState, ReturnState } from "#orchestration/return-state.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// What a credit comes to, and where it goes: each story from request to CLOSED, to the cent (vocabulary section 8).

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const amounts = ({ net, feeTotal, tax, erp }: CreditState) => [net, feeTotal, tax, erp?.total];
const onlyCredit = ({ credits }: ReturnState): CreditState => {
  assert.equal(credits.length, 1);
  return credits[0]!;
};

/** Receives all of it, inspects it with a grade and sees the return through to CLOSED. */
async function wholeReturn(returnId: string, grade: "A" | "B" = "A"): Promise<ReturnState> {
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade });
  await acts.credited(returnId, 1);
  return closed(returnId, 1);
}

async function closed(returnId: string, dispositions: number): Promise<ReturnState> {
  const state = await acts.close(returnId, dispositions);
  await judge(system, returnId);
  return state;
}

test("SO-100005: invoiced at 9.50 % and credited at 9.50 %, whatever the rate is today; two memos come to what was paid (D-21, D-20)", async () => {
  const returnId = await acts.requestReturn("SO-100005", [{ quantity: "6" }]);
  for (const [index, quantity] of ["2", "4"].entries()) {
    const { receipt, floor } = await acts.receive(returnId, [
      { instructionLine: 1, quantity: { value: quantity, unit: "EA" }, complete: index === 1 },
    ]);
    floor.inspect({ receipt, line: 1, grade: "A" });
    await acts.credited(returnId, index + 1);
  }
  const { credits } = await closed(returnId, 2);
  assert.deepEqual(credits.map(amounts), [
    ["90.20", "0.00", "8.57", "98.77"],
    ["180.40", "0.00", "17.14", "197.54"],
  ]);
});

test("SO-100006: the invoice is paid, so the credit stands on the customer's account (D-25)", async () => {
  const before = Number(system.sandbox.servers["business-central"].ledger.balanceOf("US01", "C-2016"));
  const returnId = await acts.requestReturn("SO-100006", [{ quantity: "3" }]);
  const credit = onlyCredit(await wholeReturn(returnId));
  assert.deepEqual(amounts(credit), ["354.00", "0.00", "36.29", "390.29"]);
  assert.deepEqual([credit.applications, credit.onAccount], [[], "390.29"]);
  assert.equal(
    Number(system.sandbox.servers["business-central"].ledger.balanceOf("US01", "C-2016")).toFixed(2),
    (before - 390.29).toFixed(2),
  );
});

for (const { order, customer, blocked, net, tax, total } of [
  { order: "SO-100007", customer: "C-2001", blocked: "Ship", net: "192.00", tax: "19.68", total: "211.68" },
  { order: "SO-100008", customer: "C-2002", blocked: "Invoice", net: "196.00", tax: "20.09", total: "216.09" },
])
  test(`${order}: ${customer} is blocked for ${blocked}, which keeps nobody from a credit (D-06)`, async () => {
    const returnId = await acts.requestReturn(order, [{ quantity: "2" }]);
    const state = await wholeReturn(returnId);
    const credit = onlyCredit(state);
    assert.deepEqual(amounts(credit), [net, "0.00", tax, total]);
    assert.deepEqual([credit.applications.map(({ amount }) => amount), credit.onAccount], [[total], "0.00"]);
    assert.deepEqual([state.customerNumber, state.exceptions], [customer, []]);
  });

test("SO-100014: the same SKU on two invoices comes back in one parcel and is credited with a memo for each, at each one's price (D-14, D-19)", async () => {
  const returnId = await acts.requestReturn("SO-100014", [
    { line: 10000, quantity: "4" },
    { line: 20000, quantity: "6" },
  ]);
  const { receipt, floor } = await acts.receive(returnId);
  await system.returnWhen(returnId, "the goods in the ERP", ({ postings }) => postings.length > 0);
  await system.quiet(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await system.returnWhen(returnId, "the first inspection", ({ inspections }) => inspections.length > 0);
  await system.quiet(returnId);
  floor.inspect({ receipt, line: 2, grade: "A" });
  await acts.credited(returnId, 2);
  const { credits, receipts } = await closed(returnId, 2);
  assert.equal(receipts.length, 1);
  assert.deepEqual(
    credits.map((credit) => [credit.lines[0]?.invoiceNumber, ...amounts(credit)]),
    [
      ["PSI-100014", "352.00", "0.00", "36.08", "388.08"],
      ["PSI-100014-2", "507.00", "0.00", "51.97", "558.97"],
    ],
  );
  assert.deepEqual(
    credits.map(({ applications }) => applications.map(({ invoiceNumber }) => invoiceNumber)),
    [["PSI-100014"], ["PSI-100014-2"]],
  );
});

test("SO-100022: C-2011's contract takes goods back for 90 days and charges no fee, though they were ordered in error (EL-08, FE-01)", async () => {
  const returnId = await acts.requestReturn("SO-100022", [{ quantity: "5", reason: "ORDERED_IN_ERROR" }]);
  const state = await wholeReturn(returnId);
  assert.deepEqual(amounts(onlyCredit(state)), ["312.00", "0.00", "31.98", "343.98"]);
  assert.ok(state.lines[0]?.evaluated?.reasons.some(({ ruleId }) => ruleId === "EL-08"));
});

test("SO-100010: when the cents of several memos would come to more tax than was invoiced, finance says whether the last one is posted so (D-21, RS-29)", async () => {
  const { controls } = system.sandbox.servers["business-central"];
  controls.creditByHand({ company: "US01", invoiceNumber: "PSI-100010", lines: [{ sequence: 10000, quantity: 2 }] });
  const returnId = await acts.requestReturn("SO-100010", [{ quantity: "18" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { exceptions } = await system.returnWhen(returnId, "a task", (state) => state.exceptions.length > 0);
  assert.deepEqual(
    exceptions.map(({ code, owner }) => [code, owner]),
    [["TAX_DIFFERENCE", "finance"]],
  );
  assert.match(exceptions[0]!.summary, /more tax would be credited of PSI-100010 than it carries/);
  assert.match(exceptions[0]!.amounts!, /14\.87 tax would be credited of PSI-100010, which carries 14\.86 USD/);
  await system.quiet(returnId);

  const fin = await system.as("fin");
  const { resolveException } = await fin.data("service-ui/resolve-exception", {
    input: {
      idempotencyKey: newKey(),
      id: exceptions[0]!.exceptionId,
      resolution: "WAIVED",
      note: "One cent, the authority rounds so too.",
    },
  });
  assert.deepEqual(resolveException.userErrors, []);
  await acts.credited(returnId, 1);
  const state = await closed(returnId, 1);
  assert.deepEqual([amounts(onlyCredit(state)), state.exceptions.length], [["130.50", "0.00", "13.37", "143.88"], 1]);
});
