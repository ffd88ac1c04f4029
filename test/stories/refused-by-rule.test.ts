import assert from "node:assert/strict";
import { before, test } from "node:test";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { allHeard } from "../heard.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesNothing } from "../written.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

test("SO-100009: a customer blocked for everything is a task for finance, and no stock moves (D-06, RS-29)", async () => {
  const returnId = await acts.requestReturn("SO-100009", [{ quantity: "1" }]);
  const state = await system.returnWhen(returnId, "a task", ({ exceptions }) => exceptions.length > 0);
  assert.deepEqual(
    state.exceptions.map(({ category, code, owner }) => [category, code, owner]),
    [["ERP_RULE", "CUSTOMER_BLOCKED", "finance"]],
  );
  await system.quiet(returnId);
  const { postings, credits } = await system.stateOf(returnId);
  assert.deepEqual([postings, credits], [[], []]);
  const { ledger } = system.sandbox.servers["business-central"];
  const number = state.rmaNumber.replaceAll("-", "");
  assert.deepEqual(
    [...ledger.posted(), ...ledger.drafts()].filter(({ externalDocumentNumber: key }) => key.includes(number)),
    [],
    "nothing of it is in the ERP",
  );
  await judge(system, returnId);
});

test("SO-100015: of 5 shipped and 2 credited by a person in the ERP, 3 are returnable and credited (D-14, RS-05)", async () => {
  const refused = await acts.askReturn("SO-100015", [{ quantity: "5" }]);
  assert.deepEqual(
    refused.userErrors.map(({ code, field }) => [code, field]),
    [["QUANTITY_EXCEEDED", ["lines", "0", "quantity", "value"]]],
  );
  assert.equal(refused.return, null);
  const returnId = await acts.requestReturn("SO-100015", [{ quantity: "3" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { credits } = await acts.credited(returnId, 1);
  assert.equal(credits[0]?.net, "360.00");
  await judge(system, returnId);
});

test("SO-100026: outside the window nothing is created, unless an exception is asked for with a note and a supervisor grants it (EL-09, PA-09, OS-03, OS-04)", async () => {
  await allHeard(system);
  const plain = await writesNothing(system.db, () => acts.askReturn("SO-100026", [{ quantity: "1" }]));
  assert.equal(plain.return, null);
  assert.deepEqual(
    plain.userErrors.map(({ code, field }) => [code, field]),
    [["POLICY_REFUSED", ["lines", "0"]]],
  );
  assert.match(plain.userErrors[0]!.message, /EL-09/);
  const silent = await writesNothing(system.db, () =>
    acts.askReturn("SO-100026", [{ quantity: "1", exception: true }]),
  );
  assert.deepEqual(
    silent.userErrors.map(({ code, field }) => [code, field]),
    [["INVALID_INPUT", ["note"]]],
  );

  const returnId = await acts.requestReturn("SO-100026", [{ quantity: "1", exception: true }], {
    note: "Goodwill: the shipment was late.",
  });
  const asked = await system.returnWhen(returnId, "the approval", ({ approvals }) => approvals.length > 0);
  assert.deepEqual(
    [asked.approvals[0]?.kind, asked.approvals[0]?.requiredRole, statusOf(asked)],
    ["POLICY_EXCEPTION", "supervisor", "PENDING_APPROVAL"],
  );
  assert.deepEqual((await acts.decide(returnId, "sam")).userErrors, []);
  await acts.expected(returnId);
  await judge(system, returnId);
});

test("a credit that finance declines is not posted, and the goods that it leaves in stock are a task of finance (W-08, RS-28, A2)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await system.returnWhen(returnId, "an approval to be asked for", ({ approvals }) => approvals.length > 0);
  await system.quiet(returnId);
  const { approval, userErrors } = await acts.decide(returnId, "fin", "DECLINE", "Sold as seen.");
  assert.deepEqual([approval?.status, userErrors], ["DECLINED", []]);
  await system.quiet(returnId);
  const { credits, exceptions } = await system.stateOf(returnId);
  assert.deepEqual(
    [credits.map(({ status }) => status), exceptions.map(({ code, owner, status }) => [code, owner, status])],
    [["DECLINED"], [["STOCK_WITHOUT_CREDIT", "finance", "OPEN"]]],
  );
  const { ledger } = system.sandbox.servers["business-central"];
  assert.deepEqual(ledger.byKey(credits[0]!.transactionKey), []);
  await judge(system, returnId);
});
