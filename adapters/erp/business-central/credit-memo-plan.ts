import { Fraction, least, sum, toFixed, toPlain } from "#shared/decimal.ts";
import { BusinessRefusal, ProgramBug } from "#shared/errors.ts";
import type { CreditMemoRequest } from "../port.ts";
import { asCode } from "./odata.ts";
import type { Factors } from "./units.ts";
import type { WireReceiptLine } from "./wire.ts";

type RequestLine = CreditMemoRequest["lines"][number];
/** What is credited of one line of the receipt, in that line's unit. */
export type Part = { ref: string; receiptLineId: string; quantity: string; net: string; taxCode: string };

/** Requested lines over the receipt's lines: one each, or several where each serial number has its own; no unit is asked for twice. */
export function planParts(
  system: string,
  lines: readonly RequestLine[],
  receiptLines: readonly WireReceiptLine[],
  factors: Factors,
): Part[] {
  const free = new Map(
    receiptLines.map(({ id, quantity, quantityCredited }) => [id, new Fraction(quantity).sub(quantityCredited)]),
  );
  return lines.flatMap((line) => {
    const anchor = receiptLines.find(({ id }) => id === line.stockInLineId);
    if (!anchor)
      throw new ProgramBug({ system, code: "NOT_FOUND", vendorText: `the receipt has no line ${line.stockInLineId}` });
    const wanted = new Fraction(line.quantity).mul(conversion(system, line, anchor.unitOfMeasureCode, factors));
    return shared(line, wanted, take(wanted, [anchor, ...siblingsOf(anchor, receiptLines)], free));
  });
}

/** Other lines for the same goods of the same authorization. */
const siblingsOf = (anchor: WireReceiptLine, lines: readonly WireReceiptLine[]): WireReceiptLine[] =>
  lines.filter(
    ({ id, itemNumber, returnOrderLineId, unitOfMeasureCode }) =>
      id !== anchor.id &&
      itemNumber === anchor.itemNumber &&
      returnOrderLineId === anchor.returnOrderLineId &&
      unitOfMeasureCode === anchor.unitOfMeasureCode,
  );

/** The line's net over its parts, cumulatively rounded, so that they add up to the cent. */
function shared(line: RequestLine, wanted: Fraction, taken: Taken[]): Part[] {
  const running = taken.map((_, index) =>
    cents(new Fraction(line.net).mul(sum(taken.slice(0, index + 1).map(({ quantity }) => quantity))).div(wanted)),
  );
  return taken.map(({ id, quantity }, index) => ({
    ref: line.ref,
    receiptLineId: id,
    quantity: toPlain(quantity, 5),
    net: toFixed(running[index]!.sub(running[index - 1] ?? 0), 2),
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

type Taken = { id: string; quantity: Fraction };

/** The first line gives all it has free, then the next; what none has free is asked of the first, and the ERP will say no. */
function take(wanted: Fraction, lines: WireReceiptLine[], free: Map<string, Fraction>): Taken[] {
  const taken: Taken[] = [];
  let missing = wanted;
  for (const { id } of lines) {
    const here = least(missing, free.get(id)!);
    if (here.lte(0)) continue;
    taken.push({ id, quantity: here });
    missing = missing.sub(here);
  }
  if (!missing.equals(0)) return [{ id: lines[0]!.id, quantity: wanted }];
  for (const { id, quantity } of taken) free.set(id, free.get(id)!.sub(quantity));
  return taken;
}

/** The ERP's price of the line and the discount in money that bring it to its net to the cent (D-07); the price is raised only where the net is above it. */
export function priced(
  { quantity, unitPrice }: { quantity: string; unitPrice: string },
  net: string,
): { unitPrice: string; discountAmount: string } {
  const gross = (price: string) => cents(new Fraction(quantity).mul(price));
  const price = gross(unitPrice).lt(net) ? new Fraction(net).div(quantity).ceil(5) : new Fraction(unitPrice);
  const written = toPlain(price, 5);
  return { unitPrice: written, discountAmount: toFixed(gross(written).sub(net), 2) };
}

const cents = (value: Fraction): Fraction => new Fraction(toFixed(value, 2));
