import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { DemoClaims } from "#gateway/access/demo-people.ts";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ApprovalState, ReturnState } from "#orchestration/return-state.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { allHeard } from "../heard.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesNothing } from "../written.ts";

// More comes than was authorized: within what may be returned a supervisor decides, beyond it the warehouse has a task (D-10, D-12, D-14, D-24, W-08, W-13).

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const ea = (value: string) => ({ value, unit: "EA" });
const receiveOver = (returnId: string, quantity: string) =>
  acts.receive(returnId, [{ instructionLine: 1, quantity: ea(quantity), complete: false }]);
const ofOver = ({ approvals }: ReturnState) => approvals.filter(({ kind }) => kind === "OVER_RECEIPT");
const asked = ({ subject }: ApprovalState) =>
  "over" in subject ? subject.over.map(({ quantity }) => quantity.value) : [];
const overAsked = (returnId: string, count = 1) =>
  system.returnWhen(
    returnId,
    `OVER_RECEIPT approval ${count}`,
    (state) => ofOver(state).length === count && ofOver(state).at(-1)?.status === "PENDING",
  );
const shown = (state: ReturnState) => {
  const { requested, authorized, received, over, inspected, accepted, credited } = bucketsOf(state, state.lines[0]!);
  return [requested, authorized, received, over, inspected, accepted, credited].map(Number);
};
const tasks = ({ exceptions }: ReturnState) => exceptions.map(({ code, owner, status }) => [code, owner, status]);
const documents = (kind: string, { rmaNumber }: ReturnState) =>
  system.sandbox.servers["business-central"].ledger
    .posted()
    .filter((one) => one.kind === kind && one.externalDocumentNumber.includes(rmaNumber.replaceAll("-", "")));

test("over units that a supervisor lets in are authorized, received and credited by documents of their own, to the cent, and the return closes (D-10, W-06, D-20)", async () => {
  const returnId = await acts.requestReturn("SO-100005", [{ quantity: "4" }]);
  const { receipt, floor } = await receiveOver(returnId, "6");
  floor.inspect({ receipt, line: 1, grade: "A" });
  const before = await overAsked(returnId);
  const [approval] = ofOver(before);
  assert.deepEqual([approval?.requiredRole, approval && asked(approval)], ["supervisor", ["2"]]);
  const first = await acts.credited(returnId, 1);
  assert.deepEqual([first.credits[0]?.erp?.total, tasks(first)], ["197.54", []], "what fits goes on");
  assert.deepEqual(
    first.discrepancies.map(({ kind, expected, actual, status }) => [kind, expected, actual, status]),
    [["OVER", "4 EA", "6 EA", "OPEN"]],
  );

  await system.returnWhen(returnId, "what fits to be decided", ({ dispositions }) => dispositions.length === 1);
  const inbox = await (await system.as("sam")).data("service-ui/approvals-inbox", { first: 20 });
  assert.match(JSON.stringify(inbox), /2 EA of [\w-]+ came beyond the 4 EA authorized; 2 EA may still be returned/);
  assert.deepEqual((await acts.decide(returnId, "sam")).userErrors, []);
  await acts.credited(returnId, 2);
  await acts.executeDispositions(returnId, 2);
  const closed = await system.returnWhen(returnId, "the return to close", ({ closedAt }) => closedAt !== null);

  assert.deepEqual([statusOf(closed), shown(closed), tasks(closed)], ["CLOSED", [4, 6, 6, 0, 6, 6, 6], []]);
  assert.deepEqual(
    closed.credits.map(({ erp }) => erp?.total),
    ["197.54", "98.77"],
  );
  assert.deepEqual(
    closed.discrepancies.map(({ status }) => status),
    ["ACCEPTED"],
  );
  const orders = documents("returnOrders", closed);
  const receipts = documents("returnReceipts", closed);
  const letters = orders.map(({ externalDocumentNumber }) => /-([A-Z])\d+$/.exec(externalDocumentNumber)?.[1]);
  assert.deepEqual(letters, ["A", "M"]);
  assert.deepEqual(
    receipts.map(({ header, lines }) => [header["returnOrderId"], lines.map((line) => line["quantity"])]),
    [
      [orders[0]?.id, ["4"]],
      [orders[1]?.id, ["2"]],
    ],
  );
  assert.deepEqual(
    documents("salesCreditMemos", closed).map(({ lines }) => lines.map((line) => line["receiptLineId"])),
    receipts.map(({ lines }) => [lines[0]!.id]),
  );
  await judge(system, returnId);
});

