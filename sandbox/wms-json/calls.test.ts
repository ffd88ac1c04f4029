import assert from "node:assert/strict";
import { after, before, beforeEach, test } from "node:test";
import { sign } from "./signature.ts";
import { expectation, SECRETS, startWarehouse } from "./start-for-test.ts";

let wms: Awaited<ReturnType<typeof startWarehouse>>;
before(async () => {
  wms = await startWarehouse();
});
beforeEach(() => wms.reset());
after(() => wms.close());

const KEY = "BH1-R267Q3KX2M-W0003";
const put = (body: unknown, key = KEY) => wms.call("PUT", `/return-instructions/${key}`, body);
const move = (number: string, more: object = {}) => ({
  warehouseReceiptNumber: number,
  receiptLine: 1,
  code: "RESTOCK",
  quantity: { value: "4", unit: "EA" },
  toStatus: "AVAILABLE",
  ...more,
});
const putMove = (body: unknown, key = "BH1-R267Q3KX2M-W0009") =>
  wms.call("PUT", `/disposition-instructions/${key}`, body);

test("an instruction is new once, the same again, and refused with other content (W-01)", async () => {
  assert.equal((await put(expectation())).status, 201);
  assert.equal((await put({ ...expectation(), unknownMember: 1 })).status, 200);
  const other = await put(expectation({}, { quantity: { value: "5", unit: "EA" } }));
  assert.deepEqual([other.status, other.body.error.code], [409, "KEY_REUSED"]);
  assert.equal(wms.ledger.returnInstructions().length, 1);
});

test("100 identical instructions at once are one", async () => {
  const roomy = await startWarehouse({ limits: { atOnce: 100 } });
  const answers = await Promise.all(
    Array.from({ length: 100 }, () => roomy.call("PUT", `/return-instructions/${KEY}`, expectation())),
  );
  assert.equal(answers.filter(({ status }) => status === 201).length, 1);
  assert.ok(answers.every(({ status }) => status === 200 || status === 201));
  assert.equal(roomy.ledger.returnInstructions().length, 1);
  await roomy.close();
});

test("a PUT whose answer is lost is found by its key, and 404 is authoritative", async () => {
  wms.faults.arm({ match: { method: "PUT" }, action: { kind: "drop-answer" } });
  assert.equal((await wms.call("GET", `/return-instructions/${KEY}`)).status, 404);
  await assert.rejects(put(expectation()));
  const { status, body } = await wms.call("GET", `/return-instructions/${KEY}`);
  assert.deepEqual([status, body.state, body.instruction.rmaNumber], [200, "OPEN", "R26-7Q3KX2M"]);
  assert.equal((await put(expectation())).status, 200);
});

test("what is wrong is said with the member's path: unknown item, unit, zero, decimals, missing member, no JSON", async () => {
  const refusals = [
    [expectation({}, { sku: "NO-1" }), 422, "lines[0].sku"],
    [expectation({}, { quantity: { value: "4", unit: "KG" } }), 422, "lines[0].quantity.unit"],
    [expectation({}, { quantity: { value: "0", unit: "EA" } }), 422, "lines[0].quantity.value"],
    [expectation({}, { quantity: { value: "1.000001", unit: "EA" } }), 422, "lines[0].quantity.value"],
    [expectation({}, { quantity: { value: "-1", unit: "EA" } }), 422, "lines[0].quantity.value"],
    [expectation({ rmaNumber: undefined }), 422, "rmaNumber"],
    [expectation({ company: "EU03" }), 422, "company"],
    [expectation({ replaces: "BH1-NONE" }), 422, "replaces"],
    ["{", 400, null],
  ] as const;
  for (const [body, status, field] of refusals) {
    const answer = await put(body);
    assert.deepEqual([answer.status, answer.body.error.code, answer.body.error.field], [status, "INVALID", field]);
    assert.match(answer.body.error.requestId, /^req_/);
  }
  assert.deepEqual(wms.ledger.returnInstructions(), []);
});

test("an instruction's state goes from OPEN over PARTIAL to DONE with what comes, quantities so far beside it", async () => {
  await put(expectation());
  const seen = async () => {
    const { body } = await wms.call("GET", `/return-instructions/${KEY}`);
    return [body.state, body.lines[0].received.value];
  };
  assert.deepEqual(await seen(), ["OPEN", "0"]);
  wms.controls.receive({ rmaNumber: "R26-7Q3KX2M", lines: [{ instructionLine: 1, quantity: 3 }] });
  assert.deepEqual(await seen(), ["PARTIAL", "3"]);
  wms.controls.receive({ rmaNumber: "R26-7Q3KX2M" });
  assert.deepEqual(await seen(), ["DONE", "4"]);
});

