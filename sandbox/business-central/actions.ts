import type { Books } from "./books.ts";
import { createCreditMemo } from "./create-credit-memo.ts";
import type { EntitySet } from "./entity-sets.ts";
import { noSegment, notThere } from "./errors.ts";
import type { Entity } from "./filter.ts";
import { postCreditMemo } from "./post-credit-memo.ts";
import { postAdjustment, postReturnOrder, postReturnReceipt } from "./post-return.ts";
import type { Settings } from "./settings.ts";
import { shipAndInvoice } from "./ship-order.ts";

type Action = (books: Books, row: Entity, body: unknown, settings: Settings) => object | void;

const actions: Record<string, Action> = {
  "salesCreditMemos.post": (books, row, _body, { draftIdSurvives }) =>
    postCreditMemo(books, row, { keepsId: draftIdSurvives }),
  "salesOrders.shipAndInvoice": (books, row) => shipAndInvoice(books, row),
  "returnOrders.post": (books, row) => postReturnOrder(books, row),
  "returnReceipts.post": (books, row) => postReturnReceipt(books, row),
  "returnReceipts.createCreditMemo": (books, row, body, { tiedTaxRate }) =>
    createCreditMemo(books, row, body, tiedTaxRate),
  "inventoryAdjustments.post": (books, row) => postAdjustment(books, row),
};

/** Runs a bound action, whole or nothing; gives its result, if it has one. */
export function act(
  books: Books,
  set: EntitySet,
  id: string,
  name: string,
  body: unknown,
  settings: Settings,
): object | void {
  const action = actions[`${set.name}.${name}`];
  if (!action) throw noSegment(`Microsoft.NAV.${name}`);
  const row = books.table(set.name).get(id);
  if (!row) throw notThere(`The ${set.type} does not exist. Identification fields and values: SystemId='${id}'`);
  return books.transaction(() => action(books, row, body, settings));
}
