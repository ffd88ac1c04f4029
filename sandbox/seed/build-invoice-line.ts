import { divide, money, quantity, toCents, toThousandths } from "./decimals.ts";
import type { InvoiceLine, OrderLine } from "./types.ts";

/** A posted line for a quantity of an order line, before any invoice discount. */
export function priceLine(line: OrderLine, quantityInvoiced: string, taxPercent: string): InvoiceLine {
  const gross = divide(toThousandths(quantityInvoiced) * toCents(line.unitPrice), 1000);
  const discount = divide(gross * toThousandths(line.discountPercent), 100_000);
  return settle({
    sequence: line.sequence,
    sku: line.sku,
    description: line.description,
    unit: line.unit,
    quantity: quantityInvoiced,
    quantityBase: quantity(toThousandths(quantityInvoiced) * Number(line.factor)),
    unitPrice: line.unitPrice,
    discountPercent: line.discountPercent,
    discountAmount: money(discount),
    lineAmount: money(gross - discount),
    invoiceDiscount: "0.00",
    taxCode: line.taxCode,
    taxPercent,
  });
}

/** Spreads an invoice discount over the lines by their amounts; the shares add up to the cent. */
export function splitDiscount(lines: InvoiceLine[], discount: number): InvoiceLine[] {
  const whole = lines.reduce((sum, line) => sum + toCents(line.lineAmount), 0);
  let passed = 0;
  let given = 0;
  return lines.map((line) => {
    passed += toCents(line.lineAmount);
    const share = divide(discount * passed, whole || 1) - given;
    given += share;
    return settle({ ...line, invoiceDiscount: money(share) });
  });
}

/** Net, tax and total of a document's lines. */
export function sumOf(lines: InvoiceLine[]): { netAmount: string; taxAmount: string; total: string } {
  const sum = (pick: (line: InvoiceLine) => string) =>
    money(lines.reduce((total, line) => total + toCents(pick(line)), 0));
  return {
    netAmount: sum((l) => l.netAmount),
    taxAmount: sum((l) => l.taxAmount),
    total: sum((l) => l.amountIncludingTax),
  };
}

/** Net after both discounts, and the tax on it, rounded once per line. */
function settle(line: Omit<InvoiceLine, "netAmount" | "taxAmount" | "amountIncludingTax">): InvoiceLine {
  const net = toCents(line.lineAmount) - toCents(line.invoiceDiscount);
  const tax = divide(net * toThousandths(line.taxPercent), 100_000);
  return { ...line, netAmount: money(net), taxAmount: money(tax), amountIncludingTax: money(net + tax) };
}
