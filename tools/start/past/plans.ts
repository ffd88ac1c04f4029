import type { CompanyCode } from "#sandbox/seed/types.ts";
import type { Random } from "#sandbox/seed/random.ts";
import type { ReturnStatus } from "#orchestration/status.ts";
import {
  type Act,
  block,
  cancel,
  decide,
  deliver,
  inspect,
  lose,
  pickUp,
  putAway,
  receive,
  startInspection,
} from "./acts.ts";
import { isPlain, netOf, type Orders, type Part, type Sold, unitNet } from "./orders.ts";

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

type Draft = { plans: number; from: number; to: number; make(at: At): Plan | null };
/** `age`: days since the last thing happened. `at`: which of the stage's plans it is. */
type At = { stage: Stage; age: number; index: number; orders: Orders; random: Random };

const NOTE = "A good customer; please look at it.";
const OURS = [
  "WRONG_SHIPMENT",
  "NOT_AS_DESCRIBED",
  "DEFECTIVE_ON_ARRIVAL",
  "LATE_DELIVERY",
  "DAMAGED_IN_TRANSIT",
  "PACKED_BADLY",
];
const THEIRS = ["ORDERED_IN_ERROR", "EXCESS_STOCK"];
/** Days after delivery in which a return is asked for: well within the window of 30, or well beyond it. */
const SOON: [number, number] = [5, 26];
const LATE: [number, number] = [37, 90];

const everywhere: CompanyCode[] = ["US01", "US01", "CA02", "US01", "US01", "EU03", "US01", "CA02"];
const adas: CompanyCode[] = ["US01", "US01", "US01", "CA02"];
/** Where labels are bought, and where the ERP keeps return orders. */
const withPages: CompanyCode[] = ["US01", "US01", "US01", "US01", "EU03"];

