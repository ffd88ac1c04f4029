import { Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { hashOf } from "#shared/hash.ts";
import { businessDaysIn } from "#shared/calendar.ts";
import { newId } from "#shared/ids.ts";
import { formatMoney, toCent } from "#shared/money.ts";
import { warehouseByCode } from "#shared/places.ts";
import { base } from "./base-quantity.ts";
import { BEYOND, inCompanyCurrency } from "./exchange-rates.ts";
import type { ExchangeRate, FactData, NewFact, ReplacementLine } from "./facts-vocabulary.ts";
import { exactAmount, lineById } from "./goods.ts";
import type { Policies } from "./policies/policies.ts";
import { credited, standingReplacements } from "./open-for-replacement.ts";
import { authorizedOf, bucketsOf, receivedShares, replacedUnits, replacementUnits } from "./quantities.ts";
import type { InspectionState, LineState, ReplacementState, ReturnState } from "./return-state.ts";
import { damagedGoodsApproval } from "./steps/decide-disposition.ts";

// Other goods in place of those that come back: what may be asked for, who approves it, and when it is due. Fractions are base units of the return's line.

/** A replacement of ours in a sentence; it tells one replacement of a return from another. */
export const nameOf = ({ replacements, rmaNumber }: ReturnState, { replacementId }: ReplacementState): string =>
  `replacement ${replacements.findIndex((one) => one.replacementId === replacementId) + 1} of ${rmaNumber}`;

export const replacementById = ({ replacements }: ReturnState, id: string): ReplacementState | undefined =>
  replacements.find(({ replacementId }) => replacementId === id);

export type WantedReplacement = { lines: ReplacementLine[]; reason: string; exchangeRate: ExchangeRate | null };

/**
 * The facts of a request for a replacement: itself, and its approvals where its worth asks for them. The worth is what the customer paid for so many units;
 * what another item is worth we are not told, so that all tiers are asked.
 */
export function requestReplacement(
  state: ReturnState,
  { lines, reason, exchangeRate }: WantedReplacement,
  { policies, now }: { policies: Policies; now: Date },
): NewFact[] {
  const exact = sum(lines.map(({ lineId, quantity }) => paidFor(lineById(state, lineId)!, base(quantity.base))));
  const net = formatMoney(toCent(exact));
  const isOther = lines.some(({ lineId, sku }) => lineById(state, lineId)!.posted!.sku !== sku);
  const worth = isOther ? BEYOND : (inCompanyCurrency(state, new Fraction(net), exchangeRate) ?? BEYOND);
  const approvals = policies
    .requiredApprovals({ kind: "REPLACEMENT", net: worth, crossShip: false })
    .map(({ tier, requiredRole, threshold, ruleId }) => ({ tier, requiredRole, threshold, ruleId }));
  const data: FactData["replacement.requested"] = {
    replacementId: newId("rpl"),
    lines,
    reason,
    net,
    ...(exchangeRate ? { exchangeRate } : {}),
    decisionHash: hashOf({ lines, net, policyVersion: policies.version }),
    policyVersion: policies.version,
    approvals,
  };
  return [{ kind: "replacement.requested", data }, ...asked(state, data, { isOther, now })];
}

const paidFor = ({ posted }: LineState, units: Fraction): Fraction =>
  new Fraction(posted!.lineNet).mul(units).div(posted!.invoicedBase);

const asked = (
  { companyId, currency }: ReturnState,
  { replacementId, decisionHash, approvals, net }: FactData["replacement.requested"],
  { isOther, now }: { isOther: boolean; now: Date },
): NewFact[] =>
  approvals.map(({ tier, requiredRole, threshold, ruleId }) => {
    const said = isOther
      ? { message: `Another item goes out; what it is worth is not known here. It needs ${requiredRole}.` }
      : {
          message: `Goods of this worth are replaced only if ${requiredRole} agrees.`,
          amounts: `They are worth ${net} ${currency}; ${threshold ?? "it"} needs ${requiredRole}.`,
        };
    return {
      kind: "approval.requested",
      data: {
        ...{ approvalId: newId("apr"), kind: "REPLACEMENT", tier, requiredRole, amount: net, threshold },
        ...{ subject: { replacementId }, decisionHash, reasons: [{ code: "REPLACEMENT", ...said, ruleId }] },
        expiresAt: businessDaysIn(companyId, now, 5),
      },
    };
  });

/** What may be ordered of a replacement by now. WAITS: more of it may still be accepted; NOTHING: none of it was, and none will be. */
export type Due = { is: "WAITS" } | { is: "NOTHING" } | { is: "DUE"; lines: ReplacementLine[] };

/**
 * Goods go out for goods that were accepted (D-16): once there are as many as were asked for, or all that is to come was looked at. Earlier requests of the
 * line come first; goods whose approval as damaged waits are not accepted yet.
 */
export function dueOf(state: ReturnState, replacement: ReplacementState, policies: Policies): Due {
  const found = replacement.lines.map((wanted) => ({
    wanted,
    ...available(state, replacement, wanted.lineId, policies),
  }));
  if (found.some(({ wanted, units, isOver }) => !isOver && units.lt(wanted.quantity.base))) return { is: "WAITS" };
  const lines = found.flatMap(({ wanted, units }) => {
    const taken = least(units, base(wanted.quantity.base));
    if (taken.equals(wanted.quantity.base)) return [wanted];
    return taken.gt(0) ? [{ ...wanted, quantity: exactAmount(lineById(state, wanted.lineId)!, taken) }] : [];
  });
  return lines.length > 0 ? { is: "DUE", lines } : { is: "NOTHING" };
}

/** Accepted units of a line that this replacement may have; `isOver`: there will be no more of them. */
function available(
  state: ReturnState,
  { version }: ReplacementState,
  lineId: string,
  policies: Policies,
): { units: Fraction; isOver: boolean } {
  const line = lineById(state, lineId)!;
  const shares = receivedShares(state, line).flatMap(({ inspections }) => inspections);
  const accepted = shares.filter((share) => share.accepted);
  const how = (inspection: InspectionState) => damagedGoodsApproval(state, inspection, policies);
  const yes = accepted.filter(({ inspection }) => ["NONE", "APPROVED"].includes(how(inspection)));
  const inspected = sum(shares.map(({ quantity }) => quantity));
  const before = replacementUnits(
    standingReplacements(state).filter((other) => other.version < version),
    lineId,
  );
  return {
    units: most(
      zero,
      sum(yes.map(({ quantity }) => quantity))
        .sub(credited(state, line))
        .sub(before),
    ),
    isOver: inspected.gte(authorizedOf(line)) && !accepted.some(({ inspection }) => how(inspection) === "WAITS"),
  };
}

/** Accepted units of a line that is to be replaced, for which nobody has asked yet. */
export function toRequest(state: ReturnState, line: LineState, policies: Policies): Fraction {
  if (line.resolution !== "REPLACE" || !line.posted) return zero;
  const accepted = receivedShares(state, line)
    .flatMap(({ inspections }) => inspections)
    .filter((share) => share.accepted)
    .filter(({ inspection }) => ["NONE", "APPROVED"].includes(damagedGoodsApproval(state, inspection, policies)));
  const live = replacementUnits(standingReplacements(state), line.id);
  const units = sum(accepted.map(({ quantity }) => quantity)).sub(credited(state, line));
  return most(zero, least(units, replacedUnits(state, line)).sub(live));
}

/** The site of ours that it goes out from: where the goods were shipped from, else where they come back to. */
export function shipsFrom({ lines, warehouse, companyId }: ReturnState, lineId: string): string {
  const from = lines.find(({ id }) => id === lineId)?.posted?.shippedFrom;
  return from && warehouseByCode(from)?.companyId === companyId ? from : warehouse!;
}

/** Whether more of a line went out or was paid for than was accepted. */
export const isBeyondAccepted = (state: ReturnState, { lines }: ReplacementState): boolean =>
  lines.some(({ lineId }) => {
    const line = lineById(state, lineId)!;
    const out = state.replacements.filter(({ status }) => status === "ORDERED" || status === "SHIPPED");
    const accepted = bucketsOf(state, line).accepted;
    return replacementUnits(out, lineId).add(credited(state, line)).gt(accepted);
  });
