import { Fraction, sum } from "#shared/decimal.ts";
import { BusinessRefusal, TransientFailure } from "#shared/errors.ts";
import type { Call, TwoPhase } from "../../port.ts";
import type { ErpOrder, ReplacementOrder, ReplacementOrderRequest } from "../port.ts";
import type { Client } from "./client.ts";
import { afterWriting } from "./documents.ts";
import { findLocationIds } from "./location-ids.ts";
import type { Mappings } from "./mappings.ts";
import { type Actual, type Expected, matchLines, sameQuantity } from "./matching.ts";
import { asCode, text } from "./odata.ts";
import { isNotFound, isStale } from "./refusals.ts";
import { customers, orderLines, replacementOrders, shipments, type WireReplacementOrder } from "./wire.ts";

type Parts = {
  client: Client;
  mappings: Pick<Mappings, "location">;
  today(): string;
  findOrder(number: string, call: Call): Promise<ErpOrder | undefined>;
};
const ZERO = "0.00";

/**
 * A sales order without charge. v2.0 knows no release of an order; what makes a draft harmless is that nothing of its lines is to be shipped. Posting it sets
 * that to all of it, line by line: to do so twice is to do it once (W-01). An order that is shipped and invoiced is gone (D-04); its shipments keep the key.
 */
export function createReplacementOrders(parts: Parts): TwoPhase<ReplacementOrderRequest, ReplacementOrder> {
  const { client } = parts;
  const { system } = client;
  const read = (id: string, call: Call) =>
    client.get(replacementOrders, id, { deed: "read-replacement-order", expand: "salesOrderLines" }, call);

  const gone = async (
    key: string,
    { lines: asked }: ReplacementOrderRequest,
    call: Call,
  ): Promise<ReplacementOrder[]> => {
    const where = { deed: "look-up-replacement-order", expand: "salesShipmentLines" };
    const rows = await client.list(shipments, `externalDocumentNumber eq ${text(key)}`, where, call);
    const byOrder = Map.groupBy(rows, ({ orderNumber }) => orderNumber);
    return [...byOrder].map(([number, posted]) => {
      const { id, postingDate } = posted[0]!;
      const shipped = posted.flatMap(({ salesShipmentLines }) => salesShipmentLines);
      const sameContent =
        totals(shipped.map((line) => [line.lineObjectNumber, line.quantity])) ===
        totals(asked.map((line) => [asCode(line.sku), line.quantity]));
      return { id, number, status: "POSTED", sameContent, totals: null, postingDate, lines: [], shipped: true };
    });
  };

  return {
    async draft(key, request, call) {
      const body = await headerOf(parts, key, request, call);
      const { id } = await client
        .create(replacementOrders, "draft-replacement-order", body, call)
        .catch((error: unknown) => explain(client, error, request.customerNumber, call));
      return afterWriting(system, async () => {
        const row = await read(id, call);
        if (!row) throw new TransientFailure({ system, code: "NO_ANSWER" });
        return describe(row, request);
      });
    },

    async lookUp(key, request, call) {
      try {
        const filter = `externalDocumentNumber eq ${text(key)}`;
        const where = { deed: "look-up-replacement-order", expand: "salesOrderLines" };
        const rows = await client.list(replacementOrders, filter, where, call);
        const found = rows.length > 0 ? rows.map((row) => describe(row, request)) : await gone(key, request, call);
        if (found.length === 0) return { answer: "absent" };
        const having = (status: ReplacementOrder["status"]) => found.filter((one) => one.status === status);
        return { answer: "found", posted: having("POSTED"), drafts: having("DRAFT") };
      } catch (error) {
        if (error instanceof TransientFailure) return { answer: "unknown", reason: error.code };
        throw error;
      }
    },

    async read(id, request, call) {
      const row = await read(id, call);
      return row ? describe(row, request) : null;
    },

    async post(id, call) {
      const row = await read(id, call);
      if (!row) throw new BusinessRefusal({ system, code: "NOT_FOUND", vendorText: `the order ${id} is not there` });
      const waiting = row.salesOrderLines.filter((line) => !mayShip(line));
      for (const [at, line] of waiting.entries()) {
        const quantity = Number(outstanding(line));
        const change = {
          deed: "post-replacement-order",
          etag: line["@odata.etag"],
          body: { shipQuantity: quantity, invoiceQuantity: quantity },
        };
        const patch = () => client.patch(orderLines, line.id, change, call, mayShip);
        await (at === 0 ? patch() : afterWriting(system, patch));
      }
    },

    async discard(id, call) {
      for (const isLast of [false, true]) {
        const row = await read(id, call);
        if (!row) return;
        if (hasShipped(row))
          throw new BusinessRefusal({ system, code: "UNDO_REFUSED", vendorText: `${row.number} has shipped` });
        try {
          await client.remove(replacementOrders, id, "discard-replacement-order", row["@odata.etag"], call);
          return;
        } catch (error) {
          if (isNotFound(error)) return;
          if (!isStale(error) || isLast) throw error;
        }
      }
    },
  };
}

