import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Reply, type Running, startBusinessCentral } from "./start-for-test.ts";

let bc: Running;
before(async () => {
  bc = await startBusinessCentral();
});
beforeEach(() => bc.reset());
after(() => bc.close());

const KEY = "BH1-R267Q3KX2M";
const outcome = ({ status, code }: Reply) => [status, code];
const refusedAs = async (code: string, status: number, reply: Promise<Reply>) =>
  assert.deepEqual(outcome(await reply), [status, code]);
const isDialog = (reply: Promise<Reply>) => refusedAs("Application_DialogException", 400, reply);

/** A return order for SO-100001 as an authorization makes it, posted when wanted. */
async function order({
  quantity = 4,
  posted = true,
  key = `${KEY}-A0003`,
  sku = "BRG-6204",
  invoice = "PSI-100001",
  customer = "C-2000",
} = {}) {
  const created = await bc.must("POST", bc.custom("returnOrders?$expand=returnOrderLines"), {
    externalDocumentNumber: key,
    customerNumber: customer,
    originalInvoiceNumber: invoice,
    returnOrderLines: [
      {
        itemNumber: sku,
        quantity,
        unitOfMeasureCode: "EA",
        appliesFromInvoiceNumber: invoice,
        appliesFromLineSequence: 10_000,
        returnReasonCode: "DEFECT",
      },
    ],
  });
  if (posted) await bc.post(bc.custom(`returnOrders(${created.id})`));
  return { id: created.id as string, line: created.returnOrderLines[0] };
}

/** A return receipt into quarantine, posted. */
async function receipt(quantity: number, returnOrder?: { id: string; line: { id: string } }, key = `${KEY}-R0007`) {
  const created = await bc.must("POST", bc.custom("returnReceipts?$expand=returnReceiptLines"), {
    externalDocumentNumber: key,
    customerNumber: "C-2000",
    locationCode: "QUARANTINE",
    ...(returnOrder ? { returnOrderId: returnOrder.id } : {}),
    returnReceiptLines: [
      { itemNumber: "BRG-6204", quantity, ...(returnOrder ? { returnOrderLineId: returnOrder.line.id } : {}) },
    ],
  });
  await bc.post(bc.custom(`returnReceipts(${created.id})`));
  return { id: created.id as string, draftNumber: created.number as string, line: created.returnReceiptLines[0] };
}

const credit = (from: { id: string; line: { id: string } }, quantity: number, key = `${KEY}-C0012`) =>
  bc.call("POST", bc.custom(`returnReceipts(${from.id})/Microsoft.NAV.createCreditMemo`), {
    externalDocumentNumber: key,
    lines: [{ returnReceiptLineId: from.line.id, quantity }],
  });
const memoOf = async (reply: Reply) =>
  bc.must("GET", bc.v2(`salesCreditMemos(${reply.body.creditMemoId})?$expand=salesCreditMemoLines`));
const adjustment = (lines: object[], more: object = {}) =>
  bc.must("POST", bc.custom("inventoryAdjustments"), {
    externalDocumentNumber: `${KEY}-D0009`,
    reasonCode: "MOVE",
    inventoryAdjustmentLines: lines,
    ...more,
  });

test("the external document number is upper-cased, kept byte for byte, and not unique (W-01, W-06)", async () => {
  const [first, second] = [await order({ posted: false, key: "bh1-r267q3kx2m-a0003" }), await order({ posted: false })];
  const found = await bc.must("GET", bc.custom(`returnOrders${bc.query(`externalDocumentNumber eq '${KEY}-A0003'`)}`));
  assert.deepEqual(
    found.value.map((row: any) => [row.id, row.externalDocumentNumber]),
    [
      [first.id, `${KEY}-A0003`],
      [second.id, `${KEY}-A0003`],
    ],
  );
  await bc.post(bc.custom(`returnOrders(${first.id})`));
  await bc.post(bc.custom(`returnOrders(${second.id})`));
  assert.equal(bc.ledger.byKey(`${KEY}-A0003`).length, 2);
  await refusedAs(
    "Application_StringExceededLength",
    400,
    bc.call("POST", bc.custom("returnOrders"), { customerNumber: "C-2000", externalDocumentNumber: "X".repeat(36) }),
  );
});