test("over units that a supervisor declines are a task for the warehouse and never enter the ERP; who requested or keyed may not decide (D-24, RS-28)", async () => {
  const all = (sub: string): DemoClaims => ({
    sub,
    name: sub,
    roles: ["service", "supervisor", "warehouse", "finance"],
    companies: ["US01"],
  });
  const client = await system.as(all("rea"));
  const orderLineId = "erp.order:US01:SO-100004/10000";
  const { requestReturn } = await client.data("service-ui/request-return", {
    input: {
      idempotencyKey: newKey(),
      lines: [{ orderLineId, quantity: ea("1"), reasonCode: "WRONG_SHIPMENT" }],
    },
  });
  const returnId = requestReturn.return.id as string;
  const { state } = await acts.expected(returnId);
  const { recordReceipt } = await (
    await system.as(all("kay"))
  ).data("service-ui/record-receipt", {
    input: {
      idempotencyKey: newKey(),
      returnId,
      warehouse: state.warehouse,
      warehouseReceiptNumber: `HAND-${state.rmaNumber}`,
      receivedAt: new Date().toISOString(),
      lines: [{ lineNumber: 1, sku: state.lines[0]!.posted!.sku, quantity: ea("3"), conditionCode: "UNOPENED" }],
    },
  });
  assert.deepEqual(recordReceipt.userErrors, []);
  const { approvals } = await overAsked(returnId);
  await allHeard(system);
  for (const who of ["rea", "kay"]) {
    const refused = await writesNothing(system.db, async () => {
      const { decideApproval } = await (
        await system.as(all(who))
      ).data("service-ui/decide-approval", {
        input: { idempotencyKey: newKey(), id: approvals[0]!.approvalId, decision: "APPROVE" },
      });
      return decideApproval;
    });
    assert.deepEqual(
      refused.userErrors.map(({ code }: { code: string }) => code),
      ["NOT_ALLOWED"],
    );
  }
  assert.equal((await acts.decide(returnId, "sam", "DECLINE")).approval?.status, "DECLINED");
  const declined = await system.returnWhen(returnId, "the task", ({ exceptions }) => exceptions.length > 0);
  assert.deepEqual(
    [tasks(declined), shown(declined).slice(1, 4)],
    [[["OVER_RECEIPT", "warehouse", "OPEN"]], [1, 3, 2]],
  );
  assert.deepEqual(
    documents("returnReceipts", await system.stateOf(returnId)).flatMap(({ lines }) =>
      lines.map((line) => line["quantity"]),
    ),
    ["1"],
  );
  await judge(system, returnId);
});

test("a corrected receipt voids what a supervisor was asked, and asks anew for what is over by then (W-08, D-15)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "1" }]);
  const { receipt, floor } = await receiveOver(returnId, "4");
  assert.deepEqual(ofOver(await overAsked(returnId)).map(asked), [["3"]]);
  floor.correct({ receipt, line: 1, quantity: ea("2") });
  const again = await overAsked(returnId, 2);
  assert.deepEqual(
    ofOver(again).map((approval) => [approval.status, asked(approval)]),
    [
      ["VOIDED", ["3"]],
      ["PENDING", ["1"]],
    ],
  );
  const { decideApproval } = await (
    await system.as("sam")
  ).data("service-ui/decide-approval", {
    input: { idempotencyKey: newKey(), id: ofOver(again)[0]!.approvalId, decision: "APPROVE" },
  });
  assert.equal(decideApproval.userErrors[0].code, "CONFLICT");
  await acts.decide(returnId, "sam");
  const state = await system.returnWhen(
    returnId,
    "both stock-ins",
    ({ postings }) => postings.filter(({ kind }) => kind === "STOCK_IN").length === 2,
  );
  assert.deepEqual([shown(state).slice(1, 4), tasks(state)], [[2, 2, 0], []]);
  floor.correct({ receipt, line: 1, quantity: ea("1") });
  const less = await system.returnWhen(
    returnId,
    "nothing to be over",
    (one) => one.postings.at(-1)?.kind === "CORRECTION",
  );
  assert.equal(less.postings.at(-1)?.quantity.base, "-1");
  await judge(system, returnId);
});

test("two approvals for the last returnable units: one is let in, the other is a task (W-13, D-14)", async () => {
  const [one, other] = [
    await acts.requestReturn("SO-100002", [{ quantity: "4" }]),
    await acts.requestReturn("SO-100002", [{ quantity: "4" }]),
  ];
  for (const returnId of [one, other]) {
    await receiveOver(returnId, "6");
    assert.deepEqual(ofOver(await overAsked(returnId)).map(asked), [["2"]]);
    await system.quiet(returnId);
  }
  await Promise.all([acts.decide(one, "sam"), acts.decide(other, "sam")]);
  const states = await Promise.all(
    [one, other].map((returnId) =>
      system.returnWhen(
        returnId,
        "a decision",
        ({ additions, exceptions }) => additions.length + exceptions.length > 0,
      ),
    ),
  );
  assert.deepEqual(states.map((state) => state.additions.length).toSorted(), [0, 1]);
  const loser = states.find(({ additions }) => additions.length === 0)!;
  assert.deepEqual([tasks(loser), ofOver(loser).at(-1)?.status], [[["OVER_RECEIPT", "warehouse", "OPEN"]], "VOIDED"]);
  const winner = states.find((state) => state !== loser)!;
  acts.floorOf(winner.warehouse!).inspect({ receipt: winner.receipts[0]!.warehouseReceiptNumber, line: 1, grade: "A" });
  const { credits } = await acts.credited(winner.id, 2);
  assert.deepEqual(
    credits.map(({ erp }) => erp?.total),
    ["371.98", "185.99"],
    "inspected at once, each stock-in has its own memo; the ERP's tax rules within a cent (D-21)",
  );
  for (const returnId of [one, other]) await judge(system, returnId);
});
