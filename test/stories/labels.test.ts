import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { before, test } from "node:test";
import { lineStatuses } from "#orchestration/line-statuses.ts";
import { turnOf } from "#orchestration/next-step.ts";
import { bucketsOf } from "#orchestration/quantities.ts";
import type { ReturnState } from "#orchestration/return-state.ts";
import { isConfirmed, statusOf } from "#orchestration/status.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { allHeard } from "../heard.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesOnly } from "../written.ts";

let system: Everything;
let acts: Acts;
let carriers: Everything["sandbox"]["servers"]["easypost"]["controls"];
before(async () => {
  system = await startEverything();
  acts = createActs(system);
  carriers = system.sandbox.servers.easypost.controls;
});

const labelled = (returnId: string) =>
  system.returnWhen(returnId, "a label", ({ labels, instruction }) => labels.length > 0 && instruction !== null);
const numberOf = ({ labels }: ReturnState): string => labels[0]!.issued!.trackingNumber;
const boughtFor = (key: string) =>
  system.sandbox.servers.easypost.ledger.labels().filter(({ reference }) => reference === key);
const statusWhen = (returnId: string, status: string) =>
  system.returnWhen(returnId, `the status ${status}`, (state) => statusOf(state) === status);
const logistics = (state: ReturnState): string => lineStatuses(state, state.lines[0]!).logisticsStatus;
const inTransit = (state: ReturnState): number => Number(bucketsOf(state, state.lines[0]!).inTransit);
/** Its other fields are told by parts that have issues of their own. */
const unified = async (returnId: string) =>
  (await (await system.as("ada")).query("service-ui/unified-return", { id: returnId })).data.return;
const milestonesOf = async (returnId: string): Promise<string[]> => {
  const client = await system.as("ada");
  const { return: found } = (
    await client.query(`query ($id: ID!) { return(id: $id) { milestones(last: 100) { edges { node { type } } } } }`, {
      id: returnId,
    })
  ).data as any;
  return found.milestones.edges.map(({ node }: { node: { type: string } }) => node.type);
};

test("a return whose freight is ours gets one paid label, and its parcel is followed until it is received and credited (OS-07, LA-99, D-12, SA-16)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "3" }]);
  const out = await labelled(returnId);
  const [label] = out.labels;
  const [paid, ...more] = boughtFor(label!.issued!.transactionKey);
  assert.deepEqual(more, []);
  assert.deepEqual(
    [label!.kind, label!.ruleId, label!.issued!.trackingNumber, label!.issued!.cost.amount],
    ["PARCEL", "LA-99", paid!.trackingCode, paid!.cost],
  );
  assert.deepEqual([statusOf(out), logistics(out), inTransit(out)], ["AWAITING_RECEIPT", "LABEL_ISSUED", 0]);
  const [told] = system.sandbox.servers["wms-chi1"].ledger
    .returnInstructions()
    .filter(({ key }) => key === out.instruction!.transactionKey);
  assert.deepEqual(told!.instruction.trackingNumbers, [paid!.trackingCode], "the warehouse knows the parcel");

  const seen = await unified(returnId);
  assert.deepEqual(
    seen.labels.map(({ kind, carrier, trackingNumber, url, status }: any) => [
      kind,
      carrier,
      trackingNumber,
      url,
      status,
    ]),
    [["PARCEL", label!.issued!.carrier, paid!.trackingCode, label!.issued!.url, "ISSUED"]],
  );

  carriers.pickUp({ trackingCode: numberOf(out) });
  const moving = await statusWhen(returnId, "IN_TRANSIT");
  assert.deepEqual([logistics(moving), inTransit(moving)], ["IN_TRANSIT", 3]);
  assert.deepEqual([turnOf(moving).waitingOn?.party, turnOf(moving).nextStep.code], ["CARRIER", "RECEIVE"]);
  carriers.progress({ trackingCode: numberOf(out), city: "Joliet" });
  carriers.deliver({ trackingCode: numberOf(out) });
  const there = await system.returnWhen(returnId, "the delivery", (state) => logistics(state) === "DELIVERED");
  assert.deepEqual([statusOf(there), turnOf(there).waitingOn?.party], ["IN_TRANSIT", "WAREHOUSE"]);

  const { receipt, floor } = await acts.receive(returnId);
  const received = await system.stateOf(returnId);
  assert.deepEqual([inTransit(received), received.receipts[0]!.trackingNumber], [0, numberOf(out)]);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  await statusWhen(returnId, "CLOSED");
  const types = await milestonesOf(returnId);
  assert.deepEqual(
    types.filter((type) => /^(label|shipment)\./.test(type)),
    ["label.issued", "shipment.picked-up", "shipment.delivered"],
  );
  await judge(system, returnId);
});

