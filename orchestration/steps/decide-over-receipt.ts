import type { ErpCredit } from "#adapters/erp/port.ts";
import { businessDaysIn } from "#shared/calendar.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { foreignIdOf, newId } from "#shared/ids.ts";
import { fromBase } from "#shared/quantity.ts";
import { lockAllocations } from "../allocations.ts";
import { creditedElsewhere } from "../eligibility.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { exactAmount, receiptOfLine, wasResolved } from "../goods.ts";
import {
  askedFor,
  overApprovalOf,
  overHash,
  overParts,
  stillStands,
  type OverApproval,
  type OverPart,
} from "../over-receipts.ts";
import { authorizedOf } from "../quantities.ts";
import type { LineState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Decision, Run, Task } from "../step.ts";

type Read = { credits: ErpCredit[] };
/** Base units that may still be returned of what a line is of. */
type Room = (line: LineState) => Fraction;
type Settled = { facts: NewFact[]; tasks: Task[]; used: Fraction };

/**
 * Who owns what came over: within the returnable quantity (D-14) a supervisor is asked, and what was approved is let in; the rest is a task for the
 * warehouse. What is returnable is read and locked in the deciding transaction, so that two approvals can't take the same units (W-13).
 */
export const decideOverReceipt: DecidingStep<Read> = {
  kind: "decide",
  name: "decide-over-receipt",
  system: "erp",
  guard: (state) => (overLines(state).length > 0 || open(state).length > 0 ? "go" : { skip: "nothing came over" }),
  read: async (state, run) => {
    const invoices = [...new Set(overLines(state).map(({ posted }) => posted!.invoiceNumber))];
    const credits = await run.systems.erpOf(state.companyId).findCreditsOf(invoices, run.call);
    return { credits: [...credits.values()].flat() };
  },
  decide: async (state, { credits }, run, tx) => decideOver(state, run, await roomFor(state, credits, run, tx)),
};

const overLines = (state: ReturnState): LineState[] => state.lines.filter((line) => overParts(state, line).length > 0);
/** Approvals that are asked for or given, and not used. */
const open = (state: ReturnState): OverApproval[] =>
  state.lines
    .flatMap((line) => overApprovalOf(state, line) ?? [])
    .filter(({ status }) => status === "PENDING" || status === "APPROVED");

async function roomFor(state: ReturnState, credits: ErpCredit[], run: Run, tx: Transaction): Promise<Room> {
  const keysOf = ({ orderLineId, posted }: LineState): [string, string] => [
    orderLineId,
    foreignIdOf("erp.invoice", state.companyId, posted!.invoiceNumber, posted!.invoiceLine),
  ];
  const rows = await lockAllocations(tx, overLines(state).flatMap(keysOf));
  const taken = (key: string) =>
    sum((rows.get(key) ?? []).map(({ reserved, credited }) => new Fraction(reserved).add(credited)));
  return (line) => {
    const { shippedBase, invoicedBase, invoiceNumber, sku, invoicedUnit, invoicedUnitFactor, baseUnit } = line.posted!;
    const unitFactors = { [invoicedUnit]: invoicedUnitFactor, [baseUnit]: "1" };
    const theirs = creditedElsewhere(credits, { invoiceNumber, sku, unitFactors, installation: run.installation });
    const [order, invoice] = keysOf(line);
    const left = least(new Fraction(shippedBase).sub(taken(order)), new Fraction(invoicedBase).sub(taken(invoice)));
    return left.sub(theirs.base);
  };
}

/** The decision on all lines; lines of the same goods share what is returnable. Pure. */
export function decideOver(state: ReturnState, run: Run, roomOf: Room): Decision {
  const done: (Settled & { line: LineState })[] = [];
  for (const line of overLines(state)) {
    const used = sum(done.filter((one) => sharesWith(one.line, line)).map((one) => one.used));
    const room = authorizedOf(line).gt(0) ? most(zero, roomOf(line).sub(used)) : zero;
    done.push({ line, ...settle(state, line, room, run) });
  }
  const gone = open(state).filter(({ subject }) => !done.some(({ line }) => line.id === subject.overLineId));
  return {
    facts: [
      ...gone.map((approval) => voided(approval, "Nothing is over any more.")),
      ...done.flatMap((one) => one.facts),
    ],
    tasks: done.flatMap(({ tasks }) => tasks).filter((task) => !wasResolved(state, task)),
  };
}

const sharesWith = (one: LineState, other: LineState): boolean =>
  one.orderLineId === other.orderLineId ||
  (one.posted!.invoiceNumber === other.posted!.invoiceNumber && one.posted!.invoiceLine === other.posted!.invoiceLine);

function settle(state: ReturnState, line: LineState, room: Fraction, run: Run): Settled {
  const parts = overParts(state, line);
  const asked = overApprovalOf(state, line);
  if (!asked || !stillStands(state, asked))
    return askAnew(state, line, room, { run, asked, why: "What came is another quantity now." });
  const { status } = asked;
  // The timer asks the same again; what it has not asked is asked here.
  if (status === "EXPIRED") return askAnew(state, line, room, { run, asked, why: "Nobody decided in time." });
  if (status === "DECLINED")
    return {
      facts: [],
      tasks: parts.map((part) => taskOf(state, line, part, ", and a supervisor declined it")),
      used: zero,
    };
  if (askedFor(asked).gt(room))
    return askAnew(state, line, room, { run, asked, why: "So much is not returnable any more." });
  const grants = status === "APPROVED" && !awaitsAuthorization(state, run) ? granted(state, line, asked, run) : [];
  return { facts: grants, tasks: [], used: askedFor(asked) };
}

