import type { Books } from "./books.ts";
import { salesCreditMemos } from "./credit-memo.ts";
import { creditMemoLine } from "./credit-memo-line.ts";
import { exact, isNegative, isZero, plain } from "./decimals.ts";
import { badRequest, dialog } from "./errors.ts";
import { fields, fromWire, type Input } from "./fields.ts";
import type { Entity } from "./filter.ts";
import { originOf } from "./return-order.ts";
import { text, unitFactor } from "./references.ts";
import type { Settings } from "./settings.ts";

const [KEY, LINE_ID, QUANTITY] = fields("externalDocumentNumber c35, returnReceiptLineId guid, quantity decimal") as [
  ReturnType<typeof fields>[number],
  ReturnType<typeof fields>[number],
  ReturnType<typeof fields>[number],
];
type Wish = { receiptLineId: string; quantity: string };

/** `createCreditMemo`: a v2.0 draft whose Item lines are tied to the posted receipt. Twice with one key makes two drafts. */
export function createCreditMemo(
  books: Books,
  receipt: Entity,
  body: unknown,
  tiedTaxRate: Settings["tiedTaxRate"],
): { creditMemoId: string } {
  if (receipt["status"] !== "Posted") throw dialog(`The Return Receipt ${text(receipt, "number")} is not posted.`);
  const { externalDocumentNumber, wishes } = readBody(body);
  const lines = wishes.map((wish) => ({ wish, receiptLine: lineOf(books, receipt, wish) }));
  const origins = lines.map(({ receiptLine }) => invoiceLineOf(books, receiptLine, tiedTaxRate));
  const currencies = new Set(origins.map((origin) => origin?.currencyCode ?? ""));
  const invoiceNumbers = new Set(origins.map((origin) => origin?.invoiceNumber ?? ""));
  const header = books.save(
    "salesCreditMemos",
    salesCreditMemos.header(books, null, {
      externalDocumentNumber,
      customerId: text(receipt, "customerId"),
      currencyCode: currencies.size === 1 ? [...currencies][0]! : "",
      invoiceNumber: invoiceNumbers.size === 1 ? [...invoiceNumbers][0]! : "",
    }),
  );
  lines.forEach(({ wish, receiptLine }, index) =>
    books.save("salesCreditMemoLines", tiedLine(books, header, receiptLine, wish, origins[index]!)),
  );
  salesCreditMemos.settle(books, header);
  return { creditMemoId: header.id };
}

function readBody(body: unknown): { externalDocumentNumber: string; wishes: Wish[] } {
  const { externalDocumentNumber = "", lines, ...rest } = object(body);
  for (const name of Object.keys(rest))
    throw badRequest(
      `The parameter '${name}' in the request payload is not a valid parameter for the operation 'createCreditMemo'.`,
    );
  if (!Array.isArray(lines) || lines.length === 0) throw dialog("lines must name at least one line of the receipt.");
  return { externalDocumentNumber: String(fromWire(KEY, externalDocumentNumber)), wishes: lines.map(readLine) };
}

function readLine(line: unknown): Wish {
  const { returnReceiptLineId, quantity, ...rest } = object(line);
  for (const name of Object.keys(rest))
    throw badRequest(`The property '${name}' does not exist on a line of 'createCreditMemo'.`);
  const wanted = String(fromWire(QUANTITY, quantity));
  if (isZero(wanted) || isNegative(wanted)) throw dialog("Quantity must be positive.");
  return { receiptLineId: String(fromWire(LINE_ID, returnReceiptLineId)), quantity: wanted };
}

function object(value: unknown): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) throw badRequest("Invalid Request Body");
  return value as Record<string, unknown>;
}

function lineOf(books: Books, receipt: Entity, wish: Wish): Entity {
  const line = books.refer("returnReceiptLines", wish.receiptLineId, "Return Receipt Line");
  if (line["documentId"] !== receipt.id)
    throw dialog(`The Return Receipt Line ${line.id} is not of Return Receipt ${text(receipt, "number")}.`);
  return line;
}

type Origin = { orderLine: Entity; line: Entity | null; invoiceNumber: string; currencyCode: string; tax: Input };

/** The original posted line, through the return order line that the receipt line names. */
function invoiceLineOf(books: Books, receiptLine: Entity, rate: Settings["tiedTaxRate"]): Origin | null {
  const orderLine = books.table("returnOrderLines").get(text(receiptLine, "returnOrderLineId"));
  if (!orderLine) return null;
  const line = originOf(books, orderLine);
  const taxCode = line ? text(line, "taxCode") : "";
  const invoiced =
    rate === "invoice" && line ? { invoicedTaxCode: taxCode, invoicedTaxPercent: text(line, "taxPercent") } : {};
  return {
    orderLine,
    line,
    invoiceNumber: text(orderLine, "appliesFromInvoiceNumber"),
    currencyCode: text(books.refer("returnOrders", text(orderLine, "documentId"), "Return Order"), "currencyCode"),
    tax: line ? { taxCode, ...invoiced } : {},
  };
}

function tiedLine(books: Books, header: Entity, receiptLine: Entity, wish: Wish, origin: Origin | null): Entity {
  const item = books.refer("items", text(receiptLine, "itemId"), "Item");
  const source = origin?.line ?? origin?.orderLine ?? null;
  const sourceFactor = source ? unitFactor(books, item, text(source, "unitOfMeasureCode")) : "1";
  const price = source ? text(source, "unitPrice") : text(item, "unitPrice");
  const line = creditMemoLine(books, header, null, {
    itemId: item.id,
    description: text(receiptLine, "description"),
    unitOfMeasureCode: text(receiptLine, "unitOfMeasureCode"),
    quantity: wish.quantity,
    unitPrice: plain(
      exact(price)
        .mul(exact(text(receiptLine, "unitFactor")))
        .div(exact(sourceFactor)),
    ),
    discountPercent: source ? text(source, "discountPercent") : "0",
    ...origin?.tax,
  });
  return { ...line, receiptLineId: receiptLine.id };
}
