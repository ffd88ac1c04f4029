import { Fraction, toFixed } from "#shared/decimal.ts";
import type { CreditMemoRequest } from "../port.ts";
import { asCode } from "./odata.ts";
import type { Settings } from "./settings.ts";

type Fee = CreditMemoRequest["fees"][number];
type RequestLine = CreditMemoRequest["lines"][number];
/** A line that no receipt gives: as it is sent, and as it is recognized. */
export type ExtraLine = {
  ref: string;
  wire: Record<string, unknown>;
  content: { type: string; number: string; net: string };
};

/** Which charges and accounts this installation books fees and allowances on. */
export type MemoTerms = Pick<Settings, "accounts" | "feeTaxCode"> & {
  /** Null where a charge could not be assigned to a shipment. */
  charges: Settings["charges"] | null;
  allowanceLine(line: RequestLine): ExtraLine;
};

export function memoTerms(
  { accounts, charges, feeTaxCode }: Settings,
  { assignsCharges }: { assignsCharges: boolean },
): MemoTerms {
  return {
    accounts,
    charges: assignsCharges ? charges : null,
    feeTaxCode,
    /** Credit without goods never uses an Item line (D-02): an account line of the invoice's tax code. */
    allowanceLine: (line) => extra(line.ref, "Account", accounts.allowance, new Fraction(line.net), line.taxCode),
  };
}

/** A restocking fee is an item charge where it can be assigned, everything else an account line (D-08). Positive amounts are deducted from the credit. */
export function feeLine({ ref, kind, amount }: Fee, { accounts, charges, feeTaxCode }: MemoTerms): ExtraLine {
  const net = new Fraction(amount).neg();
  if (kind === "RESTOCKING" && charges) return extra(ref, "Charge", charges.restocking, net, feeTaxCode);
  const isFreight = kind === "RETURN_FREIGHT" || kind === "FREIGHT_REFUND";
  return extra(ref, "Account", isFreight ? accounts.freight : accounts.returns, net, feeTaxCode);
}

/** The sign is the quantity's: prices stay positive. */
const extra = (
  ref: string,
  type: "Account" | "Charge",
  number: string,
  net: Fraction,
  taxCode: string | undefined,
): ExtraLine => ({
  ref,
  wire: {
    lineType: type,
    lineObjectNumber: number,
    quantity: net.lt(0) ? -1 : 1,
    unitPrice: Number(toFixed(net.abs(), 2)),
    ...(taxCode === undefined || taxCode === "" ? {} : { taxCode }),
  },
  content: { type, number: asCode(number), net: toFixed(net, 2) },
});
