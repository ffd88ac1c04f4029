import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { sign } from "./signature.ts";
import { expectation, SECRETS, startReceiver, startWarehouse } from "./start-for-test.ts";

let wms: Awaited<ReturnType<typeof startWarehouse>>;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
before(async () => {
  wms = await startWarehouse();
});
beforeEach(async () => {
  await wms.reset();
  receiver = await startReceiver();
  wms.controls.hook({ url: receiver.url });
});
after(() => wms.close());
test.afterEach(() => receiver.close());

const expect = (rmaNumber = "R1") => wms.call("PUT", `/return-instructions/K-${rmaNumber}`, expectation({ rmaNumber }));
const page = async (query = "") => (await wms.call("GET", `/events${query}`)).body;
const blind = (quantity = 1) => wms.controls.receive({ blind: true, lines: [{ sku: "BRG-6204", quantity }] });

test("one event has one eventId as webhook and in the feed, and a webhook carries one event", async () => {
  await expect();
  const { eventId } = wms.controls.receive({ rmaNumber: "R1" });
  const came = new Map((await receiver.until(2)).map(({ headers, event }) => [headers["webhook-id"], event]));
  const { events } = await page();
  assert.deepEqual(came, new Map(events.map((event: any) => [event.eventId, event])), "in whatever order they came");
  assert.deepEqual(
    events.map((e: any) => [e.eventId, e.type, e.site, e.schemaVersion]),
    [
      [eventId, "receipt.recorded", "CHI1", 1],
      [events[1].eventId, "stock.changed", "CHI1", 1],
    ],
  );
});

test("receipt.recorded has the members of the wire", async () => {
  await expect();
  wms.controls.receive({ rmaNumber: "R1", lines: [{ instructionLine: 1, quantity: 3 }] });
  const [{ data }] = (await page()).events;
  const { receivedAt, ...rest } = data;
  assert.ok(!Number.isNaN(Date.parse(receivedAt)));
  assert.deepEqual(rest, {
    warehouseReceiptNumber: "CHI1-R-000001",
    rmaNumber: "R1",
    instructionKey: "K-R1",
    trackingNumber: null,
    lines: [
      {
        line: 1,
        revision: 1,
        instructionLine: 1,
        sku: "BRG-6204",
        expectedSku: null,
        quantity: { value: "3", unit: "EA" },
        condition: "07",
        discrepancies: [],
        serialNumbers: [],
        lotNumber: null,
        expiresOn: null,
        bin: "Q-01",
        complete: false,
      },
    ],
  });
});

