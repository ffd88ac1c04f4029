import assert from "node:assert/strict";
import { before, test } from "node:test";
import { sql } from "kysely";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// CA02 has plain Business Central v2.0: the memo brings the goods in, and every later move is made by hand (D-02).

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything();
  acts = createActs(system);
  const today = new Date().toISOString().slice(0, 10);
  orders = plainOrders({ ...system.sandbox.distributor, company: "CA02", today });
});

const inCanada = { company: "CA02" };
const erp = () => system.sandbox.servers["business-central"];
const stock = (location: string) => erp().ledger.stockAt("CA02", "FLT-1220", location);
const book = (...lines: [location: string, quantity: string][]) =>
  erp().controls.bookItems({
    company: "CA02",
    lines: lines.map(([location, quantity]) => ({ item: "FLT-1220", location, quantity })),
  }).number;

test("SO-200001: accepted goods come into CA02's ERP with their memo, a person books the moves, and the return closes (D-01, D-02, D-25, D-32, RS-09)", async () => {
  const atSite = stock("TOR3");
  const returnId = await acts.requestReturn("SO-200001", [{ quantity: "4", reason: "ORDERED_IN_ERROR" }], inCanada);
  const { receipt, floor } = await acts.receive(returnId);
  await system.quiet(returnId);
  assert.equal(stock("QUARANTINE"), "0", "the receipt brings nothing into the ERP");

  // Three as new, one without value: its reason is the customer's, so it is rejected and goes back.
  floor.inspect({ receipt, line: 1, grade: "A", quantity: "3" });
  floor.inspect({ receipt, line: 1, grade: "E", quantity: "1" });
  const { credits, postings } = await acts.credited(returnId, 1);
  assert.deepEqual(
    [credits[0]?.currency, credits[0]?.erp, credits[0]?.applications],
    ["CAD", { net: "149.81", tax: "22.91", total: "172.72" }, [{ invoiceNumber: "PSI-200001", amount: "172.72" }]],
  );
  assert.deepEqual(
    postings.map(({ kind, documentNumber, to, quantity }) => [kind, documentNumber, to, quantity.value]),
    [["STOCK_IN", credits[0]!.number, "quarantine", "3"]],
  );
  assert.equal(stock("QUARANTINE"), "3", "the three that were accepted, and not the fourth");
  assert.equal(await transactionsOf(returnId, ["credit.posted", "inventory.received"]), 1, "both facts in one (W-05)");
  assert.deepEqual(
    erp()
      .ledger.read()
      .documents.filter(({ company, kind }) => company === "CA02" && kind !== "salesCreditMemos"),
    [],
    "no return order, no receipt, no adjustment",
  );

  // Both dispositions wait for people; the warehouse does its part meanwhile.
  const tasks = await acts.movesByHand(returnId, 2);
  await acts.executeDispositions(returnId, 2);
  await system.quiet(returnId);
  const [moved, rejected] = ["QUARANTINE to TOR3", "no credit memo"].map((words) =>
    tasks.find(({ summary }) => summary.replace("quarantine", "QUARANTINE").includes(words))!,
  ) as [(typeof tasks)[number], (typeof tasks)[number]];
  assert.deepEqual(
    tasks.map(({ category, owner, system: where }) => [category, owner, where]),
    [
      ["ERP_RULE", "finance", "erp-ca02"],
      ["ERP_RULE", "finance", "erp-ca02"],
    ],
  );
  assert.deepEqual((await acts.resolve("wilma", moved.exceptionId)).userErrors[0]?.code, "NOT_FOUND");

  // A number that the ledger does not have, and then the memo's own, are asked about again.
  for (const [reference, why] of [
    ["ITJ-NOWHERE", "shows no FLT-1220 under ITJ-NOWHERE"],
    [credits[0]!.number!, "brought the goods in"],
    [undefined, "No document number was given"],
  ] as const) {
    const [open] = (await acts.movesByHand(returnId, 2)).filter(({ summary }) => summary.endsWith(moved.summary));
    await acts.resolve("fin", open!.exceptionId, reference === undefined ? {} : { reference });
    await system.returnWhen(returnId, why, ({ exceptions }) => exceptions.at(-1)!.summary.includes(why));
  }
  const [again] = (await acts.movesByHand(returnId, 2)).filter(({ summary }) => summary.endsWith(moved.summary));
  const transfer = book(["QUARANTINE", "-3"], ["TOR3", "3"]);
  await acts.resolve("fin", again!.exceptionId, { reference: ` ${transfer} ` });
  const passing = book(["QUARANTINE", "1"], ["QUARANTINE", "-1"]);
  await acts.resolve("fin", rejected.exceptionId, { reference: passing });

  const closed = await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  assert.deepEqual(
    closed.postings.map(({ kind, documentNumber, from, to }) => [kind, documentNumber, from, to]),
    [
      ["STOCK_IN", credits[0]!.number, null, "quarantine"],
      ["MOVE", transfer, "quarantine", "TOR3"],
      ["CORRECTION", passing, "warehouse", null],
    ],
  );
  assert.deepEqual([stock("QUARANTINE"), Number(stock("TOR3")) - Number(atSite)], ["0", 3]);
  assert.deepEqual(await skipped(returnId), [
    "create-erp-authorization",
    "fix-erp-authorization",
    "post-stock-correction",
    "post-stock-in",
  ]);
  await judge(system, returnId);
});

