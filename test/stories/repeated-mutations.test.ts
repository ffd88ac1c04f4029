import assert from "node:assert/strict";
import { before, test } from "node:test";
import { readFacts } from "#orchestration/facts.ts";
import type { FactKind } from "#orchestration/facts-vocabulary.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

type Payload = {
  operation: { id: string } | null;
  return: { id: string } | null;
  receipt?: { id: string } | null;
  approval?: { status: string; decidedBy: { id: string } | null } | null;
  userErrors: { code: string }[];
};

const TIMES = 100;

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

/** The same mutation a hundred times at once, and once more for everybody who was told to come back. */
async function atOnce(document: string, name: string, by: string, inputs: object[]): Promise<Payload[]> {
  const client = await system.as(by);
  const ask = async (input: object): Promise<Payload> => (await client.data(document, { input }))[name] as Payload;
  const first = await Promise.all(inputs.map(ask));
  const answers: Payload[] = [];
  for (const [index, answer] of first.entries())
    answers.push(answer.userErrors[0]?.code === "TRY_AGAIN" ? await ask(inputs[index]!) : answer);
  return answers;
}

const same = (input: object): object[] => Array.from({ length: TIMES }, () => input);
const request = (key: string, quantity: string) => ({
  idempotencyKey: key,
  orderNumber: "SO-100001",
  companyId: "US01",
  lines: [
    {
      orderLineId: "erp.order:US01:SO-100001/10000",
      quantity: { value: quantity, unit: "EA" },
      reasonCode: "WRONG_SHIPMENT",
    },
  ],
});
const only = <Value>(values: Value[]): Value => {
  assert.equal(new Set(values.map((value) => JSON.stringify(value))).size, 1);
  return values[0]!;
};

test("100 identical requests, receipts and decisions at once are one return, one receipt and one decision, with one operation each (W-21, RS-06)", async () => {
  const key = newKey();
  const requested = await atOnce("service-ui/request-return", "requestReturn", "ada", same(request(key, "4")));
  const [returnId] = only(requested.map((answer) => [answer.return!.id, answer.operation!.id, answer.userErrors]));
  const rows = await system.db.selectFrom("returns").select("id").where("order_number", "=", "SO-100001").execute();
  assert.deepEqual(rows, [{ id: returnId }]);

  const other = await atOnce("service-ui/request-return", "requestReturn", "ada", [request(key, "3")]);
  assert.deepEqual([other[0]!.return, other[0]!.userErrors[0]?.code], [null, "IDEMPOTENCY_KEY_REUSED"]);

  const { state, floor } = await acts.expected(returnId as string);
  const { warehouseReceiptNumber } = floor.receive({ rmaNumber: state.rmaNumber, tell: false });
  const keyed = {
    idempotencyKey: newKey(),
    returnId,
    warehouse: state.warehouse,
    warehouseReceiptNumber,
    receivedAt: new Date(Date.now() - 60_000).toISOString(),
    lines: [
      {
        lineNumber: 1,
        sku: state.lines[0]!.posted!.sku,
        quantity: { value: "4", unit: "EA" },
        conditionCode: "UNOPENED",
      },
    ],
  };
  const received = await atOnce("service-ui/record-receipt", "recordReceipt", "wilma", same(keyed));
  const [receiptId] = only(received.map((answer) => [answer.receipt?.id, answer.operation?.id, answer.userErrors]));
  assert.ok(receiptId, JSON.stringify(received[0]));

  floor.tellReceipt({ receipt: warehouseReceiptNumber });
  floor.inspect({ receipt: warehouseReceiptNumber, line: 1, grade: "A" });
  const { approvals, receipts } = await system.returnWhen(returnId as string, "an approval", (seen) =>
    seen.approvals.some(({ status }) => status === "PENDING"),
  );
  assert.equal(receipts.length, 1);
  const decision = { idempotencyKey: newKey(), id: approvals[0]!.approvalId, decision: "APPROVE" };
  const decided = await atOnce("service-ui/decide-approval", "decideApproval", "fin", same(decision));
  only(decided.map((answer) => [answer.approval, answer.operation?.id, answer.userErrors]));
  await acts.credited(returnId as string, 1);
  await acts.executeDispositions(returnId as string, 1);
  await judge(system, returnId as string);
});

