import { holdsUpNothing } from "./messages.ts";
import { parcelStateOf, type ParcelState } from "./parcels.ts";
import { authorizedOf, openCredits, receiptLines } from "./quantities.ts";
import type { ApprovalState, LabelState, ReturnState } from "./return-state.ts";
import { lineRanks, statusOf, type LineRanks, type ReturnStatus } from "./status.ts";

// Whose turn it is and what they are to do. Work in hand comes before goods that are still to come.

export type Party =
  | "CUSTOMER"
  | "SERVICE"
  | "SUPERVISOR"
  | "WAREHOUSE"
  | "FINANCE"
  | "OPERATIONS"
  | "CARRIER"
  | "SUPPLIER"
  | "ERP";
export type StepCode =
  | "AWAIT_ERP"
  | "DECIDE_APPROVAL"
  | "SHIP_BACK"
  | "RECEIVE"
  | "INSPECT"
  | "DECIDE_DISPOSITION"
  | "POST_CREDIT"
  | "SHIP_REPLACEMENT"
  | "MATCH_RECEIPT"
  | "RESOLVE_EXCEPTION"
  | "CANCEL_REQUESTED"
  | "NONE";
export type WaitingOn = { party: Party; since: string; dueAt: string | null };
export type NextStep = { code: StepCode; message: string };
export type Turn = { waitingOn: WaitingOn | null; nextStep: NextStep };

type Seen = { state: ReturnState; status: ReturnStatus; lines: LineRanks[] };
type Row = (seen: Seen) => Turn | null;

const over: readonly ReturnStatus[] = ["CLOSED", "CANCELLED", "DECLINED", "EXPIRED"];

/** First row that says something. */
const table: readonly Row[] = [
  ({ state, status }) =>
    over.includes(status) && openException(state) === undefined && !pendingApproval(state)
      ? nobody("Nothing is left to do.")
      : null,
  ({ state: { cancelRequested } }) =>
    cancelRequested &&
    turn(
      "WAREHOUSE",
      "CANCEL_REQUESTED",
      "The cancellation was asked for; the warehouse and the ERP still have to let go.",
      cancelRequested.since,
    ),
  ({ state: { hold } }) =>
    hold && turn("SUPERVISOR", "RESOLVE_EXCEPTION", `The return is on hold: ${hold.reason}`, hold.since),
  ({ state: { awaitingErp } }) =>
    awaitingErp && turn("ERP", "AWAIT_ERP", "The request waits until the ERP can validate it.", awaitingErp.since),
  ({ state }) => decideApproval(state),
  ({ state, status }) => (status === "UNAUTHORIZED_RECEIPT" ? matchReceipt(state) : null),
  ({ state }) => resolveException(state),
  ({ state, lines }) =>
    has(lines, 1)
      ? turn("ERP", "AWAIT_ERP", "The request is being validated against the ERP.", state.requestedAt)
      : null,
  ({ state, lines }) =>
    has(lines, 2) ? turn("SUPERVISOR", "DECIDE_APPROVAL", "A line waits for an approval.", state.updatedAt) : null,
  ({ state, lines }) =>
    has(lines, 7)
      ? turn("WAREHOUSE", "INSPECT", "The goods are received and wait for inspection.", receivedSince(state))
      : null,
  ({ state, lines }) =>
    has(lines, 8) ? turn("WAREHOUSE", "INSPECT", "The goods are being inspected.", receivedSince(state)) : null,
  ({ state }) => postCredit(state),
  ({ state, lines }) => (has(lines, 10) ? shipReplacement(state) : null),
  ({ state, lines }) => (has(lines, 9) ? disposition(state) : null),
  ({ state, lines }) => (has(lines, 6) ? lostParcel(state) : null),
  ({ state, lines }) => (has(lines, 5) ? onTheRoad(state) : null),
  ({ state, lines }) => (has(lines, 4) || has(lines, 3) ? shipBack(state) : null),
  ({ state }) =>
    turn("ERP", "NONE", "All is settled; the return closes once stock and credit are read back.", state.updatedAt),
];