/** A credit of this much or more may be for finance to approve, alone or with another of the day. */
const CHEAP = 320;
const small = (sold: Sold) => isPlain(sold) && unitNet(sold) < CHEAP;
const several = (sold: Sold) => small(sold) && asMany(sold) >= 2;
const asMany = (sold: Sold): number => Math.max(1, Math.min(sold.left, 4, Math.floor(CHEAP / unitNet(sold))));
const all = ({ left }: Sold): number => left;

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
function one(
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
  const dawdled = acts.length > 0 ? (index * 5) % 13 : 0;
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

const half = ({ quantity }: Part): string => String(Math.floor(quantity / 2));

/** At least as many as seed-stories asks for of each, and how many days ago the last thing happened to them: 245, and the five that are known by name. Half of the parcels are delivered. */
export const stages: Readonly<Partial<Record<Stage, Draft>>> = {
  REQUESTED: { plans: 15, from: 0.2, to: 8, make: (at) => one(at, 0, { companies: adas, refusal: "ERP" }) },
  PENDING_APPROVAL: {
    plans: 15,
    from: 0.2,
    to: 9,
    make: (at) =>
      (at.index % 4 === 0 ? one(at, 0, { companies: adas, fits: isPaint }) : null) ??
      one(at, 0, { companies: adas, delivered: LATE, exception: true }),
  },
  PARTIALLY_AUTHORIZED: { plans: 2, from: 1, to: 4, make: inPart },
  AUTHORIZED: { plans: 15, from: 0.3, to: 18, make: (at) => one(at, 0, { reasons: THEIRS, refusal: "WMS" }) },
  AWAITING_RECEIPT: { plans: 15, from: 0.3, to: 20, make: (at) => one(at, 0, { reasons: [...OURS, ...THEIRS] }) },
  IN_TRANSIT: {
    plans: 30,
    from: 0.3,
    to: 13,
    make: (at) =>
      at.index % 2 === 1
        ? one({ ...at, age: at.age / 2 }, 6, { companies: withPages }, [
            [2, pickUp],
            [6, deliver],
          ])
        : one(at, 3, { companies: withPages }, [[3, pickUp]]),
  },
  LOST: {
    plans: 1,
    from: 1,
    to: 8,
    make: (at) =>
      one(at, 9, { companies: withPages }, [
        [2, pickUp],
        [9, lose],
      ]),
  },
  PARTIALLY_RECEIVED: {
    plans: 15,
    from: 0.3,
    to: 9,
    make: (at) => received(at, several, (part) => [[5, receive([{ instructionLine: 1, quantity: half(part) }])]]),
  },
  RECEIVED: {
    plans: 15,
    from: 0.2,
    to: 8,
    // Some of them are not in the ERP yet: it takes nothing from a customer who is blocked.
    make: (at) =>
      (at.index % 3 === 1
        ? one(at, 5, { ...US, alone: true }, [
            [4.9, block],
            [5, receive()],
          ])
        : null) ?? received(at, isPlain, () => [[5, receive()]]),
  },
  IN_INSPECTION: {
    plans: 15,
    from: 0.3,
    to: 9,
    make: (at) =>
      (at.index % 3 === 2 ? scrap(at) : null) ??
      received(at, isPlain, () => [
        [4, receive()],
        [5, startInspection],
      ]),
  },
  DISPOSITIONED: {
    plans: 15,
    from: 0.3,
    to: 12,
    make: (at) =>
      one(at, 6, { reasons: THEIRS }, [
        [4.5, receive()],
        [6, inspect(["E"])],
      ]),
  },
  PENDING_CREDIT: { plans: 15, from: 0.3, to: 9, make: dear },
  PARTIALLY_SETTLED: {
    plans: 2,
    from: 1,
    to: 6,
    make: (at) =>
      one(at, 6, { companies: ["US01"], reasons: THEIRS, fits: several }, [
        [4.5, receive()],
        [6, inspect(["A", "1"], ["E"])],
      ]),
  },
  SETTLED: {
    plans: 15,
    from: 0.3,
    to: 13,
    make: (at) =>
      credited(at, [
        [5, receive()],
        [6, inspect(["A"])],
      ]),
  },
  CLOSED: {
    plans: 15,
    from: 0.5,
    to: 44,
    make: (at) =>
      credited(at, [
        [4, receive()],
        [5, inspect([at.index % 3 === 1 ? "B" : "A"])],
        [6, putAway],
      ]),
  },
  CANCELLED: {
    plans: 15,
    from: 0.5,
    to: 40,
    make: (at) => one(at, 2.5, { reasons: [...OURS, ...THEIRS] }, [[2.5, cancel]]),
  },
  EXPIRED: { plans: 15, from: 33, to: 52, make: (at) => one(at, 0, { reasons: [...OURS, ...THEIRS] }) },
  DECLINED: {
    plans: 15,
    from: 0.5,
    to: 36,
    make: (at) => one(at, 1.5, { companies: adas, delivered: LATE, exception: true }, [[1.5, decide("DECLINE")]]),
  },
};

const isPaint = ({ item, line }: Sold) =>
  item.sku.startsWith("PNT-") && item.hazard !== null && !line.quantity.includes(".");

/** One line goes on, a supervisor is asked about the other: it was used (EL-10). */
function inPart(at: At): Plan | null {
  const plan = one(at, 0, { companies: ["US01"] });
  if (!plan) return null;
  const beside = at.orders.takeBeside(plan.lines[0]!.sold, { fits: small, quantity: asMany });
  if (!beside) return inPart(at);
  const used: Line = { ...beside, reason: "ORDERED_IN_ERROR", condition: "USED", exception: true };
  return { ...plan, lines: [...plan.lines, used], note: NOTE };
}

function received(at: At, fits: (sold: Sold) => boolean, acts: (part: Part) => [number, Act][]): Plan | null {
  const plan = one(at, 5 + ((at.index * 5) % 13), { fits, reasons: [...OURS, ...THEIRS] });
  if (!plan) return null;
  return { ...plan, acts: acts(plan.lines[0]!).map(([after, act]) => ({ daysAgo: at.age + 5 - after, act })) };
}

/** Scrap that is to be credited in full: a supervisor is asked before anything is decided about the goods. */
const scrap = (at: At): Plan | null =>
  one(
    at,
    5,
    { companies: ["US01"], quantity: all, fits: (sold) => isPlain(sold) && netOf(sold) >= 260 && netOf(sold) < 900 },
    [
      [4, receive()],
      [5, inspect(["E"])],
    ],
  );

/** Finance is asked, or has to see to a customer that was blocked meanwhile; half of the goods are back on their shelf. */
function dear(at: At): Plan | null {
  const shelved: [number, Act][] = at.index % 2 === 0 ? [[7, putAway]] : [];
  const fits = (sold: Sold) => isPlain(sold) && netOf(sold) >= 1_010 && netOf(sold) < 9_000;
  const asked = one(at, 7, { companies: withPages, quantity: all, fits }, [
    [4, receive()],
    [6, inspect(["A"])],
    ...shelved,
  ]);
  return (
    asked ??
    one(at, 7, { companies: ["US01"], fits: small, alone: true }, [
      [4, receive()],
      [5.9, block],
      [6, inspect(["A"])],
      ...shelved,
    ])
  );
}

const credited = (at: At, acts: [number, Act][]): Plan | null =>
  one(at, 6, { companies: withPages, reasons: at.index % 3 === 2 ? THEIRS : OURS, fits: small }, acts);

/** Dear lines and scrap are few; whoever takes any line comes later. */
const scarcestFirst = (): Stage[] => [
  ...new Set<Stage>(["PENDING_CREDIT", "IN_INSPECTION", ...(Object.keys(stages) as Stage[])]),
];

/** Goods that came after their return had expired, and one return for each difference that is planted (seed-stories). Once, whatever the scale. */
function knownByName(orders: Orders, random: Random): (Plan | null)[] {
  const of = (stage: Stage, age: number): At => ({ stage, age, index: 0, orders, random });
  const plant = (planted: Planted, plan: Plan | null): Plan | null => plan && { ...plan, planted };
  const settled: [number, Act][] = [
    [5, inspect(["A"])],
    [6, putAway],
  ];
  const expired = one(of("UNAUTHORIZED_RECEIPT", 3), 33, US, [[33, receive()]]);
  return [
    expired && { ...expired, rmaNumber: "R-EXPIRED-1" },
    plant(
      "STOCK_WITHOUT_CREDIT",
      one(of("PENDING_CREDIT", 4), 6, { ...US, alone: true }, [[4, receive()], [4.5, block], ...settled]),
    ),
    plant("CREDIT_WITHOUT_STOCK", one(of("AWAITING_RECEIPT", 6), 0, US)),
    plant("STOCK_DIFFERENCE", one(of("RECEIVED", 3), 5, US, [[5, receive()]])),
    plant("CREDIT_DIFFERENCE", one(of("CLOSED", 5), 6, US, [[4, receive()], ...settled])),
  ];
}
const US = { companies: ["US01" as const], reasons: ["WRONG_SHIPMENT"], fits: small };

/** All returns of the past for a scale, or the share of them that a test asks for: at least one of each stage. */
export function makePlans(
  orders: Orders,
  random: Random,
  { scale, share = 1 }: { scale: number; share?: number },
): Plan[] {
  const named = knownByName(orders, random).map((plan) => found(plan, "known by name"));
  const others = scarcestFirst().flatMap((stage) => {
    const { plans, from, to, make } = stages[stage]!;
    const count = Math.max(1, Math.round(plans * share)) * scale;
    return Array.from({ length: count }, (_, index) => {
      const age = from + ((to - from) * index) / Math.max(1, count - 1);
      return found(make({ stage, age, index, orders, random }), `${stage} since ${age.toFixed(1)} days`);
    });
  });
  return [...named, ...others];
}

function found(plan: Plan | null, what: string): Plan {
  if (!plan) throw new Error(`the seed has no order left for a return that is ${what}`);
  return plan;
}
