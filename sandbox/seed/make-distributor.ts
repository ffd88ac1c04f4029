import { buildMemo } from "./build-memo.ts";
import { buildOrder, found, type Master } from "./build-order.ts";
import {
  ACCOUNTS,
  ITEM_CHARGES,
  makeCompanies,
  makeExchangeRates,
  makeLocations,
  REASON_CODES,
  SUPPLIERS,
  TAX_CODES,
  UNITS,
} from "./companies.ts";
import { makeCustomers } from "./customers.ts";
import { money, toCents } from "./decimals.ts";
import { makeGeneratedOrders, makeMemosByOthers } from "./generated-orders.ts";
import { CATEGORIES, makeItems } from "./items.ts";
import { makeCustomerLedger } from "./customer-ledger.ts";
import { makeItemLedger } from "./item-ledger.ts";
import { makeStock } from "./make-stock.ts";
import { createRandom } from "./random.ts";
import { makeStoryOrders, STORY_MEMOS } from "./story-orders.ts";
import { createTracker } from "./tracking.ts";
import type { CreditMemo, Customer, Day, Distributor, Order, Receivable } from "./types.ts";

const SEED = 20_261;

/**
 * The distributor of `seed-stories.md`: pure, and the same for the same day and scale on every machine. `scale` multiplies
 * customers and generated orders; stories stay as they are. Stock and receivables tie to the ledgers to the cent (D-35).
 */
export function makeDistributor({ today, scale = 1 }: { today: Day; scale?: number }): Distributor {
  const random = createRandom(SEED);
  const companies = makeCompanies(today);
  const items = makeItems(random);
  const customers = makeCustomers(random, scale);
  const master: Master = {
    today,
    companies: new Map(companies.map((company) => [company.code, company])),
    customers: new Map(customers.map((customer) => [customer.number, customer])),
    items: new Map(items.map((item) => [item.sku, item])),
    taxPercents: new Map(TAX_CODES.map((tax) => [`${tax.company}/${tax.code}`, tax.percent])),
    tracker: createTracker(today),
  };
  const generated = makeGeneratedOrders(random, scale, items, customers);
  const orders = [...makeStoryOrders(today), ...generated].map((plan) => buildOrder(master, plan));
  const ordersByNumber = new Map(orders.map((order) => [`${order.company}/${order.number}`, order]));
  const memoPlans = [...STORY_MEMOS, ...makeMemosByOthers(random, generated, items)];
  const creditMemos = memoPlans.map((plan, index) => buildMemo(today, ordersByNumber, plan, index));
  const stock = makeStock(today, random, items);
  return {
    today,
    companies,
    locations: makeLocations(companies),
    units: UNITS,
    taxCodes: TAX_CODES,
    exchangeRates: makeExchangeRates(today),
    categories: CATEGORIES,
    reasonCodes: REASON_CODES,
    accounts: ACCOUNTS,
    itemCharges: ITEM_CHARGES,
    suppliers: SUPPLIERS,
    items,
    customers,
    orders,
    creditMemos,
    itemLedger: makeItemLedger(master, orders, creditMemos, stock),
    customerLedger: makeCustomerLedger(master, orders, creditMemos),
    stock,
    receivables: makeReceivables(customers, orders, creditMemos),
  };
}

/** What is open on invoices, less what memos left on account: in the customer's currency, and in others where it was billed in them. */
function makeReceivables(customers: Customer[], orders: Order[], memos: CreditMemo[]): Receivable[] {
  const owed = new Map<string, number>();
  const add = (key: string, cents: number) => owed.set(key, (owed.get(key) ?? 0) + cents);
  for (const { customerNumber, currency, invoices } of orders)
    for (const invoice of invoices) add(`${customerNumber} ${currency}`, toCents(invoice.open));
  const currencies = new Map(customers.map(({ number, currency }) => [number, currency]));
  for (const { customerNumber, onAccount } of memos)
    add(`${customerNumber} ${currencies.get(customerNumber)}`, -toCents(onAccount));
  const companies = new Map(customers.map(({ number, company }) => [number, company]));
  for (const { number, currency } of customers) add(`${number} ${currency}`, 0);
  return [...owed].map(([key, cents]) => {
    const [customerNumber = "", currency = ""] = key.split(" ");
    return {
      company: found(companies.get(customerNumber), customerNumber),
      customerNumber,
      currency,
      balance: money(cents),
    };
  });
}