test("a webhook is signed by Standard Webhooks with the current and the previous secret", async () => {
  const from = Math.floor(Date.now() / 1000);
  blind();
  const [first] = await receiver.until(1);
  assert.ok(first);
  const { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": signature } = first.headers;
  assert.equal(signature, SECRETS.map((secret) => `v1,${sign(secret, `${id}.${seconds}.${first.body}`)}`).join(" "));
  assert.ok(Number(seconds) >= from && Number(seconds) <= Date.now() / 1000);
});

test("a webhook that is not answered 2xx comes again with the same id, as often as the schedule says; then only the feed has it", async () => {
  const own = await startWarehouse({ webhooks: { url: receiver.url, secrets: SECRETS, retryDelays: [0, 0] } });
  receiver.answer(500);
  const { eventId } = own.controls.receive({ blind: true, tell: true, lines: [{ sku: "BRG-6204", quantity: 1 }] });
  const came = (await receiver.until(6)).filter(({ headers }) => headers["webhook-id"] === eventId);
  assert.equal(came.length, 3);
  assert.equal(new Set(came.map(({ body }) => body)).size, 1);
  assert.equal((await own.call("GET", "/events")).body.events.length, 2);
  await own.close();
});

test("webhooks are held, sent in any order, lost and doubled as told; the feed stays whole and in order", async () => {
  await expect();
  wms.webhooks.hold();
  const receipt = wms.controls.receive({ rmaNumber: "R1" });
  const inspection = wms.controls.inspect({ receipt: receipt.warehouseReceiptNumber });
  await wms.webhooks.release([inspection.eventId, receipt.eventId ?? ""]);
  assert.deepEqual(
    receiver.came.slice(0, 2).map(({ event }) => event.type),
    ["inspection.completed", "receipt.recorded"],
  );
  await receiver.until(3);
  wms.webhooks.lose(1);
  wms.webhooks.double(1);
  blind();
  const came = await receiver.until(5);
  assert.deepEqual(
    came.slice(3).map(({ event }) => event.type),
    ["stock.changed", "stock.changed"],
  );
  assert.equal(came[3]?.headers["webhook-id"], came[4]?.headers["webhook-id"]);
  const sequences = (await page()).events.map((e: any) => e.sequence as number);
  assert.equal(sequences.length, 5);
  assert.deepEqual(
    sequences,
    sequences.toSorted((a: number, b: number) => a - b),
  );
});

test("one event is delivered 50 times with one id, and again with a new one when a person keys it again", async () => {
  const { eventId } = blind();
  assert.ok(eventId);
  await receiver.until(2);
  wms.controls.redeliver({ eventId, times: 49 });
  const same = (await receiver.until(51)).filter(({ headers }) => headers["webhook-id"] === eventId);
  assert.equal(same.length, 50);
  const repeated = wms.controls.repeat({ eventId });
  assert.notEqual(repeated.eventId, eventId);
  const came = (await receiver.until(52)).at(-1);
  assert.deepEqual(came?.event.data, same[0]?.event.data);
  assert.equal((await page()).events.length, 3);
});

test("a warehouse can be made to say the same revision with other content (D-15)", async () => {
  blind(1);
  const [{ type, data }] = (await page()).events;
  wms.controls.say({ type, data: { ...data, lines: [{ ...data.lines[0], quantity: { value: "9", unit: "EA" } }] } });
  const told = (await page()).events.filter((e: any) => e.type === type).map((e: any) => e.data.lines[0]);
  assert.deepEqual(
    told.map((line: any) => [line.line, line.revision, line.quantity.value]),
    [
      [1, 1, "1"],
      [1, 1, "9"],
    ],
  );
});

test("a receipt can be told after its inspection", async () => {
  await expect();
  const { warehouseReceiptNumber: receipt, eventId } = wms.controls.receive({ rmaNumber: "R1", tell: false });
  assert.equal(eventId, null);
  wms.controls.inspect({ receipt });
  wms.controls.tellReceipt({ receipt });
  const types = (await page()).events.map((e: any) => e.type);
  assert.deepEqual(types, ["stock.changed", "inspection.completed", "receipt.recorded"]);
});

test("the feed pages by cursor: nothing twice, nothing missed, and nothing comes in before a cursor that was given", async () => {
  for (let n = 1; n <= 5; n += 1) blind(n);
  const seen: string[] = [];
  let { events, next, more } = await page("?limit=4");
  for (;;) {
    seen.push(...events.map((e: any) => e.eventId));
    if (!more) break;
    ({ events, next, more } = await page(`?limit=4&after=${next}`));
  }
  assert.deepEqual(
    seen,
    wms.ledger.events().map(({ id }) => id),
  );
  assert.deepEqual(await page(`?after=${next}`), { events: [], next, more: false });
  blind();
  assert.equal((await page(`?after=${next}`)).events.length, 2);
});

test("a read that waits is answered when something happens", async () => {
  const { next } = await page();
  const waiting = page(`?after=${next}&wait=30`);
  const fired = wms.faults.arm({ match: { path: "/receipts/" }, action: { kind: "delay-answer", milliseconds: 0 } });
  await wms.call("GET", "/receipts/X");
  await wms.faults.whenFired(fired.id);
  blind();
  assert.ok((await waiting).events.length >= 1);
});

test("sequence rises per site and may have gaps; ids are the same on every run", async () => {
  for (let n = 0; n < 6; n += 1) blind();
  const first = wms.ledger.events().map(({ id, sequence }) => [id, sequence] as const);
  assert.ok(first.some(([, sequence], i) => i > 0 && sequence - (first[i - 1]?.[1] ?? 0) > 1));
  await wms.reset();
  for (let n = 0; n < 6; n += 1) blind();
  assert.deepEqual(
    wms.ledger.events().map(({ id, sequence }) => [id, sequence]),
    first,
  );
});

test("a cursor older than what the feed keeps is 410, by age and on command; a forged one and a bad limit are 422", async () => {
  let day = Date.parse("2026-11-21T12:00:00Z");
  const own = await startWarehouse({ now: () => new Date(day), limits: { requestsPerMinute: 1000 } });
  const { next } = (await own.call("GET", "/events")).body;
  own.controls.receive({ blind: true, lines: [{ sku: "BRG-6204", quantity: 1 }] });
  day += 29 * 86_400_000;
  assert.equal((await own.call("GET", `/events?after=${next}`)).body.events.length, 2);
  day += 2 * 86_400_000;
  const expired = await own.call("GET", `/events?after=${next}`);
  assert.deepEqual([expired.status, expired.body.error.code], [410, "CURSOR_EXPIRED"]);
  assert.deepEqual((await own.call("GET", "/events")).body.events, []);
  await own.close();
  const start = (await page()).next;
  blind();
  wms.controls.forgetEvents({});
  assert.equal((await wms.call("GET", `/events?after=${start}`)).status, 410);
  assert.equal((await wms.call("GET", "/events?after=rubbish")).body.error.field, "after");
  assert.equal((await wms.call("GET", "/events?limit=1001")).body.error.field, "limit");
  assert.equal((await wms.call("GET", "/events?wait=31")).body.error.field, "wait");
});

test("after a kill the warehouse has what it answered, and sends the webhooks that nobody took", async () => {
  const folder = mkdtempSync(join(tmpdir(), "wms-"));
  receiver.answer(503);
  const webhooks = { url: receiver.url, secrets: SECRETS, retryDelays: [3_600_000] };
  const first = await startWarehouse({ webhooks }, folder);
  await first.call("PUT", "/return-instructions/K1", expectation());
  first.controls.receive({ instructionKey: "K1" });
  await receiver.until(2);
  await first.close();
  receiver.answer(200);
  const second = await startWarehouse({ webhooks }, folder);
  assert.equal((await second.call("GET", "/return-instructions/K1")).body.state, "DONE");
  assert.equal(second.ledger.onHand("BRG-6204", "QUARANTINE"), "4");
  await second.webhooks.release();
  const resent = new Set(receiver.came.slice(2).map(({ headers }) => headers["webhook-id"]));
  assert.deepEqual(resent, new Set(second.ledger.events().map(({ id }) => id)));
  assert.deepEqual(second.webhooks.list(), []);
  await second.close();
  rmSync(folder, { recursive: true });
});
