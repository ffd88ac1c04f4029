import assert from "node:assert/strict";
import { before, test } from "node:test";
import { authorizedReturn } from "#orchestration/sample-facts.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../../../test/start-subgraphs.ts";

let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], testSystems([]).systems);
});

const wilma = person("wilma", "warehouse", { companies: ["US01"], sites: ["CHI1", "DAL2"] });
const mutation = `mutation ($input: RecordReceiptInput!) { recordReceipt(input: $input) { receipt { id warehouseReceiptNumber lines { id returnLineId quantity { value } condition { label } state } }
  operation { kind } return { id status lines { quantities { received { value } over { value } } } } userErrors { code field } } }`;
let keys = 0;
const line = (changes: object = {}) => ({
  lineNumber: 1,
  sku: "BRG-6204",
  quantity: { value: "3", unit: "EA" },
  conditionCode: "OPENED",
  ...changes,
});
const receive = async (of: object, lines: object[] = [line()], caller = wilma) =>
  (
    await subgraphs.ask("returns", caller, mutation, {
      input: {
        idempotencyKey: `receive-${(keys += 1)}`,
        warehouse: "CHI1",
        receivedAt: "2026-05-05T09:00:00Z",
        lines,
        ...of,
      },
    })
  ).data.recordReceipt;
const refusals = async (...args: Parameters<typeof receive>) => {
  const { receipt, userErrors } = await receive(...args);
  assert.equal(receipt, null);
  return userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);
};
let returns = 0;
const authorized = () => writeReturn(subgraphs.db, authorizedReturn({ id: `rln_${(returns += 1)}`, quantity: "4" }));
const kindsOf = async (returnId: string) =>
  (
    await subgraphs.db
      .selectFrom("facts")
      .select("kind")
      .where("return_id", "=", returnId)
      .where("version", ">", 5)
      .orderBy("version")
      .execute()
  ).map(({ kind }) => kind);

test("a receipt keyed by hand is matched by SKU and taken in", async () => {
  const returnId = await authorized();
  const { receipt, operation, return: it, userErrors } = await receive({ returnId, warehouseReceiptNumber: "GR-1" });
  assert.deepEqual(userErrors, []);
  assert.deepEqual(
    [operation.kind, it.status, it.lines[0].quantities.received.value],
    ["take-in-receipt", "PARTIALLY_RECEIVED", "3"],
  );
  assert.deepEqual(
    receipt.lines.map(({ condition, state }: any) => [condition.label, state]),
    [["Opened", "MATCHED"]],
  );
  const { data } = await subgraphs.db
    .selectFrom("facts")
    .select("data")
    .where("return_id", "=", returnId)
    .where("kind", "=", "receipt.recorded")
    .executeTakeFirstOrThrow();
  assert.equal((data as { manual: boolean }).manual, true, "counts for D-24");
});

test("the same receipt again is nothing new, another quantity is a correction (D-15, W-18)", async () => {
  const returnId = await authorized();
  const first = await receive({ returnId, warehouseReceiptNumber: "GR-2" });
  const again = await receive({ returnId, warehouseReceiptNumber: "GR-2" });
  assert.equal(again.receipt.id, first.receipt.id);
  const corrected = await receive({ returnId, warehouseReceiptNumber: "GR-2" }, [
    line({ quantity: { value: "2", unit: "EA" } }),
  ]);
  assert.deepEqual(
    [corrected.receipt.lines[0].quantity.value, corrected.return.lines[0].quantities.received.value],
    ["2", "2"],
  );
  assert.deepEqual(await kindsOf(returnId), ["receipt.recorded", "receipt.corrected"]);
});

test("an event that waited for the receipt is released by it, whoever told it, and the workers are told (W-19)", async () => {
  const returnId = await authorized();
  const ids = await park(["receipt:CHI1:GR-WAITED/1", "receipt:CHI1:GR-WAITED/2"]);
  subgraphs.rung.length = 0;
  await receive({ returnId, warehouseReceiptNumber: "GR-WAITED" });
  const rows = await subgraphs.db.selectFrom("inbox").select(["id", "status"]).orderBy("id").execute();
  assert.deepEqual(
    rows.map(({ id, status }) => [id, status]),
    [
      [ids[0], "RECEIVED"],
      [ids[1], "PARKED"],
    ],
  );
  assert.deepEqual(await kindsOf(returnId), ["receipt.recorded", "event.released"]);
  assert.ok(subgraphs.rung.includes("inbox"), subgraphs.rung.join());
});

