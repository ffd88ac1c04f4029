import { type Books, newId } from "./books.ts";
import { exact, isNegative, money, plain } from "./decimals.ts";
import { knownSet } from "./entity-sets.ts";
import { dialog, fieldInvalid, unrelated } from "./errors.ts";
import { blankRow } from "./family.ts";
import type { Input } from "./fields.ts";
import type { Entity } from "./filter.ts";
import { checkItem, given, inBase, nextSequence, taxPercent, text, unitFactor } from "./references.ts";
import { discountOf, grossOf, percentOf } from "./totals.ts";

/** A line of a v2.0 credit memo. Item lines move stock when they are tied to no receipt (D-02). */
export const creditMemoLine = (books: Books, header: Entity, before: Entity | null, input: Input): Entity =>
  salesLine(books, "salesCreditMemoLines", { header, before: before ?? null, input });

/** A line of a v2.0 sales document. */
export function salesLine(
  books: Books,
  set: string,
  { header, before, input }: { header: Entity; before: Entity | null; input: Input },
): Entity {
  const start = before ?? {
    ...blankRow(knownSet(set)),
    id: newId(),
    documentId: header.id,
    sequence: nextSequence(books.table(set).by("documentId", header.id)),
    receiptLineId: "",
  };
  if (before) checkUnchanged(before, input);
  const merged: Input = { ...start, ...input };
  const subject = before && !given(input, "itemId", "accountId") ? kept(before) : subjectOf(books, input);
  const unit = unitOf(books, subject, merged);
  const taxCode = before || given(input, "taxCode") ? text(merged, "taxCode") : defaultTax(books, header, subject);
  const line: Entity = {
    ...merged,
    ...subject.fields,
    id: start.id,
    ...unit,
    description: text(merged, "description") || subject.name,
    unitPrice:
      before || given(input, "unitPrice") ? text(merged, "unitPrice") : priceOf(books, subject, unit.unitFactor),
    taxCode,
    taxPercent: rateOf(books, merged, taxCode),
  };
  if (text(line, "locationId")) books.refer("locations", text(line, "locationId"), "Location");
  checkSigns(line);
  return { ...line, quantityBase: inBase(text(line, "quantity"), unit.unitFactor), ...discount(line, input) };
}

type Subject = { fields: Input; name: string; itemId: string };

const kept = (before: Entity): Subject => ({
  fields: {
    lineType: text(before, "lineType"),
    lineObjectNumber: text(before, "lineObjectNumber"),
    itemId: text(before, "itemId"),
    accountId: text(before, "accountId"),
  },
  name: text(before, "description"),
  itemId: text(before, "itemId"),
});

/** What the line is for: an id, or a type and the number of an object of that type. */
function subjectOf(books: Books, input: Input): Subject {
  const [itemId, accountId, number] = [
    text(input, "itemId"),
    text(input, "accountId"),
    text(input, "lineObjectNumber"),
  ];
  if (itemId && accountId) throw dialog('Both "itemId" and "accountId" are specified. Specify only one of them.');
  const type = itemId ? "Item" : accountId ? "Account" : text(input, "lineType");
  if (type === "Item")
    return itemSubject(itemId ? books.table("items").get(itemId) : books.one("items", "number", number), number);
  if (type === "Account")
    return accountSubject(
      accountId ? books.table("accounts").get(accountId) : books.one("accounts", "number", number),
      number,
    );
  if (type === "Charge") return chargeSubject(books.one("itemCharges", "number", number), number);
  if (type === "Comment" || (!type && !number))
    return { fields: { lineType: "Comment", lineObjectNumber: "" }, name: text(input, "description"), itemId: "" };
  throw type ? unrelated("No.", number, type) : dialog("A lineType must be specified with a lineObjectNumber.");
}

function itemSubject(item: Entity | undefined, number: string): Subject {
  if (!item) throw number ? unrelated("No.", number, "Item") : dialog("Item does not exist.");
  checkItem(item);
  return {
    fields: { lineType: "Item", lineObjectNumber: text(item, "number"), itemId: item.id, accountId: "" },
    name: text(item, "displayName"),
    itemId: item.id,
  };
}

