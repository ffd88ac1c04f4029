import {
  approve,
  cancel,
  type Deed,
  inspect,
  putAway,
  receive,
  startInspection,
  whenClosed,
  whenDue,
} from "./deeds.ts";

export type FirstReturn = {
  /** A generated order of the seed, delivered in full in the last days; no story's. */
  order: string;
  companyId: "US01" | "EU03";
  /** Who asks for it; Ada has no part in EU03. */
  by: "ada" | "sam";
  lines: { sku: string; quantity: string; reasonCode: string }[];
  /** How far it goes. */
  deeds: Deed[];
};

const ours = { companyId: "US01", by: "ada" } as const;
const line = (sku: string, quantity: string, reasonCode: string) => ({ sku, quantity, reasonCode });

/** The returns that a new user finds, one at least in each stage. Stock and receivables tie because the stations themselves did all of it. */
export const firstReturns: readonly FirstReturn[] = [
  // A supervisor has to say yes: hazardous goods.
  {
    ...ours,
    order: "SO-103048",
    lines: [line("PNT-1267", "6", "NOT_AS_DESCRIBED")],
    deeds: [whenDue("HAZARD")],
  },
  // The warehouse knows, the goods are on their way.
  { ...ours, order: "SO-103090", lines: [line("GLV-180", "4", "EXCESS_STOCK")], deeds: [receive.notYet] },
  {
    ...ours,
    order: "SO-103087",
    lines: [line("CPL-145", "9", "LATE_DELIVERY"), line("BLT-650", "5", "LATE_DELIVERY")],
    deeds: [receive.notYet],
  },
  // Two of five have come.
  {
    ...ours,
    order: "SO-103063",
    lines: [line("PLB-217", "5", "NOT_AS_DESCRIBED")],
    deeds: [receive.some("2")],
  },
  // All there, not looked at yet; and somebody looking.
  {
    ...ours,
    order: "SO-103079",
    lines: [line("CTR-3130", "10", "DEFECTIVE_ON_ARRIVAL")],
    deeds: [receive.all],
  },
  {
    ...ours,
    order: "SO-103069",
    lines: [line("BLT-590", "9", "ORDERED_IN_ERROR")],
    deeds: [receive.all, startInspection],
  },
  // Credits of 1,000.00 and more wait for finance.
  {
    ...ours,
    order: "SO-103060",
    lines: [line("BRG-6234", "9", "WRONG_SHIPMENT")],
    deeds: [receive.all, inspect("A"), putAway, whenDue("HIGH_VALUE_CREDIT")],
  },
  {
    ...ours,
    order: "SO-103061",
    lines: [line("CPL-160", "9", "DAMAGED_IN_TRANSIT")],
    deeds: [receive.all, inspect("B"), putAway, whenDue("HIGH_VALUE_CREDIT")],
  },
  // Scrap that is to be credited in full waits for a supervisor.
  {
    ...ours,
    order: "SO-103065",
    lines: [line("PLB-214", "6", "PACKED_BADLY")],
    deeds: [receive.all, inspect("E"), whenDue("DAMAGED_GOODS")],
  },
  // From request to posted credit; the first one was approved on the way.
  {
    ...ours,
    order: "SO-103068",
    lines: [line("CTR-3230", "9", "WRONG_SHIPMENT")],
    deeds: [receive.all, inspect("A"), putAway, approve("HIGH_VALUE_CREDIT"), whenClosed],
  },
  {
    ...ours,
    order: "SO-103052",
    lines: [line("CPL-175", "4", "NOT_AS_DESCRIBED")],
    deeds: [receive.all, inspect("A"), putAway, whenClosed],
  },
  {
    ...ours,
    order: "SO-103044",
    lines: [line("CTR-3290", "2", "ORDERED_IN_ERROR")],
    deeds: [receive.all, inspect("B"), putAway, whenClosed],
  },
  {
    ...ours,
    order: "SO-103042",
    lines: [line("FTG-1195", "3", "DEFECTIVE_ON_ARRIVAL"), line("BLT-720", "2", "DEFECTIVE_ON_ARRIVAL")],
    deeds: [receive.all, inspect("A"), putAway, whenClosed],
  },
  {
    companyId: "EU03",
    by: "sam",
    order: "SO-301265",
    lines: [line("BLT-600", "3", "SHORT_DATED")],
    deeds: [receive.all, inspect("A"), putAway, whenClosed],
  },
  // Taken back before anything came.
  {
    ...ours,
    order: "SO-103074",
    lines: [line("BLT-590", "1", "ORDERED_IN_ERROR")],
    deeds: [receive.notYet, cancel],
  },
  // Something else was in the box: a task for the warehouse.
  {
    ...ours,
    order: "SO-103067",
    lines: [line("BLT-630", "4", "EXCESS_STOCK")],
    deeds: [receive.wrong("BLT-640")],
  },
];
