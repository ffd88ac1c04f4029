import { daysBetween, monthsBefore } from "./days.ts";
import type { LinePlan, MemoPlan, OrderPlan, ParcelPlan, TrackingPlan } from "./order-plan.ts";
import type { Day } from "./types.ts";

const cook = { taxCode: "IL-COOK" };
const arrived = (deliveredDaysAgo: number, more: Partial<ParcelPlan> = {}): ParcelPlan => ({
  deliveredDaysAgo,
  ...more,
});
const serials = (...numbers: string[]): TrackingPlan[] =>
  numbers.map((serialNumber) => ({ serialNumber, quantityBase: "1" }));

const order = (
  number: string,
  customer: string,
  lines: LinePlan[],
  parcels: ParcelPlan[],
  more: Partial<OrderPlan> = {},
): OrderPlan => ({
  company: "US01",
  number,
  customer,
  channel: "INSIDE",
  location: "CHI1",
  lines,
  parcels,
  ...more,
});
const one = (
  number: string,
  customer: string,
  line: LinePlan,
  parcel = arrived(6),
  more: Partial<OrderPlan> = {},
): OrderPlan => order(number, customer, [line], [parcel], more);

/** The orders that stories, documents and tests know by number (vocabulary, section 8; seed-stories). */
export function makeStoryOrders(today: Day): OrderPlan[] {
  return [...moneyStories(), ...goodsStories(today), ...otherCompanies()];
}

const moneyStories = (): OrderPlan[] => [
  one("SO-100001", "C-2000", { sku: "BRG-6204", quantity: "4", unitPrice: "289.50", ...cook }, arrived(5)),
  one("SO-100002", "C-2012", { sku: "CPL-95", quantity: "10", unitPrice: "84.35", ...cook }),
  one("SO-100003", "C-2013", { sku: "FLT-1210", quantity: "2", unit: "CS", unitPrice: "149.99", ...cook }),
  one(
    "SO-100004",
    "C-2014",
    { sku: "FTG-1100", quantity: "3", unitPrice: "40.00" },
    arrived(6, { invoiceDiscount: "20.00" }),
  ),
  one(
    "SO-100005",
    "C-2015",
    { sku: "BLT-560", quantity: "6", unitPrice: "45.10", ...cook, taxPercent: "9.50" },
    arrived(20),
  ),
  one(
    "SO-100006",
    "C-2016",
    { sku: "CTR-3120", quantity: "3", unitPrice: "118.00", ...cook },
    arrived(18, { paid: "IN_FULL" }),
  ),
  one("SO-100007", "C-2001", { sku: "PLB-206", quantity: "2", unitPrice: "96.00", ...cook }),
  one("SO-100008", "C-2002", { sku: "PLB-207", quantity: "2", unitPrice: "98.00", ...cook }),
  one("SO-100009", "C-2003", { sku: "PLB-208", quantity: "2", unitPrice: "99.00", ...cook }),
  one("SO-100010", "C-2017", { sku: "GSK-310", quantity: "20", unitPrice: "7.25", ...cook }, arrived(20)),
  one("SO-100015", "C-2021", { sku: "FTG-1150", quantity: "5", unitPrice: "120.00", ...cook }, arrived(9)),
  one("SO-100022", "C-2011", { sku: "VLV-7705", quantity: "5", unitPrice: "62.40", ...cook }, arrived(60)),
  one("SO-100024", "C-2029", { sku: "TLS-900", quantity: "8", unitPrice: "1550.00", ...cook }),
  one("SO-100026", "C-2031", { sku: "BRG-6208", quantity: "3", unitPrice: "74.00", ...cook }, arrived(45)),
  one("SO-100027", "C-2033", { sku: "BRG-6205", quantity: "12", unitPrice: "95.00" }),
  one("SO-100028", "C-2034", { sku: "BRG-6205", quantity: "5", unitPrice: "96.00" }),
  one("SO-100029", "C-2034", { sku: "BRG-6206", quantity: "5", unitPrice: "96.00" }, arrived(6), { currency: "USD" }),
  one("SO-100030", "C-2035", { sku: "BRG-6206", quantity: "3", unitPrice: "80.00" }),
];

