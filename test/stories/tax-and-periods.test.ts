import assert from "node:assert/strict";
import { before, test } from "node:test";
import { dayAt } from "#shared/calendar.ts";
import type { CreditState, ReturnState } from "#orchestration/return-state.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { letTheDayStay } from "../day-that-stays.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// What the ERP taxes otherwise than we do, what its periods allow, and who has to agree.

let system: Everything;
let acts: Acts;
before(async () => {
  letTheDayStay();
  system = await startEverything();
  acts = createActs(system);
});

const erp = () => system.sandbox.servers["business-central"];
const amounts = ({ net, feeTotal, tax, erp }: CreditState) => [net, feeTotal, tax, erp?.total];
const taskOf = (returnId: string, code: string) =>
  system
    .returnWhen(returnId, `a task ${code}`, ({ exceptions }) => exceptions.some((task) => task.code === code))
    .then((state) => ({ state, task: state.exceptions.find((task) => task.code === code)! }));

/** Tries again what a task stopped, as its owner. */
async function replay(exceptionId: string, by: string): Promise<void> {
  const client = await system.as(by);
  const { replayExceptions } = await client.data("service-ui/replay-exceptions", {
    input: { idempotencyKey: newKey(), ids: [exceptionId] },
  });
  assert.deepEqual(
    replayExceptions.results.map(({ userErrors }: { userErrors: unknown[] }) => userErrors),
    [[]],
  );
}

async function receiveAll(returnId: string, grade: "A" | "B" = "A", quantity?: string) {
  const { receipt, floor } = await acts.receive(
    returnId,
    quantity === undefined
      ? undefined
      : [{ instructionLine: 1, quantity: { value: quantity, unit: "EA" }, complete: false }],
  );
  floor.inspect({ receipt, line: 1, grade });
}

async function closed(returnId: string, dispositions: number): Promise<ReturnState> {
  const state = await acts.close(returnId, dispositions);
  await judge(system, returnId);
  return state;
}

test("SO-100005: an ERP that taxes the draft at today's rate is 2.03 too high, which finance settles before anything is posted (D-21, RS-29)", async () => {
  erp().controls.settings({ tiedTaxRate: "today" });
  const returnId = await acts.requestReturn("SO-100005", [{ quantity: "6" }]);
  await receiveAll(returnId);
  const { state, task } = await taskOf(returnId, "TAX_DIFFERENCE");
  assert.deepEqual([task.category, task.owner], ["MONEY_DIFFERENCE", "finance"]);
  assert.match(String(task.amounts), /27\.74 tax.*25\.71/);
  const { transactionKey } = state.credits[0]!;
  const [draft, ...more] = erp().ledger.byKey(transactionKey);
  assert.deepEqual([draft?.status, more], ["Draft", []]);
  await judge(system, returnId);
  assert.equal((await system.stateOf(returnId)).exceptions.length, 1, "two runs came to it, people are asked once");

  // Finance gives the draft's line the rate of its invoice, in the ERP, and has it looked at again.
  erp().controls.retax({ company: "US01", number: draft!.number, percent: "9.5" });
  erp().controls.settings({ tiedTaxRate: "invoice" });
  await replay(task.exceptionId, "fin");
  await acts.credited(returnId, 1);
  const { credits } = await closed(returnId, 1);
  assert.deepEqual(amounts(credits[0]!), ["270.60", "0.00", "25.71", "296.31"]);
});

test("SO-100010: billed in a period that is closed and credited while today is closed too, everything is posted on the next open day (D-26)", async () => {
  const today = dayAt("US01", new Date());
  const next = new Date(Date.parse(today) + 3 * 86_400_000).toISOString().slice(0, 10);
  erp().controls.allowPosting({ company: "US01", from: next });
  const returnId = await acts.requestReturn("SO-100010", [{ quantity: "20" }]);
  await receiveAll(returnId);
  await acts.credited(returnId, 1);
  const { credits, exceptions } = await closed(returnId, 1);
  erp().controls.allowPosting({ company: "US01" });
  assert.deepEqual(
    [amounts(credits[0]!), credits[0]?.postedOn, exceptions],
    [["145.00", "0.00", "14.86", "159.86"], next, []],
  );
  const posted = erp()
    .ledger.posted()
    .filter(({ externalDocumentNumber }) => externalDocumentNumber.includes(credits[0]!.transactionKey.split("-")[1]!));
  assert.deepEqual([...new Set(posted.map(({ header }) => header["postingDate"]))], [next]);
  assert.equal(posted.length, 4);
});