/** The first authorization is to be in the ERP before the next; once it is, this is decided again. */
const awaitsAuthorization = (state: ReturnState, { systems }: Run): boolean =>
  systems.erpOf(state.companyId).mode === "return-order" && !state.erpAuthorization;

type Anew = { run: Run; asked: OverApproval | undefined; why: string };

/** A supervisor is asked for what is within the returnable quantity; the rest is a task, as is all of it where nothing is returnable. */
function askAnew(state: ReturnState, line: LineState, room: Fraction, { run, asked, why }: Anew): Settled {
  const parts = overParts(state, line);
  const voids = asked?.status === "PENDING" || asked?.status === "APPROVED" ? [voided(asked, why)] : [];
  const wholly = parts.map((part) => taskOf(state, line, part, notReturnable));
  if (wholly.every((task) => wasResolved(state, task))) return { facts: voids, tasks: [], used: zero };
  const { within, beyond } = split(parts, room);
  return {
    facts: [...voids, ...(within.length > 0 ? requested(state, line, within, { room, run }) : [])],
    tasks: beyond.map((part) => taskOf(state, line, part, notReturnable)),
    used: sum(within.map(({ base }) => base)),
  };
}

const notReturnable = ", which is beyond what may be returned";

/** The first units in the order in which they came are within `room`. */
function split(parts: OverPart[], room: Fraction): { within: OverPart[]; beyond: OverPart[] } {
  let left = room;
  const cut = parts.map(({ receiptLine, base }) => {
    const taken = least(base, left);
    left = left.sub(taken);
    return { within: { receiptLine, base: taken }, beyond: { receiptLine, base: base.sub(taken) } };
  });
  const some = ({ base }: OverPart) => base.gt(0);
  return { within: cut.map(({ within }) => within).filter(some), beyond: cut.map(({ beyond }) => beyond).filter(some) };
}

const shown = (line: LineState, base: Fraction): string => `${fromBase(base, line.unitFactor)} ${line.unit}`;

function requested(
  state: ReturnState,
  line: LineState,
  within: OverPart[],
  { room, run }: { room: Fraction; run: Run },
): NewFact[] {
  const over = within.map(({ receiptLine: { receiptLineId }, base }) => ({
    receiptLineId,
    quantity: exactAmount(line, base),
  }));
  const message = `${shown(line, sum(within.map(({ base }) => base)))} of ${line.posted!.sku} came beyond the ${shown(line, authorizedOf(line))} authorized; ${shown(line, room)} may still be returned.`;
  return run.policies.requiredApprovals({ kind: "OVER_RECEIPT" }).map(({ tier, requiredRole, threshold, ruleId }) => ({
    kind: "approval.requested",
    data: {
      approvalId: newId("apr"),
      kind: "OVER_RECEIPT",
      tier,
      requiredRole,
      amount: null,
      threshold,
      subject: { overLineId: line.id, over },
      decisionHash: overHash(state, line, over),
      reasons: [{ code: "OVER_RECEIPT", message, ruleId }],
      expiresAt: businessDaysIn(state.companyId, run.now, 5),
    },
  }));
}

const voided = ({ approvalId }: OverApproval, reason: string): NewFact => ({
  kind: "approval.voided",
  data: { approvalId, reason },
});

/** One fact for each receipt line: it decides its own authorization and stock-in (W-06). A return that was closed has work again. */
const granted = (
  state: ReturnState,
  line: LineState,
  { approvalId, subject }: OverApproval,
  { policies }: Run,
): NewFact[] => [
  ...(state.closedAt ? [reopened] : []),
  ...subject.over.flatMap(({ receiptLineId, quantity }): NewFact[] => [
    {
      kind: "return.authorized",
      data: {
        lines: [{ lineId: line.id, quantity }],
        expiresAt: state.expiresAt!,
        policyVersion: policies.version,
        over: { receiptLineId, approvalId },
      },
    },
    ...accepted(state, line, receiptLineId, new Fraction(quantity.base)),
  ]),
];

const reopened: NewFact = { kind: "return.reopened", data: { reason: "Goods beyond the authorization were let in." } };

/** A discrepancy of which nothing is left. */
export function accepted(state: ReturnState, line: LineState, receiptLineId: string, base: Fraction): NewFact[] {
  const part = overParts(state, line).find(({ receiptLine }) => receiptLine.receiptLineId === receiptLineId);
  if (!part?.base.equals(base)) return [];
  return state.discrepancies
    .filter((one) => one.kind === "OVER" && one.status === "OPEN" && one.receiptLineId === receiptLineId)
    .map(({ discrepancyId }) => ({ kind: "discrepancy.resolved", data: { discrepancyId, status: "ACCEPTED" } }));
}

function taskOf(state: ReturnState, line: LineState, { receiptLine, base }: OverPart, why: string): Task {
  const { warehouse, warehouseReceiptNumber } = receiptOfLine(state, receiptLine.receiptLineId)!;
  return {
    code: "OVER_RECEIPT",
    summary: `${state.rmaNumber}, receipt ${warehouseReceiptNumber} at ${warehouse}: ${shown(line, base)} of ${receiptLine.sku} more than authorized${why}.`,
    system: `wms-${warehouse.toLowerCase()}`,
    cause: `OVER:${receiptLine.receiptLineId}:${receiptLine.revision}`,
  };
}
