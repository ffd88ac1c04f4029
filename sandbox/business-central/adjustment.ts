import { newId } from "./books.ts";
import { knownSet } from "./entity-sets.ts";
import { dialog } from "./errors.ts";
import { blankRow, type Family } from "./family.ts";
import type { Input } from "./fields.ts";
import { checkLocation, checkReason, given, text } from "./references.ts";
import { stockLine } from "./stock-line.ts";

/** Inventory adjustments: moves, scrap, and what takes a wrong receipt back. */
export const inventoryAdjustments: Family = {
  headers: "inventoryAdjustments",
  lines: "inventoryAdjustmentLines",
  header(books, before, input) {
    const start = before ?? {
      ...blankRow(knownSet("inventoryAdjustments")),
      id: newId(),
      number: books.nextNumber("IA"),
      status: "Draft",
      postingDate: books.today(),
    };
    const merged: Input = { ...start, ...input };
    checkLocation(books, text(merged, "locationCode"));
    checkReason(books, text(merged, "reasonCode"));
    return { ...merged, id: start.id };
  },
  line(books, header, before, input) {
    const line = stockLine(books, "inventoryAdjustmentLines", header, before, input);
    if (!text(line, "entryType")) throw dialog("entryType must be Positive Adjmt. or Negative Adjmt.");
    const reason = text(line, "reasonCode") || text(header, "reasonCode");
    checkReason(books, reason);
    const item = books.refer("items", text(line, "itemId"), "Item");
    return {
      ...line,
      reasonCode: reason,
      unitCost: before || given(input, "unitCost") ? text(line, "unitCost") : text(item, "unitCost"),
    };
  },
  settle: (books, header) => books.save("inventoryAdjustments", header),
};
