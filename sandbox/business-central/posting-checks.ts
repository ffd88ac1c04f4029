import type { Books } from "./books.ts";
import { isZero } from "./decimals.ts";
import { dialog } from "./errors.ts";
import type { Entity } from "./filter.ts";
import { checkBlocked, text } from "./references.ts";

/** What every post asks: a draft with lines that have quantities, on a day that is open. Gives the lines. */
export function checkPostable(books: Books, header: Entity, lineSet: string): Entity[] {
  const number = text(header, "number");
  if (header["status"] !== "Draft") throw dialog(`The document ${number} is not a draft any more.`);
  const lines = books
    .table(lineSet)
    .by("documentId", header.id)
    .filter((line) => line["lineType"] !== "Comment");
  if (lines.length === 0) throw dialog("There is nothing to post.");
  for (const line of lines)
    if (isZero(text(line, "quantity")))
      throw dialog(`Quantity must have a value in line ${text(line, "sequence")} of ${number}.`);
  checkDay(books, text(header, "postingDate"));
  if (header["customerId"]) checkBlocked(books.refer("customers", text(header, "customerId"), "Customer"));
  return lines;
}

function checkDay(books: Books, day: string) {
  const setup = books.table("generalLedgerSetup").all()[0]!;
  const [from, to] = [text(setup, "allowPostingFrom"), text(setup, "allowPostingTo")];
  if (!day || (from && day < from) || (to && day > to))
    throw dialog(`Posting Date ${day} is not within your range of allowed posting dates.`);
}
