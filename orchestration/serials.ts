import type { Transaction } from "#shared/database.ts";
import { sql } from "kysely";
import { loadReturns } from "./reading-facts.ts";
import { amountOf } from "./receiving.ts";
import { authorizedOf, bucketsOf } from "./quantities.ts";
import type { LineState, ReceiptLine, ReturnState } from "./return-state.ts";

/** Goods of a line of this return but for their serial numbers, and that line; `strangers` were not shipped on it. */
export type Stray = { receiptLine: ReceiptLine; line: LineState; strangers: string[] };

/** What came with serials that were not shipped on its line, before anybody has looked where they were sold (D-17); null for everything else. */
export function strayOf(state: ReturnState, receiptLine: ReceiptLine): Stray | null {
  const { sku, serialNumbers, lotNumber, quantity } = receiptLine;
  const isJudged = state.discrepancies.some(({ receiptLineId }) => receiptLineId === receiptLine.receiptLineId);
  if (receiptLine.state !== "MISMATCHED" || quantity.base === "0" || isJudged) return null;
  const line = lineFor(state, receiptLine);
  const { serialized, lotTracked, shippedSerials = [], shippedLots = [] } = line?.posted ?? {};
  if (!line || !serialized || !amountOf(line, quantity)) return null;
  const strangers = serialNumbers.filter((serial) => !shippedSerials.includes(serial));
  const lotFits = !lotTracked || lotNumber === null || shippedLots.includes(lotNumber);
  return strangers.length > 0 && lotFits && line.posted?.sku === sku ? { receiptLine, line, strangers } : null;
}

/** The first authorized line of the SKU that still waits for goods, else the first of it. */
function lineFor(state: ReturnState, { sku }: ReceiptLine): LineState | undefined {
  const sameSku = state.lines.filter((line) => line.posted?.sku === sku && authorizedOf(line).gt(0));
  return sameSku.find((line) => authorizedOf(line).gt(bucketsOf(state, line).received)) ?? sameSku[0];
}

/** Serials that came back before, on this return or another of the customer's. */
export const serialsBack = async (tx: Transaction, state: ReturnState): Promise<string[]> => [
  ...(await serialsReceivedElsewhere(tx, state)),
  ...receivedSerials(state),
];

/** Serials of this customer's goods that their other returns received; those are looked through one return after the other (a serial comes back once, D-17). */
async function serialsReceivedElsewhere(tx: Transaction, state: ReturnState): Promise<string[]> {
  const skus = [...new Set(state.lines.flatMap(({ posted }) => (posted?.serialized ? posted.sku : [])))];
  if (skus.length === 0) return [];
  await sql`select pg_advisory_xact_lock(hashtextextended(${`serials:${state.customerId}`}, 0))`.execute(tx);
  const rows = await tx
    .selectFrom("returns")
    .innerJoin("return_lines", "return_lines.return_id", "returns.id")
    .select("returns.id")
    .distinct()
    .where("returns.customer_id", "=", state.customerId)
    .where("returns.id", "<>", state.id)
    .where("return_lines.sku", "in", skus)
    .execute();
  const others = await loadReturns(
    tx,
    rows.map(({ id }) => id),
  );
  return [...others.values()].flatMap((other) => {
    if (other instanceof Error) throw other;
    return receivedSerials(other);
  });
}

/** Serials of the goods that came on this return's lines and that the warehouse did not take back. */
const receivedSerials = ({ receipts }: ReturnState): string[] =>
  receipts
    .flatMap(({ lines }) => lines)
    .flatMap(({ quantity, returnLineId, serialNumbers }) =>
      quantity.base !== "0" && returnLineId !== null ? serialNumbers : [],
    );