test("posting an id twice is refused, so it gives one document (W-01)", async () => {
  const { id, draftNumber } = await receipt(4, await order());
  const posted = await bc.must("GET", bc.custom(`returnReceipts(${id})`));
  assert.equal(posted.status, "Posted");
  assert.notEqual(posted.number, draftNumber);
  await isDialog(bc.call("POST", bc.custom(`returnReceipts(${id})/Microsoft.NAV.post`)));
  assert.equal(bc.ledger.posted().filter((document) => document.externalDocumentNumber === `${KEY}-R0007`).length, 1);
  assert.equal(bc.ledger.stockAt("US01", "BRG-6204", "QUARANTINE"), "4");
});

test("a draft return order changes by PATCH and goes by DELETE with If-Match; a line moves the header's ETag (D-10)", async () => {
  const { id, line } = await order({ posted: false });
  const header = await bc.must("GET", bc.custom(`returnOrders(${id})`));
  assert.deepEqual(
    [header.totalAmountExcludingTax, header.totalTaxAmount, header.totalAmountIncludingTax],
    [1158, 118.7, 1276.7],
  );
  const changed = await bc.must("PATCH", bc.custom(`returnOrderLines(${line.id})`), { quantity: 3 }, bc.etag(line));
  assert.deepEqual([changed.quantity, changed.quantityBase, changed.amountExcludingTax], [3, 3, 868.5]);
  await refusedAs(
    "Request_EntityChanged",
    409,
    bc.call("PATCH", bc.custom(`returnOrders(${id})`), { returnReasonCode: "DAMAGED" }, bc.etag(header)),
  );
  await refusedAs(
    "Request_EntityChanged",
    409,
    bc.call("DELETE", bc.custom(`returnOrders(${id})`), undefined, bc.etag(header)),
  );
  await refusedAs("BadRequest_InvalidToken", 400, bc.call("DELETE", bc.custom(`returnOrders(${id})`)));
  await refusedAs(
    "BadRequest_InvalidToken",
    400,
    bc.call("PATCH", bc.custom(`returnOrders(${id})`), {}, { "if-match": "nonsense" }),
  );
  const now = await bc.must("GET", bc.custom(`returnOrders(${id})`));
  assert.equal((await bc.call("DELETE", bc.custom(`returnOrders(${id})`), undefined, bc.etag(now))).status, 204);
  await refusedAs("Internal_RecordNotFound", 404, bc.call("GET", bc.custom(`returnOrders(${id})`)));
  assert.deepEqual(bc.ledger.byKey(`${KEY}-A0003`), []);
});

test("a posted return order can't be changed or deleted; more goods are a second order (D-10)", async () => {
  const { id, line } = await order();
  const any = { "if-match": "*" };
  await isDialog(bc.call("PATCH", bc.custom(`returnOrders(${id})`), { returnReasonCode: "DAMAGED" }, any));
  await isDialog(bc.call("PATCH", bc.custom(`returnOrderLines(${line.id})`), { quantity: 5 }, any));
  await isDialog(bc.call("DELETE", bc.custom(`returnOrderLines(${line.id})`), undefined, any));
  await isDialog(bc.call("DELETE", bc.custom(`returnOrders(${id})`), undefined, any));
  await isDialog(
    bc.call("POST", bc.custom("returnOrderLines"), { documentId: id, itemNumber: "BRG-6204", quantity: 1 }),
  );
  await isDialog(bc.call("POST", bc.custom(`returnOrders(${id})/Microsoft.NAV.post`)));
});

