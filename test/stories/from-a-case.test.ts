import assert from "node:assert/strict";
import { before, test } from "node:test";
import { factKinds } from "#orchestration/fact-kinds.ts";
import { readFacts } from "#orchestration/facts.ts";
import { lineStatuses } from "#orchestration/line-statuses.ts";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// An agent starts from a case; the people who read it hear what happens to the return; and a CRM that is dead or refuses holds up nobody's money.

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything({ internals: { breakerHalfOpenMs: 100 } });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

const crm = () => system.sandbox.servers.salesforce;
const caseIdOf = (number: string) => `crm.case:US01:${number}`;
/** A new case about a plain order that nobody else has. */
const caseAbout = ({ number }: PlainOrder) => {
  const order = system.sandbox.distributor.orders.find((each) => each.number === number && each.company === "US01")!;
  return crm().controls.openCase({ customerNumber: order.customerNumber, orderNumber: number }).number;
};
/** The key of a fact at the CRM, and what it was. */
const milestonesOf = async (returnId: string) => {
  const { rmaNumber, caseIds } = await system.stateOf(returnId);
  const facts = await readFacts(system.db, returnId, { limit: 10_000 });
  const told = facts.filter(({ kind }) => factKinds[kind].milestone || kind === "case.linked");
  const key = `BH1-${rmaNumber.replace("-", "")}`;
  return {
    key,
    cases: caseIds,
    expected: told.map(({ version, kind }) => `${key}-K${String(version).padStart(4, "0")} ${kind}`),
  };
};
const atTheCrm = (key: string) => {
  const found = crm()
    .ledger.returns()
    .find((each) => (each as { Key__c?: unknown }).Key__c === key);
  return found as unknown as {
    Status__c: string;
    Version__c: number;
    milestones: Record<string, unknown>[];
    cases: object[];
  };
};
const toldOf = (key: string) =>
  atTheCrm(key).milestones.map(({ Key__c, Type__c }) => `${String(Key__c)} ${String(Type__c)}`);

async function driveToClosed(order: PlainOrder, caseNumber: string): Promise<string> {
  const returnId = await acts.requestReturn(order.number, [{ line: order.line, quantity: "1", unit: order.unit }], {
    caseId: caseIdOf(caseNumber),
  });
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.executeDispositions(returnId, 1);
  await system.returnWhen(returnId, "the return to be closed", (state) => statusOf(state) === "CLOSED");
  return returnId;
}

/** The case as its agents left it: only our summary may be another. */
const leftAlone = (number: string, before: Readonly<Record<string, unknown>>) => {
  const now = crm().ledger.caseByNumber(number)!;
  const ours = new Set(["Backhaul_Summary__c", "LastModifiedDate", "LastModifiedById", "SystemModstamp"]);
  for (const [field, value] of Object.entries(before)) if (!ours.has(field)) assert.equal(now[field], value, field);
};