/** Whose turn it is, since when and until when, and what comes next, in a sentence. */
export function turnOf(state: ReturnState): Turn {
  const seen = { state, status: statusOf(state), lines: state.lines.map((line) => lineRanks(state, line)) };
  for (const row of table) {
    const found = row(seen);
    if (found) return found;
  }
  return nobody("Nothing is left to do.");
}

export const waitingOn = (state: ReturnState): WaitingOn | null => turnOf(state).waitingOn;
export const nextStep = (state: ReturnState): NextStep => turnOf(state).nextStep;

const turn = (party: Party, code: StepCode, message: string, since: string, dueAt: string | null = null): Turn => ({
  waitingOn: { party, since, dueAt },
  nextStep: { code, message },
});
const nobody = (message: string): Turn => ({ waitingOn: null, nextStep: { code: "NONE", message } });
const has = (lines: readonly LineRanks[], rank: number): boolean => lines.some(({ ranks }) => ranks.includes(rank));

const kindNames: Record<string, string> = {
  RETURN_AUTHORIZATION: "the return",
  POLICY_EXCEPTION: "an exception from the policy",
  HIGH_VALUE_CREDIT: "the credit",
  DAMAGED_GOODS: "the credit for damaged goods",
  GATE_EXCEPTION: "a credit without goods",
  OVER_RECEIPT: "goods beyond the authorization",
  REPLACEMENT: "the replacement",
  HAZARD: "the return of hazardous goods",
  REGULATED: "the return of a regulated item",
  SUPPLIER_CHARGEBACK: "the claim against the supplier",
  FRAUD_REVIEW: "the review",
};

const pendingApproval = ({ approvals }: ReturnState) => approvals.find(({ status }) => status === "PENDING");

function decideApproval(state: ReturnState): Turn | null {
  const pending = pendingApproval(state);
  if (!pending) return null;
  return turn(
    partyOf(pending),
    "DECIDE_APPROVAL",
    `${asSubject(pending.requiredRole)} decides about ${kindNames[pending.kind] ?? pending.kind}.`,
    pending.requestedAt,
    pending.expiresAt,
  );
}

const partyOf = ({ requiredRole }: Pick<ApprovalState, "requiredRole">): Party => partyOfRole(requiredRole);
const roles: Record<string, Party> = {
  service: "SERVICE",
  supervisor: "SUPERVISOR",
  warehouse: "WAREHOUSE",
  finance: "FINANCE",
  operations: "OPERATIONS",
};
const partyOfRole = (role: string): Party => roles[role] ?? "OPERATIONS";
const asSubject = (role: string): string =>
  role === "supervisor" ? "A supervisor" : role.charAt(0).toUpperCase() + role.slice(1);

function matchReceipt(state: ReturnState): Turn {
  return turn(
    "WAREHOUSE",
    "MATCH_RECEIPT",
    "Goods came that no line is authorized for: match them or send them back.",
    receivedSince(state),
  );
}

const openException = (state: ReturnState) =>
  state.exceptions.find((task) => task.status !== "RESOLVED" && !holdsUpNothing(task));

function resolveException(state: ReturnState): Turn | null {
  const open = openException(state);
  return open ? turn(partyOfRole(open.owner), "RESOLVE_EXCEPTION", open.summary, open.raisedAt, open.dueAt) : null;
}

function postCredit(state: ReturnState): Turn | null {
  const credit = openCredits(state)[0];
  if (!credit) return null;
  if (credit.queuedSince)
    return turn("ERP", "POST_CREDIT", "The credit waits until the ERP can take it.", credit.queuedSince);
  if (credit.status === "MANUAL_REQUIRED")
    return turn("FINANCE", "POST_CREDIT", "The credit has to be posted by hand.", credit.calculatedAt);
  return turn("ERP", "POST_CREDIT", "The credit is being posted.", credit.calculatedAt);
}