test("an amendment is a new key that replaces the old one, and what came before counts for it", async () => {
  await put(expectation());
  wms.controls.receive({ instructionKey: KEY, lines: [{ instructionLine: 1, quantity: 1 }] });
  const amended = expectation({ replaces: KEY }, { quantity: { value: "6", unit: "EA" } });
  const { body } = await put(amended, "BH1-R267Q3KX2M-W0007");
  assert.deepEqual([body.state, body.lines[0].received.value], ["PARTIAL", "1"]);
  assert.equal((await wms.call("GET", `/return-instructions/${KEY}`)).body.state, "CANCELLED");
  const { lines } = wms.controls.receive({ rmaNumber: "R26-7Q3KX2M" });
  assert.equal(lines[0]?.quantity.value, "5");
});

test("a cancel is idempotent, tells of itself, and is refused once goods came", async () => {
  await put(expectation());
  const cancel = (key = KEY) => wms.call("POST", `/return-instructions/${key}/cancel`);
  assert.deepEqual([(await cancel()).body.state, (await cancel()).status], ["CANCELLED", 200]);
  assert.deepEqual(
    wms.ledger.events().map(({ type }) => type),
    ["instruction.cancelled"],
  );
  await put(expectation({ rmaNumber: "R2" }), "K2");
  wms.controls.receive({ rmaNumber: "R2", lines: [{ instructionLine: 1, quantity: 1 }] });
  const refused = await cancel("K2");
  assert.deepEqual([refused.status, refused.body.error.code], [409, "ALREADY_RECEIVED"]);
  assert.equal((await cancel("K3")).status, 404);
});

test("at a site that asks first CANCEL_REQUESTED is no promise: goods come anyway, or people answer (D-33)", async () => {
  wms.controls.askBeforeCancel({});
  for (const key of ["K1", "K2", "K3"]) {
    await put(expectation({ rmaNumber: key }), key);
    assert.equal((await wms.call("POST", `/return-instructions/${key}/cancel`)).body.state, "CANCEL_REQUESTED");
  }
  wms.controls.receive({ rmaNumber: "K1" });
  wms.controls.answerCancel({ key: "K2" });
  wms.controls.answerCancel({ key: "K3", refused: true, reason: "ON_THE_DOCK" });
  const state = async (key: string) => (await wms.call("GET", `/return-instructions/${key}`)).body.state;
  assert.deepEqual([await state("K1"), await state("K2"), await state("K3")], ["DONE", "CANCELLED", "OPEN"]);
  const told = wms.ledger.events().filter(({ type }) => type.startsWith("instruction."));
  assert.deepEqual(
    told.map(({ type, data }) => [type, data["instructionKey"], data["reason"]]),
    [
      ["instruction.cancel_refused", "K1", "ALREADY_RECEIVED"],
      ["instruction.cancelled", "K2", null],
      ["instruction.cancel_refused", "K3", "ON_THE_DOCK"],
    ],
  );
});

test("a disposition names goods that lie here, and never more than lie here without another instruction", async () => {
  await put(expectation());
  const { warehouseReceiptNumber: number } = wms.controls.receive({ rmaNumber: "R26-7Q3KX2M" });
  const field = async (body: object) => (await putMove(body)).body.error.field;
  assert.equal(await field(move("CHI1-R-999999")), "warehouseReceiptNumber");
  assert.equal(await field(move(number, { receiptLine: 2 })), "receiptLine");
  assert.equal(await field(move(number, { code: "EAT" })), "code");
  assert.equal(await field(move(number, { toStatus: "NOWHERE" })), "toStatus");
  assert.equal(await field(move(number, { quantity: { value: "5", unit: "EA" } })), "quantity.value");
  assert.equal((await putMove(move(number, { quantity: { value: "3", unit: "EA" } }))).status, 201);
  const second = await putMove(move(number, { quantity: { value: "2", unit: "EA" } }), "K2");
  assert.deepEqual([second.status, second.body.error.field], [422, "quantity.value"]);
  assert.equal((await putMove(move(number, { quantity: { value: "1", unit: "EA" } }), "K2")).status, 201);
});

test("a disposition is moved once, in part or whole, and can't be cancelled afterwards", async () => {
  await put(expectation());
  const { warehouseReceiptNumber: number } = wms.controls.receive({ rmaNumber: "R26-7Q3KX2M" });
  await putMove(move(number), "D1");
  const before = wms.ledger.onHand("BRG-6204", "AVAILABLE");
  wms.controls.executeDisposition({ key: "D1", quantity: 1 });
  const seen = async () => (await wms.call("GET", "/disposition-instructions/D1")).body;
  assert.deepEqual([(await seen()).state, (await seen()).executed.value], ["PARTIAL", "1"]);
  wms.controls.executeDisposition({ key: "D1" });
  assert.equal((await seen()).state, "DONE");
  assert.throws(() => wms.controls.executeDisposition({ key: "D1" }), /DONE/);
  assert.equal(wms.ledger.onHand("BRG-6204", "QUARANTINE"), "0");
  assert.equal(Number(wms.ledger.onHand("BRG-6204", "AVAILABLE")) - Number(before), 4);
  assert.equal((await wms.call("POST", "/disposition-instructions/D1/cancel")).status, 409);
});