test("a posted return receipt is stock in at its location, without money, and raises what the order line received (D-01)", async () => {
  const returnOrder = await order();
  const before = bc.ledger.balanceOf("US01", "C-2000");
  const { id } = await receipt(3, returnOrder);
  const { number } = await bc.must("GET", bc.custom(`returnReceipts(${id})`));
  const entries = await bc.must("GET", bc.v2(`itemLedgerEntries${bc.query(`documentNumber eq '${number}'`)}`));
  assert.deepEqual(
    entries.value.map((e: any) => [e.itemNumber, e.quantity, e.entryType, e.documentType, e.salesAmountActual]),
    [["BRG-6204", 3, "Sale", "Sales_x0020_Return_x0020_Receipt", 0]],
  );
  assert.equal((await bc.must("GET", bc.custom(`returnOrderLines(${returnOrder.line.id})`))).quantityReceived, 3);
  assert.equal(bc.ledger.stockAt("US01", "BRG-6204", "QUARANTINE"), "3");
  assert.equal(bc.ledger.balanceOf("US01", "C-2000"), before);
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("more than ordered is not refused: our guards do that", async () => {
  const returnOrder = await order({ quantity: 2 });
  await receipt(3, returnOrder);
  assert.equal((await bc.must("GET", bc.custom(`returnOrderLines(${returnOrder.line.id})`))).quantityReceived, 3);
});

test("an order that something came for is not lowered below it, nor deleted (D-10)", async () => {
  const returnOrder = await order({ posted: false });
  await receipt(3, returnOrder);
  const any = { "if-match": "*" };
  await isDialog(bc.call("PATCH", bc.custom(`returnOrderLines(${returnOrder.line.id})`), { quantity: 2 }, any));
  await isDialog(bc.call("DELETE", bc.custom(`returnOrders(${returnOrder.id})`), undefined, any));
  assert.equal(
    (await bc.call("PATCH", bc.custom(`returnOrderLines(${returnOrder.line.id})`), { quantity: 3 }, any)).status,
    200,
  );
});

test("a line takes the header's location, the item's base unit, price and cost where none is given", async () => {
  const created = await adjustment([{ itemNumber: "BRG-6204", quantity: 2, entryType: "Positive Adjmt." }], {
    locationCode: "BGRADE",
  });
  const [line] = (await bc.must("GET", bc.custom(`inventoryAdjustments(${created.id})/inventoryAdjustmentLines`)))
    .value;
  const [item] = (await bc.must("GET", bc.v2(`items${bc.query("number eq 'BRG-6204'")}`))).value;
  assert.deepEqual(
    [line.locationCode, line.unitOfMeasureCode, line.unitCost, line.reasonCode, line.quantityBase],
    ["BGRADE", "EA", item.unitCost, "MOVE", 2],
  );
  assert.equal(line.entryType, "Positive_x0020_Adjmt.");
  const [priced] = (
    await bc.must("POST", bc.custom("returnOrders?$expand=returnOrderLines"), {
      customerNumber: "C-2000",
      returnOrderLines: [{ itemNumber: "BRG-6204", quantity: 1 }],
    })
  ).returnOrderLines;
  assert.deepEqual([priced.unitPrice, priced.unitOfMeasureCode], [item.unitPrice, "EA"]);
});

test("a unit of the item is converted to base units; another unit is refused (D-18)", async () => {
  const created = await bc.must("POST", bc.custom("returnReceipts?$expand=returnReceiptLines"), {
    customerNumber: "C-2013",
    locationCode: "QUARANTINE",
    returnReceiptLines: [{ itemNumber: "FLT-1210", quantity: 1.5, unitOfMeasureCode: "cs" }],
  });
  assert.deepEqual(
    [created.returnReceiptLines[0].unitOfMeasureCode, created.returnReceiptLines[0].quantityBase],
    ["CS", 18],
  );
  await refusedAs(
    "Internal_InvalidTableRelation",
    400,
    bc.call("POST", bc.custom("returnReceiptLines"), {
      documentId: created.id,
      itemNumber: "FLT-1210",
      quantity: 1,
      unitOfMeasureCode: "GAL",
    }),
  );
  const { value } = await bc.must("GET", bc.custom(`itemUnitsOfMeasure${bc.query("itemNumber eq 'FLT-1210'")}`));
  assert.deepEqual(
    value.map((unit: any) => [unit.code, unit.qtyPerUnitOfMeasure]),
    [
      ["EA", 1],
      ["CS", 12],
    ],
  );
});

test("a move is a Negative and a Positive line, sum 0; scrap is a Negative line", async () => {
  await receipt(4, await order());
  const line = { itemNumber: "BRG-6204", quantity: 3 };
  const move = await adjustment([
    { ...line, entryType: "Negative_x0020_Adjmt.", locationCode: "QUARANTINE" },
    { ...line, entryType: "Positive Adjmt.", locationCode: "CHI1" },
  ]);
  const before = Number(bc.ledger.stockAt("US01", "BRG-6204", "CHI1"));
  await bc.post(bc.custom(`inventoryAdjustments(${move.id})`));
  assert.equal(bc.ledger.stockAt("US01", "BRG-6204", "QUARANTINE"), "1");
  assert.equal(Number(bc.ledger.stockAt("US01", "BRG-6204", "CHI1")), before + 3);
  const scrap = await adjustment([{ ...line, quantity: 1, entryType: "Negative Adjmt.", locationCode: "QUARANTINE" }], {
    reasonCode: "SCRAP",
  });
  await bc.post(bc.custom(`inventoryAdjustments(${scrap.id})`));
  assert.equal(bc.ledger.stockAt("US01", "BRG-6204", "QUARANTINE"), "0");
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("shortage is checked against the item's total, line by line, not per location", async () => {
  const [{ inventory }] = (await bc.must("GET", bc.v2(`items${bc.query("number eq 'BRG-6204'")}`))).value;
  const out = { itemNumber: "BRG-6204", entryType: "Negative Adjmt.", locationCode: "REPAIR" };
  const fine = await adjustment([{ ...out, quantity: 1 }]);
  await bc.post(bc.custom(`inventoryAdjustments(${fine.id})`));
  const short = await adjustment([
    { ...out, quantity: inventory },
    { ...out, entryType: "Positive Adjmt.", quantity: inventory },
  ]);
  await isDialog(bc.call("POST", bc.custom(`inventoryAdjustments(${short.id})/Microsoft.NAV.post`)));
  assert.equal(
    (await bc.must("GET", bc.custom(`inventoryAdjustments(${short.id})`))).status,
    "Draft",
    "a refused post leaves nothing behind",
  );
  const ordered = await adjustment([
    { ...out, entryType: "Positive Adjmt.", quantity: inventory },
    { ...out, quantity: inventory },
  ]);
  await bc.post(bc.custom(`inventoryAdjustments(${ordered.id})`));
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("a deep insert is whole or nothing, and never on PATCH", async () => {
  const key = `${KEY}-A0099`;
  const body = {
    externalDocumentNumber: key,
    customerNumber: "C-2000",
    returnOrderLines: [
      { itemNumber: "BRG-6204", quantity: 1 },
      { itemNumber: "NO-SUCH", quantity: 1 },
    ],
  };
  await refusedAs("Internal_InvalidTableRelation", 400, bc.call("POST", bc.custom("returnOrders"), body));
  assert.deepEqual(bc.ledger.byKey(key), []);
  const { id } = await order({ posted: false });
  await refusedAs(
    "BadRequest",
    400,
    bc.call("PATCH", bc.custom(`returnOrders(${id})`), { returnOrderLines: [] }, { "if-match": "*" }),
  );
});

test("serials and lots are asked at a receipt's and an adjustment's post, not of a return order", async () => {
  const lineOf = (more: object) => ({ itemNumber: "DRV-2400", ...more });
  const serialOrder = await bc.must("POST", bc.custom("returnOrders"), {
    customerNumber: "C-2004",
    returnOrderLines: [lineOf({ quantity: 2 })],
  });
  await bc.post(bc.custom(`returnOrders(${serialOrder.id})`));
  const receive = async (...lines: object[]) => {
    const { id } = await bc.must("POST", bc.custom("returnReceipts"), {
      customerNumber: "C-2004",
      locationCode: "QUARANTINE",
      returnReceiptLines: lines,
    });
    return bc.call("POST", bc.custom(`returnReceipts(${id})/Microsoft.NAV.post`));
  };
  await isDialog(receive(lineOf({ quantity: 1 })));
  await isDialog(receive(lineOf({ quantity: 2, serialNumber: "DRV2400-71001" })));
  const serial = lineOf({ quantity: 1, serialNumber: "DRV2400-71001" });
  assert.equal((await receive(serial, serial)).status, 204, "a serial twice is not refused");
  const lots = { itemNumber: "ADH-270", quantity: 1, entryType: "Positive Adjmt.", locationCode: "QUARANTINE" };
  const unlotted = await adjustment([lots]);
  await isDialog(bc.call("POST", bc.custom(`inventoryAdjustments(${unlotted.id})/Microsoft.NAV.post`)));
  const lotted = await adjustment([{ ...lots, lotNumber: "LOT-9" }]);
  await bc.post(bc.custom(`inventoryAdjustments(${lotted.id})`));
  const { value } = await bc.must("GET", bc.custom(`shippedItemTrackings${bc.query("orderNumber eq 'SO-100011'")}`));
  assert.deepEqual(
    value.map((row: any) => row.serialNumber),
    ["DRV2400-71001", "DRV2400-71002", "DRV2400-71003"],
  );
  const [tracking] = (await bc.must("GET", bc.custom(`itemTrackings${bc.query("itemNumber eq 'DRV-2400'")}`))).value;
  assert.deepEqual([tracking.serialRequired, tracking.lotRequired], [true, false]);
});

test("createCreditMemo makes a v2.0 draft tied to the receipt: money without stock, the original line's price and tax (D-02, D-03)", async () => {
  const posted = await receipt(4, await order());
  const reply = await credit(posted, 4);
  assert.equal(reply.status, 201);
  const draft = await memoOf(reply);
  assert.deepEqual(
    [draft.status, draft.invoiceNumber, draft.externalDocumentNumber],
    ["Draft", "PSI-100001", `${KEY}-C0012`],
  );
  assert.deepEqual(
    [draft.totalAmountExcludingTax, draft.totalTaxAmount, draft.totalAmountIncludingTax],
    [1158, 118.7, 1276.7],
  );
  const [line] = draft.salesCreditMemoLines;
  assert.deepEqual(
    [line.lineType, line.lineObjectNumber, line.unitPrice, line.taxCode],
    ["Item", "BRG-6204", 289.5, "IL-COOK"],
  );
  const stock = bc.ledger.itemEntries().length;
  await bc.post(bc.v2(`salesCreditMemos(${draft.id})`));
  assert.equal(bc.ledger.itemEntries().length, stock, "the goods came with the receipt");
  assert.equal((await bc.must("GET", bc.custom(`returnReceiptLines(${posted.line.id})`))).quantityCredited, 4);
  const [invoice] = (await bc.must("GET", bc.v2(`salesInvoices${bc.query("number eq 'PSI-100001'")}`))).value;
  assert.deepEqual([invoice.remainingAmount, invoice.status], [0, "Paid"]);
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("a tied line's price or discount can be lowered, and a restocking charge added (D-08)", async () => {
  const posted = await receipt(4, await order());
  const draft = await memoOf(await credit(posted, 4));
  await bc.must("POST", bc.v2("salesCreditMemoLines"), {
    documentId: draft.id,
    lineType: "Charge",
    lineObjectNumber: "RESTOCKING",
    quantity: -1,
    unitPrice: 173.7,
    taxCode: "FEE-NT",
  });
  const withFee = await bc.must("GET", bc.v2(`salesCreditMemos(${draft.id})`));
  assert.deepEqual(
    [withFee.totalAmountExcludingTax, withFee.totalTaxAmount, withFee.totalAmountIncludingTax],
    [984.3, 118.7, 1103],
  );
  const [line] = (await bc.must("GET", bc.v2(`salesCreditMemos(${draft.id})/salesCreditMemoLines`))).value;
  const lowered = await bc.must(
    "PATCH",
    bc.v2(`salesCreditMemoLines(${line.id})`),
    { discountPercent: 10 },
    bc.etag(line),
  );
  assert.deepEqual([lowered.discountAmount, lowered.netAmount], [115.8, 1042.2]);
  await isDialog(
    bc.call("PATCH", bc.v2(`salesCreditMemoLines(${line.id})`), { lineObjectNumber: "BRG-6208" }, { "if-match": "*" }),
  );
});

test("called twice with one key it makes two drafts; more than received less credited can't be posted", async () => {
  const posted = await receipt(4, await order());
  const [first, second] = [await memoOf(await credit(posted, 3)), await memoOf(await credit(posted, 3))];
  assert.notEqual(first.id, second.id);
  await bc.post(bc.v2(`salesCreditMemos(${first.id})`));
  await isDialog(bc.call("POST", bc.v2(`salesCreditMemos(${second.id})/Microsoft.NAV.post`)));
  await isDialog(bc.call("POST", bc.v2(`salesCreditMemos(${first.id})/Microsoft.NAV.post`)));
  assert.equal(bc.ledger.creditMemos().filter((memo) => memo.externalDocumentNumber === `${KEY}-C0012`).length, 1);
});

test("createCreditMemo wants a posted receipt, its own lines and a quantity", async () => {
  const draft = await bc.must("POST", bc.custom("returnReceipts?$expand=returnReceiptLines"), {
    customerNumber: "C-2000",
    returnReceiptLines: [{ itemNumber: "BRG-6204", quantity: 1 }],
  });
  await isDialog(credit({ id: draft.id, line: draft.returnReceiptLines[0] }, 1));
  const posted = await receipt(4, await order());
  await isDialog(credit(posted, 0));
  await isDialog(credit({ id: posted.id, line: draft.returnReceiptLines[0] }, 1));
  const path = bc.custom(`returnReceipts(${posted.id})/Microsoft.NAV.createCreditMemo`);
  await isDialog(bc.call("POST", path, { externalDocumentNumber: KEY, lines: [] }));
  await refusedAs(
    "BadRequest",
    400,
    bc.call("POST", path, {
      externalDocumentNumber: KEY,
      colour: "red",
      lines: [{ returnReceiptLineId: posted.line.id, quantity: 1 }],
    }),
  );
  await refusedAs(
    "Internal_RecordNotFound",
    404,
    bc.call("POST", bc.custom(`returnReceipts(${draft.returnReceiptLines[0].id})/Microsoft.NAV.createCreditMemo`), {}),
  );
});

test("the tax of a tied line is the invoice's, or today's where the installation says so (D-21)", async () => {
  const taxOf = async () => {
    const returnOrder = await order({ sku: "BLT-560", invoice: "PSI-100005", customer: "C-2015", quantity: 6 });
    const created = await bc.must("POST", bc.custom("returnReceipts?$expand=returnReceiptLines"), {
      customerNumber: "C-2015",
      locationCode: "QUARANTINE",
      returnReceiptLines: [{ itemNumber: "BLT-560", quantity: 6, returnOrderLineId: returnOrder.line.id }],
    });
    await bc.post(bc.custom(`returnReceipts(${created.id})`));
    return (await memoOf(await credit({ id: created.id, line: created.returnReceiptLines[0] }, 6))).totalTaxAmount;
  };
  assert.equal(await taxOf(), 25.71);
  bc.controls.settings({ tiedTaxRate: "today" });
  assert.equal(await taxOf(), 27.74);
});

test("each refusal has its code", async () => {
  const returnOrder = (body: object) =>
    bc.call("POST", bc.custom("returnOrders"), { customerNumber: "C-2000", ...body });
  const line = (body: object) => returnOrder({ returnOrderLines: [{ itemNumber: "BRG-6204", quantity: 1, ...body }] });
  await refusedAs("Internal_InvalidTableRelation", 400, returnOrder({ locationCode: "MOON" }));
  await refusedAs("Internal_InvalidTableRelation", 400, returnOrder({ returnReasonCode: "WHIM" }));
  await refusedAs("Internal_InvalidTableRelation", 400, line({ itemNumber: "NO-SUCH" }));
  await refusedAs("Internal_InvalidTableRelation", 400, line({ unitOfMeasureCode: "CS" }));
  await refusedAs("Application_StringExceededLength", 400, line({ serialNumber: "X".repeat(51) }));
  await refusedAs("BadRequest_InvalidOperation", 400, returnOrder({ number: "RO-1" }));
  await refusedAs("BadRequest_InvalidOperation", 400, line({ quantityReceived: 1 }));
  await refusedAs("BadRequest", 400, returnOrder({ colour: "red" }));
  await refusedAs("BadRequest", 400, line({ quantity: "1" }));
  await refusedAs("BadRequest", 400, returnOrder({ orderDate: "21.11.2026" }));
  await refusedAs("BadRequest", 400, bc.call("POST", bc.custom("returnOrders"), "{"));
  await isDialog(returnOrder({ customerNumber: "C-9999" }));
  await isDialog(line({ appliesFromInvoiceNumber: "PSI-9", appliesFromLineSequence: 10_000 }));
  await isDialog(line({ appliesFromInvoiceNumber: "PSI-100001", appliesFromLineSequence: 20_000 }));
  await isDialog(
    bc.call("POST", bc.custom("returnReceipts"), {
      customerNumber: "C-2000",
      returnOrderId: "00000000-0000-4000-8000-000000000001",
    }),
  );
  bc.controls.change({ company: "US01", set: "items", number: "BRG-6204", fields: { blocked: true } });
  await refusedAs("Application_FieldValidationException", 400, line({}));
});

test("a draft without lines, with quantity 0 or on a closed day is not posted", async () => {
  const empty = await bc.must("POST", bc.custom("returnOrders"), { customerNumber: "C-2000" });
  await isDialog(bc.call("POST", bc.custom(`returnOrders(${empty.id})/Microsoft.NAV.post`)));
  const zero = await order({ quantity: 0, posted: false });
  await isDialog(bc.call("POST", bc.custom(`returnOrders(${zero.id})/Microsoft.NAV.post`)));
  const early = await bc.must("POST", bc.custom("returnOrders"), {
    customerNumber: "C-2000",
    postingDate: "2026-11-06",
    returnOrderLines: [{ itemNumber: "BRG-6204", quantity: 1 }],
  });
  await isDialog(bc.call("POST", bc.custom(`returnOrders(${early.id})/Microsoft.NAV.post`)));
  bc.controls.allowPosting({ company: "US01", from: "2026-11-01" });
  await bc.post(bc.custom(`returnOrders(${early.id})`));
});

test("only a customer blocked All is refused, at create and at post (D-06)", async () => {
  const body = (customerNumber: string) => ({
    customerNumber,
    returnOrderLines: [{ itemNumber: "BRG-6204", quantity: 1 }],
  });
  await isDialog(bc.call("POST", bc.custom("returnOrders"), body("C-2003")));
  for (const customer of ["C-2001", "C-2002"]) {
    const { id } = await bc.must("POST", bc.custom("returnOrders"), body(customer));
    await bc.post(bc.custom(`returnOrders(${id})`));
  }
  const { id } = await bc.must("POST", bc.custom("returnOrders"), body("C-2000"));
  bc.controls.change({ company: "US01", set: "customers", number: "C-2000", fields: { blocked: "All" } });
  await isDialog(bc.call("POST", bc.custom(`returnOrders(${id})/Microsoft.NAV.post`)));
});
