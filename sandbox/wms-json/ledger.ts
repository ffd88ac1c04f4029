import { dispositionView, returnView } from "./instructions.ts";
import { isSameAmount, sum } from "./quantities.ts";
import { receiptView } from "./receipts.ts";
import type { Site } from "./site.ts";
import type { StockStatus } from "./wire.ts";

/** Everything the site was ever told and did: the tests' judge. */
export function createLedger(site: Site) {
  const { tables } = site;
  const returnInstructions = () => tables.returns.all().map((row) => returnView(site, row));
  const dispositionInstructions = () => tables.dispositions.all().map(dispositionView);
  const receipts = () => tables.receipts.all().map(receiptView);
  const stock = () => tables.stock.find(({ quantity }) => !isSameAmount(quantity, "0"));
  return {
    returnInstructions,
    dispositionInstructions,
    receipts,
    moves: () => tables.moves.all(),
    events: () => tables.events.all(),
    stock,
    /** Base units of a SKU in a status, all lots. */
    onHand: (sku: string, status: StockStatus) =>
      sum(
        tables.stock
          .by("sku", sku)
          .filter((row) => row.status === status)
          .map((row) => row.quantity),
      ),
    read: () => ({
      returnInstructions: returnInstructions(),
      dispositionInstructions: dispositionInstructions(),
      receipts: receipts(),
      moves: tables.moves.all(),
      events: tables.events.all(),
      stock: stock(),
    }),
  };
}