const goodsStories = (today: Day): OrderPlan[] => [
  withSerials("SO-100011", serials("DRV2400-71001", "DRV2400-71002", "DRV2400-71003"), 12),
  withSerials("SO-100012", serials("DRV2400-71011", "DRV2400-71012", "DRV2400-71013"), 10),
  order(
    "SO-100013",
    "C-2018",
    [{ sku: "ADH-270", quantity: "10", unitPrice: "38.20", ...cook }],
    [
      arrived(7, {
        lines: [
          {
            line: 0,
            quantity: "10",
            tracking: [
              { lotNumber: "L-ADH270-A", expiresInDays: 40, quantityBase: "6" },
              { lotNumber: "L-ADH270-B", expiresInDays: 220, quantityBase: "4" },
            ],
          },
        ],
      }),
    ],
  ),
  order(
    "SO-100014",
    "C-2019",
    [
      { sku: "VLV-7715", quantity: "4", unitPrice: "88.00", ...cook },
      { sku: "VLV-7715", quantity: "6", unitPrice: "84.50", ...cook },
    ],
    [arrived(14, { lines: [{ line: 0, quantity: "4" }] }), arrived(8, { lines: [{ line: 1, quantity: "6" }] })],
  ),
  one("SO-100016", "C-2022", { sku: "PNT-1263", quantity: "6", unitPrice: "64.00", ...cook }),
  one("SO-100017", "C-2023", { sku: "PNT-1270", quantity: "4", unitPrice: "92.00", ...cook }),
  one("SO-100018", "C-2024", { sku: "GEN-8100", quantity: "1", unitPrice: "2450.00", ...cook }),
  one("SO-100019", "C-2025", { sku: "CBL-450", quantity: "37.5", unitPrice: "4.10", ...cook }),
  order(
    "SO-100020",
    "C-2026",
    [
      { sku: "STR-4100", quantity: "2", unitPrice: "310.00", ...cook },
      { sku: "STR-4100-CORE", quantity: "2", unitPrice: "85.00", taxCode: "CORE-NT" },
    ],
    [arrived(15)],
  ),
  one("SO-100021", "C-2027", { sku: "CSG-710", quantity: "20", unitPrice: "26.00", ...cook }, arrived(6), {
    location: "CONSIGN",
  }),
  one(
    "SO-100023",
    "C-2028",
    { sku: "VLV-7720", quantity: "1", unitPrice: "178.00", ...cook },
    arrived(daysBetween(monthsBefore(today, 12), today), { paid: "IN_FULL" }),
  ),
  order(
    "SO-100025",
    "C-2030",
    [
      { sku: "BRG-6210", quantity: "10", unitPrice: "52.00", ...cook },
      { sku: "CPL-110", quantity: "4", unitPrice: "64.00", ...cook },
    ],
    [
      arrived(4, {
        lines: [
          { line: 0, quantity: "6" },
          { line: 1, quantity: "4" },
        ],
      }),
    ],
  ),
  one("SO-500000", "C-2032", { sku: "BRG-6212", quantity: "5", unitPrice: "61.00", ...cook }),
];

const otherCompanies = (): OrderPlan[] => [
  one("SO-200001", "C-5000", { sku: "FLT-1220", quantity: "4", unitPrice: "58.75", taxCode: "ON-HST" }, arrived(6), {
    company: "CA02",
    location: "TOR3",
  }),
  one("SO-300001", "C-7000", { sku: "BRG-6206", quantity: "6", unitPrice: "47.90", taxCode: "DE-19" }, arrived(6), {
    company: "EU03",
    location: "HAM4",
    channel: "EDI",
  }),
  one("SO-300002", "C-7001", { sku: "BRG-6206", quantity: "10", unitPrice: "105.00" }, arrived(6), {
    company: "EU03",
    location: "HAM4",
  }),
  one("SO-300003", "C-7002", { sku: "BRG-6206", quantity: "4", unitPrice: "65.00" }, arrived(6), {
    company: "EU03",
    location: "HAM4",
  }),
  one("SO-500000", "C-5001", { sku: "BRG-6212", quantity: "3", unitPrice: "82.90", taxCode: "ON-HST" }, arrived(6), {
    company: "CA02",
    location: "TOR3",
  }),
];

function withSerials(number: string, tracking: TrackingPlan[], deliveredDaysAgo: number): OrderPlan {
  const line = { sku: "DRV-2400", quantity: "3", unitPrice: "690.00", ...cook };
  return order(
    number,
    "C-2004",
    [line],
    [arrived(deliveredDaysAgo, { lines: [{ line: 0, quantity: "3", tracking }] })],
  );
}

/** Two of five on SO-100015 were credited by somebody in the ERP itself. */
export const STORY_MEMOS: MemoPlan[] = [
  { company: "US01", order: "SO-100015", line: 0, quantity: "2", daysAgo: 3, reasonCode: "NOTNEEDED" },
];
