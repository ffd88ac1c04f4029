import assert from "node:assert/strict";
import { test } from "node:test";
import type { Parcel, ParcelCode } from "#adapters/carrier/port.ts";
import { tellParcel } from "./tell-parcel.ts";
import { lineStatuses } from "./line-statuses.ts";
import { labelStatusOf } from "./parcels.ts";
import { bucketsOf } from "./quantities.ts";
import { amount, authorizedReturn, type FactLog, receive } from "./sample-facts.ts";
import { statusOf } from "./status.ts";

const trackingNumber = "9400111899223800000001";
const hour = (n: number): string => new Date(Date.UTC(2026, 4, 5, n)).toISOString();

/** A return of 10 whose label is out. */
function labelled(): FactLog {
  const log = authorizedReturn({ id: "l1", quantity: "10" });
  log.add("label.chosen", {
    labelId: "lbl_1",
    kind: "PARCEL",
    ruleId: "LA-99",
    policyVersion: "2026.1",
    weightKg: "4",
    lines: [{ lineId: "l1", quantity: amount("10") }],
  });
  log.add("label.issued", {
    labelId: "lbl_1",
    transactionKey: "BH1-R267Q3KX2M-L0006",
    system: "easypost",
    documentId: "shp_1",
    carrier: "USPS",
    service: "GroundAdvantage",
    trackingNumber,
    url: "https://labels.example/1.pdf",
    estimatedDelivery: null,
    cost: { amount: "8.48", currency: "USD" },
  });
  return log;
}

/** What the carrier shows when the parcel is read: code and hour. */
const parcel = (...events: [ParcelCode, number][]): Parcel => ({
  trackingNumber,
  carrier: "USPS",
  estimatedDelivery: null,
  events: events.map(([code, at]) => ({ code, at: hour(at), description: null, place: null })),
});
function read(log: FactLog, ...events: [ParcelCode, number][]) {
  const { facts, tasks } = tellParcel(log.state, log.state.labels[0]!, parcel(...events));
  log.append(facts);
  return { kinds: facts.map(({ kind }) => kind), tasks: tasks.map(({ code }) => code) };
}
const told = ({ state }: FactLog) => {
  const [line] = state.lines;
  const { inTransit } = bucketsOf(state, line!);
  return [
    statusOf(state),
    lineStatuses(state, line!).logisticsStatus,
    Number(inTransit),
    labelStatusOf(state.labels[0]!),
  ];
};

test("a parcel read again says what is new and nothing twice (W-20)", () => {
  const log = labelled();
  assert.deepEqual(read(log, ["LABEL_ISSUED", 1]).kinds, []);
  assert.deepEqual(told(log), ["AWAITING_RECEIPT", "LABEL_ISSUED", 0, "ISSUED"]);
  assert.deepEqual(read(log, ["LABEL_ISSUED", 1], ["IN_TRANSIT", 8]).kinds, ["shipment.picked-up"]);
  assert.deepEqual(told(log), ["IN_TRANSIT", "IN_TRANSIT", 10, "IN_USE"]);
  assert.deepEqual(read(log, ["IN_TRANSIT", 8]).kinds, []);
  const all = [
    ["IN_TRANSIT", 8],
    ["IN_TRANSIT", 12],
    ["OUT_FOR_DELIVERY", 18],
    ["DELIVERED", 20],
    ["DELIVERED", 21],
  ] satisfies [ParcelCode, number][];
  assert.deepEqual(read(log, ...all).kinds, [
    "shipment.progressed",
    "shipment.progressed",
    "shipment.delivered",
    "shipment.progressed",
  ]);
  assert.deepEqual(read(log, ...all).kinds, []);
  assert.deepEqual(told(log), ["IN_TRANSIT", "DELIVERED", 10, "DELIVERED"]);
});

test("merged events still have a pick-up before the delivery, and a scan that is found late changes nothing (W-19)", () => {
  const log = labelled();
  assert.deepEqual(read(log, ["DELIVERED", 20]).kinds, ["shipment.picked-up", "shipment.delivered"]);
  assert.deepEqual(read(log, ["IN_TRANSIT", 12], ["DELIVERED", 20]).kinds, ["shipment.progressed"]);
  assert.deepEqual(told(log), ["IN_TRANSIT", "DELIVERED", 10, "DELIVERED"]);
});

test("a lost parcel is a task once, and LOST until it is seen again (D-12, RS-29)", () => {
  const log = labelled();
  assert.deepEqual(read(log, ["IN_TRANSIT", 8], ["LOST", 30]), {
    kinds: ["shipment.picked-up", "shipment.lost"],
    tasks: ["LOST_IN_TRANSIT"],
  });
  assert.deepEqual(told(log), ["LOST", "LOST_IN_TRANSIT", 10, "IN_USE"]);
  assert.deepEqual(read(log, ["IN_TRANSIT", 8], ["LOST", 30]).tasks, []);
  read(log, ["IN_TRANSIT", 8], ["LOST", 30], ["IN_TRANSIT", 40]);
  assert.deepEqual(told(log), ["IN_TRANSIT", "IN_TRANSIT", 10, "IN_USE"]);
  const found = labelled();
  assert.deepEqual(read(found, ["IN_TRANSIT", 8], ["LOST", 30], ["DELIVERED", 40]).tasks, [], "it has come meanwhile");
});

test("what is on its way is what was picked up and has no receipt, and never more than is due (vocabulary section 7)", () => {
  const log = labelled();
  read(log, ["IN_TRANSIT", 8]);
  receive(log, "r0", "l1", amount("3"));
  assert.equal(told(log)[2], 0, "a receipt that names no parcel was this one's");
  const other = labelled();
  read(other, ["IN_TRANSIT", 8]);
  other.append([
    {
      kind: "receipt.recorded",
      data: {
        ...(log.facts.at(-1)!.data as { receiptId: string }),
        trackingNumber: "1Z-ANOTHER",
      } as never,
    },
  ]);
  assert.deepEqual(told(other).slice(0, 3), ["PARTIALLY_RECEIVED", "IN_TRANSIT", 7]);
});

test("goods that go back to their sender are awaited again", () => {
  const log = labelled();
  assert.deepEqual(read(log, ["IN_TRANSIT", 8], ["RETURN_TO_SENDER", 30]).kinds, [
    "shipment.picked-up",
    "shipment.sent-back",
  ]);
  assert.deepEqual(told(log), ["AWAITING_RECEIPT", "RETURN_TO_SENDER", 0, "IN_USE"]);
});

test("the carrier's word on a voided label is told once (W-07)", () => {
  const log = labelled();
  log.add("label.voided", { labelId: "lbl_1", state: "VOID_REQUESTED" });
  assert.deepEqual(read(log, ["VOIDED", 9]).kinds, ["label.voided"]);
  assert.deepEqual(read(log, ["VOIDED", 9]).kinds, []);
  assert.deepEqual([log.state.labels[0]!.status, told(log)[1]], ["VOIDED", "NOT_REQUIRED"]);
  assert.equal(log.state.systems.find(({ document }) => document === "label")?.syncStatus, "COMPENSATED");
});
