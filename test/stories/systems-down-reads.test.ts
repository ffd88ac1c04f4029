import assert from "node:assert/strict";
import { afterEach, before, test } from "node:test";
import { type Acts, createActs } from "../acts.ts";
import type { Answer } from "../clients.ts";
import { type Everything, startEverything } from "../start-everything.ts";

// With a system down, what it owns comes from the last snapshot marked stale, or is null with a coded error; the rest is whole (D-30).

let system: Everything;
let acts: Acts;
let returnId: string;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
  returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.decide(returnId, "fin");
  await acts.credited(returnId, 1);
  await system.quiet(returnId);
});
afterEach(async () => {
  for (const server of Object.values(system.sandbox.servers)) await server.up();
});

const codes = ({ errors = [] }: Answer) =>
  [...new Set(errors.map(({ extensions }) => String(extensions.code)))]
    .filter((code) => code !== "NOT_AVAILABLE")
    .toSorted();

test("ERP down: unified-return and order-view say what was last known, marked stale; our own part is as ever", async () => {
  const ada = await system.as("ada");
  const fresh = await ada.query("service-ui/unified-return", { id: returnId });
  await ada.query("service-ui/order-view", { number: "SO-100001" });
  await ada.query("service-ui/return-eligibility", { orderNumber: "SO-100001" });
  assert.deepEqual(codes(fresh), []);
  await system.sandbox.servers["business-central"].down();

  const unified = await ada.query("service-ui/unified-return", { id: returnId });
  assert.deepEqual(codes(unified), []);
  const [then, now] = [fresh.data.return, unified.data.return];
  assert.deepEqual(
    [now.order.freshness, now.customer.freshness, now.credits[0].freshness].map(({ system: name, stale }) => [
      name,
      stale,
    ]),
    [
      ["erp-us01", true],
      ["erp-us01", true],
      ["erp-us01", true],
    ],
  );
  assert.deepEqual(
    [now.order.total, now.customer.name, now.credits[0].total],
    [then.order.total, then.customer.name, then.credits[0].total],
  );
  assert.deepEqual(
    [now.status, now.lines, now.receipts, now.approvals],
    [then.status, then.lines, then.receipts, then.approvals],
  );
  const order = await ada.query("service-ui/order-view", { number: "SO-100001" });
  assert.deepEqual(
    [codes(order), order.data.orderByNumber.freshness.stale, order.data.orderByNumber.returns[0].id],
    [[], true, returnId],
  );
  const eligible = await ada.query("service-ui/return-eligibility", { orderNumber: "SO-100001" });
  assert.deepEqual([codes(eligible), eligible.data.orderByNumber.returnEligibility.freshness.stale], [[], true]);
});

test("ERP down: what was never read is null with SYSTEM_UNAVAILABLE that names the system, beside whole lists of our own", async () => {
  const ada = await system.as("ada");
  await system.sandbox.servers["business-central"].down();
  const { data, errors } = await ada.query(
    'query ($id: ID!) { unknown: orderByNumber(number: "SO-100020") { id } return(id: $id) { id status order { number } } returns { totalCount } }',
    { id: returnId },
  );
  assert.deepEqual(
    errors?.map(({ path, extensions }) => [path, extensions.code, extensions["system"], extensions["retryable"]]),
    [[["unknown"], "SYSTEM_UNAVAILABLE", "erp-us01", true]],
  );
  assert.deepEqual(
    [data.unknown, data.return.id, data.return.order.number, data.returns.totalCount],
    [null, returnId, "SO-100001", 1],
  );
  assert.doesNotMatch(JSON.stringify(errors), /127\.0\.0\.1|ECONN|socket/, "G-15");
});

test("a page of returns that were never read from the ERP is whole but for what the ERP owns", async () => {
  const id = await acts.requestReturn("SO-100006", [{ quantity: "1" }]);
  await system.quiet(id);
  await system.db
    .deleteFrom("snapshots")
    .where("system", "=", "erp-us01")
    .where("key", "in", ["SO-100006", "CTR-3120"])
    .execute();
  const ada = await system.as("ada");
  await system.sandbox.servers["business-central"].down();
  const { data, errors } = await ada.query("service-ui/find-returns", {});
  assert.deepEqual(codes({ data, ...(errors ? { errors } : {}) }), ["SYSTEM_UNAVAILABLE"]);
  const [unread, read] = data.returns.edges.map(({ node }: any) => node);
  assert.deepEqual(
    [unread.id, unread.status, unread.lines[0].quantities.requested.value],
    [id, "AWAITING_RECEIPT", "1"],
  );
  assert.deepEqual([read.id, read.order.number, read.lines[0].item.name], [returnId, "SO-100001", "Ball bearing 6204"]);
});

const stock =
  'query { item(sku: "BRG-6204") { sku name availability { warehouse { code } available { value } quarantined { value } freshness { system stale } } } }';

test("one warehouse down: its stock is the last known, marked stale, the other sites' is fresh; never read, it is null with a code", async () => {
  const ada = await system.as("ada");
  await system.db.deleteFrom("snapshots").where("kind", "=", "stock").execute();
  await system.sandbox.servers["wms-chi1"].down();
  const cold = await ada.query(stock);
  const bySite = ({ data }: Answer) =>
    new Map(data.item.availability.map((site: any) => [site.warehouse.code, site])) as Map<string, any>;
  assert.deepEqual([bySite(cold).get("CHI1").available, bySite(cold).get("CHI1").freshness], [null, null]);
  assert.deepEqual([codes(cold), bySite(cold).get("DAL2").freshness.stale], [["SYSTEM_UNAVAILABLE"], false]);

  await system.sandbox.servers["wms-chi1"].up();
  const warm = await system.until("the breaker to let us in", async () => {
    const answer = await ada.query(stock);
    return answer.errors ? null : answer;
  });
  await system.sandbox.servers["wms-chi1"].down();
  const stale = await ada.query(stock);
  assert.deepEqual(codes(stale), []);
  assert.deepEqual(bySite(stale).get("CHI1").available, bySite(warm).get("CHI1").available);
  assert.deepEqual(
    [bySite(stale).get("CHI1").freshness.stale, bySite(stale).get("DAL2").freshness.stale],
    [true, false],
  );
  assert.equal(stale.data.item.name, "Ball bearing 6204");
});