test("a return is found by the number of its parcel", async () => {
  const returnId = await acts.requestReturn("SO-100002", [{ quantity: "1" }]);
  const trackingNumber = numberOf(await labelled(returnId));
  const ada = await system.as("ada");
  const found = async (number: string) => {
    const { returns } = (
      await ada.query(
        `query ($filter: ReturnFilter) { returns(filter: $filter, first: 5) { edges { node { id } } } }`,
        {
          filter: { trackingNumber: number },
        },
      )
    ).data as any;
    return returns.edges.map(({ node }: any) => node.id);
  };
  assert.deepEqual(await found(trackingNumber), [returnId]);
  assert.deepEqual(await found("1Z-NOBODYS' or 1=1"), []);
});

test("a lost parcel is a task for the warehouse and the status LOST; found again it goes on (RS-29, D-12)", async () => {
  const returnId = await acts.requestReturn("SO-100003", [{ quantity: "1", unit: "CS" }]);
  const trackingCode = numberOf(await labelled(returnId));
  carriers.pickUp({ trackingCode });
  await statusWhen(returnId, "IN_TRANSIT");
  carriers.lose({ trackingCode });
  const lost = await statusWhen(returnId, "LOST");
  assert.equal(logistics(lost), "LOST_IN_TRANSIT");
  assert.deepEqual(
    lost.exceptions.map(({ category, code, owner }) => [category, code, owner]),
    [["GOODS_DISCREPANCY", "LOST_IN_TRANSIT", "warehouse"]],
  );
  carriers.progress({ trackingCode, message: "Found" });
  await statusWhen(returnId, "IN_TRANSIT");
  await judge(system, returnId);
});

test("a parcel that goes back to its sender is awaited again", async () => {
  const returnId = await acts.requestReturn("SO-100004", [{ quantity: "1" }]);
  const trackingCode = numberOf(await labelled(returnId));
  carriers.pickUp({ trackingCode });
  await statusWhen(returnId, "IN_TRANSIT");
  carriers.sendBack({ trackingCode });
  const back = await system.returnWhen(returnId, "the way back", (state) => logistics(state) === "RETURN_TO_SENDER");
  assert.deepEqual([statusOf(back), inTransit(back)], ["AWAITING_RECEIPT", 0]);
  await judge(system, returnId);
});

test("who returns by mistake pays the freight: no label of ours (LA-01, FR-01)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "1", reason: "ORDERED_IN_ERROR" }]);
  const state = await labelled(returnId);
  assert.deepEqual(
    state.labels.map(({ kind, ruleId, status, issued }) => [kind, ruleId, status, issued]),
    [["NONE", "LA-01", "NOT_NEEDED", null]],
  );
  assert.deepEqual([statusOf(state), logistics(state), state.exceptions], ["AWAITING_RECEIPT", "NOT_REQUIRED", []]);
  const seen = await unified(returnId);
  assert.deepEqual(seen.labels, []);
  await judge(system, returnId);
});