function accountSubject(account: Entity | undefined, number: string): Subject {
  if (!account) throw number ? unrelated("No.", number, "G/L Account") : dialog("Account does not exist.");
  if (account["blocked"] === true || account["directPosting"] !== true)
    throw fieldInvalid(`Direct Posting must be equal to 'Yes' in G/L Account: No.=${text(account, "number")}.`);
  return {
    fields: { lineType: "Account", lineObjectNumber: text(account, "number"), accountId: account.id, itemId: "" },
    name: text(account, "displayName"),
    itemId: "",
  };
}

function chargeSubject(charge: Entity | undefined, number: string): Subject {
  if (!charge) throw unrelated("No.", number, "Item Charge");
  return {
    fields: { lineType: "Charge", lineObjectNumber: text(charge, "number"), itemId: "", accountId: "" },
    name: text(charge, "displayName"),
    itemId: "",
  };
}

function checkUnchanged(before: Entity, input: Input) {
  for (const name of ["lineObjectNumber", "lineType"])
    if (given(input, name) && input[name] !== before[name]) throw dialog(`The value for "${name}" cannot be modified.`);
  if (text(before, "receiptLineId") && given(input, "itemId", "accountId"))
    throw dialog("A line that was made from a return receipt cannot be for something else.");
  if (text(before, "receiptLineId") && given(input, "unitOfMeasureCode", "unitOfMeasureId"))
    throw dialog("The unit of a line that was made from a return receipt cannot be changed.");
}

function unitOf(
  books: Books,
  subject: Subject,
  merged: Input,
): { unitOfMeasureCode: string; unitOfMeasureId: string; unitFactor: string } {
  const byId = text(merged, "unitOfMeasureCode") ? "" : text(merged, "unitOfMeasureId");
  const item = subject.itemId ? books.refer("items", subject.itemId, "Item") : null;
  const code =
    text(merged, "unitOfMeasureCode") ||
    (byId
      ? text(books.refer("unitsOfMeasure", byId, "Unit of Measure"), "code")
      : item
        ? text(item, "baseUnitOfMeasureCode")
        : "");
  const unit = books
    .table("unitsOfMeasure")
    .all()
    .find((row) => row["code"] === code);
  if (code && !unit) throw unrelated("Unit of Measure Code", code, "Unit of Measure");
  return {
    unitOfMeasureCode: code,
    unitOfMeasureId: unit?.id ?? "",
    unitFactor: item ? unitFactor(books, item, code) : "1",
  };
}

const priceOf = (books: Books, subject: Subject, factor: string) =>
  subject.itemId
    ? plain(exact(text(books.refer("items", subject.itemId, "Item"), "unitPrice")).mul(exact(factor)))
    : "0";

/** An Item line is taxed as the customer is; all else is not, unless a code is given. */
const defaultTax = (books: Books, header: Entity, subject: Subject) =>
  subject.itemId ? text(books.refer("customers", text(header, "customerId"), "Customer"), "taxCode") : "";

/** Today's rate of the code; a line that was made from an invoiced one keeps the rate that was invoiced (D-21). */
const rateOf = (books: Books, line: Input, taxCode: string): string =>
  text(line, "invoicedTaxCode") && text(line, "invoicedTaxCode") === taxCode
    ? text(line, "invoicedTaxPercent")
    : taxPercent(books, taxCode);

function checkSigns(line: Entity) {
  const isItem = line["lineType"] === "Item";
  if (isItem && (isNegative(text(line, "quantity")) || isNegative(text(line, "unitPrice"))))
    throw dialog("Quantity and unit price of an Item line must be positive.");
  const percent = Number(line["discountPercent"]);
  if (percent < 0 || percent > 100) throw dialog("discountPercent must be between 0 and 100.");
}

/** An amount sets the percent; a percent, or a change of quantity or price, sets the amount. */
function discount(line: Entity, input: Input): Input {
  if (!given(input, "discountAmount") || given(input, "discountPercent"))
    return given(input, "discountPercent", "quantity", "unitPrice") ? { discountAmount: discountOf(line) } : {};
  const amount = money(exact(text(input, "discountAmount")));
  const discountPercent = percentOf(amount, grossOf(line));
  if (Number(discountPercent) < 0 || Number(discountPercent) > 100)
    throw dialog("discountAmount must be between 0 and the line's amount.");
  return { discountAmount: amount, discountPercent };
}
