import { type Fraction, least } from "#shared/decimal.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { fromBase, toBase } from "#shared/quantity.ts";
import { type AddedLine, additionsTo, type AskedAddition } from "./adding-lines.ts";
import type { AmendedLine } from "./amended-eligibility.ts";
import { addressProblems } from "./amended-address.ts";
import { base } from "./base-quantity.ts";
import type { Amount, EvaluatedLine, NewFact, Resolution } from "./facts-vocabulary.ts";
import { overParts } from "./over-receipts.ts";
import type { Policies } from "./policies/policies.ts";
import { standingReplacements } from "./open-for-replacement.ts";
import { authorizedOf, bucketsOf, replacementUnits } from "./quantities.ts";
import type { LineState, ReturnState } from "./return-state.ts";
import { isBegun } from "./status.ts";
import { voidedByAmendment } from "./voiding.ts";

/** What somebody asks for; what is left out or null stays as it is. A quantity of nothing drops the line. */
export type AskedAmendment = {
  lines?: readonly AskedChange[] | null;
  added?: readonly AskedAddition[];
  /** Where the goods are sent from now on. */
  addressId?: string | null;
  resolution?: Resolution | null;
  note?: string | null;
};
export type AskedChange = {
  id: string;
  quantity?: { value: string; unit: string } | null;
  reasonCode?: string | null;
};

/** One line's change: what stays as it is null. */
export type LineChange = { at: string[]; line: LineState; quantity: Amount | null; reasonCode: string | null };
export type Amendment = {
  changes: LineChange[];
  added: AddedLine[];
  addressId: string | null;
  resolution: Resolution | null;
  note: string | null;
};

/** What an amendment means for the return as it is, or why it can't be (D-10). */
export function amendmentOf(
  state: ReturnState,
  { lines, added: asked = [], addressId = null, resolution, note }: AskedAmendment,
): Amendment | { userErrors: UserError[] } {
  const found = (lines ?? []).map((asked, i) => changeOf(state, asked, ["lines", String(i)]));
  const added = additionsTo(state, asked, resolution ?? state.resolution);
  const userErrors = [...found, added].flatMap((one) => ("userErrors" in one ? one.userErrors : []));
  if ("userErrors" in added || userErrors.length > 0) return { userErrors };
  const changes = found.flatMap((one) => ("line" in one && (one.quantity || one.reasonCode) ? [one] : []));
  const amendment = {
    ...{ changes, added, addressId },
    resolution: resolution && state.lines.some((line) => line.resolution !== resolution) ? resolution : null,
    note: note?.trim() && note !== state.note ? note : null,
  };
  if (amendment.resolution && isSettling(state)) return { userErrors: [settledOtherwise] };
  const unsendable = addressProblems(state, amendment);
  if (unsendable.length > 0) return { userErrors: unsendable };
  const changesNothing = changes.length + added.length === 0 && !addressId && !amendment.resolution && !amendment.note;
  if (changesNothing) return { userErrors: [refuse("INVALID_INPUT", "This changes nothing.", ["lines"])] };
  return isNothingLeft(state, amendment)
    ? { userErrors: [refuse("INVALID_INPUT", "Nothing would be left of the return: cancel it instead.", ["lines"])] }
    : amendment;
}

/** Somebody has seen the goods, or others are on their way for them. */
const isSettling = (state: ReturnState): boolean =>
  state.inspections.length > 0 || standingReplacements(state).length > 0;
const settledOtherwise = refuse(
  "CONFLICT",
  "What the goods are settled with is being done; what was inspected is replaced by requestReplacement.",
  ["resolution"],
);

/** Whether policy replaces what comes back for each line's reason (PA-06). */
export function replacementProblems(
  state: ReturnState,
  { changes, added, resolution }: Amendment,
  policies: Pick<Policies, "mayReplace">,
): UserError[] {
  const ofAdded = added.flatMap(({ at, line }) =>
    line.resolution === "REPLACE" ? unlessReplaced(line.reasonCode, [...at, "resolution"], policies) : [],
  );
  const ofOld = state.lines.flatMap((line) => {
    const change = changes.find((one) => one.line === line);
    const reasonCode = change?.reasonCode ?? line.reasonCode;
    if ((resolution ?? line.resolution) !== "REPLACE" || !(resolution || change?.reasonCode) || isOver(line)) return [];
    const field = change?.reasonCode ? [...change.at, "reasonCode"] : ["resolution"];
    return unlessReplaced(reasonCode, field, policies);
  });
  return [...ofOld, ...ofAdded];
}

function unlessReplaced(
  reasonCode: string,
  field: string[],
  { mayReplace }: Pick<Policies, "mayReplace">,
): UserError[] {
  const { replace, ruleId } = mayReplace({ reasonCode, withoutGoods: reasonCode === "PRICE_ERROR" });
  const why = `Policy does not replace what comes back for this reason (${ruleId}).`;
  return replace ? [] : [refuse("POLICY_REFUSED", why, field)];
}

