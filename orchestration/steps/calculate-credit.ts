import { businessDaysIn, dayAt } from "#shared/calendar.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction, most, sum } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import { formatMoney } from "#shared/money.ts";
import { creditedByOtherReturns, creditedThatDay } from "../credits.ts";
import { calculateCredits, isCreditable, type CalculatedCredit } from "../credit-calculation.ts";
import { BEYOND, currencyOfCompany, isForeign, netInCompanyCurrency, readExchangeRate } from "../exchange-rates.ts";
import type { ExchangeRate, FactData, NewFact } from "../facts-vocabulary.ts";
import { effectKey, fullyInspected, receiptById, wasResolved } from "../goods.ts";
import { creditedUnits, receivedShares } from "../quantities.ts";
import type { CreditState, InspectionState, ReceiptState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Guard, Run } from "../step.ts";
import { damagedGoodsApproval } from "./decide-disposition.ts";

/** The gate (D-16): receipt, inspection and policy, each for the quantity; then what the credit is, and who has to approve it (D-23). */
export const calculateCredit: DecidingStep<ExchangeRate | null | undefined> = {
  kind: "decide",
  name: "calculate-credit",
  system: "erp",
  guard: (state, run) => {
    const receipt = receiptById(state, run.subject);
    if (!receipt) return { end: "there is no such receipt" };
    if (!fullyInspected(state, receipt))
      return isInspected(state, creditInWork(state, run.subject))
        ? { skip: "what was decided is inspected; more counts since" }
        : { end: "goods of this receipt are not inspected yet" };
    const damaged = inspectionsOfReceipt(state, receipt).map((inspection) =>
      damagedGoodsApproval(state, inspection, run.policies),
    );
    if (damaged.includes("WAITS")) return { end: "what is paid for damaged goods is not approved yet" };
    if (!damaged.includes("DECLINED")) return "go";
    const inStock = run.systems.erpOf(state.companyId).stockBeforeCredit;
    return inStock
      ? declinedGoods(state, receipt)
      : { end: "nothing is paid for these goods, and no memo brings them in" };
  },
  mustRead: (state, { subject }) => isForeign(state) && isCreditable(state, subject),
  read: readExchangeRate,
  decide: async (state, exchangeRate, run, tx) => {
    const others = await creditedByOtherReturns(tx, state);
    const { policies } = run;
    const calculated = calculateCredits(state, run.subject, {
      policyVersion: policies.version,
      fromStockIn: run.systems.erpOf(state.companyId).stockBeforeCredit,
      creditedByOthers: (invoiceNumber, invoiceLine) =>
        others.filter((line) => line.invoiceNumber === invoiceNumber && line.invoiceLine === invoiceLine),
      feeFor: (line, { grade }) =>
        policies.chooseFee({ customerNumber: state.customerNumber!, reasonCode: line.reasonCode, grade }),
      repackingFor: ({ reasonCode }) => policies.chooseRepacking({ reasonCode, brokenCase: true }),
    });
    const rate = exchangeRate ? { exchangeRate } : {};
    const facts: NewFact[] = [];
    const credits: DecidedCredit[] = [];
    for (const { invoiceNumber: _, ...credit } of calculated) {
      const own = { ...credit, currency: state.currency!, ...rate };
      const before = [...liveCredits(state), ...credits];
      facts.push(...(await decided(state, own, { run, tx, before, version: state.version + facts.length + 1 })));
      credits.push(own);
    }
    const open = calculated.length === 0 && !creditInWork(state, run.subject);
    return { facts, then: open ? "end" : "on" };
  },
};

/** A decided credit goes on while units that were let in after it wait for their inspection. */
const isInspected = (state: ReturnState, credit: CreditState | undefined): boolean =>
  credit !== undefined &&
  state.lines
    .flatMap((line) => receivedShares(state, line))
    .filter(({ receiptLine }) => credit.lines.some(({ receiptLineId }) => receiptLineId === receiptLine.receiptLineId))
    .every(({ receiptLine: { receiptLineId }, inspected }) =>
      inspected.gte(creditedUnits(liveCredits(state), { receiptLineId })),
    );

const inspectionsOfReceipt = (state: ReturnState, { lines }: ReceiptState): InspectionState[] =>
  state.inspections.filter(
    ({ superseded, receiptLineId }) => !superseded && lines.some((line) => line.receiptLineId === receiptLineId),
  );

/** Goods are in stock and nothing is paid for them: finance says what becomes of that, once. */
function declinedGoods(state: ReturnState, { id, warehouseReceiptNumber }: ReceiptState): Guard {
  const task = {
    code: "STOCK_WITHOUT_CREDIT" as const,
    summary: `What would be paid for the damaged goods of receipt ${warehouseReceiptNumber} of ${state.rmaNumber} was declined; they are in stock without a credit.`,
    cause: `damaged-goods-declined:${id}`,
  };
  return wasResolved(state, task) ? { end: "nothing is paid for these goods" } : { task };
}

