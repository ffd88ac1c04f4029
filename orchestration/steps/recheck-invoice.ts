import type { ErpCredit, ErpCustomer } from "#adapters/erp/port.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import { creditedElsewhere } from "../eligibility.ts";
import { lineById } from "../goods.ts";
import { creditedByOtherReturns } from "../credits.ts";
import type { CreditState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Run, Task } from "../step.ts";
import { creditInWork } from "./calculate-credit.ts";
import { customerBlocked, waitsForGoods } from "./draft-memo.ts";

type Read = { customer: ErpCustomer | undefined; credits: ErpCredit[] };

/**
 * People credit in the ERP too: what they did to these invoice lines, and whether the customer is blocked, is read again just before drafting (W-13, D-06, D-14).
 * A block keeps the goods out of the ERP as well: while they wait for it with a task of their own, nobody is asked twice.
 */
export const recheckInvoice: DecidingStep<Read> = {
  kind: "decide",
  name: "recheck-invoice",
  system: "erp",
  guard: (state, run) => {
    const credit = creditInWork(state, run.subject);
    if (!credit) return { end: "there is nothing to credit" };
    if (credit.status === "POSTED") return { skip: "posted before" };
    return credit.status === "CALCULATED" || credit.status === "PENDING_APPROVAL"
      ? { end: "the credit waits for its approval" }
      : "go";
  },
  read: async (state, run) => {
    const erp = run.systems.erpOf(state.companyId);
    const numbers = [...new Set(creditInWork(state, run.subject)!.lines.map(({ invoiceNumber }) => invoiceNumber))];
    const [customers, credits] = await Promise.all([
      erp.findCustomers([state.customerNumber!], run.call),
      erp.findCreditsOf(numbers, run.call),
    ]);
    return { customer: customers.get(state.customerNumber!), credits: [...credits.values()].flat() };
  },
  decide: async (state, { customer, credits }, run, tx) => {
    const credit = creditInWork(state, run.subject)!;
    if (customer?.blocked === "ALL")
      return waitsForGoods(state, credit, run)
        ? { facts: [], then: "end" }
        : { facts: [], tasks: [customerBlocked(state, run)], then: "stop" };
    const over = await overCredited(state, credit, credits, run, tx);
    return over.length > 0 ? { facts: [], tasks: [elsewhere(state, over, credit)], then: "stop" } : { facts: [] };
  },
  onUnavailable: (state, run) => {
    const credit = creditInWork(state, run.subject)!;
    return credit.queuedSince
      ? []
      : [{ kind: "credit.queued", data: { creditId: credit.creditId, since: run.now.toISOString() } }];
  },
};

/** Invoice lines of which this credit would take more than is left, whoever took it. */
async function overCredited(
  state: ReturnState,
  credit: CreditState,
  credits: ErpCredit[],
  run: Run,
  tx: Transaction,
): Promise<string[]> {
  const others = await creditedByOtherReturns(tx, state);
  const own = state.credits
    .filter(({ status }) => status !== "DECLINED" && status !== "REVERSED")
    .flatMap(({ lines }) => lines);
  const over = credit.lines.filter(({ returnLineId, invoiceNumber, invoiceLine }) => {
    const { sku, invoicedUnit, invoicedUnitFactor, baseUnit, invoicedBase } = lineById(state, returnLineId)!.posted!;
    const ours = [...own, ...others].filter(
      (line) => line.invoiceNumber === invoiceNumber && line.invoiceLine === invoiceLine,
    );
    const unitFactors = { [invoicedUnit]: invoicedUnitFactor, [baseUnit]: "1" };
    const theirs = creditedElsewhere(credits, { invoiceNumber, sku, unitFactors, installation: run.installation });
    return sum(ours.map(({ quantity }) => new Fraction(quantity.base)))
      .add(theirs.base)
      .gt(invoicedBase);
  });
  return [...new Set(over.map(({ invoiceNumber, invoiceLine }) => `${invoiceNumber}/${invoiceLine}`))];
}

const elsewhere = (state: ReturnState, lines: string[], credit: CreditState): Task => ({
  code: "CREDITED_ELSEWHERE",
  summary: `Invoice line ${lines.join(", ")} was credited in the ERP by somebody else; the credit of ${state.rmaNumber} would be too much.`,
  amounts: `It is ${credit.total} ${credit.currency}.`,
});
