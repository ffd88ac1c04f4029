import { Fraction } from "#shared/decimal.ts";
import { BusinessRefusal, ProgramBug } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { CreditMemoRequest } from "../port.ts";
import type { Client } from "./client.ts";
import { describeMemo, hasGoods } from "./credit-memo-content.ts";
import { feeLine, type MemoTerms } from "./credit-memo-fees.ts";
import { planParts, priced, type Part } from "./credit-memo-plan.ts";
import { afterWriting, type DocumentKind } from "./documents.ts";
import { asCode } from "./odata.ts";
import { findPostingDate } from "./posting-date.ts";
import { findFactors } from "./units.ts";
import { createdMemo, memoLines, memos, returnReceipts, type WireMemo, type WireMemoLine } from "./wire.ts";

const expand = "salesCreditMemoLines";

/** A credit memo made from the posted return receipt, each line brought to what the request says it must come to (D-07, D-20), fees as lines of their own (D-08). */
export function creditMemoKind(
  client: Client,
  terms: MemoTerms,
  today: () => string,
): DocumentKind<CreditMemoRequest, WireMemo> {
  const { system } = client;

  const make = async (key: string, request: CreditMemoRequest, call: Call): Promise<string> => {
    const parts = await plan(request, call);
    const postingDate = await findPostingDate(client, today(), call);
    const id = await create(key, request, parts, call);
    try {
      await afterWriting(system, () => complete(id, request, { parts, postingDate }, call));
    } catch (error) {
      // A refused memo is taken back, so that it does not count as credited; if that fails, the look-up will find the half-made draft.
      if (error instanceof BusinessRefusal) await afterWriting(system, () => takeBack(id, call));
      throw error;
    }
    return id;
  };

  /** What to ask of which line of the receipt; lines without goods are none. */
  const plan = async (request: CreditMemoRequest, call: Call): Promise<Part[]> => {
    const goods = request.lines.filter(hasGoods);
    if (goods.length === 0 || request.stockInId === null) return [];
    const receipt = await client.get(
      returnReceipts,
      request.stockInId,
      { deed: "read-stock-in", expand: "returnReceiptLines" },
      call,
    );
    if (!receipt)
      throw new ProgramBug({ system, code: "NOT_FOUND", vendorText: `no return receipt ${request.stockInId}` });
    const isConverted = goods.some((line) =>
      receipt.returnReceiptLines.some(
        ({ id, unitOfMeasureCode }) => id === line.stockInLineId && unitOfMeasureCode !== asCode(line.unit),
      ),
    );
    const factors = isConverted
      ? await findFactors(
          client,
          goods.map(({ sku }) => asCode(sku)),
          call,
        )
      : new Map();
    return planParts(system, goods, receipt.returnReceiptLines, factors);
  };

  const create = async (key: string, request: CreditMemoRequest, parts: Part[], call: Call): Promise<string> => {
    if (request.stockInId === null || parts.length === 0) {
      const body = {
        externalDocumentNumber: key,
        customerNumber: request.customerNumber,
        currencyCode: request.currency,
        invoiceNumber: request.invoiceNumber,
      };
      return (await client.create(memos, "draft-credit-memo", body, call)).id;
    }
    const lines = parts.map(({ receiptLineId, quantity }) => ({
      returnReceiptLineId: receiptLineId,
      quantity: Number(quantity),
    }));
    const body = { externalDocumentNumber: key, lines };
    return (
      await client.act(
        returnReceipts,
        request.stockInId,
        "createCreditMemo",
        { deed: "draft-credit-memo", body, answer: createdMemo },
        call,
      )
    ).creditMemoId;
  };

  /** Header, then each line's price and discount, then the lines that the receipt does not give. */
  const complete = async (
    id: string,
    request: CreditMemoRequest,
    { parts, postingDate }: { parts: Part[]; postingDate: string },
    call: Call,
  ): Promise<void> => {
    const memo = await client.get(memos, id, { deed: "read-credit-memo", expand }, call);
    if (!memo) throw new ProgramBug({ system, code: "NOT_FOUND", vendorText: `the draft ${id} is not there` });
    await completeHead(memo, { postingDate, invoiceNumber: request.invoiceNumber }, call);
    const lines = memo.salesCreditMemoLines
      .filter(({ lineType }) => lineType === "Item")
      .toSorted((a, b) => a.sequence - b.sequence);
    if (lines.length !== parts.length)
      throw new ProgramBug({
        system,
        code: "RESPONSE_INVALID",
        vendorText: `${lines.length} lines for ${parts.length}`,
      });
    for (const [index, part] of parts.entries()) await completeLine(lines[index]!, part, call);
    const extras = [
      ...request.lines.filter((line) => !hasGoods(line)).map(terms.allowanceLine),
      ...request.fees.map((fee) => feeLine(fee, terms)),
    ];
    for (const extra of extras)
      await client.create(memoLines, "add-memo-line", { documentId: id, ...extra.wire }, call);
  };

  const completeHead = async (
    memo: WireMemo,
    body: { postingDate: string; invoiceNumber: string },
    call: Call,
  ): Promise<void> => {
    const isAsWanted = (row: WireMemo) =>
      row.postingDate === body.postingDate && row.invoiceNumber === asCode(body.invoiceNumber);
    if (isAsWanted(memo)) return;
    await client.patch(
      memos,
      memo.id,
      { deed: "amend-credit-memo", etag: memo["@odata.etag"], body },
      call,
      isAsWanted,
    );
  };

  const completeLine = async (line: WireMemoLine, part: Part, call: Call): Promise<void> => {
    const isAsWanted = (row: WireMemoLine) =>
      row.netAmount === part.net && (part.taxCode === "" || row.taxCode === part.taxCode);
    if (isAsWanted(line)) return;
    const { unitPrice, discountAmount } = priced(line, part.net);
    const tax = part.taxCode === "" || line.taxCode === part.taxCode ? {} : { taxCode: part.taxCode };
    const body = { unitPrice: Number(unitPrice), discountAmount: Number(discountAmount), ...tax };
    await client.patch(
      memoLines,
      line.id,
      { deed: "amend-memo-line", etag: line["@odata.etag"], body },
      call,
      isAsWanted,
    );
  };

  const takeBack = async (id: string, call: Call): Promise<void> => {
    const memo = await client.get(memos, id, { deed: "read-credit-memo" }, call);
    if (memo) await client.remove(memos, id, "discard-credit-memo", memo["@odata.etag"], call);
  };

  return {
    name: "credit-memo",
    set: memos,
    lines: expand,
    customerOf: ({ customerNumber }) => customerNumber,
    make,
    describe: async (row, request, call) => {
      const units = new Map(request.lines.map((line) => [asCode(line.sku), asCode(line.unit)]));
      const isConverted = row.salesCreditMemoLines.some(
        (line) => line.lineType === "Item" && units.get(line.lineObjectNumber) !== line.unitOfMeasureCode,
      );
      const factors = isConverted
        ? await findFactors(client, units.keys(), call)
        : new Map<string, Record<string, string>>();
      return describeMemo(row, request, terms, (sku, unit) => new Fraction(factors.get(sku)?.[unit] ?? "1"));
    },
  };
}