test("SO-100025: from case 00001025 an agent sees what came, asks for the damaged line, and follows it to its credit (D-31, OS-32, PA-08, D-14)", async () => {
  const ada = await system.as("ada");
  const entry = await ada.query("service-ui/case-entry", { caseNumber: "00001025" });
  const { caseByNumber: it } = entry.data;
  assert.deepEqual(
    [it.subject, it.customer.name, it.order.number, it.returns, it.freshness.stale],
    ["Part of the delivery missing, one coupling damaged", "Englewood Elevators", "SO-100025", [], false],
  );
  assert.deepEqual(
    it.order.shipments.flatMap(({ lines }: any) => lines.map(({ sku, quantity }: any) => [sku, quantity.value])),
    [
      ["BRG-6210", "6"],
      ["CPL-110", "4"],
    ],
    "four of the ten bearings have not come",
  );
  const [bearings, couplings] = it.order.returnEligibility.lines;
  assert.deepEqual(
    [bearings, couplings].map(({ returnable, eligible, decision }: any) => [returnable.value, eligible, decision]),
    [
      ["6", true, "AUTO"],
      ["4", true, "AUTO"],
    ],
  );
  const before = { ...crm().ledger.caseByNumber("00001025")! };
  const tooMany = await acts.askReturn("SO-100025", [{ line: 10000, quantity: "7" }], { caseId: it.id });
  assert.deepEqual(
    tooMany.userErrors.map(({ code }) => code),
    ["QUANTITY_EXCEEDED"],
  );

  const returnId = await acts.requestReturn(
    "SO-100025",
    [{ line: 20000, quantity: "4", reason: "DAMAGED_IN_TRANSIT", condition: "DAMAGED" }],
    { caseId: it.id },
  );
  const { state } = await acts.expected(returnId);
  const trackingCode = state.labels[0]!.issued!.trackingNumber;
  system.sandbox.servers.easypost.controls.pickUp({ trackingCode });
  system.sandbox.servers.easypost.controls.deliver({ trackingCode });
  await system.returnWhen(
    returnId,
    "the delivery",
    (each) => lineStatuses(each, each.lines[0]!).logisticsStatus === "DELIVERED",
  );
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "D" });
  await system.returnWhen(returnId, "the supervisor to be asked", ({ approvals }) => approvals.length > 0);
  await system.quiet(returnId);
  const asked = await system.stateOf(returnId);
  assert.deepEqual(
    [asked.approvals.map(({ kind, requiredRole }) => [kind, requiredRole]), asked.credits, asked.dispositions],
    [[["DAMAGED_GOODS", "supervisor"]], [], []],
  );
  assert.equal((await acts.decide(returnId, "sam")).approval?.status, "APPROVED");
  await acts.executeDispositions(returnId, 1);
  const closed = await system.returnWhen(returnId, "the end", (each) => statusOf(each) === "CLOSED");
  assert.deepEqual(
    [closed.dispositions.map(({ code }) => code), closed.credits.map(({ erp }) => erp!.total), closed.exceptions],
    [["SCRAP"], ["282.24"], []],
  );

  await system.quiet(returnId);
  const view = await ada.query("service-ui/unified-return", { id: returnId });
  const [shown] = view.data.return.cases;
  assert.deepEqual(
    [shown.number, shown.status, shown.owner.displayName, shown.originating, shown.freshness.stale],
    ["00001025", "Working", "Ada", true, false],
  );
  const again = await ada.query("service-ui/case-entry", { caseNumber: "00001025" });
  assert.deepEqual(
    again.data.caseByNumber.returns.map(({ id, status }: any) => [id, status]),
    [[returnId, "CLOSED"]],
  );
  const { key, expected } = await milestonesOf(returnId);
  assert.deepEqual(toldOf(key), expected);
  assert.equal(atTheCrm(key).Status__c, "CLOSED");
  assert.match(String(crm().ledger.caseByNumber("00001025")!["Backhaul_Summary__c"]), /^R\d\d-\w{7}: /);
  leftAlone("00001025", before);
  await judge(system, returnId);
});

test("a return goes from its case to closed: the CRM has every milestone once, under its key, and the case's status is its agents' (W-06, W-11, D-31, CM-23, SA-17)", async () => {
  const order = orders.shift()!;
  const number = caseAbout(order);
  const before = { ...crm().ledger.caseByNumber(number)! };
  const returnId = await driveToClosed(order, number);
  await system.quiet(returnId);
  const { key, expected } = await milestonesOf(returnId);
  assert.ok(expected.length >= 8, expected.join());
  assert.deepEqual(toldOf(key), expected);
  assert.deepEqual([atTheCrm(key).Status__c, atTheCrm(key).cases], ["CLOSED", [{ number, originating: true }]]);
  leftAlone(number, before);
  const touched = crm()
    .ledger.ownWrites()
    .filter(({ object }) => object === "Case");
  assert.deepEqual([...new Set(touched.flatMap(({ fields }) => Object.keys(fields)))], ["Backhaul_Summary__c"]);
  await judge(system, returnId);
});

test("a CRM that is dead from the request on holds up no goods, no money and no closing; when it is back it hears everything, once (W-11, D-30, RS-14)", async () => {
  const [known, unknown] = [orders.shift()!, orders.shift()!];
  const [first, second] = [caseAbout(known), caseAbout(unknown)];
  const ada = await system.as("ada");
  await ada.query("service-ui/case-entry", { caseNumber: first });
  await crm().down("refuse");
  const closed = await Promise.all([driveToClosed(known, first), driveToClosed(unknown, second)]);
  for (const returnId of closed) {
    const { credits, exceptions } = await system.stateOf(returnId);
    assert.deepEqual([credits.map(({ status }) => status), exceptions], [["POSTED"], []]);
  }
  const view = await ada.query("service-ui/unified-return", { id: closed[0] });
  const [shown] = view.data.return.cases;
  assert.deepEqual([shown.number, shown.status, shown.originating, shown.freshness.stale], [first, "New", true, true]);
  const waiting = await system.until("all but the CRM's to be done", async () => {
    const rows = await system.db
      .selectFrom("operations")
      .select(["flow", "lane"])
      .where("return_id", "in", closed)
      .where("finished_at", "is", null)
      .execute();
    const flows = [...new Set(rows.map(({ flow, lane }) => `${flow} ${lane}`))];
    return flows.length === 1 && flows;
  });
  assert.deepEqual(waiting, ["tell-crm messages"]);

  await crm().up();
  for (const [at, returnId] of closed.entries()) {
    await system.quiet(returnId);
    const { key, expected } = await milestonesOf(returnId);
    assert.deepEqual(toldOf(key), expected);
    assert.deepEqual(
      [atTheCrm(key).Status__c, atTheCrm(key).cases],
      ["CLOSED", [{ number: [first, second][at], originating: true }]],
      "the last state stands, in whatever order they were told",
    );
    await judge(system, returnId);
  }
});