for (const { order, quantity, ruleId, code, who, total, shown } of [
  {
    order: "SO-100016",
    quantity: "6",
    ruleId: "LA-03",
    code: "NO_LABEL_FOR_HAZARD",
    who: ["service", "ada"],
    total: "423.36",
    shown: [["BILL_OF_LADING", "REFUSED"]],
  },
  {
    order: "SO-100017",
    quantity: "4",
    ruleId: "LA-02",
    code: "HAZARD_DATA_MISSING",
    who: ["operations", "otto"],
    total: "405.72",
    shown: [],
  },
] as const)
  test(`${order}: hazardous goods get no label, somebody is told, they come without one, and the return goes to its end (D-37, ${ruleId}, RS-28, GF-01)`, async () => {
    const [owner, person] = who;
    const before = system.sandbox.servers.easypost.ledger.shipments().length;
    const returnId = await acts.requestReturn(order, [{ quantity, reason: "NOT_AS_DESCRIBED" }]);
    await acts.decide(returnId, "sam");
    const state = await labelled(returnId);
    assert.deepEqual(
      state.exceptions.map((task) => [task.code, task.owner]),
      [[code, owner]],
    );
    assert.deepEqual([state.labels[0]!.ruleId, statusOf(state)], [ruleId, "AWAITING_RECEIPT"]);

    const { receipt, floor } = await acts.receive(returnId);
    const { receipts } = await system.stateOf(returnId);
    assert.equal(receipts[0]!.trackingNumber, null, "no parcel of ours");
    floor.inspect({ receipt, line: 1, grade: "A" });
    const { credits } = await acts.credited(returnId, 1);
    assert.equal(credits[0]!.erp?.total, total);
    await acts.executeDispositions(returnId, 1);
    await system.returnWhen(returnId, "the goods to be in stock again", ({ dispositions }) =>
      dispositions.every(isConfirmed),
    );
    await system.quiet(returnId);
    const settled = await system.stateOf(returnId);
    const [task] = settled.exceptions;
    assert.deepEqual([statusOf(settled), task!.status], ["SETTLED", "OPEN"], "nobody forgets the task");
    const { exceptions, labels } = await unified(returnId);
    assert.deepEqual(
      [exceptions.map(({ status }: any) => status), labels.map(({ kind, status }: any) => [kind, status])],
      [["OPEN"], shown],
    );

    const { userErrors } = await acts.resolve(person, task!.exceptionId, { note: "A haulier of theirs brought it." });
    assert.deepEqual(userErrors, []);
    await statusWhen(returnId, "CLOSED");
    assert.equal(system.sandbox.servers.easypost.ledger.shipments().length, before, "nothing was asked of the carrier");
    await judge(system, returnId);
  });

test("EU03: its labels are bought at its carriers", async () => {
  const returnId = await acts.requestReturn("SO-300001", [{ quantity: "1" }], { by: "sam", company: "EU03" });
  const state = await labelled(returnId);
  assert.equal(state.labels[0]!.issued!.carrier, "DHLPaket");
  await judge(system, returnId);
});

test("an address without country is a task that says so; nothing is asked of the carrier, and the goods may come all the same, with a label for the address that is amended (D-10)", async () => {
  const { controls } = system.sandbox.servers["business-central"];
  for (const [set, number] of [
    ["salesShipments", "PSS-100006"],
    ["salesInvoices", "PSI-100006"],
  ] as const)
    controls.change({ company: "US01", set, number, fields: { shipToCountry: "" } });
  const before = system.sandbox.servers.easypost.ledger.shipments().length;
  const returnId = await acts.requestReturn("SO-100006", [{ quantity: "1" }]);
  const state = await labelled(returnId);
  assert.deepEqual([state.labels[0]!.status, logistics(state)], ["REFUSED", "AWAITING_LABEL"]);
  assert.deepEqual(
    state.exceptions.map(({ category, code, owner }) => [category, code, owner]),
    [["CARRIER", "LABEL_REFUSED", "service"]],
  );
  assert.match(state.exceptions[0]!.summary, /SO-100006.*country/);
  assert.equal(system.sandbox.servers.easypost.ledger.shipments().length, before);
  assert.equal(statusOf(state), "AWAITING_RECEIPT");
  await system.quiet(returnId);
  const address = { line1: "7 Elm Court", city: "Joliet", region: "IL", postalCode: "60432", country: "US" };
  assert.deepEqual((await acts.amend(returnId, [], { address })).userErrors, []);
  await system.returnWhen(returnId, "the label", ({ labels }) => labels.at(-1)!.issued !== null);
  await system.quiet(returnId);
  const { labels } = await system.stateOf(returnId);
  assert.deepEqual(
    labels.map(({ status, replaced = false }) => [status, replaced]),
    [
      ["REFUSED", true],
      ["ISSUED", false],
    ],
  );
  await judge(system, returnId);
});