test("100 identical inspections and cancels at once are one inspection and one cancel (W-21, D-33)", async () => {
  const returnId = await acts.requestReturn("SO-100003", [{ quantity: "2", unit: "CS" }]);
  await acts.receive(returnId, [{ instructionLine: 1, quantity: { value: "12", unit: "EA" }, complete: false }]);
  const { receipts } = await system.stateOf(returnId);
  const inspection = {
    idempotencyKey: newKey(),
    receiptLineId: receipts[0]!.lines[0]!.receiptLineId,
    quantity: { value: "12", unit: "EA" },
    grade: "A",
    inspectedAt: new Date().toISOString(),
  };
  const inspected = await atOnce("service-ui/record-inspection", "recordInspection", "wilma", same(inspection));
  only(inspected.map((answer) => [answer.return?.id, answer.operation?.id, answer.userErrors]));
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  await factsOnce(returnId, ["receipt.recorded", "inspection.completed", "credit.posted"]);
  await judge(system, returnId);

  const unwanted = await acts.requestReturn("SO-100004", [{ quantity: "1" }]);
  await acts.expected(unwanted);
  await system.quiet(unwanted);
  const cancel = { idempotencyKey: newKey(), id: unwanted, reason: "The customer keeps it." };
  const cancelled = await atOnce("service-ui/cancel-return", "cancelReturn", "ada", same(cancel));
  only(cancelled.map((answer) => [answer.return?.id, answer.operation?.id, answer.userErrors]));
  await system.returnWhen(unwanted, "the cancellation", (state) => statusOf(state) === "CANCELLED");
  await factsOnce(unwanted, ["return.cancel-requested", "return.cancelled"]);
  await judge(system, unwanted);
});

async function factsOnce(returnId: string, expected: FactKind[]): Promise<void> {
  const kinds = (await readFacts(system.db, returnId, { limit: 1_000 })).map(({ kind }) => kind);
  for (const kind of expected) assert.equal(kinds.filter((one) => one === kind).length, 1, kind);
}

test("two requests that differ and share a key make one return, whichever came first (W-21)", async () => {
  const key = newKey();
  const inputs = Array.from({ length: 40 }, (_, index) => ({
    ...request(key, String(1 + (index % 2))),
    orderNumber: "SO-100002",
    lines: [{ ...request(key, String(1 + (index % 2))).lines[0], orderLineId: "erp.order:US01:SO-100002/10000" }],
  }));
  const answers = await atOnce("service-ui/request-return", "requestReturn", "ada", inputs);
  const granted = answers.flatMap((answer) => answer.return ?? []);
  const returnId = only(granted.map(({ id }) => id));
  assert.equal(granted.length, 20);
  assert.equal(only(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code))), "IDEMPOTENCY_KEY_REUSED");
  await acts.expected(returnId);
  await judge(system, returnId);
});

test("an approval that two people decide at once, each another way, is decided once (W-08, W-11, PA-04)", async () => {
  const returnId = await acts.requestReturn("SO-100026", [{ quantity: "1", exception: true }], { note: "Goodwill." });
  const { approvals } = await system.returnWhen(returnId, "the approval", (state) => state.approvals.length > 0);
  const id = approvals[0]!.approvalId;
  const sides = [
    { by: "sam", decision: "APPROVE" },
    { by: "role:supervisor", decision: "DECLINE" },
  ];
  const answers = await Promise.all(
    sides.flatMap(({ by, decision }) =>
      Array.from({ length: 5 }, async () => {
        const client = await system.as(by);
        const input = { idempotencyKey: newKey(), id, decision, note: "I looked at it." };
        return (await client.data("service-ui/decide-approval", { input })).decideApproval as Payload;
      }),
    ),
  );
  const decided = answers.filter(({ userErrors }) => userErrors.length === 0);
  assert.equal(decided.length, 1);
  assert.deepEqual([...new Set(answers.flatMap(({ userErrors }) => userErrors.map(({ code }) => code)))], ["CONFLICT"]);
  const state = await system.stateOf(returnId);
  assert.equal(state.approvals[0]!.status, decided[0]!.approval!.status);
  assert.equal(state.approvals[0]!.decidedBy?.id, decided[0]!.approval!.decidedBy!.id);
  if (state.approvals[0]!.status === "APPROVED") await acts.expected(returnId);
  await judge(system, returnId);
});
