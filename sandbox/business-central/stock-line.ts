import { type Books, newId } from "./books.ts";
import { knownSet } from "./entity-sets.ts";
import { dialog } from "./errors.ts";
import { blankRow } from "./family.ts";
import type { Input } from "./fields.ts";
import type { Entity } from "./filter.ts";
import { isNegative } from "./decimals.ts";
import { checkLocation, findItem, given, inBase, nextSequence, text, unitFactor } from "./references.ts";

/** A line of a custom page: item, quantity in a unit of the item and in base units, serial, lot and location. */
export function stockLine(books: Books, set: string, header: Entity, before: Entity | null, input: Input): Entity {
  const start = before ?? {
    ...blankRow(knownSet(set)),
    id: newId(),
    documentId: header.id,
    sequence: nextSequence(books.table(set).by("documentId", header.id)),
  };
  const merged: Input = { ...start, ...input };
  const item =
    given(input, "itemId", "itemNumber") || !before
      ? findItem(books, input)
      : books.refer("items", text(before, "itemId"), "Item");
  const unit = text(merged, "unitOfMeasureCode") || text(item, "baseUnitOfMeasureCode");
  const factor = unitFactor(books, item, unit);
  const locationCode = text(merged, "locationCode") || text(header, "locationCode");
  checkLocation(books, locationCode);
  if (isNegative(text(merged, "quantity"))) throw dialog("Quantity must be positive.");
  return {
    ...merged,
    id: start.id,
    itemId: item.id,
    itemNumber: text(item, "number"),
    description: text(merged, "description") || text(item, "displayName"),
    unitOfMeasureCode: unit,
    unitFactor: factor,
    quantityBase: inBase(text(merged, "quantity"), factor),
    locationCode,
  };
}

/** What posting asks of a line that moves stock. */
export function checkMoves(books: Books, line: Entity) {
  const item = books.refer("items", text(line, "itemId"), "Item");
  const tracking = books.one("itemTrackings", "itemNumber", text(item, "number"));
  const at = `line ${text(line, "sequence")}, Item ${text(item, "number")}`;
  if (tracking?.["serialRequired"] === true && !text(line, "serialNumber"))
    throw dialog(`You must assign a serial number for ${at}.`);
  if (tracking?.["lotRequired"] === true && !text(line, "lotNumber"))
    throw dialog(`You must assign a lot number for ${at}.`);
  if (text(line, "serialNumber") && Number(line["quantityBase"]) > 1)
    throw dialog(`Quantity (Base) must be 1 when a serial number is given in ${at}.`);
}
