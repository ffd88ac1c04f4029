import assert from "node:assert/strict";
import test from "node:test";
import Fraction from "fraction.js";
import { isWorkday } from "#shared/holidays.ts";
import { addDays } from "./days.ts";
import { makeDistributor } from "./make-distributor.ts";
import type { CompanyCode, Invoice, Order } from "./types.ts";

const today = "2026-11-21";
const seed = makeDistributor({ today });
const order = (number: string, company: CompanyCode = "US01"): Order => {
  const match = seed.orders.find((o) => o.number === number && o.company === company);
  assert.ok(match, `${company} has ${number}`);
  return match;
};
const invoiceOf = (number: string, index = 0): Invoice => {
  const invoice = order(number).invoices[index];
  assert.ok(invoice, `${number} is invoiced`);
  return invoice;
};
const sums = <T>(rows: T[], key: (row: T) => string, value: (row: T) => string): Record<string, string> => {
  const totals = new Map<string, Fraction>();
  for (const row of rows) totals.set(key(row), (totals.get(key(row)) ?? new Fraction(0)).add(value(row)));
  return Object.fromEntries(
    [...totals].filter(([, total]) => !total.equals(0)).map(([k, total]) => [k, total.toString()]),
  );
};

test("the seed is the same for the same day, and large enough", () => {
  assert.deepEqual(makeDistributor({ today }), seed);
  assert.ok(seed.items.length >= 400);
  assert.ok(seed.customers.length >= 300);
  assert.ok(seed.orders.length >= 3000);
  assert.equal(new Set(seed.orders.map((o) => o.channel)).size, 5);
  assert.ok(makeDistributor({ today, scale: 2 }).orders.length >= 6000);
});

test("items come in families, customers in tiers and segments, orders over 18 months; three time zones have their holidays", () => {
  assert.ok(new Set(seed.items.map(({ category }) => category)).size >= 15);
  assert.deepEqual(new Set(seed.customers.map(({ tier }) => tier)), new Set(["PLATINUM", "GOLD", "SILVER", "BRONZE"]));
  assert.equal(new Set(seed.customers.map(({ segment }) => segment)).size, 5);
  const days = seed.orders.map(({ orderedOn }) => orderedOn).toSorted();
  assert.ok(days[0]! <= addDays(today, -540) && days.at(-1)! >= addDays(today, -3));
  const sites = seed.locations.filter(({ kind }) => kind === "SITE");
  assert.deepEqual(
    sites.map(({ company, code, timeZone }) => [company, code, timeZone]),
    [
      ["US01", "CHI1", "America/Chicago"],
      ["US01", "DAL2", "America/Chicago"],
      ["CA02", "TOR3", "America/Toronto"],
      ["EU03", "HAM4", "Europe/Berlin"],
    ],
  );
  const closed = sites.map(({ company }) =>
    ["2026-11-26", "2026-12-28", "2026-05-01"].map((day) => !isWorkday(company, day)),
  );
  assert.deepEqual(closed, [
    [true, false, false],
    [true, false, false],
    [false, true, false],
    [false, false, true],
  ]);
});

test("SO-100025 came in part, and every story's order is there by its number", () => {
  assert.deepEqual(
    order("SO-100025").lines.map(({ ordered, shipped }) => [ordered, shipped]),
    [
      ["10", "6"],
      ["4", "4"],
    ],
  );
  const numbers = Array.from({ length: 26 }, (_, i) => `SO-1000${String(i + 1).padStart(2, "0")}`);
  for (const number of numbers) assert.ok(order(number).lines.length > 0);
  const goods = seed.items.find(({ sku }) => sku === "VLV-7710");
  assert.equal(goods?.recalled, true);
  assert.ok(
    seed.customers.some(({ number }) => number === "C-2010") &&
      seed.customers.some(({ number }) => number === "C-2020"),
  );
});

test("keys are unique: items, customers, order, shipment, invoice and memo numbers of a company, serial numbers", () => {
  const lists = [
    seed.items.map((i) => i.sku),
    seed.customers.map((c) => c.number),
    seed.orders.map((o) => `${o.company}/${o.number}`),
    seed.orders.flatMap((o) => o.shipments.map((s) => `${o.company}/${s.number}`)),
    seed.orders.flatMap((o) => o.invoices.map((i) => `${o.company}/${i.number}`)),
    seed.creditMemos.map((m) => `${m.company}/${m.number}`),
    seed.orders.flatMap((o) =>
      o.shipments.flatMap((s) => s.lines.flatMap((l) => l.tracking.flatMap((t) => t.serialNumber ?? []))),
    ),
  ];
  for (const list of lists) assert.equal(new Set(list).size, list.length);
});