test("answers that are lost on the way leave one milestone for each key (W-04, W-06)", async () => {
  const order = orders.shift()!;
  const number = caseAbout(order);
  const writes = { method: "POST", path: "/composite$" };
  crm().faults.arm({ match: writes, times: 2, action: { kind: "drop-answer" } });
  crm().faults.arm({ match: writes, nth: 3, times: 1, action: { kind: "drop-request" } });
  crm().faults.arm({ match: writes, nth: 5, times: 1, action: { kind: "malformed" } });
  const returnId = await driveToClosed(order, number);
  await system.quiet(returnId);
  const { key, expected } = await milestonesOf(returnId);
  assert.deepEqual(toldOf(key), expected);
  const opened = crm()
    .ledger.ownWrites()
    .filter(
      ({ deed, object, fields }) =>
        deed === "create" && object === "Backhaul_Milestone__c" && String(fields["Key__c"]).startsWith(key),
    );
  assert.equal(opened.length, expected.length);
  await judge(system, returnId);
});

test("a CRM that refuses is a task of operations for each thing it did not take, which closing does not wait for; replayed, it is told (RS-09, RS-14, RS-28, W-11)", async () => {
  const order = orders.shift()!;
  const number = caseAbout(order);
  crm().controls.rule({ object: "Backhaul_Milestone__c", message: "No milestones today." });
  const returnId = await driveToClosed(order, number);
  await system.quiet(returnId);
  const { exceptions } = await system.stateOf(returnId);
  assert.deepEqual([...new Set(exceptions.map(({ code, owner }) => `${code} ${owner}`))], ["CASE_REFUSED operations"]);
  const { key, expected } = await milestonesOf(returnId);
  assert.equal(atTheCrm(key), undefined);
  const untold = expected.filter((line) => line.endsWith("exception.raised")).length;
  assert.deepEqual(
    [untold, exceptions.length],
    [exceptions.length, expected.length - untold],
    "a task is no news to tell",
  );

  crm().controls.rule({ object: "Backhaul_Milestone__c" });
  const otto = await system.as("otto");
  const { replayExceptions } = await otto.data("service-ui/replay-exceptions", {
    input: {
      idempotencyKey: newKey(),
      ids: exceptions.map(({ exceptionId }) => exceptionId),
      note: "The rule is gone.",
    },
  });
  assert.deepEqual(replayExceptions.userErrors, []);
  await system.returnWhen(returnId, "the tasks to be resolved", (state) =>
    state.exceptions.every(({ status }) => status === "RESOLVED"),
  );
  await system.quiet(returnId);
  assert.deepEqual(
    toldOf(key),
    expected.filter((line) => !line.endsWith("exception.raised")),
  );
  assert.equal(atTheCrm(key).Status__c, "CLOSED");
  await judge(system, returnId);
});

test("a case that is not there, is another company's or no case at all is one clear answer, and nothing is written", async () => {
  const order = orders.shift()!;
  const count = async () =>
    Number(
      (
        await system.db
          .selectFrom("returns")
          .select((eb) => eb.fn.countAll().as("n"))
          .executeTakeFirstOrThrow()
      ).n,
    );
  const before = await count();
  for (const [caseId, code] of [
    ["crm.case:US01:00099999", "NOT_FOUND"],
    ["crm.case:US01:00002001", "NOT_FOUND"],
    ["crm.case:CA02:00002001", "INVALID_INPUT"],
    ["erp.order:US01:SO-100025", "NOT_FOUND"],
    ["00001025", "NOT_FOUND"],
    ["crm.case:US01:' OR Id != '", "NOT_FOUND"],
    ["crm.case:US01:0000102_", "NOT_FOUND"],
    [`crm.case:US01:${"9".repeat(300)}`, "NOT_FOUND"],
  ] as const) {
    const { userErrors, ...payload } = await acts.askReturn(
      order.number,
      [{ line: order.line, quantity: "1", unit: order.unit }],
      { caseId },
    );
    assert.deepEqual(
      [payload.return, userErrors.map((error) => [error.code, error.field])],
      [null, [[code, ["caseId"]]]],
      caseId,
    );
  }
  assert.equal(await count(), before);

  const ada = await system.as("ada");
  const numbers = [
    "' OR CaseNumber != '",
    "0000102_",
    "%",
    "\\",
    "00001025\\' --",
    ") LIMIT 1",
    "\n",
    "x".repeat(2_000),
  ];
  for (const caseNumber of numbers) {
    const { data, errors = [] } = await ada.query("service-ui/case-entry", { caseNumber });
    assert.deepEqual([data, errors], [{ caseByNumber: null }, []], caseNumber);
  }
});
