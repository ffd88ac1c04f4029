import type { ErpCredit } from "#adapters/erp/port.ts";
import type { KeyedDocument } from "#adapters/port.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import { formatMoney, subtractMoney } from "#shared/money.ts";
import { lineById, wasResolved } from "../goods.ts";
import type { CreditState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Task } from "../step.ts";
import { creditInWork, doneElsewhere } from "./calculate-credit.ts";
import { memoRequest } from "./draft-memo.ts";

type Read = {
  draft: KeyedDocument | null;
  /** Of the same invoice, whoever made them. */
  credits: ErpCredit[];
};

/** D-21: how far the ERP's tax may be from ours, in the memo's currency. */
const perLine = new Fraction("0.01");
const perDocument = new Fraction("0.05");

/**
 * Reads the draft as it is now and compares (D-07, D-21): the net to the cent, the tax within its tolerance, and never more tax than was invoiced; the ERP's tax
 * then rules. A tax that finance has looked after stands as it is; another net is another decision (W-08).
 */
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
    const erp = run.systems.erpOf(state.companyId);
    const credit = creditInWork(state, run.subject)!;
    const { invoiceNumber } = credit.lines[0]!;
    const [draft, credits] = await Promise.all([
      erp.creditMemo.read(credit.draftId!, memoRequest(state, credit, run), run.call),
      erp.findCreditsOf([invoiceNumber], run.call),
    ]);
    return { draft, credits: credits.get(invoiceNumber) ?? [] };
  },
  decide: (state, { draft, ...others }, run) => {
    const credit = creditInWork(state, run.subject)!;
    const difference = draft?.status === "DRAFT" ? differs(state, credit, { draft, ...others }) : null;
    const accepted = difference?.code === "TAX_DIFFERENCE" && wasResolved(state, difference);
    return difference && !accepted ? { facts: [], tasks: [difference], then: "stop" } : { facts: [] };
  },
};

type Compared = Read & { draft: KeyedDocument };

function differs(state: ReturnState, credit: CreditState, compared: Compared): Task | null {
  const { number, totals } = compared.draft;
  const expected = { net: subtractMoney(credit.net, credit.feeTotal), tax: credit.tax };
  if (!totals || totals.net !== expected.net)
    return {
      code: "TOTAL_DIFFERENCE",
      summary: `Draft ${number} of ${state.rmaNumber} comes to another net than the credit.`,
      amounts: `It is ${totals?.net ?? "nothing"} net; the credit is ${expected.net} ${credit.currency}.`,
    };
  const off = new Fraction(totals.tax).sub(expected.tax).abs();
  const allowed = perLine.mul(credit.lines.length).lt(perDocument) ? perLine.mul(credit.lines.length) : perDocument;
  if (off.lte(allowed)) return aboveInvoice(state, credit, compared);
  return {
    code: "TAX_DIFFERENCE",
    summary: `Draft ${number} of ${state.rmaNumber} carries another tax than by its invoice.`,
    amounts: `It is ${totals.tax} tax; by its invoice it is ${expected.tax} ${credit.currency}.`,
  };
}

/** Each memo's rounding may be within its tolerance and their sum still more than was ever invoiced (vocabulary section 8). */
function aboveInvoice(state: ReturnState, credit: CreditState, { draft, credits }: Compared): Task | null {
  const { invoiceNumber, invoiceTax } = lineById(state, credit.lines[0]!.returnLineId)!.posted!;
  if (invoiceTax === undefined) return null;
  const before = credits.filter(
    ({ status, transactionKey }) => status === "POSTED" && transactionKey !== credit.transactionKey,
  );
  const all = sum([...before.map(({ tax }) => tax), draft.totals!.tax].map((tax) => new Fraction(tax)));
  if (all.lte(invoiceTax)) return null;
  return {
    code: "TAX_DIFFERENCE",
    summary: `With draft ${draft.number} of ${state.rmaNumber} more tax would be credited of ${invoiceNumber} than it carries.`,
    amounts: `${formatMoney(all)} tax would be credited of ${invoiceNumber}, which carries ${invoiceTax} ${credit.currency}.`,
  };
}