/** The credit of this receipt that is worked on: one that was begun, until it is applied, else the first that is approved, else the first that waits. */
export function creditInWork(state: ReturnState, receiptId: string): CreditState | undefined {
  const unfinished = liveCredits(state).filter(
    (credit) => credit.receiptId === receiptId && !(credit.status === "POSTED" && credit.onAccount !== null),
  );
  return (
    unfinished.find(({ status }) => status === "POSTED") ??
    unfinished.find(({ draftId }) => draftId) ??
    unfinished.find(({ status }) => status !== "CALCULATED" && status !== "PENDING_APPROVAL") ??
    unfinished[0]
  );
}

/** What an effect C is about, whichever credit is in work by now. */
export const creditOfKey = (state: ReturnState, key: string): CreditState =>
  state.credits.find(({ transactionKey }) => transactionKey === key)!;

/** The guard of steps on a draft or a memo: another run has done it meanwhile; what is in work now has a run of its own. */
export const doneElsewhere: Guard = { end: "the credit of this run is done; the next one has its own" };

type DecidedCredit = Omit<CalculatedCredit, "invoiceNumber"> & { currency: string; exchangeRate?: ExchangeRate };
/** `before`: the return's other live credits, those of this very decision too. */
type Deciding = { run: Run; tx: Transaction; before: readonly (CreditState | DecidedCredit)[]; version: number };

async function decided(
  state: ReturnState,
  credit: DecidedCredit,
  { run, tx, before, version }: Deciding,
): Promise<NewFact[]> {
  const worth = await worthOf(state, credit, { run, tx, before });
  const approvals = run.policies
    .requiredApprovals({ kind: "HIGH_VALUE_CREDIT", net: worth.compared })
    .map(({ tier, requiredRole, threshold, ruleId }) => ({
      tier,
      requiredRole,
      threshold: threshold ?? "0.00",
      ruleId: ruleId ?? "",
    }));
  const data: FactData["credit.calculated"] = {
    creditId: newId("crd"),
    receiptId: run.subject,
    transactionKey: effectKey(state, run, "C", version),
    ...credit,
    policyVersion: run.policies.version,
    approvals,
  };
  return [
    { kind: "credit.calculated", data },
    ...(approvals.length > 0
      ? asked(state, data, worth, run)
      : [{ kind: "credit.approved" as const, data: { creditId: data.creditId } }]),
  ];
}

/** What thresholds are compared with, and what the people who are asked see of it; `amounts` are told who sees prices. */
type Worth = { compared: Fraction; amount: Fraction; currency: string; said: string; amounts: string };

/** The larger of the return's credits and of the customer's day, in the company's currency (D-22, D-23). */
async function worthOf(
  state: ReturnState,
  credit: DecidedCredit,
  { run, tx, before }: Omit<Deciding, "version">,
): Promise<Worth> {
  const { companyId } = state;
  const undecided = before.filter((one) => !("creditId" in one));
  const others = await creditedThatDay(tx, state, dayAt(companyId, run.now));
  const now = netInCompanyCurrency(companyId, [...undecided, credit]);
  const sameReturn = netInCompanyCurrency(companyId, [...before, credit]);
  const currency = currencyOfCompany(companyId);
  if (others && now && sameReturn) {
    const amount = most(sameReturn, others.add(now));
    const said = "Credits of this return or of this customer's day are high";
    return { compared: amount, amount, currency, said, amounts: `They come to ${formatMoney(amount)} ${currency}; ` };
  }
  const said = "No exchange rate is known for a credit of this return or of this customer's day";
  if (sameReturn) return { compared: BEYOND, amount: sameReturn, currency, said, amounts: "" };
  const amount = sum([...before, credit].map(({ net }) => new Fraction(net)));
  return { compared: BEYOND, amount, currency: credit.currency, said, amounts: "" };
}

const liveCredits = ({ credits }: ReturnState): CreditState[] =>
  credits.filter(({ status }) => status !== "DECLINED" && status !== "REVERSED");

const asked = (
  state: ReturnState,
  { creditId, decisionHash, approvals }: FactData["credit.calculated"],
  { amount, currency, said, amounts }: Worth,
  { now }: Run,
): NewFact[] =>
  approvals.map(({ tier, requiredRole, threshold, ruleId }) => ({
    kind: "approval.requested",
    data: {
      approvalId: newId("apr"),
      kind: "HIGH_VALUE_CREDIT",
      tier,
      requiredRole,
      amount: formatMoney(amount),
      currency,
      threshold,
      subject: { creditId },
      decisionHash,
      reasons: [
        {
          code: "HIGH_VALUE_CREDIT",
          message: `${said}: ${requiredRole} is asked.`,
          amounts: `${amounts}${threshold} needs ${requiredRole}.`,
          ruleId,
        },
      ],
      expiresAt: businessDaysIn(state.companyId, now, 5),
    },
  }));
