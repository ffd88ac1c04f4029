import { isDeepStrictEqual } from "node:util";
import type { Call } from "../../port.ts";
import type { AmendedAuthorization } from "../port.ts";
import { actual, authorizationKind, expected, lineBody } from "./authorization.ts";
import type { Client } from "./client.ts";
import type { DocumentKind } from "./documents.ts";
import type { Mappings } from "./mappings.ts";
import { asCode } from "./odata.ts";
import { returnOrderLines, returnOrders, type WireReturnOrder, type WireReturnOrderLine } from "./wire.ts";

type Asked = AmendedAuthorization["lines"][number];
type Change = { line: WireReturnOrderLine; asked: Asked };

/**
 * A draft return order that says something else from now on (D-10): its lines are changed where they are, If-Match, and the amendment's key comes last, so
 * that a look-up finds it once all is done. Doing it again does what is left. A draft that is gone is made anew.
 */
export function amendmentKind(
  client: Client,
  mappings: Mappings,
  today: () => string,
): DocumentKind<AmendedAuthorization, WireReturnOrder> {
  const authorization = authorizationKind(client, mappings, today);
  const { reason } = mappings;

  const read = (id: string, call: Call) =>
    client.get(returnOrders, id, { deed: "read-authorization", expand: authorization.lines }, call);

  const changeLine = ({ line, asked }: Change, call: Call): Promise<void> => {
    const { quantity, unitOfMeasureCode, returnReasonCode } = lineBody(asked, reason);
    const change = {
      deed: "amend-authorization-line",
      etag: line["@odata.etag"],
      body: { quantity, unitOfMeasureCode, returnReasonCode },
    };
    const isAsWanted = (row: WireReturnOrderLine) => isDeepStrictEqual(actual(row).content, expected(asked, reason));
    return client.patch(returnOrderLines, line.id, change, call, isAsWanted);
  };

  const giveKey = (order: WireReturnOrder, key: string, call: Call): Promise<void> => {
    const change = {
      deed: "amend-authorization",
      etag: order["@odata.etag"],
      body: { externalDocumentNumber: key },
    };
    return client.patch(returnOrders, order.id, change, call, (row) => row.externalDocumentNumber === key);
  };

  return {
    ...authorization,
    async make(key, { documentId, ...request }, call) {
      const order = await read(documentId, call);
      if (!order) return authorization.make(key, request, call);
      const { changed, added, dropped } = planOf(order.returnOrderLines, request.lines, reason);
      for (const change of changed) await changeLine(change, call);
      for (const line of added)
        await client.create(
          returnOrderLines,
          "add-authorization-line",
          { documentId: order.id, ...lineBody(line, reason) },
          call,
        );
      for (const { id, "@odata.etag": seen } of dropped)
        await client.remove(returnOrderLines, id, "drop-authorization-line", seen, call);
      // A changed line moves the header's ETag.
      const isChanged = changed.length + added.length + dropped.length > 0;
      await giveKey((isChanged ? await read(documentId, call) : order) ?? order, key, call);
      return order.id;
    },
  };
}

/** Which lines are to say something else, come, or go; those that are as they ought to be stay. */
function planOf(lines: readonly WireReturnOrderLine[], asked: readonly Asked[], reason: Mappings["reason"]) {
  const there = lines.toSorted((a, b) => a.sequence - b.sequence);
  const take = (fits: (line: WireReturnOrderLine) => boolean): WireReturnOrderLine | undefined => {
    const at = there.findIndex(fits);
    return at < 0 ? undefined : there.splice(at, 1)[0];
  };
  const left = asked.filter((one) => !take((line) => isDeepStrictEqual(actual(line).content, expected(one, reason))));
  const pairs = left.map((one) => ({ asked: one, line: take((line) => isOfSame(line, one)) }));
  return {
    changed: pairs.flatMap(({ line, asked: one }): Change[] => (line ? [{ line, asked: one }] : [])),
    added: pairs.flatMap(({ line, asked: one }) => (line ? [] : [one])),
    dropped: there,
  };
}

/** Of the same invoiced goods. */
const isOfSame = (line: WireReturnOrderLine, { sku, invoiceNumber, invoiceLine }: Asked): boolean =>
  line.itemNumber === asCode(sku) &&
  line.appliesFromInvoiceNumber === asCode(invoiceNumber) &&
  line.appliesFromLineSequence === invoiceLine;