test("opening stock ties to the item ledger, in quantity and to the cent, per place and lot (D-35)", () => {
  const place = (row: { company: string; locationCode: string; sku: string; lotNumber: string | null }) =>
    [row.company, row.locationCode, row.sku, row.lotNumber ?? ""].join("/");
  assert.deepEqual(
    sums(seed.itemLedger, place, (e) => e.quantity),
    sums(seed.stock, place, (s) => s.quantity),
  );
  const company = (row: { company: string }) => row.company;
  assert.deepEqual(
    sums(seed.itemLedger, company, (e) => e.cost),
    sums(seed.stock, company, (s) => s.cost),
  );
});

test("opening receivables tie to the customer ledger to the cent (D-35)", () => {
  const customer = (row: { customerNumber: string }) => row.customerNumber;
  const owed = sums(seed.receivables, customer, (r) => r.balance);
  assert.deepEqual(
    sums(seed.customerLedger, customer, (e) => e.amount),
    owed,
  );
  assert.deepEqual(
    sums(seed.customerLedger, customer, (e) => e.remaining),
    owed,
  );
});

test("sales in the item ledger equal what was invoiced less what was credited (D-35)", () => {
  const kinds = {
    "Sales Shipment": "invoiced",
    "Sales Credit Memo": "credited",
    "Purchase Receipt": "bought",
    "": "opened",
  };
  const ledger = sums(
    seed.itemLedger,
    (e) => kinds[e.documentType],
    (e) => e.sales,
  );
  const invoiced = sums(
    seed.orders.flatMap((o) => o.invoices),
    () => "invoiced",
    (i) => i.netAmount,
  );
  const credited = sums(
    seed.creditMemos,
    () => "credited",
    (m) => `-${m.netAmount}`,
  );
  assert.deepEqual(ledger, { ...invoiced, ...credited });
});

test("a document's lines add up to its totals, and its tax is the rate of its lines to the cent", () => {
  for (const invoice of seed.orders.flatMap((o) => o.invoices)) {
    const lines = sums(
      invoice.lines,
      () => "sum",
      (l) => l.amountIncludingTax,
    );
    assert.equal(lines["sum"] ?? "0", new Fraction(invoice.total).toString(), invoice.number);
    const discounts = sums(
      invoice.lines,
      () => "sum",
      (l) => l.invoiceDiscount,
    );
    assert.equal(discounts["sum"] ?? "0", new Fraction(invoice.invoiceDiscount).toString(), invoice.number);
    for (const line of invoice.lines) {
      const exact = new Fraction(line.netAmount).mul(line.taxPercent).div(100);
      assert.ok(exact.sub(line.taxAmount).abs().compare("0.005") <= 0, `${invoice.number}/${line.sequence}`);
    }
  }
});

test("an order is gone from the ERP once it is shipped and invoiced in full, and only then (D-04)", () => {
  const open = seed.orders.filter((o) => !o.gone);
  assert.ok(open.length > 20);
  for (const o of open) assert.ok(o.lines.some((line) => line.invoiced !== line.ordered));
  assert.ok(open.some((o) => o.shipments.length > 0) && open.some((o) => o.shipments.length === 0));
});

test("nothing happens after today, and nothing is delivered before it left", () => {
  for (const o of seed.orders) {
    for (const s of o.shipments) {
      assert.ok(s.shippedOn <= today && o.orderedOn <= s.shippedOn, o.number);
      assert.ok(s.deliveredOn === null || (s.shippedOn < s.deliveredOn && s.deliveredOn <= today), o.number);
    }
  }
});

const MONEY: [string, string, string, string, string, string, string][] = [
  // order, quantity, unit, price, tax code and rate, net, total
  ["SO-100001", "4", "EA", "289.50", "IL-COOK 10.25", "1158.00", "1276.70"],
  ["SO-100002", "10", "EA", "84.35", "IL-COOK 10.25", "843.50", "929.96"],
  ["SO-100003", "2", "CS", "149.99", "IL-COOK 10.25", "299.98", "330.73"],
  ["SO-100004", "3", "EA", "40.00", "EXEMPT 0", "100.00", "100.00"],
  ["SO-100005", "6", "EA", "45.10", "IL-COOK 9.50", "270.60", "296.31"],
  ["SO-100022", "5", "EA", "62.40", "IL-COOK 10.25", "312.00", "343.98"],
  ["SO-100024", "8", "EA", "1550.00", "IL-COOK 10.25", "12400.00", "13671.00"],
];
for (const [number, quantity, unit, unitPrice, tax, net, total] of MONEY) {
  test(`${number} is ${quantity} ${unit} at ${unitPrice}, ${net} net and ${total} with tax (vocabulary, section 8)`, () => {
    const invoice = invoiceOf(number);
    const [line] = invoice.lines;
    assert.ok(line);
    assert.equal(invoice.lines.length, 1);
    assert.deepEqual(
      [line.quantity, line.unit, line.unitPrice, `${line.taxCode} ${line.taxPercent}`],
      [quantity, unit, unitPrice, tax],
    );
    assert.deepEqual([invoice.netAmount, invoice.total], [net, total]);
  });
}

