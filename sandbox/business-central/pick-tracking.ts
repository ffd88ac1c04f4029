import type { Books } from "./books.ts";
import { exact, plain } from "./decimals.ts";
import type { Entity } from "./filter.ts";
import { inBase, text, unitFactor } from "./references.ts";

export type Picked = { serialNumber: string; lotNumber: string; quantityBase: string };

/** What somebody takes from the shelf for a line that is tracked by serial or lot: what came first. None where it is not tracked, or not enough is there. */
export function pickFromShelf(books: Books, line: Entity): Picked[] {
  const item = books.refer("items", text(line, "itemId"), "Item");
  const itemNumber = text(item, "number");
  const tracking = books.one("itemTrackings", "itemNumber", itemNumber);
  if (tracking?.["serialRequired"] !== true && tracking?.["lotRequired"] !== true) return [];
  const location = books.table("locations").get(text(line, "locationId"));
  let left = exact(inBase(text(line, "shipQuantity"), unitFactor(books, item, text(line, "unitOfMeasureCode"))));
  const picked: Picked[] = [];
  for (const { serialNumber, lotNumber, quantity } of onShelf(
    books,
    itemNumber,
    location ? text(location, "code") : "",
  )) {
    const taken = quantity.lt(left) ? quantity : left;
    if (taken.lte(0)) continue;
    picked.push({ serialNumber, lotNumber, quantityBase: plain(taken) });
    left = left.sub(taken);
  }
  return left.gt(0) ? [] : picked;
}

function onShelf(books: Books, itemNumber: string, locationCode: string) {
  const here = books
    .table("itemLedgerEntries")
    .by("itemNumber", itemNumber)
    .filter((entry) => text(entry, "locationCode") === locationCode);
  const unit = (entry: Entity) => `${text(entry, "serialNumber")}|${text(entry, "lotNumber")}`;
  return [...Map.groupBy(here, unit).values()].map((entries) => ({
    serialNumber: text(entries[0]!, "serialNumber"),
    lotNumber: text(entries[0]!, "lotNumber"),
    quantity: entries.reduce((sum, entry) => sum.add(exact(text(entry, "quantity"))), exact("0")),
  }));
}
