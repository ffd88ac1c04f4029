import type { CreditState, ReturnState } from "#orchestration/return-state.ts";
import { creditStatusOf } from "#orchestration/status.ts";
import type { Caller } from "#shared/caller.ts";
import { coded } from "#shared/errors.ts";
import { foreignIdOf } from "#shared/ids.ts";
import type { ResolverMap } from "../kit/context.ts";
import { notAvailable } from "../kit/errors.ts";
import { priced } from "../kit/prices.ts";
import { isCustomer, seesAnything } from "../kit/scope.ts";
import type { Context } from "./loaders.ts";
import type { CreditApplication, CreditFee, Freshness, Money } from "./types.generated.ts";

type Reference = { id: string };
type Memo = { state: ReturnState; credit: CreditState };
type Line = { line: CreditState["lines"][number]; currency: string };
const money = (amount: string, { currency }: { currency: string }): Money => ({ amount, currency });

export const resolvers: ResolverMap = {
  Query: {
    creditMemo: (_, reference: Reference, context: Context) => memoById(reference, context),
    reconciliation: notAvailable("reconciliation"),
  },
  Mutation: {
    openInvoiceDispute: notAvailable("openInvoiceDispute"),
    signOffReconciliation: notAvailable("signOffReconciliation"),
  },
  Return: {
    __resolveReference: (reference: Reference) => reference,
    credits: async ({ id }: Reference, _: unknown, { loaders, caller }: Context): Promise<Memo[] | null> => {
      if (!seesCredits(caller)) throw coded("FORBIDDEN");
      const state = await loaders.returnById.load(id);
      return state && state.credits.map((credit) => ({ state, credit }));
    },
  },
  CreditMemo: {
    __resolveReference: memoById,
    id: ({ credit }: Memo) => credit.creditId,
    number: ({ credit }: Memo) => credit.number,
    status: ({ state, credit }: Memo) => creditStatusOf(state, credit),
    net: priced(({ credit }: Memo) => money(credit.erp?.net ?? credit.net, credit)),
    tax: priced(({ credit }: Memo) => money(credit.erp?.tax ?? credit.tax, credit)),
    total: priced(({ credit }: Memo) => money(credit.erp?.total ?? credit.total, credit)),
    fees: priced(({ credit }: Memo): CreditFee[] =>
      credit.fees.map(({ kind, amount }) => ({ kind, amount: money(amount, credit) })),
    ),
    appliedTo: priced(({ credit }: Memo): CreditApplication[] =>
      credit.applications.map(({ invoiceNumber, amount }) => ({ invoiceNumber, amount: money(amount, credit) })),
    ),
    lines: ({ credit }: Memo): Line[] => credit.lines.map((line) => ({ line, currency: credit.currency })),
    approvedBy: ({ credit }: Memo) => credit.approvedBy,
    postedAt: ({ credit }: Memo) => credit.postedAt,
    transactionKey: ({ credit }: Memo) => credit.transactionKey,
    erpReference: ({ state, credit }: Memo) =>
      credit.number && foreignIdOf("erp.creditMemo", state.companyId, credit.number),
    freshness,
  },
  CreditLine: {
    returnLineId: ({ line }: Line) => line.returnLineId,
    receiptLineId: ({ line }: Line) => line.receiptLineId,
    invoiceNumber: ({ line }: Line) => line.invoiceNumber,
    quantity: ({ line }: Line) => line.quantity,
    percent: ({ line }: Line) => line.percent,
    net: priced(({ line, currency }: Line) => money(line.net, { currency })),
  },
  Invoice: { __resolveReference: (reference: Reference) => reference, dispute: notAvailable("dispute") },
};

/** Of partners, customers and marketplaces: what they get back (D-40). */
const seesCredits = (caller: Caller): boolean => seesAnything(caller) || isCustomer(caller);

async function memoById({ id }: Reference, { loaders, caller }: Context): Promise<Memo | null> {
  if (!seesCredits(caller)) return null;
  const returnId = await loaders.returnIdByCredit.load(id);
  const state = returnId && (await loaders.returnById.load(returnId));
  const credit = state && state.credits.find(({ creditId }) => creditId === id);
  return state && credit ? { state, credit } : null;
}

/** Of what is posted: read from the ERP, which owns it (D-27). */
async function freshness({ state, credit }: Memo, _: unknown, { loaders }: Context): Promise<Freshness | null> {
  if (credit.status !== "POSTED") return null;
  const memo = await loaders.memoByKey.load(`${state.companyId}/${credit.transactionKey}`);
  return memo?.freshness ?? null;
}
