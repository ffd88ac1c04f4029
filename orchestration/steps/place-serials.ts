import type { ErpOrder, SoldSerial } from "#adapters/erp/port.ts";
import { Fraction } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import { toBase } from "#shared/quantity.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { receiptById } from "../goods.ts";
import type { ReturnState } from "../return-state.ts";
import { serialsBack, type Stray, strayOf } from "../serials.ts";
import type { DecidingStep } from "../step.ts";

type Read = { sold: Map<string, SoldSerial[]>; orders: Map<string, ErpOrder> };
type Placed = Stray & { sold: string };

/**
 * Before serials that were not shipped on their line are called a mismatch, the customer's other orders are asked (D-17). What the customer bought there on the same
 * terms, and has not sent back yet, is as good as what was expected: it is matched, and the discrepancy says where it was sold.
 */
export const placeSerials: DecidingStep<Read> = {
  kind: "decide",
  name: "place-serials",
  system: "erp",
  guard: (state, run) => (straysOf(state, run.subject).length > 0 ? "go" : { skip: "no serial is out of place" }),
  read: async (state, run) => {
    const erp = run.systems.erpOf(state.companyId);
    const serials = straysOf(state, run.subject).flatMap(({ strangers }) => strangers);
    const sold = await erp.findSoldSerials(state.customerNumber!, serials, run.call);
    const numbers = new Set([...sold.values()].flat().map(({ orderNumber }) => orderNumber));
    return { sold, orders: await erp.findOrders([...numbers], run.call) };
  },
  decide: async (state, reading, run, tx) => {
    const back = new Set(await serialsBack(tx, state));
    const placed = straysOf(state, run.subject).flatMap((stray) => place(state, stray, reading, back) ?? []);
    return { facts: placed.length > 0 ? factsOf(run.subject, placed) : [] };
  },
};

const straysOf = (state: ReturnState, receiptId: string): Stray[] =>
  (receiptById(state, receiptId)?.lines ?? []).flatMap((line) => strayOf(state, line) ?? []);

/** Null where one of the serials is not this customer's, was sold otherwise, or came back before. */
function place(state: ReturnState, stray: Stray, { sold, orders }: Read, back: ReadonlySet<string>): Placed | null {
  const { line, strangers } = stray;
  const sales = strangers.map((serial) =>
    back.has(serial)
      ? undefined
      : sold
          .get(serial)
          ?.find(
            ({ sku, orderNumber }) => sku === line.posted?.sku && sameTerms(state, stray, orders.get(orderNumber)),
          ),
  );
  if (sales.some((sale) => sale === undefined)) return null;
  return { ...stray, sold: [...new Set(sales.map((sale) => sale!.orderNumber))].join(", ") };
}

/** Sold to this customer at the same price for the same tax: then it makes no difference which of them is credited. */
function sameTerms({ currency, customerNumber }: ReturnState, { line }: Stray, order: ErpOrder | undefined): boolean {
  const { sku, lineNet, invoicedBase, taxCode, taxRate } = line.posted!;
  if (order?.currency !== currency || order.customerNumber !== customerNumber) return false;
  const invoiced = order.invoices.filter(({ status }) => status !== "CANCELLED").flatMap(({ lines }) => lines);
  return invoiced.some(
    (other) =>
      other.sku === sku &&
      other.taxCode === taxCode &&
      other.taxRate === taxRate &&
      new Fraction(other.net)
        .div(toBase(other.quantity, other.unitFactor))
        .equals(new Fraction(lineNet).div(invoicedBase)),
  );
}

function factsOf(receiptId: string, placed: Placed[]): NewFact[] {
  const found = placed.map((one) => ({ ...one, discrepancyId: newId("dcr") }));
  return [
    ...found.map(({ discrepancyId, receiptLine, line, strangers, sold }): NewFact => ({
      kind: "discrepancy.raised",
      data: {
        discrepancyId,
        kind: "SERIAL_MISMATCH",
        receiptLineId: receiptLine.receiptLineId,
        returnLineId: line.id,
        expected: line.posted!.shippedSerials.join(", "),
        actual: `${strangers.join(", ")}, sold on ${sold}`,
      },
    })),
    {
      kind: "receipt.matched",
      data: {
        receiptId,
        lines: found.map(({ receiptLine, line }) => ({
          receiptLineId: receiptLine.receiptLineId,
          returnLineId: line.id,
        })),
      },
    },
    ...found.map(({ discrepancyId }): NewFact => ({
      kind: "discrepancy.resolved",
      data: { discrepancyId, status: "REMATCHED" },
    })),
  ];
}