test("the stories' dates, customers and states are as seed-stories says", () => {
  const delivered = (number: string) => order(number).shipments[0]?.deliveredOn;
  assert.equal(delivered("SO-100001"), addDays(today, -5));
  assert.equal(delivered("SO-100022"), addDays(today, -60));
  assert.equal(delivered("SO-100026"), addDays(today, -45));
  assert.equal(delivered("SO-100023"), "2025-11-21");
  assert.equal(order("SO-100001").customerNumber, "C-2000");
  assert.equal(invoiceOf("SO-100001").open, "1276.70");
  assert.equal(invoiceOf("SO-100006").open, "0.00");
  assert.equal(order("SO-100001").lines[0]?.sku, "BRG-6204");
  assert.ok(seed.items.some((item) => item.sku === "BRG-6205"));
  const blocked = ["C-2001", "C-2002", "C-2003"].map(
    (number) => seed.customers.find((c) => c.number === number)?.blocked,
  );
  assert.deepEqual(blocked, ["Ship", "Invoice", "All"]);
  assert.deepEqual(
    [7, 8, 9].map((n) => order(`SO-10000${n}`).customerNumber),
    ["C-2001", "C-2002", "C-2003"],
  );
  const closed = seed.companies[0]?.postingAllowedFrom ?? "";
  assert.ok(invoiceOf("SO-100010").postedOn < closed && closed < today);
  assert.equal(order("SO-100003").lines[0]?.factor, "12");
  assert.equal(invoiceOf("SO-100004").invoiceDiscount, "20.00");
});

test("SO-100015 has five, two of them credited by somebody in the ERP, who put the goods back (D-02, D-14)", () => {
  const memo = seed.creditMemos.find((m) => m.invoiceNumber === "PSI-100015");
  assert.deepEqual([order("SO-100015").lines[0]?.ordered, memo?.lines[0]?.quantity], ["5", "2"]);
  const entry = seed.itemLedger.find((e) => e.documentNumber === memo?.number);
  assert.deepEqual([entry?.quantity, entry?.documentType], ["2", "Sales Credit Memo"]);
});

test("serials, lots, hazard, cores, cut length, drop-ship and consignment are on the orders that need them (D-17, D-37, D-38)", () => {
  const item = (number: string) => seed.items.find(({ sku }) => sku === order(number).lines[0]?.sku);
  const tracking = (number: string) => order(number).shipments[0]?.lines[0]?.tracking ?? [];
  assert.deepEqual([tracking("SO-100011").length, tracking("SO-100012").length], [3, 3]);
  assert.deepEqual(
    tracking("SO-100013").map((t) => t.quantityBase),
    ["6", "4"],
  );
  assert.ok(tracking("SO-100013").every((t) => t.lotNumber && t.expiresOn));
  assert.deepEqual([item("SO-100016")?.hazard?.unNumber, item("SO-100016")?.hazard?.packingGroup], ["UN1263", "II"]);
  assert.deepEqual([item("SO-100017")?.hazardous, item("SO-100017")?.hazard], [true, null]);
  assert.deepEqual([item("SO-100018")?.dropShip, order("SO-100018").shipments[0]?.locationCode], [true, ""]);
  assert.deepEqual([item("SO-100019")?.cutToLength, item("SO-100019")?.returnable], [true, false]);
  assert.deepEqual(
    order("SO-100020").lines.map((l) => [l.sku, l.unitPrice, l.taxCode]),
    [
      ["STR-4100", "310.00", "IL-COOK"],
      ["STR-4100-CORE", "85.00", "CORE-NT"],
    ],
  );
  assert.equal(item("SO-100021")?.supplierOwned, true);
  assert.equal(order("SO-100014").invoices.length, 2);
  const recalled = seed.orders.filter((o) => o.lines.some((l) => l.sku === "VLV-7710"));
  assert.equal(new Set(recalled.map((o) => o.customerNumber)).size, 40);
});

test("SO-500000 stands in two companies, and each company has an order of its own currency (D-29)", () => {
  assert.deepEqual(
    seed.orders.filter((o) => o.number === "SO-500000").map((o) => o.company),
    ["US01", "CA02"],
  );
  assert.deepEqual([order("SO-200001", "CA02").currency, order("SO-300001", "EU03").currency], ["CAD", "EUR"]);
});