function shipReplacement({ replacements, updatedAt }: ReturnState): Turn {
  const ordered = replacements.find(({ status }) => status === "ORDERED");
  if (!ordered) return turn("SERVICE", "SHIP_REPLACEMENT", "The replacement is due.", updatedAt);
  const message = `The replacement waits to be shipped on order ${ordered.order!.number}.`;
  return turn("WAREHOUSE", "SHIP_REPLACEMENT", message, ordered.orderedAt!);
}

function disposition(state: ReturnState): Turn {
  const open = state.dispositions.filter(({ superseded, executedAt }) => !superseded && executedAt === null);
  const held = open.find(({ code }) => code === "HOLD" || code === "PENDING");
  if (held)
    return turn(
      "SUPERVISOR",
      "DECIDE_DISPOSITION",
      "Goods are on hold until it is decided what becomes of them.",
      held.decidedAt,
    );
  const rejected = open.find((one) =>
    state.inspections.some(({ inspectionId, percent }) => inspectionId === one.inspectionId && percent === "0"),
  );
  if (rejected)
    return turn(
      "WAREHOUSE",
      "DECIDE_DISPOSITION",
      "The warehouse carries out what was decided about the rejected goods.",
      rejected.decidedAt,
    );
  if (state.credits.at(-1)?.status === "DECLINED" || state.credits.at(-1)?.status === "REVERSED")
    return turn("FINANCE", "POST_CREDIT", "The credit was not given; it has to be decided again.", state.updatedAt);
  return turn(
    "ERP",
    "POST_CREDIT",
    "The goods are accepted; the credit is being decided.",
    open[0]?.decidedAt ?? state.updatedAt,
  );
}

const parcels = (state: ReturnState, where: ParcelState) =>
  state.labels.filter((label) => label.issued !== null && parcelStateOf(label) === where);
const lastMoved = (labels: readonly LabelState[]): string | undefined =>
  labels
    .flatMap(({ events }) => events.map(({ at }) => at))
    .toSorted((a, b) => Date.parse(a) - Date.parse(b))
    .at(-1);

/** Its task was looked after, and nothing came of it yet. */
function lostParcel(state: ReturnState): Turn {
  const since = lastMoved(parcels(state, "LOST")) ?? state.updatedAt;
  return turn("SERVICE", "RESOLVE_EXCEPTION", "The carrier has lost the parcel; the customer waits for a word.", since);
}

function onTheRoad(state: ReturnState): Turn {
  const delivered = parcels(state, "DELIVERED");
  if (delivered.length > 0)
    return turn(
      "WAREHOUSE",
      "RECEIVE",
      `The parcel was delivered and waits to be received at ${state.warehouse}.`,
      lastMoved(delivered) ?? state.updatedAt,
    );
  const moving = parcels(state, "IN_TRANSIT");
  return turn(
    "CARRIER",
    "RECEIVE",
    `The parcel is on its way to ${state.warehouse}.`,
    lastMoved(moving) ?? state.updatedAt,
    moving[0]?.estimatedDelivery ?? null,
  );
}

function shipBack(state: ReturnState): Turn {
  const buying = state.labels.find(({ status }) => status === "REQUESTED");
  if (buying) return turn("CARRIER", "SHIP_BACK", "The label is being bought.", state.updatedAt);
  const since = state.lines.find((line) => authorizedOf(line).gt(0))?.authorizedAt ?? state.updatedAt;
  return turn(
    "CUSTOMER",
    "SHIP_BACK",
    `The customer sends the goods to ${state.warehouse ?? "the warehouse"}.`,
    since,
    state.expiresAt,
  );
}

const receivedSince = (state: ReturnState): string => {
  const last = receiptLines(state).at(-1);
  return state.receipts.find(({ id }) => id === last?.receiptId)?.receivedAt ?? state.updatedAt;
};
