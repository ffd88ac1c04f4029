import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, afterEach, before, beforeEach, test } from "node:test";
import { type Running, startBusinessCentral, TODAY } from "./start-for-test.ts";

let now = new Date(`${TODAY}T18:00:00Z`);
let bc: Running;
let receiver: Awaited<ReturnType<typeof startReceiver>>;
before(async () => {
  bc = await startBusinessCentral({ now: () => now, notifyAfterMs: 60_000, retryDelays: [60_000] });
});
beforeEach(async () => {
  now = new Date(`${TODAY}T18:00:00Z`);
  await bc.reset();
  receiver = await startReceiver();
});
afterEach(() => receiver.close());
after(() => bc.close());

/** A subscriber: echoes the validation token, keeps what comes, and answers as told. */
async function startReceiver() {
  const came: any[] = [];
  const handshakes: string[] = [];
  const answers = { echo: true, status: 200 };
  const server = createServer((request, response) => {
    const token = new URL(request.url!, "http://x").searchParams.get("validationToken");
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      if (token !== null) {
        handshakes.push(token);
        return response.end(answers.echo ? token : "no");
      }
      came.push(JSON.parse(Buffer.concat(chunks).toString()));
      response.writeHead(answers.status).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/erp-us01`;
  return { url, came, handshakes, answers, close: () => void (server.close(), server.closeAllConnections()) };
}

const subscribe = (set: string, more: object = {}) =>
  bc.call("POST", "/api/v2.0/subscriptions", {
    notificationUrl: receiver.url,
    resource: bc.v2(set),
    clientState: "our secret",
    ...more,
  });
/** Sends what waits for its delay, and waits for the answers. */
const deliver = async () => {
  bc.webhooks.hold();
  bc.controls.notify();
  await bc.webhooks.release();
};
const rename = (number: string, displayName: string) =>
  bc.controls.change({ company: "US01", set: "customers", number, fields: { displayName } });

test("a subscription is made after the handshake and lives for three days", async () => {
  const made = await subscribe("customers");
  assert.equal(made.status, 201);
  assert.equal(receiver.handshakes.length, 1);
  assert.equal(made.body.expirationDateTime, "2026-11-24T18:00:00.000Z");
  assert.equal((await subscribe("customers")).code, "Internal_EntityWithSameKeyExists");
  assert.equal((await bc.must("GET", "/api/v2.0/subscriptions")).value.length, 1);
  now = new Date("2026-11-24T18:00:01Z");
  const { body: token } = await bc.tokenFor();
  const fresh = { authorization: `Bearer ${token.access_token}` };
  assert.equal((await bc.call("GET", "/api/v2.0/subscriptions", undefined, fresh)).body.value.length, 0);
});

test("without the token in the answer there is no subscription", async () => {
  receiver.answers.echo = false;
  assert.deepEqual(
    [(await subscribe("customers")).status, (await bc.must("GET", "/api/v2.0/subscriptions")).value.length],
    [400, 0],
  );
});

test("shipments and ledger entries have no webhooks, a client state has its length", async () => {
  for (const set of ["salesShipments", "itemLedgerEntries", "returnOrders", "nonsense"])
    assert.equal((await subscribe(set)).code, "Application_DialogException");
  assert.equal((await subscribe("items", { clientState: "x".repeat(2049) })).code, "Application_StringExceededLength");
  const own = { notificationUrl: receiver.url, resource: bc.custom("returnReceipts"), clientState: "" };
  assert.equal((await bc.call("POST", "/api/contoso/returns/v1.0/subscriptions", own)).status, 201);
});

test("a renewal needs If-Match and another handshake", async () => {
  const { body: made } = await subscribe("customers");
  now = new Date("2026-11-21T18:30:00Z");
  const path = `/api/v2.0/subscriptions('${made.subscriptionId}')`;
  assert.equal((await bc.call("PATCH", path, {})).code, "BadRequest_InvalidToken");
  const renewed = await bc.must("PATCH", path, { clientState: "another" }, bc.etag(made));
  assert.deepEqual(
    [renewed.expirationDateTime, renewed.clientState, receiver.handshakes.length],
    ["2026-11-24T18:30:00.000Z", "another", 2],
  );
  assert.equal((await bc.call("PATCH", path, {}, bc.etag(made))).status, 409);
  assert.equal((await bc.call("DELETE", path, undefined, bc.etag(renewed))).status, 204);
  assert.equal((await bc.call("GET", path)).status, 404);
});

test("changes of a record coalesce into one notification that says what, not how (W-20)", async () => {
  const { body: made } = await subscribe("customers");
  rename("C-2000", "One");
  rename("C-2000", "Two");
  rename("C-2001", "Three");
  await deliver();
  assert.equal(receiver.came.length, 1);
  const { value } = receiver.came[0];
  assert.deepEqual(
    value.map((each: any) => each.changeType),
    ["updated", "updated"],
  );
  const [customer] = (await bc.must("GET", bc.v2(`customers${bc.query("number eq 'C-2000'")}`))).value;
  assert.deepEqual(value[0], {
    subscriptionId: made.subscriptionId,
    clientState: "our secret",
    expirationDateTime: made.expirationDateTime,
    resource: `api/v2.0/companies(${bc.company("US01")})/customers(${customer.id})`,
    changeType: "updated",
    lastModifiedDateTime: customer.lastModifiedDateTime,
  });
});

test("a changed line is a change of its header; one body may mix subscriptions", async () => {
  await subscribe("salesCreditMemos");
  await subscribe("customers");
  const memo = await bc.must("POST", bc.v2("salesCreditMemos"), { customerNumber: "C-2000" });
  await bc.must("POST", bc.v2("salesCreditMemoLines"), {
    documentId: memo.id,
    lineType: "Comment",
    description: "hello",
  });
  rename("C-2000", "One");
  await deliver();
  const { value } = receiver.came[0];
  assert.deepEqual(
    value.map((each: any) => [each.resource.split("/").at(-1), each.changeType]),
    [
      [`salesCreditMemos(${memo.id})`, "created"],
      [value[1].resource.split("/").at(-1), "updated"],
    ],
  );
  await bc.must("DELETE", bc.v2(`salesCreditMemos(${memo.id})`), undefined, { "if-match": "*" });
  await deliver();
  assert.deepEqual(
    receiver.came[1].value.map((each: any) => each.changeType),
    ["deleted"],
  );
});

test("many changes become one notification of type collection with a filter", async () => {
  bc.controls.settings({ collectionOver: 1 });
  await subscribe("customers");
  rename("C-2000", "One");
  rename("C-2001", "Two");
  await deliver();
  const [{ changeType, resource }, ...others] = receiver.came[0].value;
  assert.deepEqual([changeType, others], ["collection", []]);
  assert.equal((await bc.must("GET", resource.replace("?", "?$select=number&"))).value.length, 2);
});

test("an answer in 5xx is tried again, any other refusal ends the subscription", async () => {
  await subscribe("customers");
  rename("C-2000", "One");
  receiver.answers.status = 503;
  await deliver();
  assert.equal(bc.webhooks.list().length, 1);
  assert.equal((await bc.must("GET", "/api/v2.0/subscriptions")).value.length, 1);
  receiver.answers.status = 401;
  await bc.webhooks.release();
  assert.deepEqual([bc.webhooks.list().length, receiver.came.length], [0, 2]);
  assert.equal((await bc.must("GET", "/api/v2.0/subscriptions")).value.length, 0);
});

test("notifications are lost and doubled as told", async () => {
  await subscribe("customers");
  bc.webhooks.lose(1);
  rename("C-2000", "One");
  await deliver();
  assert.equal(receiver.came.length, 0);
  bc.webhooks.double(1);
  rename("C-2000", "Two");
  await deliver();
  assert.equal(receiver.came.length, 2);
  assert.deepEqual(receiver.came[0], receiver.came[1]);
});
