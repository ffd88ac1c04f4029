import { businessDaysIn, dayAt } from "#shared/calendar.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import { formatMoney } from "#shared/money.ts";
import { creditedByOtherReturns, creditedThatDay } from "../credits.ts";
import { amountForThresholds, calculateCredits, type CalculatedCredit } from "../credit-calculation.ts";
import type { FactData, NewFact } from "../facts-vocabulary.ts";
import { effectKey, fullyInspected, receiptById, wasResolved } from "../goods.ts";
import type { CreditState, InspectionState, ReceiptState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Guard, Run } from "../step.ts";
import { damagedGoodsApproval } from "./decide-disposition.ts";

/** The gate (D-16): receipt, inspection and policy, each for the quantity; then what the credit is, and who has to approve it (D-23). */
export const calculateCredit: DecidingStep<undefined> = {
  kind: "decide",
  name: "calculate-credit",
  system: null,
  guard: (state, run) => {
    const receipt = receiptById(state, run.subject);
    if (!receipt) return { end: "there is no such receipt" };
    if (!fullyInspected(state, receipt)) return { end: "goods of this receipt are not inspected yet" };
    const damaged = inspectionsOfReceipt(state, receipt).map((inspection) =>
      damagedGoodsApproval(state, inspection, run.policies),
    );
    if (damaged.includes("WAITS")) return { end: "what is paid for damaged goods is not approved yet" };
    return damaged.includes("DECLINED") ? declinedGoods(state, receipt) : "go";
  },
  decide: async (state, _, run, tx) => {
    const others = await creditedByOtherReturns(tx, state);
    const { policies } = run;
    const calculated = calculateCredits(state, run.subject, {
      policyVersion: policies.version,
      creditedByOthers: (invoiceNumber, invoiceLine) =>
        others.filter((line) => line.invoiceNumber === invoiceNumber && line.invoiceLine === invoiceLine),
      feeFor: (line, { grade }) =>
        policies.chooseFee({ customerNumber: state.customerNumber!, reasonCode: line.reasonCode, grade }),
      repackingFor: ({ reasonCode }) => policies.chooseRepacking({ reasonCode, brokenCase: true }),
    });
    const facts: NewFact[] = [];
    for (const credit of calculated)
      facts.push(...(await decided(state, credit, { run, tx, version: state.version + facts.length + 1 })));
    const open = calculated.length === 0 && !creditInWork(state, run.subject);
    return { facts, then: open ? "end" : "on" };
  },
};

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

/** The credit of this receipt that this run works on: the first that is approved and not done yet, else the first that waits. */
export function creditInWork(state: ReturnState, receiptId: string): CreditState | undefined {
  const unfinished = state.credits.filter(
    (credit) =>
      credit.receiptId === receiptId &&
      credit.status !== "DECLINED" &&
      credit.status !== "REVERSED" &&
      !(credit.status === "POSTED" && credit.onAccount !== null),
  );
  return unfinished.find(({ status }) => status !== "CALCULATED" && status !== "PENDING_APPROVAL") ?? unfinished[0];
}

type Deciding = { run: Run; tx: Transaction; version: number };
async function decided(
  state: ReturnState,
  { invoiceNumber: _, ...credit }: CalculatedCredit,
  { run, tx, version }: Deciding,
): Promise<NewFact[]> {
  const sameDay = await creditedThatDay(tx, state, dayAt(state.companyId, run.now));
  const sameReturn = state.credits
    .filter(({ status }) => status !== "DECLINED" && status !== "REVERSED")
    .reduce((all, { net }) => all.add(net), new Fraction(credit.net));
  const amount = sameReturn.gt(sameDay.add(credit.net)) ? sameReturn : sameDay.add(credit.net);
  const approvals = run.policies
    .requiredApprovals({ kind: "HIGH_VALUE_CREDIT", net: amountForThresholds(state, amount) })
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
    currency: state.currency!,
    policyVersion: run.policies.version,
    approvals,
  };
  return [
    { kind: "credit.calculated", data },
    ...(approvals.length > 0
      ? asked(state, data, amount, run)
      : [{ kind: "credit.approved" as const, data: { creditId: data.creditId } }]),
  ];
}

const asked = (
  state: ReturnState,
  { creditId, decisionHash, approvals }: FactData["credit.calculated"],
  amount: Fraction,
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
      threshold,
      subject: { creditId },
      decisionHash,
      reasons: [
        {
          code: "HIGH_VALUE_CREDIT",
          message: `Credits of this return or of this customer's day come to ${formatMoney(amount)}; ${threshold} needs ${requiredRole}.`,
          ruleId,
        },
      ],
      expiresAt: businessDaysIn(state.companyId, now, 5),
    },
  }));
