import type { CompanyCode } from "#sandbox/seed/types.ts";
import type { Random } from "#sandbox/seed/random.ts";
import type { ReturnStatus } from "#orchestration/status.ts";
import type { Act } from "./acts.ts";
import { isPlain, type Orders, type Part, type Sold, unitNet } from "./orders.ts";

/** Where a return of the past is to stand today: its status. */
export type Stage = ReturnStatus;
export type Line = Part & { reason: string; condition?: string; exception?: boolean };
export type Plan = {
  stage: Stage;
  by: "ada" | "sam";
  note?: string;
  lines: Line[];
  /** What happens after the request, so many days before now. */
  requestedDaysAgo: number;
  acts: { daysAgo: number; act: Act }[];
  /** What goes wrong in a system when it is asked for. */
  refusal?: "ERP" | "WMS";
  /** Its RMA number, where stories know it by that. */
  rmaNumber?: string;
  /** What yesterday's proof is to find. */
  planted?: Planted;
};
export type Planted = "STOCK_WITHOUT_CREDIT" | "CREDIT_WITHOUT_STOCK" | "STOCK_DIFFERENCE" | "CREDIT_DIFFERENCE";

export type Draft = { plans: number; from: number; to: number; make(at: At): Plan | null };
/** `age`: days since the last thing happened. `at`: which of the stage's plans it is. */
export type At = { stage: Stage; age: number; index: number; orders: Orders; random: Random };

export const NOTE = "A good customer; please look at it.";
export const OURS = [
  "WRONG_SHIPMENT",
  "NOT_AS_DESCRIBED",
  "DEFECTIVE_ON_ARRIVAL",
  "LATE_DELIVERY",
  "DAMAGED_IN_TRANSIT",
  "PACKED_BADLY",
];
export const THEIRS = ["ORDERED_IN_ERROR", "EXCESS_STOCK"];
/** Days after delivery in which a return is asked for: well within the window of 30, or well beyond it. */
const SOON: [number, number] = [5, 26];
export const LATE: [number, number] = [37, 90];

const everywhere: CompanyCode[] = ["US01", "US01", "CA02", "US01", "US01", "EU03", "US01", "CA02"];
export const adas: CompanyCode[] = ["US01", "US01", "US01", "CA02"];
/** Where labels are bought, and where the ERP keeps return orders. */
export const withPages: CompanyCode[] = ["US01", "US01", "US01", "US01", "EU03"];

/** A credit of this much or more may be for finance to approve, alone or with another of the day. */
const CHEAP = 320;
export const small = (sold: Sold) => isPlain(sold) && unitNet(sold) < CHEAP;
export const several = (sold: Sold) => small(sold) && asMany(sold) >= 2;
export const asMany = (sold: Sold): number => Math.max(1, Math.min(sold.left, 4, Math.floor(CHEAP / unitNet(sold))));
export const all = ({ left }: Sold): number => left;

type Ask = {
  companies?: CompanyCode[];
  reasons?: string[];
  delivered?: [number, number];
  fits?: (sold: Sold) => boolean;
  quantity?: (sold: Sold) => number;
  /** No other return is of this customer. */
  alone?: boolean;
  exception?: boolean;
  refusal?: Plan["refusal"];
};

/** A return of one line that was asked for `lead` days before the last act, and what followed. */
export function one(
  { stage, age, index, orders, random }: At,
  lead: number,
  ask: Ask,
  acts: [after: number, act: Act][] = [],
): Plan | null {
  const {
    companies = everywhere,
    reasons = OURS,
    delivered: [least, most] = SOON,
    fits = isPlain,
    quantity = asMany,
    alone = false,
    exception,
    refusal,
  } = ask;
  // What came back was on its way for a while, one parcel longer than the other.
  const dawdled = acts.length > 0 && !exception ? (index * 5) % 13 : 0;
  const requestedDaysAgo = age + lead + dawdled;
  const wanted = {
    delivered: [requestedDaysAgo + least, requestedDaysAgo + most] as [number, number],
    fits,
    quantity,
    alone,
  };
  const company = companies[index % companies.length]!;
  const part = orders.take({ ...wanted, company }) ?? orders.take({ ...wanted, company: "US01" });
  if (!part) return null;
  const line: Line = { ...part, reason: random.pick(reasons), ...(exception ? { exception } : {}) };
  return {
    stage,
    by: part.sold.order.company === "EU03" ? "sam" : "ada",
    lines: [line],
    requestedDaysAgo,
    acts: acts.map(([after, act]) => ({ daysAgo: age + lead - after, act })),
    ...(exception ? { note: NOTE } : {}),
    ...(refusal ? { refusal } : {}),
  };
}

/** Of no particular kind: what is planted. */
export const US = { companies: ["US01" as const], reasons: ["WRONG_SHIPMENT"], fits: small };
