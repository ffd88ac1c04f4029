import { Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { formatBase, fromBase, type Quantity } from "#shared/quantity.ts";
import { base } from "./base-quantity.ts";
import { inTransitOf } from "./parcels.ts";
import type {
  CreditState,
  InspectionState,
  LineState,
  ReceiptLine,
  ReplacementState,
  ReturnState,
} from "./return-state.ts";

// The eleven buckets of a line (vocabulary section 7), and the shares of receipts and inspections that they are made of. All in base units.

export const buckets = [
  "requested",
  "authorized",
  "inTransit",
  "received",
  "short",
  "over",
  "inspected",
  "accepted",
  "rejected",
  "pendingCredit",
  "credited",
] as const;
export type Bucket = (typeof buckets)[number];
export type Buckets = Record<Bucket, Fraction>;

/** One receipt line's part in its return line: what counts, and what came over the authorized quantity. */
export type ReceivedShare = {
  receiptLine: ReceiptLine;
  counted: Fraction;
  over: Fraction;
  inspections: InspectedShare[];
  inspected: Fraction;
  accepted: Fraction;
  rejected: Fraction;
};
/** What of an inspection stands: not corrected since, and without over units. */
export type InspectedShare = { inspection: InspectionState; quantity: Fraction; accepted: boolean };

const IS_RECEIVED: readonly string[] = ["MATCHED", "OVER", "CORRECTED"];
const WITH_MONEY: readonly string[] = ["CREDIT", "STORE_CREDIT", "KEEP_ALLOWANCE", "REPLACE"];
const UNDECIDED: readonly string[] = [
  "CALCULATED",
  "PENDING_APPROVAL",
  "APPROVED",
  "QUEUED",
  "DRAFTED",
  "MANUAL_REQUIRED",
];

/** granted + amended up − cancelled − expired − short-closed; never below zero. */
export const authorizedOf = (line: LineState): Fraction =>
  most(
    zero,
    base(line.granted)
      .add(base(line.amendedUp))
      .sub(base(line.cancelled))
      .sub(base(line.expired))
      .sub(base(line.shortClosed)),
  );

/** All receipt lines of a return in the order in which they were recorded. */
export const receiptLines = (state: ReturnState): ReceiptLine[] =>
  state.receipts.flatMap(({ lines }) => lines).sort((a, b) => a.order - b.order);

/** The receipt lines of a return line with right goods, and of each what counts: the last units in receipt order are the over ones. */
export function receivedShares(state: ReturnState, line: LineState): ReceivedShare[] {
  let room = authorizedOf(line);
  return receiptLines(state)
    .filter(({ returnLineId, state: how }) => returnLineId === line.id && IS_RECEIVED.includes(how))
    .map((receiptLine) => {
      const quantity = base(receiptLine.quantity.base);
      const counted = least(quantity, room);
      room = room.sub(counted);
      return { receiptLine, counted, over: quantity.sub(counted), ...inspectedShares(state, receiptLine, counted) };
    });
}

function inspectedShares(
  state: ReturnState,
  receiptLine: ReceiptLine,
  counted: Fraction,
): Pick<ReceivedShare, "inspections" | "inspected" | "accepted" | "rejected"> {
  let room = counted;
  const inspections = standingInspections(state, receiptLine.receiptLineId).map(({ inspection, quantity }) => {
    const taken = least(quantity, room);
    room = room.sub(taken);
    return { inspection, quantity: taken, accepted: base(inspection.percent).gt(0) };
  });
  const accepted = sum(inspections.filter((share) => share.accepted).map(({ quantity }) => quantity));
  const inspected = counted.sub(room);
  return { inspections, inspected, accepted, rejected: inspected.sub(accepted) };
}

/** The inspections of a receipt line that no later one replaced, as a whole or for the serials it names again. */
function standingInspections(
  state: ReturnState,
  receiptLineId: string,
): { inspection: InspectionState; quantity: Fraction }[] {
  const standing = state.inspections.filter((one) => one.receiptLineId === receiptLineId && !one.superseded);
  return standing.map((inspection, i) => {
    const later = new Set(standing.slice(i + 1).flatMap(({ serialNumbers }) => serialNumbers));
    const again = inspection.serialNumbers.filter((serial) => later.has(serial)).length;
    return { inspection, quantity: most(zero, base(inspection.quantity.base).sub(again)) };
  });
}

/** Credits that are decided and neither posted nor given up. */
export const openCredits = (state: ReturnState): CreditState[] =>
  state.credits.filter(({ status }) => UNDECIDED.includes(status));
export const postedCredits = (state: ReturnState): CreditState[] =>
  state.credits.filter(({ status }) => status === "POSTED");

/** Base units of these credits on a line, or on one of its receipt lines. */
export const creditedUnits = (
  credits: readonly CreditState[],
  about: { returnLineId?: string; receiptLineId?: string },
): Fraction =>
  sum(
    credits
      .flatMap(({ lines }) => lines)
      .filter(
        (line) =>
          line.returnLineId === (about.returnLineId ?? line.returnLineId) &&
          line.receiptLineId === (about.receiptLineId ?? line.receiptLineId),
      )
      .map(({ quantity }) => base(quantity.base)),
  );

/** Base units of a line that an approved exception lets be credited without goods (D-16). */
export const gateQuantity = (state: ReturnState, line: LineState): Fraction =>
  sum(
    state.approvals
      .filter(({ kind, status }) => kind === "GATE_EXCEPTION" && status === "APPROVED")
      .map(({ gateQuantities }) => base(gateQuantities?.[line.id] ?? "0")),
  );

/** Units of a line in these replacements. */
export const replacementUnits = (replacements: readonly Pick<ReplacementState, "lines">[], lineId: string): Fraction =>
  sum(
    replacements
      .flatMap(({ lines }) => lines)
      .filter((line) => line.lineId === lineId)
      .map(({ quantity }) => base(quantity.base)),
  );

/** Units of a line that no credit is due for: replacements that stand, and of a line that is to be replaced all that no replacement was given up for. */
export function replacedUnits(state: ReturnState, line: LineState): Fraction {
  const live = replacementUnits(
    state.replacements.filter(({ status }) => status !== "CANCELLED"),
    line.id,
  );
  if (line.resolution !== "REPLACE") return live;
  const givenUp = replacementUnits(
    state.replacements.filter(({ status }) => status === "CANCELLED"),
    line.id,
  );
  return most(live, authorizedOf(line).sub(givenUp));
}

/** Accepted units of a receipt line that go out again, and how many of them have. */
export type ReplacedShare = { replaced: Fraction; shipped: Fraction };

/**
 * Of each receipt line of a line, by its id: what was accepted first and is in no credit is replaced, what was replaced first has shipped first. What a
 * disposition says is replaced comes before all (D-02).
 */
export function replacedShares(
  state: ReturnState,
  line: LineState,
  shares: readonly ReceivedShare[] = receivedShares(state, line),
): Map<string, ReplacedShare> {
  let left = replacedUnits(state, line);
  let gone = replacementUnits(
    state.replacements.filter(({ status }) => status === "SHIPPED"),
    line.id,
  );
  if (left.equals(0) && gone.equals(0))
    return new Map(shares.map(({ receiptLine }) => [receiptLine.receiptLineId, { replaced: zero, shipped: zero }]));
  const live = [...openCredits(state), ...postedCredits(state)];
  const found = inspectedFirst(state, shares).map(({ receiptLine: { receiptLineId }, accepted }) => {
    const free = most(zero, accepted.sub(creditedUnits(live, { returnLineId: line.id, receiptLineId })));
    return { receiptLineId, free, replaced: least(free, saidReplaced(state, receiptLineId)), shipped: zero };
  });
  for (const share of found) left = left.sub((share.replaced = least(share.replaced, left)));
  for (const share of found) {
    const more = least(share.free.sub(share.replaced), left);
    left = left.sub(more);
    share.replaced = share.replaced.add(more);
    share.shipped = least(share.replaced, gone);
    gone = gone.sub(share.shipped);
  }
  return new Map(found.map(({ receiptLineId, replaced, shipped }) => [receiptLineId, { replaced, shipped }]));
}

function inspectedFirst({ inspections }: ReturnState, shares: readonly ReceivedShare[]): ReceivedShare[] {
  const firstOf = ({ receiptLine: { receiptLineId } }: ReceivedShare) =>
    inspections.find((one) => one.receiptLineId === receiptLineId)?.version ?? Infinity;
  return shares.toSorted((a, b) => Math.sign(firstOf(a) - firstOf(b)) || 0);
}

const saidReplaced = ({ dispositions }: ReturnState, receiptLineId: string): Fraction =>
  sum(
    dispositions
      .filter((one) => one.replaced && !one.superseded && one.receiptLineId === receiptLineId)
      .map(({ quantity }) => base(quantity.base)),
  );

/** Whether what is not replaced of this line is settled with money: an exchange or repair is not. */
export const settledWithMoney = (line: LineState): boolean => WITH_MONEY.includes(line.resolution);

export function bucketsOf(
  state: ReturnState,
  line: LineState,
  shares: readonly ReceivedShare[] = receivedShares(state, line),
): Buckets {
  const total = (part: (share: ReceivedShare) => Fraction) => sum(shares.map(part));
  const accepted = total((share) => share.accepted);
  const credited = creditedUnits(postedCredits(state), { returnLineId: line.id });
  const received = total(({ counted, over }) => counted.add(over));
  const replaced = sum([...replacedShares(state, line, shares).values()].map((share) => share.replaced));
  return {
    requested: base(line.requested),
    authorized: authorizedOf(line),
    inTransit: least(inTransitOf(state, line), most(zero, authorizedOf(line).sub(received))),
    received,
    short: most(zero, base(line.shortClosed).sub(base(line.grantedAfterShortClose))),
    over: total(({ over }) => over),
    inspected: total(({ inspected }) => inspected),
    accepted,
    rejected: total(({ rejected }) => rejected),
    pendingCredit: settledWithMoney(line)
      ? most(zero, accepted.add(gateQuantity(state, line)).sub(credited).sub(replaced))
      : zero,
    credited,
  };
}

export type LineQuantities = { base: Record<Bucket, string>; unit: Record<Bucket, Quantity> };

/** The buckets of a line as text: exact in base units, and in the line's unit with at most 5 decimals. */
export function lineQuantities(state: ReturnState, line: LineState): LineQuantities {
  const found = bucketsOf(state, line);
  const each = <Value>(write: (value: Fraction) => Value) =>
    Object.fromEntries(buckets.map((bucket) => [bucket, write(found[bucket])])) as Record<Bucket, Value>;
  return {
    base: each(formatBase),
    unit: each((value) => ({ value: fromBase(value, line.unitFactor), unit: line.unit })),
  };
}
