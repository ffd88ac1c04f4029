import type { KeyedDocument } from "#adapters/port.ts";
import { Fraction } from "#shared/decimal.ts";
import { subtractMoney } from "#shared/money.ts";
import type { CreditState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Task } from "../step.ts";
import { creditInWork, doneElsewhere } from "./calculate-credit.ts";
import { memoRequest } from "./draft-memo.ts";

type Read = { draft: KeyedDocument | null };

/** D-21: how far the ERP's tax may be from ours, in the memo's currency. */
const perLine = new Fraction("0.01");
const perDocument = new Fraction("0.05");

/** Reads the draft as it is now and compares (D-07, D-21): the net to the cent, the tax within its tolerance; the ERP's tax then rules. */
export const compareTotals: DecidingStep<Read> = {
  kind: "decide",
  name: "compare-totals",
  system: "erp",
  guard: (state, run) => {
    const credit = creditInWork(state, run.subject);
    if (credit?.status === "POSTED") return { skip: "posted before" };
    return credit?.draftId ? "go" : doneElsewhere;
  },
  read: async (state, run) => {
    const credit = creditInWork(state, run.subject)!;
    return {
      draft: await run.systems
        .erpOf(state.companyId)
        .creditMemo.read(credit.draftId!, memoRequest(state, credit), run.call),
    };
  },
  decide: (state, { draft }, run) => {
    const difference = draft?.status === "DRAFT" ? differs(state, creditInWork(state, run.subject)!, draft) : null;
    return difference ? { facts: [], tasks: [difference], then: "stop" } : { facts: [] };
  },
};

function differs(state: ReturnState, credit: CreditState, { number, totals }: KeyedDocument): Task | null {
  const expected = { net: subtractMoney(credit.net, credit.feeTotal), tax: credit.tax };
  if (!totals || totals.net !== expected.net)
    return {
      code: "TOTAL_DIFFERENCE",
      summary: `Draft ${number} of ${state.rmaNumber} comes to ${totals?.net ?? "nothing"} net; the credit is ${expected.net} ${credit.currency}.`,
    };
  const off = new Fraction(totals.tax).sub(expected.tax).abs();
  const allowed = perLine.mul(credit.lines.length).lt(perDocument) ? perLine.mul(credit.lines.length) : perDocument;
  if (off.lte(allowed)) return null;
  return {
    code: "TAX_DIFFERENCE",
    summary: `Draft ${number} of ${state.rmaNumber} carries ${totals.tax} tax; by its invoice it is ${expected.tax} ${credit.currency}.`,
  };
}
