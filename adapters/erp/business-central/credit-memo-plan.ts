import { Fraction, least, sum, toFixed, toPlain } from "#shared/decimal.ts";
import { BusinessRefusal, ProgramBug } from "#shared/errors.ts";
import type { CreditMemoRequest } from "../port.ts";
import { asCode } from "./odata.ts";
import type { Factors } from "./units.ts";
import type { WireReceiptLine } from "./wire.ts";

type RequestLine = CreditMemoRequest["lines"][number];
/** What is credited of one line of the receipt, in that line's unit. */
export type Part = {
  ref: string;
  receiptLineId: string;
  quantity: string;
  net: string;
  unitPrice: string;
  taxCode: string;
};

/** A requested line over the receipt's lines of the same goods: one, or several where each serial number has its own. */
export function planParts(
  system: string,
  line: RequestLine,
  receiptLines: readonly WireReceiptLine[],
  factors: Factors,
): Part[] {
  const anchor = receiptLines.find(({ id }) => id === line.stockInLineId);
  if (!anchor)
    throw new ProgramBug({ system, code: "NOT_FOUND", vendorText: `the receipt has no line ${line.stockInLineId}` });
  const perUnit = conversion(system, line, anchor.unitOfMeasureCode, factors);
  const wanted = new Fraction(line.quantity).mul(perUnit);
  const siblings = receiptLines.filter(
    (other) =>
      other.id !== anchor.id &&
      other.itemNumber === anchor.itemNumber &&
      other.returnOrderLineId === anchor.returnOrderLineId &&
      other.unitOfMeasureCode === anchor.unitOfMeasureCode,
  );
  const taken = take(wanted, [anchor, ...siblings]);
  const unitPrice = toPlain(new Fraction(line.unitPrice).div(perUnit), 5);
  const running = taken.map((_, index) =>
    cents(new Fraction(line.net).mul(sum(taken.slice(0, index + 1).map(({ quantity }) => quantity))).div(wanted)),
  );
  return taken.map(({ id, quantity }, index) => ({
    ref: line.ref,
    receiptLineId: id,
    quantity: toPlain(quantity, 5),
    net: toFixed(running[index]!.sub(running[index - 1] ?? 0), 2),
    unitPrice,
    taxCode: asCode(line.taxCode),
  }));
}

/** How many of the receipt's units one of the request's is. */
function conversion(system: string, line: RequestLine, receiptUnit: string, factors: Factors): Fraction {
  const unit = asCode(line.unit);
  if (unit === receiptUnit) return new Fraction(1);
  const { [unit]: asked, [receiptUnit]: received } = factors.get(asCode(line.sku)) ?? {};
  if (asked === undefined || received === undefined)
    throw new BusinessRefusal({ system, code: "UNIT_UNKNOWN", vendorText: `${line.sku}: ${unit} in ${receiptUnit}` });
  return new Fraction(asked).div(received);
}

/** The first line takes all it has free, then the next; what none has free is asked of the first, and the ERP will say no. */
function take(wanted: Fraction, lines: WireReceiptLine[]): { id: string; quantity: Fraction }[] {
  const parts: { id: string; quantity: Fraction }[] = [];
  let left = wanted;
  for (const { id, quantity, quantityCredited } of lines) {
    const free = new Fraction(quantity).sub(quantityCredited);
    if (left.equals(0) || free.lte(0)) continue;
    const quantityHere = least(left, free);
    parts.push({ id, quantity: quantityHere });
    left = left.sub(quantityHere);
  }
  return left.equals(0) ? parts : [{ id: lines[0]!.id, quantity: wanted }];
}

/** The invoiced price and the discount in money that bring a line to its net to the cent (D-07); a price is raised only where the net is above it. */
export function priced({ quantity, net, unitPrice }: Pick<Part, "quantity" | "net" | "unitPrice">): {
  unitPrice: string;
  discountAmount: string;
} {
  const gross = (price: string) => cents(new Fraction(quantity).mul(price));
  const price = gross(unitPrice).lt(net) ? new Fraction(net).div(quantity).ceil(5) : new Fraction(unitPrice);
  const written = toPlain(price, 5);
  return { unitPrice: written, discountAmount: toFixed(gross(written).sub(net), 2) };
}

const cents = (value: Fraction): Fraction => new Fraction(toFixed(value, 2));
