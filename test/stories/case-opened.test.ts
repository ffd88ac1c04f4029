import assert from "node:assert/strict";
import { before, test } from "node:test";
import { loadPolicies } from "#orchestration/policies/policies.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// Where the channel's policy wants it, a return opens a case of its own (D-31).

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  const shipped = loadPolicies();
  const openCase = () => ({ deed: "CREATE" as const, ruleId: "CA-TEST", policyVersion: shipped.version });
  const policies = { ...shipped, openCase };
  system = await startEverything({ policies });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const crm = () => system.sandbox.servers.salesforce;
const casesAbout = (number: string) =>
  crm()
    .ledger.records("Case")
    .filter((each) => each["Backhaul_Order__c"] === number);
const ask = ({ number, line, unit }: PlainOrder) => acts.requestReturn(number, [{ line, quantity: "1", unit }]);

test("a return opens one case, even where the answer is lost, and is linked to it (W-06, D-31)", async () => {
  const order = orders.shift()!;
  assert.deepEqual(casesAbout(order.number), []);
  crm().faults.arm({ match: { method: "POST", path: "/composite$" }, times: 1, action: { kind: "drop-answer" } });
  const returnId = await ask(order);
  const { caseIds } = await system.returnWhen(returnId, "the case", (state) => state.caseIds.length > 0);
  const [opened, ...more] = casesAbout(order.number);
  assert.deepEqual(
    [caseIds, more],
    [[{ caseId: `crm.case:US01:${String(opened!["CaseNumber"])}`, originating: false }], []],
  );
  assert.equal(opened!["Status"], "New");
  await acts.expected(returnId);
  await system.quiet(returnId);
  await judge(system, returnId);
});

test("a CRM that opens no case is a task, and the return goes on to its end without a case (W-11)", async () => {
  const order = orders.shift()!;
  crm().controls.rule({ object: "Case", message: "Cases are opened by people only." });
  const returnId = await ask(order);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.executeDispositions(returnId, 1);
  await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  const { exceptions, caseIds } = await system.returnWhen(returnId, "the task", (state) => state.exceptions.length > 0);
  assert.deepEqual([exceptions.map(({ code }) => code), caseIds, casesAbout(order.number)], [["CASE_REFUSED"], [], []]);
  crm().controls.rule({ object: "Case" });
  await judge(system, returnId);
});
