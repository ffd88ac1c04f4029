import { Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { hashOf } from "#shared/hash.ts";
import { formatMoney, toCent } from "#shared/money.ts";
import { beyondAuthorization } from "./beyond-authorization.ts";
import type { CreditFee, CreditLine, PostedFacts } from "./facts-vocabulary.ts";
import { correctedBase, exactAmount, receiptById, stockBatches } from "./goods.ts";
import {
  authorizedOf,
  creditedUnits,
  receivedShares,
  replacedShares,
  settledWithMoney,
  type ReceivedShare,
} from "./quantities.ts";
import type { CreditState, InspectionState, LineState, ReturnState } from "./return-state.ts";

/** What one memo is to say, before anybody approved it: the data of credit.calculated but for ids, key and approvals. */
export type CalculatedCredit = {
  invoiceNumber: string;
  lines: CreditLine[];
  fees: CreditFee[];
  net: string;
  feeTotal: string;
  tax: string;
  total: string;
  decisionHash: string;
  stockInVersion?: number;
};

export type CreditRules = {
  policyVersion: string;
  /** Credit lines of our other returns on an invoice line. */
  creditedByOthers(invoiceNumber: string, invoiceLine: number): readonly CreditLine[];
  /** The restocking fee for units of this grade, as percent of their net. */
  feeFor(line: LineState, inspection: InspectionState): { percent: string; ruleId: string };
  /** Whether a memo is made from a stock-in (D-02): what came in by another document then has a credit of its own. */
  fromStockIn?: boolean;
  /** What breaking a case costs, once per line; "0.00" for nothing (D-18). */
  repackingFor?(line: LineState): { amount: string; ruleId: string };
};

type Share = {
  line: LineState;
  posted: PostedFacts;
  receiptLineId: string;
  inspection: InspectionState;
  base: Fraction;
  /** Version of the fact that decides the stock-in of these units, where memos are made from that. */
  stockInVersion: number | null;
};

/**
 * The credits of an inspected receipt (D-19): one for each invoice its goods were billed on and each stock-in that brought them. Every amount is the rounded cumulative one less what was credited
 * before (D-20), net, tax (D-21) and fee alike, so that the last credit closes to the cent.
 */
export function calculateCredits(state: ReturnState, receiptId: string, rules: CreditRules): CalculatedCredit[] {
  const shares = creditableShares(state, receiptId, rules);
  const byMemo = Map.groupBy(shares, ({ posted, stockInVersion }) => `${posted.invoiceNumber} ${stockInVersion}`);
  const credits: CalculatedCredit[] = [];
  for (const ofMemo of byMemo.values()) credits.push(creditOf(withCredits(state, credits), ofMemo, rules));
  return credits;
}

/** Whether anything of the receipt is still to be credited. */
export const isCreditable = (state: ReturnState, receiptId: string): boolean =>
  creditableShares(state, receiptId).length > 0;

/** The return with credits of the same calculation: each closes to the cent on those before it. */
const withCredits = (state: ReturnState, credits: CalculatedCredit[]): ReturnState => ({
  ...state,
  credits: [
    ...state.credits,
    ...credits.map((credit) => ({ ...credit, status: "CALCULATED" }) as unknown as CreditState),
  ],
});

/** Accepted units of the receipt that no live credit covers, inspection by inspection. */
function creditableShares(
  state: ReturnState,
  receiptId: string,
  { fromStockIn }: Pick<CreditRules, "fromStockIn"> = {},
): Share[] {
  const ids = new Set(receiptById(state, receiptId)?.lines.map(({ receiptLineId }) => receiptLineId));
  return state.lines.filter(settledWithMoney).flatMap((line) => {
    const all = receivedShares(state, line);
    const own = all.filter(({ receiptLine }) => ids.has(receiptLine.receiptLineId));
    const open = unlessReplaced(state, line, all);
    const due = sum([...open.values()].flat().map(({ base }) => base));
    // Where the memo is made from a stock-in, that bounds what is credited.
    let left = fromStockIn === false ? due.sub(beyondAccepted(state, all)) : due;
    return own.flatMap((share) => {
      const cut = upTo(left, open.get(share)!);
      left = left.sub(sum(cut.map(({ base }) => base)));
      return fromStockIn ? byStockIn(state, line, share, cut) : cut;
    });
  });
}

/** What of each share no credit covers and no replacement goes out for; those of a declined credit are replaced before others. */
function unlessReplaced(state: ReturnState, line: LineState, all: ReceivedShare[]): Map<ReceivedShare, Share[]> {
  const replaced = replacedShares(state, line, all);
  return new Map(
    all.map((share) => {
      const { receiptLineId } = share.receiptLine;
      const open = uncovered(state, line, share);
      const out = replaced.get(receiptLineId)!.replaced;
      if (out.lte(0)) return [share, open];
      const keep = share.accepted.sub(creditedUnits(liveCredits(state), { receiptLineId })).sub(out);
      return [share, after(sum(open.map(({ base }) => base)).sub(keep), open)];
    }),
  );
}

/** These shares without so many of their first units. */
function after(units: Fraction, shares: Share[]): Share[] {
  let rest = most(zero, units);
  return shares.flatMap((share) => {
    const without = least(share.base, rest);
    rest = rest.sub(without);
    const base = share.base.sub(without);
    return base.gt(0) ? [{ ...share, base }] : [];
  });
}

/** Units of a line that were credited of goods which a correction took back, or put behind those of another receipt: its other goods are paid with them (D-15). */
const beyondAccepted = (state: ReturnState, shares: ReceivedShare[]): Fraction =>
  sum(
    shares.map(({ receiptLine: { receiptLineId }, accepted }) =>
      most(zero, creditedUnits(liveCredits(state), { receiptLineId }).sub(accepted)),
    ),
  );

/** The first of these shares, so many units of them. */
function upTo(left: Fraction, shares: Share[]): Share[] {
  let rest = most(zero, left);
  return shares.flatMap((share) => {
    const base = least(share.base, rest);
    rest = rest.sub(base);
    return base.gt(0) ? [{ ...share, base }] : [];
  });
}

/** Shares of a receipt line over the stock-ins that bring it, each taking what no credit was made from yet; what a correction (J) brought in is asked of the first, and what has no document yet waits for its own. So do units that the return order of a stock-in to come has no room for: they are about to get another (D-10). */
function byStockIn(state: ReturnState, line: LineState, { receiptLine }: ReceivedShare, shares: Share[]): Share[] {
  const { receiptLineId } = receiptLine;
  const decided = standingDecisions(state, receiptLineId);
  const free = stockBatches(state, receiptLine).map(({ version, base, addition, posted }) => {
    const own = decided.filter(({ stockInVersion }) =>
      addition ? stockInVersion === version : (stockInVersion ?? version) === version,
    );
    const moving = addition || posted ? zero : beyondAuthorization(state, line, receiptLine);
    return { version, left: base.sub(moving).sub(creditedUnits(own, { receiptLineId })) };
  });
  let corrected = most(zero, correctedBase(state, receiptLineId));
  return shares.flatMap((share) => {
    let rest = share.base;
    const taken = free.map((batch) => {
      const base = most(zero, least(rest, batch.left));
      rest = rest.sub(base);
      batch.left = batch.left.sub(base);
      return { ...share, base, stockInVersion: batch.version };
    });
    taken[0]!.base = taken[0]!.base.add(least(rest, corrected));
    corrected = most(zero, corrected.sub(rest));
    return taken.filter(({ base }) => base.gt(0));
  });
}

/** Units that became acceptable after a memo of the same receipt line (an over-receipt approved later) are credited on their own. */
function uncovered(state: ReturnState, line: LineState, { receiptLine, inspections }: ReceivedShare): Share[] {
  const { receiptLineId } = receiptLine;
  let covered = creditedUnits(standingDecisions(state, receiptLineId), { receiptLineId });
  const accepted = inspections.filter((share) => share.accepted);
  return accepted.flatMap(({ inspection, quantity }) => {
    const before = least(covered, quantity);
    covered = covered.sub(before);
    const base = quantity.sub(before);
    return base.gt(0) ? [{ line, posted: line.posted!, receiptLineId, inspection, base, stockInVersion: null }] : [];
  });
}

/** A declined credit stands too, until its goods are inspected again: nobody is asked twice about the same result. */
const standingDecisions = (state: ReturnState, receiptLineId: string): CreditState[] =>
  state.credits.filter(({ status, version }) => {
    const again = state.inspections.some((later) => later.receiptLineId === receiptLineId && later.version > version);
    return status !== "REVERSED" && !(status === "DECLINED" && again);
  });

function creditOf(state: ReturnState, shares: Share[], rules: CreditRules): CalculatedCredit {
  const { posted, stockInVersion } = shares[0]!;
  const lines: CreditLine[] = [];
  for (const share of shares) lines.push(lineOf(state, share, lines, rules));
  const fees = [...new Set(shares.map(({ line }) => line))].flatMap((line) => feeOf(state, line, lines, shares, rules));
  const net = total(lines.map((line) => line.net));
  const tax = total(lines.map((line) => line.tax));
  const feeTotal = total(fees.map(({ amount }) => amount));
  const amounts = {
    net: formatMoney(net),
    feeTotal: formatMoney(feeTotal),
    tax: formatMoney(tax),
    total: formatMoney(net.sub(feeTotal).add(tax)),
  };
  return {
    invoiceNumber: posted.invoiceNumber,
    lines,
    fees,
    ...amounts,
    decisionHash: hashOf({ lines, fees, ...amounts, stockInVersion, policyVersion: rules.policyVersion }),
    ...(stockInVersion === null ? {} : { stockInVersion }),
  };
}

const total = (amounts: string[]): Fraction => sum(amounts.map((amount) => new Fraction(amount)));

function lineOf(state: ReturnState, share: Share, sofar: CreditLine[], rules: CreditRules): CreditLine {
  const { line, posted, receiptLineId, inspection, base } = share;
  const before = creditedBefore(state, posted, sofar, rules);
  const value = (units: Fraction, percent: string) =>
    new Fraction(posted.lineNet).mul(units).div(posted.invoicedBase).mul(percent).div(100);
  const exact = sum(before.lines.map((one) => value(new Fraction(one.quantity.base), one.percent))).add(
    theirsExactly(posted),
  );
  const net = toCent(exact.add(value(base, inspection.percent))).sub(before.net);
  const tax = toCent(before.net.add(net).mul(posted.taxRate).div(100)).sub(before.tax);
  return {
    returnLineId: line.id,
    receiptLineId,
    invoiceNumber: posted.invoiceNumber,
    invoiceLine: posted.invoiceLine,
    quantity: exactAmount(line, base),
    percent: inspection.percent,
    net: formatMoney(net),
    tax: formatMoney(tax),
    taxCode: posted.taxCode,
    feePercent: rules.feeFor(line, inspection).percent,
  };
}

/** Everything credited of the invoice line before: by this return, by our other returns, and by people in the ERP. */
function creditedBefore(
  state: ReturnState,
  posted: PostedFacts,
  sofar: CreditLine[],
  rules: CreditRules,
): { lines: CreditLine[]; net: Fraction; tax: Fraction } {
  const own = [...liveCredits(state).flatMap(({ lines }) => lines), ...sofar].filter(
    ({ invoiceNumber, invoiceLine }) => invoiceNumber === posted.invoiceNumber && invoiceLine === posted.invoiceLine,
  );
  const lines = [...own, ...rules.creditedByOthers(posted.invoiceNumber, posted.invoiceLine)];
  return {
    lines,
    net: total(lines.map(({ net }) => net)).add(posted.creditedElsewhere.net),
    tax: total(lines.map(({ tax }) => tax)).add(posted.creditedElsewhere.tax),
  };
}

const liveCredits = (state: ReturnState): CreditState[] =>
  state.credits.filter(({ status }) => status !== "DECLINED" && status !== "REVERSED");

/** A memo by a person: the exact value of its units where it is that but for rounding, else what it says. */
function theirsExactly({ creditedElsewhere: { base, net }, lineNet, invoicedBase }: PostedFacts): Fraction {
  const exact = new Fraction(lineNet).mul(base).div(invoicedBase);
  return exact.sub(net).abs().lte("0.01") ? exact : new Fraction(net);
}

function feeOf(
  state: ReturnState,
  line: LineState,
  lines: CreditLine[],
  shares: Share[],
  rules: CreditRules,
): CreditFee[] {
  return [...restocking(state, line, lines, shares, rules), ...repacking(state, line, rules)];
}

const feesBefore = (state: ReturnState, line: LineState, kind: CreditFee["kind"]): CreditFee[] =>
  liveCredits(state)
    .flatMap(({ fees }) => fees)
    .filter((fee) => fee.returnLineId === line.id && fee.kind === kind);

function restocking(
  state: ReturnState,
  line: LineState,
  lines: CreditLine[],
  shares: Share[],
  rules: CreditRules,
): CreditFee[] {
  const charged = [...liveCredits(state).flatMap((credit) => credit.lines), ...lines].filter(
    ({ returnLineId }) => returnLineId === line.id,
  );
  const before = feesBefore(state, line, "RESTOCKING");
  const exact = charged.reduce((all, { net, feePercent }) => all.add(new Fraction(net).mul(feePercent).div(100)), zero);
  const amount = toCent(exact).sub(total(before.map((fee) => fee.amount)));
  if (amount.equals(0)) return [];
  const ofLine = shares.filter((share) => share.line === line).map(({ inspection }) => rules.feeFor(line, inspection));
  // A fee of nothing now can still move the sum by a cent, when a memo between was reversed.
  const { ruleId } = ofLine.find(({ percent }) => percent !== "0") ?? before[0]!;
  return [{ kind: "RESTOCKING", amount: formatMoney(amount), returnLineId: line.id, ruleId }];
}

function repacking(state: ReturnState, line: LineState, rules: CreditRules): CreditFee[] {
  const { invoicedUnitFactor } = line.posted!;
  const broken = new Fraction(invoicedUnitFactor).gt(1) && !authorizedOf(line).divisible(invoicedUnitFactor);
  if (!broken || !rules.repackingFor || feesBefore(state, line, "REPACKING").length > 0) return [];
  const { amount, ruleId } = rules.repackingFor(line);
  return new Fraction(amount).equals(0) ? [] : [{ kind: "REPACKING", amount, returnLineId: line.id, ruleId }];
}
