import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { type Running, startBusinessCentral } from "./start-for-test.ts";

let bc: Running;
before(async () => {
  bc = await startBusinessCentral();
});
beforeEach(() => bc.reset());
after(() => bc.close());

const quarantine = () => bc.ledger.stockAt("CA02", "FLT-1220", "QUARANTINE");
const value = async (path: string) => (await bc.must("GET", path)).value;
const postOf = (id: string) => bc.v2(`salesCreditMemos(${id})`, "CA02");

/** A draft of CA02 for SO-200001's filters, with these lines. */
const draft = (lines: object[]) =>
  bc.must("POST", bc.v2("salesCreditMemos?$expand=salesCreditMemoLines", "CA02"), {
    customerNumber: "C-5000",
    invoiceNumber: "PSI-200001",
    salesCreditMemoLines: lines,
  });
async function filters(quantity: number) {
  const [{ id }] = await value(bc.v2(`locations${bc.query("code eq 'QUARANTINE'")}`, "CA02"));
  const goods = { lineType: "Item", lineObjectNumber: "FLT-1220", quantity, unitOfMeasureCode: "EA" };
  return { ...goods, unitPrice: 58.75, taxCode: "ON-HST", locationId: id };
}

test("a company without the partner's pages has none of them, in any method, and v2.0 as ever (D-02)", async () => {
  const sets = ["returnOrders", "returnReceipts", "inventoryAdjustments", "itemUnitsOfMeasure", "itemTrackings"];
  for (const set of [...sets, "shippedItemTrackings", "creditMemoApplications"])
    for (const method of ["GET", "POST", "PATCH", "DELETE"]) {
      const { status, code } = await bc.call(method, bc.custom(set, "CA02"), method === "GET" ? undefined : {});
      assert.deepEqual([status, code], [404, "BadRequest_ResourceNotFound"], `${method} ${set}`);
    }
  assert.equal((await bc.call("GET", bc.custom("returnOrders"))).status, 200);
  assert.equal((await value(bc.v2(`salesInvoices${bc.query("number eq 'PSI-200001'")}`, "CA02"))).length, 1);
});

test("SO-200001's memo brings the goods to the place of its lines, and stock and receivables of CA02 tie to the cent (D-02, D-35)", async () => {
  const { id } = await draft([
    await filters(3),
    { lineType: "Account", lineObjectNumber: "6910", quantity: -1, unitPrice: 26.44 },
  ]);
  await bc.post(postOf(id));
  const posted = await bc.must("GET", `${postOf(id)}?$expand=salesCreditMemoLines($expand=location)`);
  assert.deepEqual(
    [posted.status, posted.totalAmountExcludingTax, posted.totalTaxAmount, quarantine()],
    ["Paid", 149.81, 22.91, "3"],
  );
  const moved = await value(bc.v2(`itemLedgerEntries${bc.query(`documentNumber eq '${posted.number}'`)}`, "CA02"));
  assert.deepEqual(
    moved.map(({ itemNumber, quantity, documentType }: any) => [itemNumber, quantity, documentType]),
    [["FLT-1220", 3, "Sales_x0020_Credit_x0020_Memo"]],
  );
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});

test("a charge that is assigned to nothing can't be posted, and v2.0 can't assign one (D-08)", async () => {
  const charge = { lineType: "Charge", lineObjectNumber: "RESTOCKING", quantity: -1, unitPrice: 5 };
  const { id } = await draft([await filters(1), charge]);
  const { status, code } = await bc.call("POST", `${postOf(id)}/Microsoft.NAV.post`);
  assert.deepEqual([status, code, quarantine()], [400, "Application_DialogException", "0"]);
});

test("what people book by an item journal stands in v2.0's item ledger under its number, whole or not at all (D-05)", async () => {
  await bc.post(postOf((await draft([await filters(3)])).id));
  const book = (...lines: [location: string, quantity: string][]) =>
    bc.controls.bookItems({
      company: "CA02",
      lines: lines.map(([location, quantity]) => ({ item: "FLT-1220", location, quantity })),
    });
  const { number } = book(["QUARANTINE", "-3"], ["TOR3", "3"]);
  const entries = await value(bc.v2(`itemLedgerEntries${bc.query(`documentNumber eq '${number}'`)}`, "CA02"));
  assert.deepEqual(
    entries.map(({ quantity, locationCode }: any) => [quantity, locationCode]),
    [
      [-3, undefined],
      [3, undefined],
    ],
  );
  assert.throws(() => book(["TOR3", "1"], ["QUARANTINE", "-1"]), /not on inventory at QUARANTINE/);
  assert.throws(() => book(["NOWHERE", "1"]), /Location/);
  assert.equal(quarantine(), "0");
  assert.deepEqual(bc.ledger.tieOut(), { ok: true, differences: [] });
});