test("stock is per SKU, status and lot in the base unit, and says which SKUs are unknown", async () => {
  const { status, body } = await wms.call("POST", "/stock/query", { skus: ["BRG-6204", "ADH-270", "NO-1"] });
  assert.equal(status, 200);
  assert.deepEqual(body.unknown, ["NO-1"]);
  assert.ok(!Number.isNaN(Date.parse(body.asOf)));
  const rows = body.stock as { sku: string; status: string; lotNumber: string | null; quantity: { unit: string } }[];
  assert.deepEqual(
    rows.filter(({ sku }) => sku === "BRG-6204").map((row) => [row.status, row.quantity.unit, row.lotNumber]),
    [["AVAILABLE", "EA", null]],
  );
  assert.equal(rows.filter(({ sku, lotNumber }) => sku === "ADH-270" && lotNumber !== null).length, 3);
  const many = await wms.call("POST", "/stock/query", { skus: Array.from({ length: 501 }, (_, n) => `S${n}`) });
  assert.deepEqual([many.status, many.body.error.field], [422, "skus"]);
});

test("a receipt shows all lines at their last revision with inspections, by number and by instruction", async () => {
  await put(expectation());
  const { warehouseReceiptNumber: number } = wms.controls.receive({ rmaNumber: "R26-7Q3KX2M" });
  wms.controls.correct({ receipt: number, line: 1, quantity: 3 });
  wms.controls.inspect({ receipt: number, quantity: 2, grade: "B" });
  const { body } = await wms.call("GET", `/receipts/${number}`);
  assert.deepEqual(
    [body.lines[0].revision, body.lines[0].quantity.value, body.lines[0].inspections[0].grade],
    [2, "3", "B"],
  );
  assert.deepEqual((await wms.call("GET", `/receipts?instructionKey=${KEY}`)).body.receipts, [body]);
  assert.equal((await wms.call("GET", "/receipts/CHI1-R-999999")).status, 404);
  assert.equal((await wms.call("GET", "/receipts?instructionKey=NONE")).status, 404);
});

test("a wrong token is 401, an unknown address 404, a large body 413", async () => {
  const wrong = await wms.call("GET", "/receipts/X", undefined, { authorization: "Bearer nobody" });
  assert.deepEqual([wrong.status, wrong.body.error.code], [401, "UNAUTHORIZED"]);
  assert.deepEqual((await wms.call("GET", "/nowhere")).body.error.code, "NOT_FOUND");
  const large = await put(JSON.stringify(expectation({ carrier: "x".repeat(1024 * 1024) })));
  assert.deepEqual([large.status, large.body.error.code], [413, "TOO_LARGE"]);
});

test("too many requests a minute or at once are 429 with Retry-After, and armed ones carry the wire's codes", async () => {
  const narrow = await startWarehouse({ limits: { requestsPerMinute: 3, atOnce: 1 } });
  const waiting = narrow.call("GET", "/events?wait=30");
  const { promise, resolve } = Promise.withResolvers<void>();
  const poll = async (): Promise<void> =>
    narrow.requests.read().total > 0 ? resolve() : void setImmediate(() => void poll());
  void poll();
  await promise;
  const busy = await narrow.call("GET", "/receipts/X");
  assert.deepEqual([busy.status, busy.body.error.code, busy.headers.get("retry-after")], [429, "RATE_LIMITED", "1"]);
  narrow.controls.receive({ blind: true, lines: [{ sku: "BRG-6204", quantity: 1 }] });
  await waiting;
  await narrow.call("GET", "/receipts/X");
  await narrow.call("GET", "/receipts/X");
  assert.equal((await narrow.call("GET", "/receipts/X")).status, 429);
  await narrow.close();
  wms.faults.arm({ action: { kind: "refuse", status: 503, retryAfter: 7 } });
  const away = await wms.call("GET", "/receipts/X");
  assert.deepEqual([away.status, away.body.error.code, away.headers.get("retry-after")], [503, "UNAVAILABLE", "7"]);
});

test("with auth hmac every request is signed over id, timestamp, method, path with query, and body", async () => {
  const [secret = ""] = SECRETS;
  const signed = await startWarehouse({ auth: { kind: "hmac", secret } });
  const send = (path: string, seconds: number, over = `GET /wms/v1${path}\n`) => {
    const signature = `v1,${sign(secret, `msg_1.${seconds}.${over}`)}`;
    return signed.call("GET", path, undefined, {
      "webhook-id": "msg_1",
      "webhook-timestamp": String(seconds),
      "webhook-signature": signature,
    });
  };
  const now = Math.floor(Date.now() / 1000);
  assert.equal((await send("/events?limit=1", now)).status, 200);
  assert.equal((await send("/events?limit=1", now - 301)).status, 401);
  assert.equal((await send("/events?limit=1", now, "GET /wms/v1/events?limit=2\n")).status, 401);
  await signed.close();
});
