import assert from "node:assert/strict";
import { test } from "node:test";
import { zero } from "#shared/decimal.ts";
import { erpItem, erpOrder } from "../test/erp-records.ts";
import { evaluateLines, type OrderHistory, warrantyAt } from "./eligibility.ts";
import { loadPolicies } from "./policies/policies.ts";

const policies = loadPolicies();
const asked = {
  lineId: "rln_1",
  sequence: 10000,
  quantity: { value: "1", unit: "EA" },
  reasonCode: "WARRANTY_FAILURE",
  conditionClaimed: null,
  serialNumbers: [],
  requestException: false,
};

/** Delivered on 2026-04-30 from a site, with twelve months of warranty unless told otherwise. */
function historyOf(warehouse: string, warrantyMonths: number | null = 12): OrderHistory {
  const order = erpOrder();
  const [shipment] = order.shipments;
  const lines = shipment!.lines.map((line) => ({ ...line, location: warehouse }));
  return {
    order: { ...order, shipments: [{ ...shipment!, lines }] },
    customer: null,
    items: new Map([["BRG-6204", erpItem("BRG-6204", { warrantyMonths })]]),
    credits: [],
  };
}

const evaluate = (history: OrderHistory, at: string) => {
  const [line] = evaluateLines(history, [asked], {
    policies,
    installation: "BH1",
    now: new Date(at),
    taken: () => zero,
  });
  const { code, ruleId } = line!.reasons[0]!;
  return { says: [line!.decision, ruleId, code], line: line! };
};

test("a warranty's last day is the site's: at one moment it runs in Chicago and is over in Hamburg (EL-06, D-26, PA-02)", () => {
  const at = "2027-04-30T23:30:00Z";
  const chicago = evaluate(historyOf("CHI1"), at);
  assert.deepEqual(chicago.says, ["AUTO", "EL-06", "ELIGIBLE"]);
  assert.equal(chicago.line.windowEndsAt, "2027-05-01T04:59:59.999Z");
  assert.deepEqual(warrantyAt("US01", chicago.line.posted, new Date(at)), {
    status: "IN",
    endsAt: "2027-05-01T04:59:59.999Z",
  });
  const hamburg = evaluate(historyOf("HAM4"), at);
  assert.deepEqual(hamburg.says, ["REFUSED", "EL-06", "WARRANTY_ENDED"]);
  assert.deepEqual(warrantyAt("US01", hamburg.line.posted, new Date(at)), {
    status: "OUT",
    endsAt: "2027-04-30T21:59:59.999Z",
  });
  assert.deepEqual(evaluate(historyOf("CHI1"), "2027-05-01T04:59:59Z").says, ["AUTO", "EL-06", "ELIGIBLE"]);
  assert.deepEqual(evaluate(historyOf("CHI1"), "2027-05-01T05:00:00Z").says, ["REFUSED", "EL-06", "WARRANTY_ENDED"]);
});

test("goods without a warranty that the ERP knows of come back within the window only (EL-09)", () => {
  const { says, line } = evaluate(historyOf("CHI1", null), "2027-04-30T23:30:00Z");
  assert.deepEqual(says, ["REFUSED", "EL-09", "OUTSIDE_WINDOW"]);
  assert.deepEqual(warrantyAt("US01", line.posted, new Date()), { status: "UNKNOWN", endsAt: null });
});
