import { Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { base } from "./base-quantity.ts";
import { hasLabelOut, inTransitOf, lostOf } from "./parcels.ts";
import {
  authorizedOf,
  creditedUnits,
  gateQuantity,
  openCredits,
  postedCredits,
  receiptLines,
  receivedShares,
  replacedShares,
  settledWithMoney,
  type ReceivedShare,
  type ReplacedShare,
} from "./quantities.ts";
import type { CreditState, DispositionState, LineState, ReturnState } from "./return-state.ts";

// The header's status is read from a table over the ranks of all live quantity (vocabulary section 6, D-12); nothing sets it.

/** Ranks 1 to 11: how far a quantity is. */
export const ranks = [
  "REQUESTED",
  "PENDING_APPROVAL",
  "AUTHORIZED",
  "AWAITING_RECEIPT",
  "IN_TRANSIT",
  "LOST",
  "RECEIVED",
  "IN_INSPECTION",
  "DISPOSITIONED",
  "PENDING_CREDIT",
  "SETTLED",
] as const;
export type RankName = (typeof ranks)[number];
export type ReturnStatus =
  | RankName
  | "PARTIALLY_AUTHORIZED"
  | "PARTIALLY_RECEIVED"
  | "PARTIALLY_SETTLED"
  | "DECLINED"
  | "EXPIRED"
  | "CANCELLED"
  | "CLOSED"
  | "UNAUTHORIZED_RECEIPT";
/** How a line without live quantity ended. */
export type Ending = "EXPIRED" | "CANCELLED" | "DECLINED";
export type LineRanks = {
  /** Of each of its live quantities; none when it ended. */
  ranks: number[];
  grantedInPart: boolean;
  ending: Ending | null;
};
export type StatusInput = { lines: LineRanks[]; closed: boolean; unauthorizedGoods: boolean };

type Seen = StatusInput & { lowest: number; highest: number };
type Row = { fits: (seen: Seen) => boolean; status: (seen: Seen) => ReturnStatus };

const nameOf = (rank: number): RankName => ranks[rank - 1] ?? "REQUESTED";
const ended =
  (ending: Ending) =>
  ({ lines }: Seen) =>
    lines.some((line) => line.ending === ending);

/** First row that fits. */
const table: readonly Row[] = [
  { fits: (seen) => seen.unauthorizedGoods, status: () => "UNAUTHORIZED_RECEIPT" },
  { fits: (seen) => noneLive(seen) && ended("EXPIRED")(seen), status: () => "EXPIRED" },
  { fits: (seen) => noneLive(seen) && ended("CANCELLED")(seen), status: () => "CANCELLED" },
  { fits: (seen) => noneLive(seen), status: () => "DECLINED" },
  { fits: ({ lowest }) => lowest === 11, status: ({ closed }) => (closed ? "CLOSED" : "SETTLED") },
  { fits: ({ lowest, highest }) => lowest <= 2 && highest >= 3, status: () => "PARTIALLY_AUTHORIZED" },
  { fits: ({ lowest }) => lowest <= 2, status: ({ lowest }) => nameOf(lowest) },
  { fits: ({ lowest, highest }) => lowest <= 6 && highest >= 7, status: () => "PARTIALLY_RECEIVED" },
  {
    fits: ({ lowest, lines }) => lowest === 3 && lines.some(({ grantedInPart }) => grantedInPart),
    status: () => "PARTIALLY_AUTHORIZED",
  },
  { fits: ({ lowest }) => lowest <= 6, status: ({ lowest }) => nameOf(lowest) },
  { fits: ({ highest }) => highest === 11, status: () => "PARTIALLY_SETTLED" },
  { fits: () => true, status: ({ lowest }) => nameOf(lowest) },
];

const noneLive = ({ lines }: StatusInput): boolean => lines.every((line) => line.ranks.length === 0);

/** The table of vocabulary section 6. */
export function statusOfRanks(input: StatusInput): ReturnStatus {
  const all = input.lines.flatMap((line) => line.ranks);
  const seen = { ...input, lowest: Math.min(...all), highest: Math.max(...all) };
  return table.find((row) => row.fits(seen))?.status(seen) ?? nameOf(seen.lowest);
}

export const statusOf = (state: ReturnState): ReturnStatus => statusOfRanks(statusInput(state));

export const statusInput = (state: ReturnState): StatusInput => ({
  lines: state.lines.map((line) => lineRanks(state, line)),
  closed: state.closedAt !== null,
  unauthorizedGoods: hasUnauthorizedGoods(state),
});

/** Goods that no line is authorized for (blind, or after expiry or cancellation), and that were neither matched nor sent back. */
export function hasUnauthorizedGoods(state: ReturnState): boolean {
  if (state.lines.some((line) => authorizedOf(line).gt(0))) return false;
  const done = new Set(
    state.discrepancies.filter(({ status }) => status !== "OPEN").map(({ receiptLineId }) => receiptLineId),
  );
  return receiptLines(state).some(
    (line) => base(line.quantity.base).gt(0) && line.state !== "DUPLICATE_SUSPECTED" && !done.has(line.receiptLineId),
  );
}

/** What was authorized is being told to warehouse and ERP: amend-return decides what is asked for from now on, and tells it. */
export const isBegun = ({ warehouse }: ReturnState): boolean => warehouse !== null;

/** What was asked for and neither granted, declined, cancelled nor expired yet. */
export function undecidedQuantity(line: LineState): Fraction {
  if (line.declined) return zero;
  if (line.authorizedAt) return base(line.pendingIncrease);
  return most(zero, base(line.requested).sub(base(line.cancelled)).sub(base(line.expired)));
}

/** Where each live quantity of a line is. */
export function lineRanks(state: ReturnState, line: LineState): LineRanks {
  const shares = receivedShares(state, line);
  const replaced = replacedShares(state, line, shares);
  const replacedOf = ({ receiptLine }: ReceivedShare) => replaced.get(receiptLine.receiptLineId)!;
  const found = [
    ...undecidedRanks(state, line),
    ...(isWithoutGoods(line)
      ? moneyOnlyRanks(state, line)
      : [
          ...expectedRanks(state, line, shares),
          ...shares.flatMap((share) => shareRanks(state, line, share, replacedOf(share))),
        ]),
  ];
  return {
    ranks: found,
    grantedInPart: isGrantedInPart(line),
    ending: found.length > 0 ? null : endingOf(line, shares),
  };
}

/** No goods are to come for it. */
export const isWithoutGoods = (line: LineState): boolean =>
  line.resolution === "KEEP_ALLOWANCE" || line.reasonCode === "PRICE_ERROR";

export const isGrantedInPart = (line: LineState): boolean =>
  line.authorizedAt !== null && base(line.granted).add(base(line.amendedUp)).lt(base(line.requested));

function undecidedRanks(state: ReturnState, line: LineState): number[] {
  if (undecidedQuantity(line).lte(0)) return [];
  return [waitsForApproval(state, line) ? 2 : 1];
}

/** An approval about the line was asked for, or policy says that one is due. */
function waitsForApproval(state: ReturnState, line: LineState): boolean {
  const asked = state.approvals.some(
    ({ subject, status }) => "lineIds" in subject && subject.lineIds.includes(line.id) && status !== "VOIDED",
  );
  return asked || (line.evaluated?.approvalKinds.length ?? 0) > 0;
}

function expectedRanks(state: ReturnState, line: LineState, shares: readonly ReceivedShare[]): number[] {
  const toCome = authorizedOf(line).sub(sum(shares.map(({ counted }) => counted)));
  if (toCome.lte(0)) return [];
  const lost = least(toCome, lostOf(state, line));
  const moving = least(toCome.sub(lost), inTransitOf(state, line).sub(lostOf(state, line)));
  return present([
    [toCome.sub(lost).sub(moving), isInstructed(state) || hasLabelOut(state, line) ? 4 : 3],
    [moving, 5],
    [lost, 6],
  ]);
}

/** The warehouse was told and waits for the goods. */
const isInstructed = ({ instruction }: ReturnState): boolean =>
  instruction !== null && instruction.state !== "CANCELLED";

function moneyOnlyRanks(state: ReturnState, line: LineState): number[] {
  const authorized = authorizedOf(line);
  const credited = least(authorized, creditedUnits(postedCredits(state), { returnLineId: line.id }));
  const rest = authorized.sub(credited);
  return present([
    [rest, gateQuantity(state, line).gt(0) ? 10 : 3],
    [credited, 11],
  ]);
}

function shareRanks(state: ReturnState, line: LineState, share: ReceivedShare, replaced: ReplacedShare): number[] {
  const waiting = share.counted.sub(share.inspected);
  const disputed = share.inspections.some(({ inspection }) => inspection.disputed);
  const again = disputed || (share.receiptLine.inspecting && waiting.lte(0));
  if (again) return present([[share.counted, 8]]);
  return [
    ...present([[waiting, share.receiptLine.inspecting ? 8 : 7]]),
    ...acceptedRanks(state, line, share, replaced),
    ...rejectedRanks(state, share),
  ];
}

/** Accepted goods go on with their money, or what goes out for them: decided, credit or replacement due, credited or shipped. */
function acceptedRanks(
  state: ReturnState,
  line: LineState,
  { receiptLine, inspections, accepted }: ReceivedShare,
  { replaced, shipped }: ReplacedShare,
): number[] {
  const about = { returnLineId: line.id, receiptLineId: receiptLine.receiptLineId };
  const settled = least(accepted, settledWithMoney(line) ? creditedUnits(postedCredits(state), about) : zero);
  const due = least(accepted.sub(settled), creditedUnits(openCredits(state), about));
  const rest = most(zero, accepted.sub(settled).sub(due).sub(replaced));
  const decided = inspections
    .filter((share) => share.accepted)
    .every(({ inspection }) => decidedUnits(state, inspection.inspectionId).gt(0));
  return present([
    [rest, decided ? decidedRank(line) : 8],
    [replaced.sub(shipped), decided ? 10 : 8],
    [due, 10],
    [settled.add(shipped), 11],
  ]);
}

/** What decided, accepted goods of a line wait for. */
const decidedRank = (line: LineState): number => (line.resolution === "EXCHANGE" ? 10 : 9);

/** Rejected goods are settled once what was decided about them is done. */
function rejectedRanks(state: ReturnState, { inspections }: ReceivedShare): number[] {
  return inspections
    .filter(({ accepted }) => !accepted)
    .flatMap(({ inspection, quantity }) => {
      const done = least(
        quantity,
        units(dispositionsOf(state, inspection.inspectionId).filter(({ executedAt }) => executedAt !== null)),
      );
      return present([
        [quantity.sub(done), decidedUnits(state, inspection.inspectionId).gt(0) ? 9 : 8],
        [done, 11],
      ]);
    });
}

/** The standing dispositions of an inspection, and of those that it corrected. */
export function dispositionsOf(state: ReturnState, inspectionId: string): DispositionState[] {
  const chain = new Set<string>();
  for (
    let id: string | null = inspectionId;
    id;
    id = state.inspections.find((one) => one.inspectionId === id)?.replaces ?? null
  )
    chain.add(id);
  return state.dispositions.filter((one) => !one.superseded && chain.has(one.inspectionId));
}

/** Done on both sides: the warehouse's and the ERP's. */
export const isConfirmed = ({ confirmed }: DispositionState): boolean => confirmed.WMS && confirmed.ERP;

const decidedUnits = (state: ReturnState, inspectionId: string): Fraction =>
  units(dispositionsOf(state, inspectionId).filter(({ code }) => code !== "PENDING"));
const units = (dispositions: readonly DispositionState[]): Fraction =>
  sum(dispositions.map(({ quantity }) => base(quantity.base)));
const present = (pairs: [quantity: Fraction, rank: number][]): number[] =>
  pairs.filter(([quantity]) => quantity.gt(0)).map(([, rank]) => rank);

function endingOf(line: LineState, shares: readonly ReceivedShare[]): Ending {
  const cameToNothing = base(line.shortClosed).gt(0) && shares.length === 0;
  if (base(line.expired).gt(0) || cameToNothing) return "EXPIRED";
  return base(line.cancelled).gt(0) ? "CANCELLED" : "DECLINED";
}

/** A credit's status as people read it: an unknown outcome stands above what we last knew. */
export const creditStatusOf = (
  state: ReturnState,
  { transactionKey, status }: CreditState,
): CreditState["status"] | "AMBIGUOUS" => (Object.hasOwn(state.ambiguous, transactionKey) ? "AMBIGUOUS" : status);
