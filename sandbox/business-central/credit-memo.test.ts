import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Reply, type Running, startBusinessCentral } from "./start-for-test.ts";

let bc: Running;
before(async () => {
  bc = await startBusinessCentral();
});
beforeEach(() => bc.reset());
after(() => bc.close());

const KEY = "BH1-R267Q3KX2M-C0012";
const isDialog = async (reply: Promise<Reply>) => {
  const { status, code } = await reply;
  assert.deepEqual([status, code], [400, "Application_DialogException"]);
};
const refusedAs = async (code: string, reply: Promise<Reply>) => assert.equal((await reply).code, code);
const draft = (lines: object[], head: object = {}) =>
  bc.must("POST", bc.v2("salesCreditMemos?$expand=salesCreditMemoLines"), {
    externalDocumentNumber: KEY,
    customerNumber: "C-2000",
    invoiceNumber: "PSI-100001",
    salesCreditMemoLines: lines,
    ...head,
  });
const get = (id: string) => bc.must("GET", bc.v2(`salesCreditMemos(${id})?$expand=salesCreditMemoLines`));
const postMemo = (id: string) => bc.post(bc.v2(`salesCreditMemos(${id})`));
const byKey = async () =>
  (await bc.must("GET", bc.v2(`salesCreditMemos${bc.query(`externalDocumentNumber eq '${KEY}'`)}`))).value;
const bearing = (quantity: number, more: object = {}) => ({
  lineType: "Item",
  lineObjectNumber: "BRG-6204",
  quantity,
  unitPrice: 289.5,
  taxCode: "IL-COOK",
  ...more,
});
const locationId = async (code: string) =>
  (await bc.must("GET", bc.v2(`locations${bc.query(`code eq '${code}'`)}`))).value[0].id;

test("drafts and posted memos are in one set; the posted number differs from the draft's, the key stays (D-28)", async () => {
  const made = await draft([bearing(1, { locationId: await locationId("QUARANTINE") })]);
  assert.equal((await byKey())[0].status, "Draft");
  await postMemo(made.id);
  const [posted, ...others] = await byKey();
  assert.deepEqual(others, []);
  assert.deepEqual([posted.id, posted.externalDocumentNumber, posted.status], [made.id, KEY, "Paid"]);
  assert.notEqual(posted.number, made.number);
  await isDialog(bc.call("POST", bc.v2(`salesCreditMemos(${made.id})/Microsoft.NAV.post`)));
});

test("a draft's id may not survive the post: 404 on it, and the key finds the document (D-28)", async () => {
  bc.controls.settings({ draftIdSurvives: false });
  const made = await draft([bearing(1)]);
  await postMemo(made.id);
  assert.equal((await bc.call("GET", bc.v2(`salesCreditMemos(${made.id})`))).status, 404);
  assert.equal(
    (await bc.call("POST", bc.v2(`salesCreditMemos(${made.id})/Microsoft.NAV.post`))).code,
    "Internal_RecordNotFound",
  );
  const [posted] = await byKey();
  assert.notEqual(posted.id, made.id);
  assert.equal((await get(posted.id)).salesCreditMemoLines.length, 1);
  assert.equal(
    bc.ledger.creditMemos().filter(({ externalDocumentNumber }) => externalDocumentNumber === KEY).length,
    1,
  );
});

