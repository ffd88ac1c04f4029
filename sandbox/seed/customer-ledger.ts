import { companyById } from "#shared/places.ts";
import type { Master } from "./build-order.ts";
import { addDays } from "./days.ts";
import { money, toCents } from "./decimals.ts";
import { numbered } from "./entry-numbers.ts";
import type { CreditMemo, CustomerLedgerEntry, Invoice, Order } from "./types.ts";

type CustomerEntry = Omit<CustomerLedgerEntry, "entryNumber">;

/** Invoices, what was paid of them, and people's memos; remaining amounts add up to what is open. */
export function makeCustomerLedger(master: Master, orders: Order[], memos: CreditMemo[]): CustomerLedgerEntry[] {
  const applied = new Map<string, number>();
  for (const memo of memos) {
    const key = `${memo.company}/${memo.invoiceNumber}`;
    applied.set(key, (applied.get(key) ?? 0) + toCents(memo.total) - toCents(memo.onAccount));
  }
  const invoices = orders.flatMap((order) =>
    order.invoices.flatMap((invoice) =>
      billed(master, order, invoice, applied.get(`${order.company}/${invoice.number}`) ?? 0),
    ),
  );
  return numbered([...invoices, ...memos.map((memo) => credited(memo, companyById(memo.company)!.currency))]);
}

function billed(master: Master, order: Order, invoice: Invoice, credits: number): CustomerEntry[] {
  const base = { company: order.company, customerNumber: order.customerNumber, currency: order.currency };
  const paid = toCents(invoice.total) - toCents(invoice.open) - credits;
  const entry: CustomerEntry = {
    ...base,
    postedOn: invoice.postedOn,
    documentType: "Invoice",
    documentNumber: invoice.number,
    amount: invoice.total,
    remaining: invoice.open,
    appliesTo: null,
  };
  if (paid === 0) return [entry];
  const postedOn = invoice.dueOn < master.today ? invoice.dueOn : addDays(master.today, -1);
  const payment: CustomerEntry = {
    ...base,
    postedOn,
    documentType: "Payment",
    documentNumber: invoice.number.replace("PSI", "PAY"),
    amount: money(-paid),
    remaining: "0.00",
    appliesTo: invoice.number,
  };
  return [entry, payment];
}

/** People's memos are all on orders in the company's own currency. */
const credited = (memo: CreditMemo, currency: string): CustomerEntry => ({
  company: memo.company,
  currency,
  customerNumber: memo.customerNumber,
  postedOn: memo.postedOn,
  documentType: "Credit Memo",
  documentNumber: memo.number,
  amount: `-${memo.total}`,
  remaining: money(-toCents(memo.onAccount)),
  appliesTo: memo.invoiceNumber,
});
