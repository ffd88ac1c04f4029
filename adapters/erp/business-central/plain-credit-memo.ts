import { Fraction } from "#shared/decimal.ts";
import { BusinessRefusal } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { CreditMemoRequest } from "../port.ts";
import type { Client } from "./client.ts";
import { describeMemo, hasGoods } from "./credit-memo-content.ts";
import { feeLine, type MemoTerms } from "./credit-memo-fees.ts";
import { priced } from "./credit-memo-plan.ts";
import type { DocumentKind } from "./documents.ts";
import type { Mappings } from "./mappings.ts";
import { asCode } from "./odata.ts";
import { findPostingDate } from "./posting-date.ts";
import { locations, memos, type WireMemo, type WireMemoLine } from "./wire.ts";

type RequestLine = CreditMemoRequest["lines"][number];

/**
 * A credit memo of plain v2.0, made whole in one write: its Item lines bring the goods in, each at the place asked for, because they are tied to nothing
 * (D-02). There is no field for the line that was posted, so the ERP values the goods by itself (D-03), and taxes them at today's rate (D-21); nor one that
 * assigns a charge, so every fee is an account line.
 */
export function plainMemoKind(
  client: Client,
  { location }: Mappings,
  terms: MemoTerms,
  today: () => string,
): DocumentKind<CreditMemoRequest, WireMemo> {
  const { system } = client;
  const known = new Map<string, string>();

  /** The ids of the locations that the goods come into, by their code. */
  const placesOf = async ({ lines }: CreditMemoRequest, call: Call): Promise<ReadonlyMap<string, string>> => {
    const codes = new Set(lines.flatMap((line) => (line.location === undefined ? [] : [location(line.location)])));
    const missing = [...codes].filter((code) => !known.has(code));
    const rows = await client.listBy(locations, "code", missing, { deed: "find-locations" }, call);
    for (const { code, id } of rows) known.set(code, id);
    for (const code of missing)
      if (!known.has(code))
        throw new BusinessRefusal({ system, code: "UNKNOWN_CODE", vendorText: `there is no location ${code}` });
    return known;
  };

  const itemLine = (line: RequestLine, places: ReadonlyMap<string, string>) => {
    const { unitPrice, discountAmount } = priced(line, line.net);
    return {
      lineType: "Item",
      lineObjectNumber: line.sku,
      quantity: Number(line.quantity),
      unitOfMeasureCode: line.unit,
      unitPrice: Number(unitPrice),
      discountAmount: Number(discountAmount),
      locationId: places.get(location(line.location!)),
      ...(line.taxCode === "" ? {} : { taxCode: line.taxCode }),
    };
  };

  const make = async (key: string, request: CreditMemoRequest, call: Call): Promise<string> => {
    const [places, postingDate] = await Promise.all([placesOf(request, call), findPostingDate(client, today(), call)]);
    const body = {
      externalDocumentNumber: key,
      customerNumber: request.customerNumber,
      currencyCode: request.currency,
      invoiceNumber: request.invoiceNumber,
      postingDate,
      salesCreditMemoLines: [
        ...request.lines.filter(hasGoods).map((line) => itemLine(line, places)),
        ...request.lines.filter((line) => !hasGoods(line)).map((line) => terms.allowanceLine(line).wire),
        ...request.fees.map((fee) => feeLine(fee, terms).wire),
      ],
    };
    return (await client.create(memos, "draft-credit-memo", body, call)).id;
  };

  const isFor = (line: WireMemoLine, asked: RequestLine, places: ReadonlyMap<string, string>): boolean =>
    line.lineObjectNumber === asCode(asked.sku) &&
    line.unitOfMeasureCode === asCode(asked.unit) &&
    line.locationId === places.get(location(asked.location!));

  return {
    name: "credit-memo",
    set: memos,
    lines: "salesCreditMemoLines",
    customerOf: ({ customerNumber }) => customerNumber,
    make,
    async describe(row, request, call) {
      const places = await placesOf(request, call);
      // A line is in the unit that was asked for: nothing is converted.
      const memo = describeMemo(row, request, terms, () => new Fraction(1));
      const asSent = row.salesCreditMemoLines
        .filter(({ lineType }) => lineType === "Item")
        .every((line) => request.lines.some((asked) => hasGoods(asked) && isFor(line, asked, places)));
      return { ...memo, sameContent: memo.sameContent && asSent };
    },
  };
}
