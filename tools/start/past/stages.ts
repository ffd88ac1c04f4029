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
import { isBoltcos, isDomestic, isPlain, isSupplycos, netOf, type Part, type Sold } from "./orders.ts";
import {
  adas,
  all,
  asMany,
  type At,
  type Draft,
  LATE,
  type Line,
  NOTE,
  one,
  OURS,
  type Plan,
  several,
  small,
  type Stage,
  THEIRS,
  US,
  withPages,
} from "./plan.ts";

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
      (at.index % 4 === 1 ? ofPartner(at, 0, isBoltcos) : null) ??
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
        ? one({ ...at, age: at.age / 2 }, 6, parcels, [
            [2, pickUp],
            [6, deliver],
          ])
        : one(at, 3, parcels, [[3, pickUp]]),
  },
  LOST: {
    plans: 1,
    from: 1,
    to: 8,
    make: (at) =>
      one(at, 9, parcels, [
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
    // The third party in Hamburg takes its time to say yes.
    make: (at) => one(at, 2.5, { companies: adas, reasons: [...OURS, ...THEIRS] }, [[2.5, cancel]]),
  },
  EXPIRED: { plans: 15, from: 33, to: 52, make: (at) => one(at, 0, { reasons: [...OURS, ...THEIRS] }) },
  DECLINED: {
    plans: 15,
    from: 0.5,
    to: 36,
    // Of each partner that buys or supplies there is something to see.
    make: (at) =>
      (at.index < 2 ? ofPartner(at, 1.5, at.index === 0 ? isBoltcos : isSupplycos, decide("DECLINE")) : null) ??
      one(at, 1.5, { companies: adas, delivered: LATE, exception: true }, [[1.5, decide("DECLINE")]]),
  },
};

/** An exception is asked for what a partner bought or supplied, however long ago. */
const ofPartner = (at: At, lead: number, fits: (sold: Sold) => boolean, act?: Act): Plan | null =>
  one(at, lead, { companies: ["US01"], delivered: [37, 600], exception: true, fits }, act ? [[lead, act]] : []);

/** Labels are bought for what crosses no border; without one a person has a task. */
const parcels = { companies: withPages, fits: (sold: Sold) => isPlain(sold) && isDomestic(sold) };

const isPaint = ({ item, line, order }: Sold) =>
  order.customerNumber !== "C-2020" &&
  item.sku.startsWith("PNT-") &&
  item.hazard !== null &&
  !line.quantity.includes(".");

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
  const asked = one(at, 7, { companies: withPages, quantity: all, fits, alone: true }, [
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
  one(
    at,
    6,
    {
      companies: withPages,
      reasons: at.index % 3 === 2 ? THEIRS : OURS,
      fits: (sold) => small(sold) && isDomestic(sold),
    },
    acts,
  );
