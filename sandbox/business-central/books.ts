import { hash, randomUUID } from "node:crypto";
import type { Faults } from "../faults.ts";
import type { Store, Table } from "../store.ts";
import { dialog } from "./errors.ts";
import type { Entity } from "./filter.ts";

export type ChangeType = "created" | "updated" | "deleted";
export type CompanyInfo = { id: string; code: string; name: string; currency: string; timeZone: string };
export type OnChange = (company: CompanyInfo, set: string, id: string, change: ChangeType) => void;

/** Indexes by set; what the wire filters without one is a scan. */
const INDEXES: Record<string, string[]> = {
  salesOrderLines: ["documentId"],
  salesShipments: ["number", "orderNumber"],
  salesShipmentLines: ["documentId"],
  salesInvoices: ["number", "orderNumber"],
  salesInvoiceLines: ["documentId"],
  salesCreditMemos: ["number", "externalDocumentNumber"],
  salesCreditMemoLines: ["documentId"],
  returnOrderLines: ["documentId"],
  returnReceiptLines: ["documentId"],
  inventoryAdjustmentLines: ["documentId"],
  itemLedgerEntries: ["documentNumber", "itemNumber"],
  customerLedgerEntries: ["customerNumber", "documentNumber"],
  creditMemoApplications: ["creditMemoNumber"],
  stock: ["itemNumber"],
  receivables: ["customerNumber"],
  items: ["number"],
  customers: ["number"],
  defaultDimensions: ["parentId"],
  itemUnitsOfMeasure: ["itemNumber"],
  itemTrackings: ["itemNumber"],
};

export const isIndexed = (set: string, field: string): boolean => INDEXES[set]?.includes(field) ?? false;

export type Books = ReturnType<typeof createBooks>;

/** One company's books: its tables, versions, numbers and days. */
export function createBooks({
  store,
  company,
  faults,
  onChange,
  now,
}: {
  store: Store;
  company: CompanyInfo;
  faults: Faults;
  onChange: OnChange;
  now: () => Date;
}) {
  const created = new Map<string, number>();
  const table = <R extends Entity = Entity>(set: string): Table<R> =>
    store.table<R>(`${company.code}/${set}`, (INDEXES[set] ?? []) as (keyof R & string)[]);
  for (const set of Object.keys(INDEXES)) table(set);
  const series = table("numberSeries");

  return {
    company,
    now,
    table,
    transaction: store.transaction,
    /** A new version of a row; the wire shows it by another ETag and modification time, webhooks tell it. */
    save<R extends Entity>(set: string, row: R): R {
      const before = table(set).get(row.id);
      const version = Number(before?.["version"] ?? 0) + 1;
      const saved = { ...row, version, lastModifiedDateTime: now().toISOString() };
      table<R>(set).put(saved);
      const lag = faults.currentLag();
      if (!before && lag !== null) created.set(row.id, lag);
      onChange(company, set, row.id, before ? "updated" : "created");
      return saved;
    },
    remove(set: string, id: string) {
      table(set).delete(id);
      onChange(company, set, id, "deleted");
    },
    /** Look-up lag: created while the lag that is on now began or later. */
    isHidden: (id: string) => created.has(id) && created.get(id) === faults.currentLag(),
    nextNumber(code: string): string {
      const last = Number(series.get(code)?.["last"] ?? 0) + 1;
      series.put({ id: code, last });
      return `${code}${String(last).padStart(6, "0")}`;
    },
    /** The company's local day (D-26). */
    today: () => new Intl.DateTimeFormat("en-CA", { timeZone: company.timeZone }).format(now()),
    one<R extends Entity = Entity>(set: string, field: keyof R & string, value: R[keyof R & string]): R | undefined {
      return table<R>(set).by(field, value)[0];
    },
    /** Rows that a reference must find. */
    refer<R extends Entity = Entity>(set: string, id: string, what: string): R {
      const row = table<R>(set).get(id);
      if (!row) throw dialog(`The ${what} with the id ${id} cannot be found.`);
      return row;
    },
  };
}

export const newId = () => randomUUID();

/** The same id for the same record of the seed at every start. */
export function seededId(...parts: string[]): string {
  const hex = hash("sha1", parts.join("\u0000"), "hex");
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-5${hex.slice(13, 16)}-a${hex.slice(17, 20)}-${hex.slice(20, 32)}`;
}

export const etagOf = (row: Entity) =>
  `W/"${Buffer.from(`${row.id};${String(row["version"] ?? 0)}`).toString("base64")}"`;