function changeOf(
  state: ReturnState,
  { id, quantity, reasonCode }: AskedChange,
  at: string[],
): LineChange | { userErrors: UserError[] } {
  const line = state.lines.find((candidate) => candidate.id === id);
  if (!line) return { userErrors: [refuse("NOT_FOUND", "The return has no such line.", [...at, "id"])] };
  if (isOver(line))
    return { userErrors: [refuse("CONFLICT", "Nothing of this line is open any more.", [...at, "id"])] };
  if (quantity && quantity.unit !== line.unit)
    return {
      userErrors: [refuse("INVALID_INPUT", `This line counts in ${line.unit}.`, [...at, "quantity", "unit"])],
    };
  const amount = quantity ? { ...quantity, base: toBase(quantity.value, line.unitFactor) } : null;
  const userErrors = [
    ...(amount ? quantityProblems(state, line, amount, [...at, "quantity", "value"]) : []),
    ...reasonProblems(state, line, reasonCode ?? null, [...at, "reasonCode"]),
  ];
  if (userErrors.length > 0) return { userErrors };
  return {
    ...{ at, line },
    quantity: amount && isSame(line, amount) ? null : amount,
    reasonCode: reasonCode && reasonCode !== line.reasonCode ? reasonCode : null,
  };
}

/** Declined, dropped, cancelled, expired, or short-closed at nothing. */
const isOver = (line: LineState): boolean => line.declined !== null || openOf(line).lte(0);

/** What is granted and what more is asked for; before, what is requested. */
function openOf(line: LineState): Fraction {
  if (line.authorizedAt) return authorizedOf(line).add(base(line.pendingIncrease));
  return base(line.requested).sub(base(line.cancelled)).sub(base(line.expired));
}

const isSame = (line: LineState, amount: Amount): boolean =>
  base(amount.base).equals(base(line.requested)) && base(amount.base).equals(openOf(line));

function quantityProblems(state: ReturnState, line: LineState, amount: Amount, at: string[]): UserError[] {
  const wanted = base(amount.base);
  const { received } = bucketsOf(state, line);
  const authorized = authorizedOf(line);
  const shown = (units: Fraction) => `${fromBase(units, line.unitFactor)} ${line.unit}`;
  if (wanted.lt(least(received, authorized)))
    return [refuse("QUANTITY_EXCEEDED", `${shown(received)} were received: it can't be below that.`, at)];
  const replaced = replacementUnits(standingReplacements(state), line.id);
  if (wanted.lt(replaced))
    return [refuse("QUANTITY_EXCEEDED", `${shown(replaced)} are being replaced: it can't be below that.`, at)];
  if (wanted.gt(authorized) && overParts(state, line).length > 0 && line.authorizedAt)
    return [
      refuse("CONFLICT", "More came than is authorized; whether it is let in is decided by its approval or task.", at),
    ];
  if (wanted.gt(0) && wanted.lt(line.serialNumbers.length))
    return [
      refuse(
        "INVALID_INPUT",
        `The line names ${line.serialNumbers.length} serial numbers; drop it and ask for those that come.`,
        at,
      ),
    ];
  return [];
}

/** What goods came for is judged by their reason. */
const reasonProblems = (state: ReturnState, line: LineState, reasonCode: string | null, at: string[]): UserError[] =>
  reasonCode && reasonCode !== line.reasonCode && bucketsOf(state, line).received.gt(0)
    ? [refuse("CONFLICT", "Goods of this line were received for its reason; it can't be changed any more.", at)]
    : [];

/** Where ERP and warehouse are told already, what is not granted yet may never be: then they would expect what was given up. */
function isNothingLeft(state: ReturnState, { changes, added }: Pick<Amendment, "changes" | "added">): boolean {
  if (added.length > 0 && !isBegun(state)) return false;
  return state.lines.every((line) => {
    const change = changes.find((one) => one.line === line);
    const isDropped = change?.quantity ? base(change.quantity.base).equals(0) : false;
    return isOver(line) || isDropped || (isBegun(state) && !line.authorizedAt);
  });
}

export type Judged = AmendedLine & { at: string[] };

/** The lines that policy has a say in: all but what is only less of a granted one. */
export const toJudge = ({ changes, added }: Amendment): Judged[] => [
  ...changesToJudge(changes),
  ...added.map(({ at, line }) => ({ at, line, base: base(line.requested), reasonCode: line.reasonCode })),
];

const changesToJudge = (changes: readonly LineChange[]): Judged[] =>
  changes
    .map(({ at, line, quantity, reasonCode }) => ({
      ...{ at, line },
      base: quantity ? base(quantity.base) : openOf(line),
      reasonCode: reasonCode ?? line.reasonCode,
    }))
    .filter(({ line, base: wanted, reasonCode }) => {
      if (wanted.equals(0)) return false;
      return !line.authorizedAt || wanted.gt(authorizedOf(line)) || reasonCode !== line.reasonCode;
    });

/** Voided is what was asked about these lines before; what policy says of them now comes with the amendment, where it is known. */
export function amendmentFacts(
  state: ReturnState,
  { changes, added, addressId, resolution, note }: Amendment,
  policy: { lines: EvaluatedLine[]; policyVersion: string },
): NewFact[] {
  const lines = changes.map(({ line, quantity, reasonCode }) => ({ lineId: line.id, quantity, reasonCode }));
  const more = {
    ...(added.length > 0 ? { added: added.map(({ asked }) => asked) } : {}),
    ...(addressId ? { addressId } : {}),
  };
  return [
    { kind: "return.amended", data: { lines, resolution, ...(note ? { note } : {}), ...more } },
    ...voidedByAmendment(
      state,
      lines.map(({ lineId }) => lineId),
    ),
    ...(policy.lines.length > 0
      ? [{ kind: "policy.evaluated" as const, data: { ...knownCustomer(state), ...policy } }]
      : []),
  ];
}

/** Known since the return was evaluated first. */
export const knownCustomer = ({ customerId, customerNumber, customerName, currency }: ReturnState) => ({
  customerId: customerId!,
  customerNumber: customerNumber!,
  customerName: customerName!,
  currency: currency!,
});
