import { endOfDayAtSite } from "#shared/calendar.ts";
import { reasonOf } from "#shared/codes.ts";
import { Fraction, isDecimal, least, most, toPlain, zero } from "#shared/decimal.ts";
import { formatMoney, toCent } from "#shared/money.ts";
import { DateTime } from "luxon";
import type { Value } from "./cells.ts";
import type { Eligibility, EligibilityInput, Policies } from "./policies.ts";
import type { Answer, PolicyTables } from "./policy-tables.ts";

/** EL-01 … EL-99 on one line: the ERP's history is known, and the line has a posted one (EL-01 is for those that have none). */
export function evaluateEligibility(tables: PolicyTables, line: EligibilityInput): Eligibility {
  const days = daysSinceDelivery(line);
  const input = inputOf(line, days);
  const rows = tables.all("eligibility", input);
  // On the day of delivery every window is open: the rules that fit then tell which one it is.
  const fresh = tables.all("eligibility", { ...input, daysSinceDelivery: 0 });
  return { ...decide(rows, line, days), windowEndsAt: windowEnd(fresh, line) };
}

/** Calendar days from the day of delivery to today, both at the site (D-26); null while it isn't delivered. */
function daysSinceDelivery({ posted, today }: EligibilityInput): number | null {
  if (!posted.deliveredOn) return null;
  return dayOf(today).diff(dayOf(posted.deliveredOn), "days").days;
}

const dayOf = (day: string): DateTime => DateTime.fromISO(day.slice(0, 10), { zone: "utc" });

function inputOf(line: EligibilityInput, days: number | null): Record<string, Value> {
  const { posted, item, reasonCode, warrantyEndsOn } = line;
  return {
    sold: true,
    withinReturnable: line.requested.lte(line.returnable),
    itemReturnable: item.returnable,
    doNotShipBack: item.doNotShipBack ?? false,
    regulated: item.regulated ?? false,
    recalled: posted.recalled,
    hazardous: posted.hazardous,
    reason: reasonCode,
    fault: reasonCode && reasonOf(reasonCode).fault,
    condition: line.conditionClaimed,
    warranty: !warrantyEndsOn ? "UNKNOWN" : line.today <= warrantyEndsOn ? "IN" : "OUT",
    daysSinceDelivery: days,
    customer: line.customerNumber,
    brokenCase: line.brokenCase,
    serialKnown: reasonCode === null || serialsAreKnown(line),
    suspicious: line.suspicious ?? false,
  };
}

function serialsAreKnown({ serialNumbers, requested, posted }: EligibilityInput): boolean {
  if (!posted.serialized) return true;
  return requested.lte(serialNumbers.length) && serialNumbers.every((serial) => posted.shippedSerials.includes(serial));
}

function decide(
  rows: readonly Answer[],
  line: EligibilityInput,
  days: number | null,
): Omit<Eligibility, "windowEndsAt"> {
  const reasons = rows.map(({ ruleId, then }) => ({
    code: String(then.code),
    message: fill(String(then.message), line, days),
    ruleId,
  }));
  const approvalKinds = rows.flatMap(({ then }) => (then.approval === null ? [] : [String(then.approval)]));
  const refusals = rows.filter(({ then }) => then.decision === "REFUSED");
  if (refusals.length === 0)
    return { decision: approvalKinds.length > 0 ? "APPROVAL" : "AUTO", reasons, approvalKinds };
  const liftable = line.requestException && refusals.every(({ then }) => then.final !== true);
  if (!liftable) return { decision: "REFUSED", reasons: refusalsFirst(reasons, refusals), approvalKinds: [] };
  const asked = { code: "POLICY_EXCEPTION", message: "An exception from the policy was asked for.", ruleId: null };
  return { decision: "APPROVAL", reasons: [...reasons, asked], approvalKinds: ["POLICY_EXCEPTION", ...approvalKinds] };
}

/** Whoever shows one reason shows the one that decided. */
const refusalsFirst = <Reason extends { code: string }>(
  reasons: readonly Reason[],
  refusals: readonly Answer[],
): Reason[] => {
  const refused = (reason: Reason) => refusals.some(({ then }) => then.code === reason.code);
  return [...reasons.filter(refused), ...reasons.filter((reason) => !refused(reason))];
};

function fill(message: string, { posted, returnable, warrantyEndsOn }: EligibilityInput, days: number | null): string {
  const values: Record<string, string | undefined> = {
    sku: posted.sku,
    unit: posted.baseUnit,
    invoicedUnit: posted.invoicedUnit,
    returnable: toPlain(most(zero, returnable), 5),
    days: days === null ? undefined : String(days),
    warrantyEndsOn,
  };
  return message.replace(/\{(\w+)\}/g, (whole, name: string) => values[name] ?? whole);
}

/** The end of the last day of the window as the rules give it to goods that were delivered today. */
function windowEnd(rows: readonly Answer[], line: EligibilityInput): string | null {
  const windows = rows.flatMap(({ then }) => (then.window === null ? [] : [String(then.window)]));
  if (windows.includes("none")) return null;
  if (windows.includes("warranty")) return line.warrantyEndsOn ? endOfDay(line.warrantyEndsOn, 0, line) : null;
  const days = Math.max(...windows.filter((window) => isDecimal(window)).map(Number));
  return line.posted.deliveredOn && Number.isFinite(days) ? endOfDay(line.posted.deliveredOn, days, line) : null;
}

const endOfDay = (day: string, later: number, { companyId, posted }: EligibilityInput): string =>
  endOfDayAtSite({ companyId, warehouse: posted.shippedFrom }, day, later);

/** What a quantity would come to at grade A: net, less the fee, with tax. */
export function estimateCredit(
  chooseFee: Policies["chooseFee"],
  line: Parameters<Policies["estimateCredit"]>[0],
): string {
  const { posted, customerNumber, reasonCode } = line;
  const quantity = most(zero, least(line.requested, line.returnable));
  const net = toCent(new Fraction(posted.lineNet).mul(quantity).div(posted.invoicedBase));
  const { percent } = reasonCode ? chooseFee({ customerNumber, reasonCode, grade: "A" }) : { percent: "0" };
  return formatMoney(net.sub(toCent(net.mul(percent).div(100))).add(toCent(net.mul(posted.taxRate).div(100))));
}