test("SO-100022: goods of grade B are worth 90 % to who ordered them in error, by contract without a fee (GR-B, FE-01)", async () => {
  const returnId = await acts.requestReturn("SO-100022", [{ quantity: "5", reason: "ORDERED_IN_ERROR" }]);
  await receiveAll(returnId, "B");
  await acts.credited(returnId, 1);
  const { credits, dispositions } = await closed(returnId, 1);
  assert.deepEqual(amounts(credits[0]!), ["280.80", "0.00", "28.78", "309.58"]);
  assert.equal(dispositions[0]?.code, "RESTOCK_B_GRADE");
});

test("SO-100024: in two receipts of 6,200.00 the first takes finance alone, the second brings the sum to 12,400.00 and takes a supervisor too, who is somebody else (D-23)", async () => {
  const returnId = await acts.requestReturn("SO-100024", [{ quantity: "8" }]);
  await receiveAll(returnId, "A", "4");
  assert.deepEqual((await acts.decide(returnId, "fin")).userErrors, []);
  const first = await acts.credited(returnId, 1);
  assert.deepEqual(
    first.approvals.map(({ tier, requiredRole, amount, status }) => [tier, requiredRole, amount, status]),
    [[1, "finance", "6200.00", "APPROVED"]],
  );

  await receiveAll(returnId, "A", "4");
  const asked = await system.returnWhen(returnId, "both tiers", ({ approvals }) => approvals.length === 3);
  assert.deepEqual(
    asked.approvals.slice(1).map(({ tier, requiredRole, amount, status }) => [tier, requiredRole, amount, status]),
    [
      [1, "finance", "12400.00", "PENDING"],
      [2, "supervisor", "12400.00", "PENDING"],
    ],
  );
  assert.deepEqual((await acts.decide(returnId, "fin")).userErrors, []);
  await system.quiet(returnId);
  assert.equal((await system.stateOf(returnId)).credits[1]?.status, "PENDING_APPROVAL");
  assert.deepEqual((await acts.decide(returnId, "sam")).userErrors, []);
  await acts.credited(returnId, 2);
  const { credits } = await closed(returnId, 2);
  assert.deepEqual(credits.map(amounts), [
    ["6200.00", "0.00", "635.50", "6835.50"],
    ["6200.00", "0.00", "635.50", "6835.50"],
  ]);
});

test("SO-100011: a drive that nobody was sold, and one that came back before, are a task for the warehouse; what fits is credited (D-17, D-12)", async () => {
  const [first, second] = [
    await acts.requestReturn("SO-100011", [{ quantity: "1", serialNumbers: ["DRV2400-71001"] }]),
    await acts.requestReturn("SO-100012", [
      { quantity: "3", serialNumbers: ["DRV2400-71011", "DRV2400-71012", "DRV2400-71013"] },
    ]),
  ];
  const one = { instructionLine: 1, quantity: { value: "1", unit: "EA" }, complete: false };
  const earlier = await acts.receive(first, [{ ...one, serialNumbers: ["DRV2400-71011"] }]);
  await system.returnWhen(
    first,
    "the drive to be placed",
    ({ receipts }) => receipts[0]?.lines[0]?.state === "MATCHED",
  );
  const { receipt, floor } = await acts.receive(
    second,
    ["DRV2400-71011", "DRV2400-99999", "DRV2400-71012"].map((serial) => ({ ...one, serialNumbers: [serial] })),
  );
  const { exceptions, discrepancies } = await system.returnWhen(
    second,
    "both tasks",
    (state) => state.exceptions.length === 2,
  );
  assert.deepEqual(
    exceptions.map(({ code, owner }) => [code, owner]),
    [
      ["SERIAL_MISMATCH", "warehouse"],
      ["SERIAL_MISMATCH", "warehouse"],
    ],
  );
  assert.match(exceptions[0]!.summary, /DRV2400-71011 of DRV-2400 came back before/);
  assert.match(exceptions[1]!.summary, /DRV2400-99999 of DRV-2400 was not shipped on this line/);
  assert.deepEqual(
    discrepancies.map(({ actual, status }) => [actual, status]),
    [
      ["DRV2400-71011", "OPEN"],
      ["DRV2400-99999", "OPEN"],
    ],
  );
  floor.inspect({ receipt, line: 3, grade: "A" });
  const a = await acts.credited(second, 1);
  earlier.floor.inspect({ receipt: earlier.receipt, line: 1, grade: "A" });
  assert.deepEqual((await acts.decide(first, "fin")).userErrors, [], "the customer's day comes to 1,380.00 (D-23)");
  const b = await acts.credited(first, 1);
  assert.deepEqual([a.credits[0]?.net, b.credits[0]?.net], ["690.00", "690.00"]);
  await judge(system, first);
  await judge(system, second);
});
