import type { Books } from "./books.ts";
import { exact, money, plain, sum } from "./decimals.ts";
import type { Entity } from "./filter.ts";
import { receivableId, stockId } from "./ledgers.ts";
import { text } from "./references.ts";

/** `header` and `lines` are the rows as they are stored: decimals are strings. */
export type LedgerDocument = {
  kind: string;
  company: string;
  id: string;
  number: string;
  externalDocumentNumber: string;
  status: string;
  header: Entity;
  lines: Entity[];
};
export type Difference = { company: string; what: string; key: string; ledger: string; balance: string };

const KINDS: Record<string, string> = {
  salesCreditMemos: "salesCreditMemoLines",
  returnOrders: "returnOrderLines",
  returnReceipts: "returnReceiptLines",
  inventoryAdjustments: "inventoryAdjustmentLines",
};

export type Ledger = ReturnType<typeof createLedger>;

/** The tests' judge: every document that was ever written, the entries, and whether they add up. */
export function createLedger(allBooks: () => Books[]) {
  const outgoing = (kind: string, lines: string, isWanted: (key: string) => boolean): LedgerDocument[] =>
    allBooks().flatMap((books) =>
      books
        .table(kind)
        .find((header) => isWanted(text(header, "externalDocumentNumber")))
        .map((header) => ({ ...documentOf(books, kind, header, lines), status: text(header, "status") || "Posted" })),
    );
  const documents = (kind: string): LedgerDocument[] =>
    allBooks().flatMap((books) =>
      books
        .table(kind)
        .all()
        .map((header) => documentOf(books, kind, header)),
    );
  const all = () => Object.keys(KINDS).flatMap(documents);
  const entries = (set: string) =>
    allBooks().flatMap((books) =>
      books
        .table(set)
        .all()
        .map((entry): Entity => ({ ...entry, company: books.company.code })),
    );

  return {
    /** Posted documents, those of the seed too. */
    posted: () => all().filter(({ status }) => status !== "Draft"),
    drafts: () => all().filter(({ status }) => status === "Draft"),
    /** Drafts and posted documents with this external document number, of every kind and company. */
    byKey: (key: string) => all().filter((document) => document.externalDocumentNumber === key.toUpperCase()),
    /** What is under an external document number on the way out: orders that are open, and posted shipments. */
    outgoing: (key: string) => ({
      orders: outgoing("salesOrders", "salesOrderLines", (own) => own === key.toUpperCase()),
      shipments: outgoing("salesShipments", "salesShipmentLines", (own) => own === key.toUpperCase()),
    }),
    /** Open orders whose external document number has this in it. */
    openOrders: (within: string) => outgoing("salesOrders", "salesOrderLines", (own) => own.includes(within)),
    creditMemos: () => documents("salesCreditMemos").filter(({ status }) => status !== "Draft"),
    itemEntries: () => entries("itemLedgerEntries"),
    customerEntries: () => entries("customerLedgerEntries"),
    applications: () => entries("creditMemoApplications"),
    /** Base units of an item at a location. */
    stockAt: (company: string, itemNumber: string, locationCode: string) =>
      plain(
        sum(
          entries("stock")
            .filter(
              (row) =>
                row["company"] === company && row["itemNumber"] === itemNumber && row["locationCode"] === locationCode,
            )
            .map((row) => text(row, "quantity")),
        ),
      ),
    /** What a customer owes, in its only currency. */
    balanceOf: (company: string, customerNumber: string) =>
      text(
        entries("receivables").find(
          (row) => row["company"] === company && row["customerNumber"] === customerNumber,
        ) ?? {
          id: "",
        },
        "balance",
      ) || "0.00",
    /** Sums of entries against balances, to the cent (D-35). */
    tieOut: () => {
      const differences = allBooks().flatMap((books) => [
        ...stockDifferences(books),
        ...receivableDifferences(books),
        ...openDifferences(books),
      ]);
      return { ok: differences.length === 0, differences };
    },
    read() {
      return {
        documents: all(),
        replacements: [
          ...outgoing("salesOrders", "salesOrderLines", isReplacement),
          ...outgoing("salesShipments", "salesShipmentLines", isReplacement),
        ],
        itemEntries: entries("itemLedgerEntries"),
        customerEntries: entries("customerLedgerEntries"),
        applications: entries("creditMemoApplications"),
        tieOut: this.tieOut(),
      };
    },
  };
}

/** A key of a replacement order, as clients of ours make them. */
const isReplacement = (key: string): boolean => /^[A-Z0-9]{2,6}-[A-Z0-9]+-V\d{4,}$/.test(key);

const documentOf = (books: Books, kind: string, header: Entity, lines = KINDS[kind]!): LedgerDocument => ({
  kind,
  company: books.company.code,
  id: header.id,
  number: text(header, "number"),
  externalDocumentNumber: text(header, "externalDocumentNumber"),
  status: text(header, "status"),
  header,
  lines: books.table(lines).by("documentId", header.id),
});

function compare(books: Books, what: string, ledger: Map<string, string>, balances: Map<string, string>): Difference[] {
  const keys = new Set([...ledger.keys(), ...balances.keys()]);
  return [...keys].flatMap((key) => {
    const [left, right] = [ledger.get(key) ?? "0", balances.get(key) ?? "0"];
    return exact(left).equals(exact(right))
      ? []
      : [{ company: books.company.code, what, key, ledger: left, balance: right }];
  });
}

/** Sums of a field by key, in hundred-thousandths. */
function totals(rows: Entity[], keyOf: (row: Entity) => string, field: string): Map<string, string> {
  const sums = new Map<string, bigint>();
  for (const row of rows) sums.set(keyOf(row), (sums.get(keyOf(row)) ?? 0n) + units(text(row, field)));
  return new Map([...sums].map(([key, value]) => [key, plain(exact(String(value)).div(100_000))]));
}

function units(value: string): bigint {
  const [whole = "0", digits = ""] = value.replace("-", "").split(".");
  return BigInt(whole + digits.padEnd(5, "0").slice(0, 5)) * (value.startsWith("-") ? -1n : 1n);
}

function stockDifferences(books: Books): Difference[] {
  const entries = books.table("itemLedgerEntries").all();
  const stock = books.table("stock").all();
  const keyOf = (row: Entity) => stockId(text(row, "itemNumber"), text(row, "locationCode"), text(row, "lotNumber"));
  return [
    ...compare(books, "stock quantity", totals(entries, keyOf, "quantity"), totals(stock, keyOf, "quantity")),
    ...compare(books, "stock value", totals(entries, keyOf, "costAmountActual"), totals(stock, keyOf, "cost")),
  ];
}

function receivableDifferences(books: Books): Difference[] {
  const entries = books.table("customerLedgerEntries").all();
  const balances = totals(books.table("receivables").all(), (row) => row.id, "balance");
  const keyOf = (row: Entity) => receivableId(text(row, "customerNumber"), text(row, "currencyCode"));
  return [
    ...compare(books, "receivable", totals(entries, keyOf, "amount"), balances),
    ...compare(books, "open receivable", totals(entries, keyOf, "remaining"), balances),
  ];
}

function openDifferences(books: Books): Difference[] {
  const entries = books
    .table("customerLedgerEntries")
    .all()
    .filter((entry) => entry["documentType"] === "Invoice");
  const open = new Map(entries.map((entry) => [text(entry, "documentNumber"), money(exact(text(entry, "remaining")))]));
  const invoices = new Map(
    books
      .table("salesInvoices")
      .all()
      .map((invoice) => [text(invoice, "number"), text(invoice, "remainingAmount")]),
  );
  return compare(books, "open invoice", open, invoices);
}