async function park(keys: string[]): Promise<string[]> {
  const { db } = subgraphs;
  await db
    .insertInto("documents")
    .values({ hash: "00", body: Buffer.from("{}") })
    .execute();
  const ids = keys.map((_, n) => `inb_${n}`);
  const rows = keys.map((park_key, n) => ({ id: ids[n]!, event_id: `evt_${n}`, park_key }));
  const of = { system: "wms-chi1", via: "WEBHOOK" as const, document_hash: "00", status: "PARKED" as const };
  await db
    .insertInto("inbox")
    .values(rows.map((row) => ({ ...of, ...row })))
    .execute();
  return ids;
}

test("one warehouse number is one receipt, whichever return it is said to belong to", async () => {
  await receive({ returnId: await authorized(), warehouseReceiptNumber: "GR-3" });
  assert.deepEqual(await refusals({ returnId: await authorized(), warehouseReceiptNumber: "GR-3" }), [
    "CONFLICT warehouseReceiptNumber",
  ]);
});

test("more than was authorized is received and over (D-12)", async () => {
  const { return: it, receipt } = await receive({ returnId: await authorized(), warehouseReceiptNumber: "GR-4" }, [
    line({ quantity: { value: "6", unit: "EA" } }),
  ]);
  assert.deepEqual([it.lines[0].quantities.over.value, receipt.lines[0].state], ["2", "OVER"]);
});

test("the number on the papers will do, however it is typed", async () => {
  const returnId = await authorized();
  const { rma_number } = await subgraphs.db
    .selectFrom("returns")
    .select("rma_number")
    .where("id", "=", returnId)
    .executeTakeFirstOrThrow();
  assert.equal(
    (await receive({ rmaNumber: rma_number.toLowerCase().replace("-", " "), warehouseReceiptNumber: "GR-5" })).return
      .id,
    returnId,
  );
});

test("bad input names its field; only the warehouse keys receipts, at its own sites (D-24)", async () => {
  const returnId = await authorized();
  const of = { returnId, warehouseReceiptNumber: "GR-6" };
  assert.deepEqual(await refusals({ warehouseReceiptNumber: "GR-6" }), ["INVALID_INPUT returnId"]);
  assert.deepEqual(await refusals({ ...of, returnId: "ret_none" }), ["NOT_FOUND returnId"]);
  assert.deepEqual(await refusals({ ...of, warehouse: "MARS" }), ["UNKNOWN_CODE warehouse"]);
  assert.deepEqual(await refusals({ ...of, warehouse: "HAM4" }), ["NOT_ALLOWED warehouse"]);
  assert.deepEqual(await refusals({ ...of, warehouseReceiptNumber: " " }), ["INVALID_INPUT warehouseReceiptNumber"]);
  assert.deepEqual(await refusals({ ...of, receivedAt: "2999-01-01T00:00:00Z" }), ["INVALID_INPUT receivedAt"]);
  assert.deepEqual(await refusals({ ...of, receivedAt: "today" }), ["INVALID_INPUT receivedAt"]);
  assert.deepEqual(await refusals(of, []), ["INVALID_INPUT lines"]);
  assert.deepEqual(await refusals(of, [line(), line()]), ["INVALID_INPUT lines"]);
  assert.deepEqual(await refusals(of, [line({ lineNumber: 0 })]), ["INVALID_INPUT lines.0.lineNumber"]);
  assert.deepEqual(await refusals(of, [line({ quantity: { value: "0", unit: "EA" } })]), [
    "INVALID_INPUT lines.0.quantity.value",
  ]);
  assert.deepEqual(await refusals(of, [line({ quantity: { value: "1.5", unit: "EA" } })]), [
    "INVALID_INPUT lines.0.quantity.value",
  ]);
  assert.deepEqual(await refusals(of, [line({ conditionCode: "FINE" })]), ["UNKNOWN_CODE lines.0.conditionCode"]);
  assert.deepEqual(await refusals(of, [line({ returnLineId: "rln_other" })]), ["NOT_FOUND lines.0.returnLineId"]);
  assert.deepEqual(await refusals(of, [line()], person("ada", "service")), ["NOT_ALLOWED "]);
  assert.deepEqual(await kindsOf(returnId), []);
});
