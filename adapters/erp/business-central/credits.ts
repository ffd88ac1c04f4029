import { Fraction, sum, toPlain } from "#shared/decimal.ts";
import { ProgramBug } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { ErpCredit, MemoApplication } from "../port.ts";
import type { Beyond } from "./beyond.ts";
import type { Client } from "./client.ts";
import { askable, text } from "./odata.ts";
import { isPosted, ledgerEntries, memos, orNull, type WireMemo } from "./wire.ts";

const withLines = { expand: "salesCreditMemoLines" };

/** Every memo that names one of the invoices, whoever made it; a cancelled one credits nothing (D-14). */
export async function findCreditsOf(
  client: Client,
  companyId: string,
  invoiceNumbers: readonly string[],
  call: Call,
): Promise<Map<string, ErpCredit[]>> {
  const asked = askable(invoiceNumbers);
  const rows = await client.listBy(memos, "invoiceNumber", asked.keys(), { deed: "find-credits", ...withLines }, call);
  const found = new Map<string, ErpCredit[]>();
  for (const row of rows.filter(({ status }) => status !== "Canceled"))
    for (const key of asked.get(row.invoiceNumber) ?? [])
      found.set(key, [...(found.get(key) ?? []), creditOf(companyId, row)]);
  return found;
}

/** Posted memos by our transaction keys. */
export async function findCreditsByKey(
  client: Client,
  companyId: string,
  keys: readonly string[],
  call: Call,
): Promise<Map<string, ErpCredit>> {
  const asked = askable(keys, 35);
  const rows = await client.listBy(
    memos,
    "externalDocumentNumber",
    asked.keys(),
    { deed: "find-credits", ...withLines },
    call,
  );
  const posted = rows.filter(({ status }) => isPosted(status) && status !== "Canceled");
  return new Map(
    posted.flatMap((row) =>
      (asked.get(row.externalDocumentNumber) ?? []).map((key): [string, ErpCredit] => [key, creditOf(companyId, row)]),
    ),
  );
}

const creditOf = (companyId: string, row: WireMemo): ErpCredit => ({
  companyId,
  memoNumber: row.number,
  transactionKey: orNull(row.externalDocumentNumber),
  status: isPosted(row.status) ? "POSTED" : "DRAFT",
  invoiceNumber: orNull(row.invoiceNumber),
  postedOn: isPosted(row.status) ? row.postingDate : null,
  currency: row.currencyCode,
  net: row.totalAmountExcludingTax,
  tax: row.totalTaxAmount,
  total: row.totalAmountIncludingTax,
  lines: row.salesCreditMemoLines
    .filter(({ lineType }) => lineType !== "Comment")
    .map((line) => {
      const isItem = line.lineType === "Item";
      return {
        sku: isItem ? line.lineObjectNumber : null,
        unit: isItem ? line.unitOfMeasureCode : null,
        quantity: isItem ? line.quantity : null,
        net: line.netAmount,
      };
    }),
});

/** Which invoices a posted memo paid down, and what is left on account (D-25). */
export async function findApplication(
  client: Client,
  beyond: Beyond,
  memoNumber: string,
  call: Call,
): Promise<MemoApplication> {
  const rows = await client.list(memos, `number eq ${text(memoNumber)}`, { deed: "find-application" }, call);
  const posted = rows.find(({ status }) => isPosted(status));
  if (!posted)
    throw new ProgramBug({ system: client.system, code: "NOT_FOUND", vendorText: `no posted memo ${memoNumber}` });
  return beyond.applicationOf(posted, call);
}

/** What moved with a document, summed by SKU in base units. */
export async function findStockMoves(
  client: Client,
  documentNumbers: readonly string[],
  call: Call,
): Promise<Map<string, { sku: string; quantity: string }[]>> {
  const asked = askable(documentNumbers);
  const rows = await client.listBy(ledgerEntries, "documentNumber", asked.keys(), { deed: "find-stock-moves" }, call);
  const found = new Map<string, { sku: string; quantity: string }[]>();
  for (const [number, entries] of Map.groupBy(rows, (row) => row.documentNumber)) {
    const bySku = [...Map.groupBy(entries, (entry) => entry.itemNumber)].map(([sku, each]) => ({
      sku,
      quantity: toPlain(sum(each.map(({ quantity }) => new Fraction(quantity))), 5),
    }));
    for (const key of asked.get(number) ?? []) found.set(key, bySku);
  }
  return found;
}