test("an Item line that is tied to nothing puts the goods in; an Account line does not (D-02)", async () => {
  const item = await draft([bearing(2, { locationId: await locationId("QUARANTINE") })]);
  await postMemo(item.id);
  assert.equal(bc.ledger.stockAt("US01", "BRG-6204", "QUARANTINE"), "2");
  const { number } = await get(item.id);
  const { value } = await bc.must("GET", bc.v2(`itemLedgerEntries${bc.query(`documentNumber eq '${number}'`)}`));
  assert.deepEqual(
    value.map((entry: any) => [entry.quantity, entry.documentType, entry.salesAmountActual]),
    [[2, "Sales_x0020_Credit_x0020_Memo", -579]],
  );
  const account = await draft([{ lineType: "Account", lineObjectNumber: "6910", quantity: 1, unitPrice: 50 }]);
  await postMemo(account.id);
  assert.equal(bc.ledger.stockAt("US01", "BRG-6204", "QUARANTINE"), "2");
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("an Account line is not taxed unless a tax code is given, an Item line is taxed as the customer is", async () => {
  const account = { lineType: "Account", lineObjectNumber: "6910", quantity: 1, unitPrice: 100 };
  const made = await draft([
    account,
    { ...account, taxCode: "IL-COOK" },
    { lineType: "Item", lineObjectNumber: "BRG-6204", quantity: 1 },
  ]);
  assert.deepEqual(
    made.salesCreditMemoLines.map((line: any) => [line.taxCode, line.taxPercent]),
    [
      ["", 0],
      ["IL-COOK", 10.25],
      ["IL-COOK", 10.25],
    ],
  );
  await refusedAs(
    "Internal_InvalidTableRelation",
    bc.call("POST", bc.v2("salesCreditMemoLines"), { documentId: made.id, ...account, taxCode: "MARS" }),
  );
});

test("tax is rounded once for each tax code's sum, and the lines add up to it (D-21)", async () => {
  const line = { lineType: "Account", lineObjectNumber: "6910", quantity: 1, unitPrice: 0.05, taxCode: "IL-COOK" };
  const made = await draft([line, line, line]);
  assert.equal(made.totalTaxAmount, 0.02, "3 times 0.0051 is 0.0154; each rounded alone would be 0.03");
  assert.deepEqual(
    made.salesCreditMemoLines.map((each: any) => each.netTaxAmount),
    [0.01, 0, 0.01],
  );
});

test("an invoice discount is spread over the lines and the totals recalculated (D-07)", async () => {
  const line = { lineType: "Account", lineObjectNumber: "6910", quantity: 3, unitPrice: 40 };
  const made = await draft([line, { ...line, quantity: 1 }], { discountAmount: 10 });
  assert.deepEqual([made.totalAmountExcludingTax, made.discountAmount], [150, 10]);
  assert.deepEqual(
    made.salesCreditMemoLines.map((each: any) => [
      each.amountExcludingTax,
      each.invoiceDiscountAllocation,
      each.netAmount,
    ]),
    [
      [120, 7.5, 112.5],
      [40, 2.5, 37.5],
    ],
  );
});

test("a discount amount sets the percent, a percent the amount (SO-100004: 40.00 less 6.67)", async () => {
  const made = await draft([bearing(1, { unitPrice: 40, discountAmount: 6.67, taxCode: "EXEMPT" })]);
  const [line] = made.salesCreditMemoLines;
  assert.deepEqual([line.discountPercent, line.netAmount, made.totalAmountIncludingTax], [16.675, 33.33, 33.33]);
  const patched = await bc.must(
    "PATCH",
    bc.v2(`salesCreditMemoLines(${line.id})`),
    { discountPercent: 50 },
    bc.etag(line),
  );
  assert.deepEqual([patched.discountAmount, patched.netAmount], [20, 20]);
});

test("a changed line moves the header's ETag, and a stale one is refused", async () => {
  const made = await draft([bearing(1)]);
  const line = await bc.must("POST", bc.v2(`salesCreditMemos(${made.id})/salesCreditMemoLines`), {
    lineType: "Comment",
    description: "as agreed",
  });
  assert.equal(line.documentId, made.id);
  const stale = await bc.call(
    "PATCH",
    bc.v2(`salesCreditMemos(${made.id})`),
    { postingDate: "2026-11-20" },
    bc.etag(made),
  );
  assert.deepEqual([stale.status, stale.code], [409, "Request_EntityChanged"]);
  const changed = await bc.must(
    "PATCH",
    bc.v2(`salesCreditMemos(${made.id})`),
    { postingDate: "2026-11-20" },
    bc.etag(await get(made.id)),
  );
  assert.equal(changed.postingDate, "2026-11-20");
});

test("a record that somebody else changes first is refused with a good ETag too (stale ETag)", async () => {
  const made = await draft([bearing(1)]);
  bc.faults.arm({ match: { method: "PATCH" }, action: { kind: "stale-etag" } });
  assert.equal((await bc.call("PATCH", bc.v2(`salesCreditMemos(${made.id})`), {}, bc.etag(made))).status, 409);
  assert.equal(
    (await bc.call("PATCH", bc.v2(`salesCreditMemos(${made.id})`), {}, bc.etag(await get(made.id)))).status,
    200,
  );
});

test("a memo is applied to the invoice it names up to what is open, the rest stays on account (D-25)", async () => {
  bc.controls.pay({ company: "US01", invoiceNumber: "PSI-100001", amount: "1000.00" });
  const made = await draft([bearing(4)]);
  await postMemo(made.id);
  const { number, status } = await get(made.id);
  assert.equal(status, "Open");
  const { value } = await bc.must(
    "GET",
    bc.custom(`creditMemoApplications${bc.query(`creditMemoNumber eq '${number}'`)}`),
  );
  assert.deepEqual(
    value.map((each: any) => [each.invoiceNumber, each.amount]),
    [["PSI-100001", 276.7]],
  );
  const [invoice] = (await bc.must("GET", bc.v2(`salesInvoices${bc.query("number eq 'PSI-100001'")}`))).value;
  assert.deepEqual([invoice.remainingAmount, invoice.status], [0, "Paid"]);
  assert.equal(bc.ledger.balanceOf("US01", "C-2000"), "-1000.00");
  const [customer] = (
    await bc.must("GET", bc.v2(`customers${bc.query("number eq 'C-2000'", "&$expand=customerFinancialDetail")}`))
  ).value;
  assert.deepEqual([customer.balanceDue, customer.customerFinancialDetail.balance], [-1000, -1000]);
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("a memo without an invoice, or for a paid one, is on account", async () => {
  const made = await draft([bearing(1)], { customerNumber: "C-2016", invoiceNumber: "PSI-100006" });
  await postMemo(made.id);
  assert.deepEqual([(await get(made.id)).status, bc.ledger.balanceOf("US01", "C-2016")], ["Open", "-319.17"]);
  await isDialog(bc.call("POST", bc.v2("salesCreditMemos"), { customerNumber: "C-2016", invoiceNumber: "PSI-100001" }));
  await isDialog(bc.call("POST", bc.v2("salesCreditMemos"), { customerNumber: "C-2016", invoiceNumber: "NO-SUCH" }));
});

test("what v2.0 can't say or take is refused: serials, closed days, negative Item lines, two subjects", async () => {
  const tracked = await draft([{ lineType: "Item", lineObjectNumber: "DRV-2400", quantity: 1 }], {
    customerNumber: "C-2004",
    invoiceNumber: "",
  });
  await isDialog(bc.call("POST", bc.v2(`salesCreditMemos(${tracked.id})/Microsoft.NAV.post`)));
  const closed = await draft([bearing(1)], { postingDate: "2026-11-01" });
  await isDialog(bc.call("POST", bc.v2(`salesCreditMemos(${closed.id})/Microsoft.NAV.post`)));
  const line = (body: object) => bc.call("POST", bc.v2("salesCreditMemoLines"), { documentId: closed.id, ...body });
  const [item] = (await bc.must("GET", bc.v2(`items${bc.query("number eq 'BRG-6204'")}`))).value;
  const [account] = (await bc.must("GET", bc.v2(`accounts${bc.query("number eq '6910'")}`))).value;
  await isDialog(line({ itemId: item.id, accountId: account.id }));
  await isDialog(line(bearing(-1)));
  await isDialog(line({ lineObjectNumber: "6910" }));
  await isDialog(bc.call("POST", bc.v2("salesCreditMemos"), {}));
  await refusedAs("BadRequest", line({ serialNumber: "S1" }));
  await refusedAs("Internal_InvalidTableRelation", line({ lineType: "Account", lineObjectNumber: "9999" }));
  await refusedAs("Internal_InvalidTableRelation", line({ lineType: "Charge", lineObjectNumber: "BRIBE" }));
  await refusedAs(
    "BadRequest_InvalidOperation",
    bc.call("POST", bc.v2("salesCreditMemos"), { customerNumber: "C-2000", status: "Open" }),
  );
});

test("credits that people make by hand count, and name the invoice (D-14)", async () => {
  const { number } = bc.controls.creditByHand({
    company: "US01",
    invoiceNumber: "PSI-100002",
    lines: [{ sequence: 10_000, quantity: 2 }],
    locationCode: "CHI1",
  });
  const { value } = await bc.must(
    "GET",
    bc.v2(`salesCreditMemos${bc.query("invoiceNumber eq 'PSI-100002'", "&$expand=salesCreditMemoLines")}`),
  );
  assert.deepEqual(
    value.map((memo: any) => [memo.number, memo.totalAmountExcludingTax, memo.salesCreditMemoLines[0].quantity]),
    [[number, 168.7, 2]],
  );
  const [seeded] = (
    await bc.must(
      "GET",
      bc.v2(`salesCreditMemos${bc.query("invoiceNumber eq 'PSI-100015'", "&$expand=salesCreditMemoLines")}`),
    )
  ).value;
  assert.deepEqual([seeded.salesCreditMemoLines[0].quantity, seeded.status], [2, "Paid"]);
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("whoever ships takes serials and lots that lie there, and they are told with the shipment; v2.0 can name none (D-05, D-17)", async () => {
  const ordered = async (sku: string, quantity: number) => {
    const one = async (set: string, filter: string) =>
      (await bc.must("GET", bc.v2(`${set}${bc.query(filter)}`))).value[0];
    const [item, location] = [await one("items", `number eq '${sku}'`), await one("locations", "code eq 'CHI1'")];
    const line = { lineType: "Item", itemId: item.id, locationId: location.id, quantity, unitPrice: 0 };
    return bc.must("POST", bc.v2("salesOrders"), { customerNumber: "C-2004", salesOrderLines: [line] });
  };
  const drives = await ordered("DRV-2400", 2);
  await isDialog(bc.call("POST", bc.v2(`salesOrders(${drives.id})/Microsoft.NAV.shipAndInvoice`)));
  for (const { number } of [drives, await ordered("ADH-270", 3)]) bc.controls.shipOrder({ company: "US01", number });
  const { value } = await bc.must(
    "GET",
    bc.custom(`shippedItemTrackings${bc.query(`orderNumber eq '${drives.number}'`)}`),
  );
  assert.deepEqual(
    value.map((row: any) => [row.customerNumber, row.itemNumber, row.quantityBase, row.serialNumber.slice(0, 8)]),
    [0, 1].map(() => ["C-2004", "DRV-2400", 1, "DRV2400-"]),
  );
  assert.equal(new Set(value.map((row: any) => row.serialNumber)).size, 2);
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("an order is deleted once it is shipped and invoiced in full; its shipment and invoice tell of it (D-04)", async () => {
  assert.deepEqual((await bc.must("GET", bc.v2(`salesOrders${bc.query("number eq 'SO-100001'")}`))).value, []);
  const [open] = (
    await bc.must("GET", bc.v2(`salesOrders${bc.query("number eq 'SO-100025'", "&$expand=salesOrderLines")}`))
  ).value;
  assert.equal(open.fullyShipped, false);
  const left = open.salesOrderLines
    .map((line: any) => [line.sequence, line.shipQuantity])
    .filter(([, quantity]: number[]) => quantity! > 0);
  await bc.must("POST", bc.v2(`salesOrders(${open.id})/Microsoft.NAV.shipAndInvoice`));
  assert.equal((await bc.call("GET", bc.v2(`salesOrders(${open.id})`))).status, 404);
  const shipments = (
    await bc.must(
      "GET",
      bc.v2(`salesShipments${bc.query("orderNumber eq 'SO-100025'", "&$expand=salesShipmentLines")}`),
    )
  ).value;
  assert.deepEqual(
    shipments.at(-1).salesShipmentLines.map((line: any) => [line.sequence, line.quantity]),
    left,
  );
  const invoices = (await bc.must("GET", bc.v2(`salesInvoices${bc.query("orderNumber eq 'SO-100025'")}`))).value;
  assert.equal(invoices.at(-1).orderId, open.id);
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});
