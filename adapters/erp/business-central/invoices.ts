import { ProgramBug } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { ErpInvoice, ErpInvoiceLine } from "../port.ts";
import type { BaseUnits, Beyond, FactorOf } from "./beyond.ts";
import type { Client } from "./client.ts";
import { answerAsked } from "./master-data.ts";
import { askable } from "./odata.ts";
import type { Mappings } from "./mappings.ts";
import { invoices, items, orNull, type WireInvoice, type WireShipment } from "./wire.ts";

const statuses: Record<string, ErpInvoice["status"]> = {
  Open: "OPEN",
  Paid: "PAID",
  Canceled: "CANCELLED",
  Corrective: "CANCELLED",
};

export type Company = { companyId: string; place: Mappings["place"]; beyond: Beyond };

/** Posted invoices by their number or their order's, as they came. */
export async function readInvoices(
  client: Client,
  field: "number" | "orderNumber",
  values: Iterable<string>,
  call: Call,
): Promise<WireInvoice[]> {
  const rows = await client.listBy(
    invoices,
    field,
    values,
    { deed: "find-invoices", expand: "salesInvoiceLines($expand=location)" },
    call,
  );
  return rows.filter(({ status }) => statuses[status] !== undefined);
}

export async function findInvoices(
  client: Client,
  company: Company,
  numbers: readonly string[],
  call: Call,
): Promise<Map<string, ErpInvoice>> {
  const asked = askable(numbers);
  const rows = await readInvoices(client, "number", asked.keys(), call);
  return answerAsked(
    asked,
    await invoicesOf(client, company, { rows, shipments: null }, call),
    (row) => row.number,
    (row) => row,
  );
}

/** Invoices as ours: with base unit and factor of each line's unit (D-18), which v2.0 lines lack. */
export async function invoicesOf(
  client: Client,
  { companyId, place, beyond }: Company,
  { rows, shipments }: { rows: WireInvoice[]; shipments: WireShipment[] | null },
  call: Call,
): Promise<ErpInvoice[]> {
  const baseUnits = findBaseUnits(client, rows, call);
  const [factorOf, bases] = await Promise.all([beyond.factorsOf(rows, { baseUnits, shipments }, call), baseUnits]);
  return rows.map((row) => invoiceOf(companyId, row, linesOf({ system: client.system, place, factorOf, bases }, row)));
}

async function findBaseUnits(client: Client, rows: WireInvoice[], call: Call): Promise<BaseUnits> {
  const lines = rows.flatMap(({ salesInvoiceLines }) => salesInvoiceLines);
  const skus = new Set(lines.filter(({ lineType }) => lineType === "Item").map((line) => line.lineObjectNumber));
  const found = await client.listBy(items, "number", skus, { deed: "find-items" }, call);
  return new Map(found.map((item) => [item.number, item.baseUnitOfMeasureCode]));
}

const invoiceOf = (companyId: string, row: WireInvoice, lines: ErpInvoiceLine[]): ErpInvoice => ({
  companyId,
  number: row.number,
  orderNumber: orNull(row.orderNumber),
  customerNumber: row.customerNumber,
  status: statuses[row.status]!,
  postedOn: row.postingDate!,
  currency: row.currencyCode,
  net: row.totalAmountExcludingTax,
  tax: row.totalTaxAmount,
  total: row.totalAmountIncludingTax,
  open: row.remainingAmount,
  lines,
});

type Reading = { system: string; place: Mappings["place"]; factorOf: FactorOf; bases: BaseUnits };

function linesOf({ system, place, factorOf, bases }: Reading, row: WireInvoice): ErpInvoiceLine[] {
  return row.salesInvoiceLines
    .filter(({ lineType }) => lineType === "Item")
    .map((line) => {
      const { lineObjectNumber: sku, unitOfMeasureCode: unit } = line;
      const baseUnit = bases.get(sku) ?? unit;
      const unitFactor = factorOf(row, line) ?? (unit === baseUnit ? "1" : undefined);
      if (unitFactor === undefined)
        throw new ProgramBug({
          system,
          code: "UNIT_UNKNOWN",
          vendorText: `${row.number}/${line.sequence}: ${sku} in ${unit}`,
        });
      const { sequence, quantity, unitPrice, netAmount: net, taxCode, taxPercent: taxRate } = line;
      return {
        sequence,
        orderLine: row.orderNumber === "" ? null : sequence,
        location: line.location ? place(line.location.code) : null,
        sku,
        unit,
        quantity,
        unitFactor,
        baseUnit,
        unitPrice,
        net,
        taxCode,
        taxRate,
      };
    });
}
