import { type Books, newId } from "./books.ts";
import { salesCreditMemos } from "./credit-memo.ts";
import { exact, money, negate } from "./decimals.ts";
import { knownSet } from "./entity-sets.ts";
import { fromWire } from "./fields.ts";
import { apply, bookReceivable } from "./ledgers.ts";
import { type ItemJournal, postItemJournal } from "./item-journal.ts";
import { postCreditMemo } from "./post-credit-memo.ts";
import { findInvoice, findInvoiceLine, text } from "./references.ts";
import { pickFromShelf } from "./pick-tracking.ts";
import { shipAndInvoice } from "./ship-order.ts";
import type { Settings } from "./settings.ts";
import type { Subscriptions } from "./subscriptions.ts";
import type { Tokens } from "./token.ts";

type MemoByHand = {
  company: string;
  invoiceNumber: string;
  lines?: { sequence: number; quantity: number }[];
  /** An amount without goods, to a G/L account. */
  account?: { number: string; amount: string };
  externalDocumentNumber?: string;
  locationCode?: string;
};

export type Controls = ReturnType<typeof createControls>;

/** What people and time do in the ERP while nobody calls. */
export function createControls({
  companies,
  booksOf,
  settings,
  tokens,
  subscriptions,
}: {
  companies: readonly string[];
  booksOf: (company: string) => Books;
  settings: Settings;
  tokens: Tokens;
  subscriptions: Subscriptions;
}) {
  return {
    /** Changes settings of the installation, such as `draftIdSurvives` or `notifyAfterMs`. */
    settings: (changes: Partial<Settings>) => void Object.assign(settings, changes),
    /** Somebody edits a record: `{ company, set, number, fields }`, the number being the number, code or id. */
    change({
      company,
      set,
      number,
      fields,
    }: {
      company: string;
      set: string;
      number: string;
      fields: Record<string, unknown>;
    }) {
      const books = booksOf(company);
      const row = books
        .table(set)
        .all()
        .find((each) => [each["number"], each["code"], each.id].includes(number));
      if (!row) throw new Error(`${company} has no ${set} ${number}`);
      const known = knownSet(set).fields;
      const changes = Object.entries(fields).map(([name, value]) => {
        const field = known.find((each) => each.name === name);
        if (!field) throw new Error(`${set} has no field ${name}`);
        return [name, fromWire({ ...field, readOnly: false }, value)];
      });
      books.transaction(() => books.save(set, { ...row, ...Object.fromEntries(changes) }));
    },
    /** Opens or closes posting periods; an empty day is no bound. */
    allowPosting({ company, from = "", to = "" }: { company: string; from?: string; to?: string }) {
      const books = booksOf(company);
      books.save("generalLedgerSetup", {
        ...books.table("generalLedgerSetup").all()[0]!,
        allowPostingFrom: from,
        allowPostingTo: to,
      });
    },
    /** Another rate for a tax code from now on; posted documents keep theirs. */
    taxRate({ company, code, percent }: { company: string; code: string; percent: string }) {
      const books = booksOf(company);
      const tax = books.one("taxGroups", "code", code);
      if (!tax) throw new Error(`${company} has no tax code ${code}`);
      books.save("taxGroups", { ...tax, percent });
    },
    /** What 100 of a currency are worth from today on, in the company's own; null: there is no rate for it any more. */
    exchangeRate({ company, currency, worth }: { company: string; currency: string; worth: string | null }) {
      const books = booksOf(company);
      const rates = books.table("currencyExchangeRates");
      const known = rates.all().filter((row) => row["currencyCode"] === currency);
      for (const { id, startingDate } of known) if (worth === null || startingDate === books.today()) rates.delete(id);
      if (worth === null) return;
      const rate = { currencyCode: currency, exchangeRateAmount: "100", relationalExchangeRateAmount: worth };
      books.save("currencyExchangeRates", { ...rate, id: newId(), startingDate: books.today() });
    },
    /** Somebody gives the Item lines of a draft memo another rate, as its tax area says (D-21). */
    retax({ company, number, percent }: { company: string; number: string; percent: string }) {
      const books = booksOf(company);
      books.transaction(() => {
        const memo = books.one("salesCreditMemos", "number", number);
        if (!memo) throw new Error(`${company} has no credit memo ${number}`);
        const items = books.table("salesCreditMemoLines").by("documentId", memo.id);
        for (const line of items.filter((each) => each["lineType"] === "Item"))
          books.save("salesCreditMemoLines", { ...line, taxPercent: percent });
        salesCreditMemos.settle(books, memo);
      });
    },
    /** A customer pays an invoice, in full unless an amount is given. */
    pay({ company, invoiceNumber, amount }: { company: string; invoiceNumber: string; amount?: string }) {
      const books = booksOf(company);
      books.transaction(() => {
        const invoice = findInvoice(books, invoiceNumber);
        const paid = money(exact(amount ?? text(invoice, "remainingAmount")));
        const postingDate = books.today();
        const entry = bookReceivable(books, {
          customerNumber: text(invoice, "customerNumber"),
          currencyCode: text(invoice, "currencyCode"),
          documentType: "Payment",
          documentNumber: books.nextNumber("PAY"),
          amount: negate(paid),
          net: "0.00",
          postingDate,
          dueDate: postingDate,
        });
        apply(books, entry, invoice, postingDate);
      });
    },
    /** Somebody credits lines of an invoice by hand (D-14); gives the posted memo's number. */
    creditByHand({
      company,
      invoiceNumber,
      lines = [],
      account,
      externalDocumentNumber = "",
      locationCode = "",
    }: MemoByHand): {
      number: string;
    } {
      const books = booksOf(company);
      return books.transaction(() => {
        const invoice = findInvoice(books, invoiceNumber);
        const location = locationCode ? books.one("locations", "code", locationCode) : undefined;
        const header = books.save(
          "salesCreditMemos",
          salesCreditMemos.header(books, null, {
            customerId: text(invoice, "customerId"),
            currencyCode: text(invoice, "currencyCode"),
            invoiceNumber,
            externalDocumentNumber,
          }),
        );
        for (const { sequence, quantity } of lines) {
          const {
            itemId = "",
            unitOfMeasureCode = "",
            unitPrice = "",
            discountPercent = "",
            taxCode = "",
          } = findInvoiceLine(books, invoice, sequence);
          books.save(
            "salesCreditMemoLines",
            salesCreditMemos.line(books, header, null, {
              itemId,
              unitOfMeasureCode,
              unitPrice,
              discountPercent,
              taxCode,
              quantity: String(quantity),
              locationId: location?.id ?? "",
            }),
          );
        }
        if (account)
          books.save(
            "salesCreditMemoLines",
            salesCreditMemos.line(books, header, null, {
              ...{ lineType: "Account", lineObjectNumber: account.number, taxCode: "EXEMPT" },
              ...{ quantity: "1", unitPrice: account.amount },
            }),
          );
        const settled = salesCreditMemos.settle(books, header);
        postCreditMemo(books, settled, { keepsId: true });
        return { number: text(books.table("salesCreditMemos").get(settled.id)!, "number") };
      });
    },
    /** Somebody ships and invoices an order; gives the numbers of its posted shipments. */
    shipOrder({ company, number }: { company: string; number: string }): { shipments: string[] } {
      const books = booksOf(company);
      return books.transaction(() => {
        const order = books
          .table("salesOrders")
          .all()
          .find((row) => row["number"] === number);
        if (!order) throw new Error(`${company} has no sales order ${number}`);
        shipAndInvoice(books, order, pickFromShelf);
        const posted = books.table("salesShipments").by("orderNumber", number);
        return { shipments: posted.map((row) => text(row, "number")) };
      });
    },
    /** Somebody ships what goes out in place of a return's goods; gives the numbers of its orders. */
    shipReplacements({ rmaNumber }: { rmaNumber: string }): { orders: string[] } {
      const within = `-${rmaNumber.replaceAll("-", "").toUpperCase()}-V`;
      const orders = companies.flatMap((company) => {
        const books = booksOf(company);
        const open = books.table("salesOrders").find((row) => text(row, "externalDocumentNumber").includes(within));
        books.transaction(() => open.forEach((order) => shipAndInvoice(books, order, pickFromShelf)));
        return open.map((order) => text(order, "number"));
      });
      return { orders };
    },
    /** Somebody deletes an order that has not shipped. */
    deleteOrder({ company, number }: { company: string; number: string }) {
      const books = booksOf(company);
      const order = books
        .table("salesOrders")
        .all()
        .find((row) => row["number"] === number);
      if (!order) throw new Error(`${company} has no sales order ${number}`);
      books.transaction(() => {
        for (const line of books.table("salesOrderLines").by("documentId", order.id))
          books.remove("salesOrderLines", line.id);
        books.remove("salesOrders", order.id);
      });
    },
    /** Somebody moves goods, writes them off or brings them in by an item journal; gives the document's number. */
    bookItems: ({ company, ...journal }: ItemJournal): { number: string } => postItemJournal(booksOf(company), journal),
    expireTokens: () => tokens.expireAll(),
    expireSubscriptions: () => subscriptions.expireAll(),
    /** Sends the notifications that wait for their delay. */
    notify: () => subscriptions.flush(),
  };
}