test("the lost answer to a memo that brings goods in is looked up; goods and memo are there once (D-02, W-01, W-03, W-04)", async () => {
  const { faults, ledger } = erp();
  const fault = faults.arm({
    match: { method: "POST", path: "salesCreditMemos.*Microsoft.NAV.post" },
    action: { kind: "drop-answer" },
  });
  const returnId = await aboutToBeCredited();
  await faults.whenFired(fault.id);
  const { credits, postings } = await acts.credited(returnId, 1);
  assert.deepEqual(
    [ledger.byKey(credits[0]!.transactionKey).length, postings.map(({ kind }) => kind)],
    [1, ["STOCK_IN"]],
  );
  await acts.bookMoves(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  await judge(system, returnId);
});

test("a credit by somebody in CA02's ERP stops ours, and nothing of ours comes in (D-02, D-14, W-13)", async () => {
  const returnId = await aboutToBeCredited("before inspection");
  const { posted } = (await system.stateOf(returnId)).lines[0]!;
  erp().controls.creditByHand({
    company: "CA02",
    invoiceNumber: posted!.invoiceNumber,
    lines: [{ sequence: posted!.invoiceLine, quantity: Number(posted!.invoicedBase) }],
  });
  const { state, floor } = await acts.expected(returnId);
  floor.inspect({ receipt: state.receipts[0]!.warehouseReceiptNumber, line: 1, grade: "A" });
  await stopsWith(returnId, "CREDITED_ELSEWHERE");
});

test("a rate that is another since the invoice is a TAX_DIFFERENCE, because a memo line of plain v2.0 is tied to nothing (D-02, D-03, D-21)", async () => {
  const rates = system.sandbox.distributor.taxCodes.filter(({ company }) => company === "CA02");
  for (const { code } of rates) erp().controls.taxRate({ company: "CA02", code, percent: "20" });
  await stopsWith(await aboutToBeCredited(), "TAX_DIFFERENCE");
  for (const { code, percent } of rates) erp().controls.taxRate({ company: "CA02", code, percent });
});

/** Finance has this task, and nothing of the return is posted. */
async function stopsWith(returnId: string, code: string): Promise<void> {
  const { exceptions } = await system.returnWhen(returnId, "a task", (state) => state.exceptions.length > 0);
  assert.deepEqual([exceptions[0]?.code, exceptions[0]?.owner], [code, "finance"]);
  await system.quiet(returnId);
  assert.deepEqual((await system.stateOf(returnId)).postings, []);
  await judge(system, returnId);
}

/** A unit of an order of CA02 without a story, received and, unless told otherwise, inspected. */
async function aboutToBeCredited(until: "inspected" | "before inspection" = "inspected"): Promise<string> {
  const { number, line, unit } = orders.shift()!;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }], inCanada);
  const { receipt, floor } = await acts.receive(returnId);
  if (until === "inspected") floor.inspect({ receipt, line: 1, grade: "A" });
  return returnId;
}

/** In how many transactions facts of these kinds were written. */
async function transactionsOf(returnId: string, kinds: string[]): Promise<number> {
  const { rows } = await sql<{ count: number }>`
    select count(distinct xmin::text)::int as count from facts where return_id = ${returnId} and kind = any(${kinds})
    having count(distinct kind) = ${kinds.length}`.execute(system.db);
  return rows[0]?.count ?? 0;
}

/** Which of the steps that plain v2.0 has no document for were skipped each time. */
async function skipped(returnId: string): Promise<string[]> {
  const rows = await system.db
    .selectFrom("operation_steps")
    .innerJoin("operations", "operations.id", "operation_steps.operation_id")
    .select(["operation_steps.name", "operation_steps.status"])
    .where("operations.return_id", "=", returnId)
    .where("operation_steps.name", "in", [
      "create-erp-authorization",
      "fix-erp-authorization",
      "post-stock-in",
      "post-stock-correction",
    ])
    .execute();
  const names = [...new Set(rows.map(({ name }) => name))].toSorted();
  return names.filter((name) => rows.every((row) => row.name !== name || row.status === "SKIPPED"));
}