async function headerOf(
  { client, mappings, today, findOrder }: Parts,
  key: string,
  { customerNumber, currency, orderNumber, lines }: ReplacementOrderRequest,
  call: Call,
): Promise<Record<string, unknown>> {
  const codes = lines.map((line) => mappings.location(line.location));
  const [order, places] = await Promise.all([findOrder(orderNumber, call), findLocationIds(client, codes, call)]);
  const to = order?.shippingAddress;
  return {
    externalDocumentNumber: key,
    customerNumber,
    currencyCode: currency,
    orderDate: today(),
    ...(to && {
      shipToName: to.name ?? "",
      shipToAddressLine1: to.line1,
      shipToAddressLine2: to.line2 ?? "",
      shipToCity: to.city,
      shipToState: to.region ?? "",
      shipToPostCode: to.postalCode,
      shipToCountry: to.country,
    }),
    salesOrderLines: lines.map(({ sku, quantity, unit }, i) => ({
      lineType: "Item",
      lineObjectNumber: sku,
      quantity: Number(quantity),
      unitOfMeasureCode: unit,
      unitPrice: 0,
      shipQuantity: 0,
      invoiceQuantity: 0,
      locationId: places.get(codes[i]!)!,
    })),
  };
}

/** So many of each item, in comparable form. */
const totals = (lines: [sku: string, quantity: string][]): string =>
  JSON.stringify(
    [...Map.groupBy(lines, ([sku]) => sku)]
      .map(([sku, own]) => [sku, sum(own.map(([, quantity]) => new Fraction(quantity))).toFraction()])
      .toSorted(([a = ""], [b = ""]) => (a < b ? -1 : 1)),
  );

type Line = WireReplacementOrder["salesOrderLines"][number];
const outstanding = ({ quantity, shippedQuantity }: Line): Fraction => new Fraction(quantity).sub(shippedQuantity);
const mayShip = (line: Line): boolean => new Fraction(line.shipQuantity).gte(outstanding(line));
const hasShipped = ({ salesOrderLines }: WireReplacementOrder): boolean =>
  salesOrderLines.some(({ shippedQuantity }) => new Fraction(shippedQuantity).gt(0));

function describe(row: WireReplacementOrder, request: ReplacementOrderRequest): ReplacementOrder {
  const expected = request.lines.map(({ ref, sku, quantity, unit }): Expected => ({
    ref,
    content: { item: asCode(sku), quantity: sameQuantity(quantity), unit: asCode(unit), price: ZERO },
  }));
  const { same, lines } = matchLines(expected, row.salesOrderLines.map(actual));
  const isPosted = row.salesOrderLines.length > 0 && row.salesOrderLines.every(mayShip);
  return {
    id: row.id,
    number: row.number,
    status: isPosted ? "POSTED" : "DRAFT",
    sameContent: same && row.customerNumber === asCode(request.customerNumber),
    totals: null,
    postingDate: isPosted ? row.orderDate : null,
    lines,
    shipped: hasShipped(row),
  };
}

const actual = ({ id, lineObjectNumber, quantity, unitOfMeasureCode, unitPrice }: Line): Actual => ({
  content: { item: lineObjectNumber, quantity, unit: unitOfMeasureCode, price: unitPrice },
  line: { id, sku: lineObjectNumber, quantity, net: null, tax: null },
});

/** A customer that is blocked in any way gets no orders (D-06); the refusal itself does not say so. */
async function explain(client: Client, error: unknown, customerNumber: string, call: Call): Promise<never> {
  if (!(error instanceof BusinessRefusal) || error.code !== "POSTING_REFUSED") throw error;
  const filter = `number eq ${text(customerNumber)}`;
  const found = await client.list(customers, filter, { deed: "explain-refusal" }, call).catch(() => null);
  if (!found || (found[0] && found[0].blocked.trim() === "")) throw error;
  const { system, vendorText } = error;
  const code = found[0] ? "CUSTOMER_BLOCKED" : "UNKNOWN_CUSTOMER";
  throw new BusinessRefusal({ system, code, vendorText, cause: error });
}
