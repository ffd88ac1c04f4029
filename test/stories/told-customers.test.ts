import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ReturnState } from "#orchestration/return-state.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

const mail = () => system.sandbox.servers.smtp;
const addressOf = (order: string): string => {
  const { orders, customers } = system.sandbox.distributor;
  const { customerNumber, company } = orders.find(({ number }) => number === order)!;
  return customers.find((customer) => customer.number === customerNumber && customer.company === company)!.email;
};
const told = (returnId: string, what: string, is: (state: ReturnState) => boolean) =>
  system.returnWhen(returnId, what, is);
const hasTold =
  (...templates: string[]) =>
  ({ notifications }: ReturnState) =>
    templates.every((template) => notifications.some((one) => one.template === template && one.status === "SENT"));
const subjectsTo = (order: string): string[] =>
  mail()
    .ledger.inbox(addressOf(order))
    .map(({ subject }) => subject);

test("the customer hears of what may come back, of the label, the receipt and the credit, each once (vocabulary 3, W-11, OS-19)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "3" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  const state = await told(
    returnId,
    "every message",
    hasTold("return.authorized", "label.issued", "receipt.recorded", "credit.posted"),
  );
  const { rmaNumber, labels, credits } = state;
  assert.deepEqual(subjectsTo("SO-100001").toSorted(), [
    `Your return ${rmaNumber} has arrived`,
    `Your return ${rmaNumber} has its label`,
    `Your return ${rmaNumber} may come back`,
    `Your return ${rmaNumber} was credited`,
  ]);
  const all = mail().ledger.inbox(addressOf("SO-100001"));
  const text = (end: string) => all.find(({ subject }) => subject.endsWith(end))!.text;
  assert.match(text("its label"), new RegExp(labels[0]!.issued!.trackingNumber));
  assert.match(text("credited"), new RegExp(`${credits[0]!.number}: ${credits[0]!.erp!.total} USD`));
  const ada = await system.as("ada");
  const { return: seen } = (await ada.query("service-ui/unified-return", { id: returnId })).data;
  assert.equal(seen.notifications.length, 4);
  await judge(system, returnId);
});

test("a message whose answer is lost goes again, and is one to who reads it (W-01, W-04)", async () => {
  mail().controls.fail({ kind: "drop-answer" });
  const returnId = await acts.requestReturn("SO-100002", [{ quantity: "1" }]);
  await told(returnId, "the label to be told", hasTold("return.authorized", "label.issued"));
  assert.equal(subjectsTo("SO-100002").length, 2);
  assert.equal(
    mail()
      .ledger.messages()
      .filter(({ to }) => to.includes(addressOf("SO-100002"))).length,
    3,
  );
  await judge(system, returnId);
});

test("a mail server that is away holds up no goods and no money, and is told what it missed (W-11, RS-08)", async () => {
  await mail().down();
  const returnId = await acts.requestReturn("SO-100003", [{ quantity: "1", unit: "CS" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  const closed = await told(returnId, "the end", (state) => statusOf(state) === "CLOSED");
  assert.deepEqual(closed.notifications, []);
  await mail().up();
  await told(
    returnId,
    "what it missed",
    hasTold("return.authorized", "label.issued", "receipt.recorded", "credit.posted"),
  );
  await judge(system, returnId);
});

test("a customer who can't be told is a task, and nothing waits for it", async () => {
  mail().controls.fail({ kind: "refuse", code: 550, times: 1 });
  const returnId = await acts.requestReturn("SO-100004", [{ quantity: "1" }]);
  const state = await told(returnId, "the task", ({ exceptions }) => exceptions.length > 0);
  assert.deepEqual(
    state.exceptions.map(({ code, step }) => [code, step]),
    [["NOTIFICATION_FAILED", "notify-customer"]],
  );
  await acts.receive(returnId);
  await judge(system, returnId);
});