test("what a carrier refuses is service's task, and the return goes on without a label", async () => {
  const { faults } = system.sandbox.servers.easypost;
  faults.arm({ match: { path: "/buy$" }, action: { kind: "refuse", status: 422, code: "SHIPMENT.POSTAGE.FAILURE" } });
  const returnId = await acts.requestReturn("SO-100022", [{ quantity: "1" }]);
  const state = await labelled(returnId);
  assert.deepEqual(
    [state.labels[0]!.status, state.exceptions.map(({ code, owner }) => [code, owner])],
    ["REFUSED", [["LABEL_REFUSED", "service"]]],
  );
  await judge(system, returnId);
});

test("a cancel voids the label that nobody used, and the carrier's word comes later (W-07)", async () => {
  const returnId = await acts.requestReturn("SO-100002", [{ quantity: "1" }]);
  const { labels } = await labelled(returnId);
  const key = labels[0]!.issued!.transactionKey;
  await acts.cancel(returnId);
  const over = await statusWhen(returnId, "CANCELLED");
  assert.deepEqual([over.labels[0]!.status, boughtFor(key)[0]!.refund], ["VOID_REQUESTED", "submitted"]);
  carriers.settleRefund({ reference: key });
  await system.returnWhen(returnId, "the carrier's word", (state) => state.labels[0]!.status === "VOIDED");
  await judge(system, returnId);
});

test("a label that was used can't be voided: a person sees to it, then the cancel goes on (W-07)", async () => {
  const returnId = await acts.requestReturn("SO-100013", [{ quantity: "1" }]);
  const trackingCode = numberOf(await labelled(returnId));
  carriers.pickUp({ trackingCode });
  await statusWhen(returnId, "IN_TRANSIT");
  await acts.cancel(returnId);
  const stuck = await system.returnWhen(returnId, "the task", ({ exceptions }) => exceptions.length > 0);
  assert.deepEqual([stuck.exceptions[0]!.code, stuck.exceptions[0]!.step], ["UNDO_REFUSED", "void-label"]);
  const otto = await system.as("otto");
  const resolution = { resolution: "FIXED_OUTSIDE", note: "The parcel is on its way; it will be sent back." };
  await otto.data("service-ui/resolve-exception", {
    input: { idempotencyKey: newKey(), id: stuck.exceptions[0]!.exceptionId, ...resolution },
  });
  await system.returnWhen(returnId, "the end of the cancel", ({ cancelRequested }) => cancelRequested === null);
  await judge(system, returnId);
});

test("an event with a wrong signature is refused, one of a stranger's parcel says nothing (W-18)", async () => {
  const url = `${system.worker!.intakeUrl}/hooks/easypost`;
  const secret = system.settings["EASYPOST_WEBHOOK_SECRET"]!;
  const event = { id: "evt_stranger", object: "Event", description: "tracker.updated" };
  const body = JSON.stringify({ ...event, result: { tracking_code: "1Z-STRANGER" } });
  const sign = (with_: string) =>
    `hmac-sha256-hex=${createHmac("sha256", with_.normalize("NFKD")).update(body).digest("hex")}`;
  const send = async (signature: string) => {
    const response = await fetch(url, { method: "POST", headers: { "x-hmac-signature": signature }, body });
    return { status: response.status, answer: (await response.json()) as any };
  };
  await allHeard(system);
  const refused = await writesOnly(system.db, { inbox_refusals: 1 }, () => send(sign("another secret")));
  assert.deepEqual([refused.status, refused.answer.error.code], [401, "SIGNATURE_INVALID"]);
  const taken = await writesOnly(system.db, { inbox: 1, documents: 1 }, async () => {
    const sent = await send(sign(secret));
    await system.until("the event to be dropped", async () => {
      const row = await system.db
        .selectFrom("inbox")
        .select("status")
        .where("event_id", "=", event.id)
        .executeTakeFirst();
      return row?.status === "DROPPED";
    });
    return sent;
  });
  assert.equal(taken.status, 200);
});
