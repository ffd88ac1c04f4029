import assert from "node:assert/strict";
import { test } from "node:test";
import type { KeyedDocument } from "#adapters/port.ts";
import { broughtByMemo } from "./hand-moves.ts";
import { goodsOfMemo, OUTSIDE } from "./memo-goods.ts";
import { loadPolicies } from "./policies/policies.ts";
import { amount, authorizedReturn, credit, inspect, inspection, receive, type FactLog } from "./sample-facts.ts";
import type { Run } from "./step.ts";
import { memoRequest } from "./steps/draft-memo.ts";

// What a memo says where it brings the goods in itself (D-02), and where it doesn't.

const runIn = (stockBeforeCredit: boolean): Run =>
  ({ systems: { erpOf: () => ({ stockBeforeCredit }) } }) as unknown as Run;
const request = ({ state }: FactLog, creditId: string, stockBeforeCredit = false) =>
  memoRequest(
    state,
    state.credits.find((one) => one.creditId === creditId)!,
    runIn(stockBeforeCredit),
  );
const posted = (log: FactLog, creditId: string, lineIds: string[] = []): KeyedDocument => ({
  id: "guid",
  number: `PSCM-${creditId}`,
  status: "POSTED",
  sameContent: true,
  totals: null,
  postingDate: "2026-05-06",
  lines: request(log, creditId).lines.map(({ ref, sku }, i) => ({
    id: lineIds[i] ?? "",
    ref,
    sku,
    quantity: null,
    net: null,
    tax: null,
  })),
});

test("a memo names the place of its goods only where no stock document brings them in (D-01, D-02)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  receive(log, "rcl1", "l1", amount("3"));
  inspect(log, "ins1", "rcl1", amount("3"));
  credit(log, "crd1", "rcl1", "l1", amount("3"), { post: false });
  const [line] = request(log, "crd1").lines;
  assert.deepEqual([line?.location, line?.stockInLineId, request(log, "crd1").stockInId], ["quarantine", null, null]);
  assert.equal("location" in request(log, "crd1", true).lines[0]!, false);
  assert.deepEqual(goodsOfMemo(log.state, request(log, "crd1", true), { key: "k", document: posted(log, "crd1") }), []);
});

test("supplier-owned goods come into consignment, and credit without goods into no place (D-02, D-11)", () => {
  const log = authorizedReturn(
    { id: "l1", quantity: "2", posted: { supplierOwned: true } },
    { id: "l2", quantity: "2", resolution: "KEEP_ALLOWANCE" },
  );
  for (const line of ["l1", "l2"]) {
    receive(log, `rcl-${line}`, line, amount("2"));
    inspect(log, `ins-${line}`, `rcl-${line}`, amount("2"));
    credit(log, `crd-${line}`, `rcl-${line}`, line, amount("2"), { post: false });
  }
  assert.deepEqual(
    ["crd-l1", "crd-l2"].map((id) => request(log, id).lines[0]?.location),
    ["consignment", undefined],
  );
});

test("what a memo brings in is one posting for each place, under the memo's key and number, with its lines' ids (D-02, W-06)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  receive(log, "rcl1", "l1", amount("4"));
  inspect(log, "ins1", "rcl1", amount("4"));
  credit(log, "crd1", "rcl1", "l1", amount("4"), { post: false });
  const asked = request(log, "crd1");
  const [line] = asked.lines;
  const two = {
    ...asked,
    lines: [
      { ...line!, quantity: "3" },
      { ...line!, ref: "rcl1#1", quantity: "1", location: "consignment" },
    ],
  };
  const document = {
    ...posted(log, "crd1"),
    lines: two.lines.map(({ ref }, i) => ({ ...posted(log, "crd1").lines[0]!, ref, id: `line-${i}` })),
  };
  const facts = goodsOfMemo(log.state, two, { key: "BH1-R267Q3KX2M-C0009", document });
  assert.deepEqual(
    facts.map(
      ({ kind, data }) =>
        kind === "inventory.received" && [
          data.location,
          data.transactionKey,
          data.documentNumber,
          data.receiptId,
          data.lines[0],
        ],
    ),
    [
      [
        "quarantine",
        "BH1-R267Q3KX2M-C0009",
        "PSCM-crd1",
        "rcp-of-rcl1",
        { receiptLineId: "rcl1", returnLineId: "l1", sku: "BRG-6204", quantity: amount("3"), erpLineId: "line-0" },
      ],
      [
        "consignment",
        "BH1-R267Q3KX2M-C0009",
        "PSCM-crd1",
        "rcp-of-rcl1",
        { receiptLineId: "rcl1", returnLineId: "l1", sku: "BRG-6204", quantity: amount("1"), erpLineId: "line-1" },
      ],
    ],
  );
});

test("a broken case is priced in the unit that is credited (D-18)", () => {
  const cases = {
    invoicedUnit: "CS",
    invoicedUnitFactor: "12",
    unitFactor: "12",
    invoicedBase: "24",
    unitPrice: "149.99",
    lineNet: "299.98",
  };
  const log = authorizedReturn({ id: "l1", quantity: "2", unit: "CS", posted: cases });
  receive(log, "rcl1", "l1", amount("24"));
  inspect(log, "ins1", "rcl1", amount("24"));
  credit(log, "broken", "rcl1", "l1", amount("8"), { post: false });
  credit(log, "whole", "rcl1", "l1", amount("1", "CS", "12"), { post: false });
  assert.deepEqual(
    ["broken", "whole"].map((id) => request(log, id).lines[0]?.unitPrice),
    ["12.49917", "149.99"],
  );
});

test("goods that a person has booked, and that are accepted after all, are credited and not brought in again (D-02, D-15)", () => {
  const log = authorizedReturn({ id: "l1", quantity: "4" });
  receive(log, "rcl1", "l1", amount("4"));
  inspect(log, "ins1", "rcl1", amount("3"));
  inspect(log, "ins2", "rcl1", amount("1"), "0", "E");
  const policies = loadPolicies();
  const brought = (id: string) =>
    broughtByMemo(
      log.state,
      log.state.inspections.find(({ inspectionId }) => inspectionId === id)!,
      policies,
    );
  assert.deepEqual([brought("ins1"), brought("ins2")], ["COMES", "NEVER"]);
  log.add("inventory.adjusted", {
    postingId: "pst1",
    transactionKey: "ITJ000001",
    documentNumber: "ITJ000001",
    kind: "CORRECTION",
    dispositionId: "dsp-of-ins2",
    from: OUTSIDE,
    to: null,
    quantity: amount("1"),
  });
  log.add("inspection.corrected", { ...inspection("ins3", "rcl1", amount("1")), replaces: "ins2", revision: 2 });
  credit(log, "crd1", "rcl1", "l1", amount("3"), { post: false });
  assert.equal(request(log, "crd1").lines[0]?.location, "quarantine");
  log.append(
    goodsOfMemo(log.state, request(log, "crd1"), { key: "BH1-R267Q3KX2M-C0001", document: posted(log, "crd1") }),
  );
  credit(log, "crd2", "rcl1", "l1", amount("1"), { post: false });
  assert.equal(request(log, "crd2").lines[0]?.location, undefined);
  assert.equal(brought("ins1"), "IN");
});
