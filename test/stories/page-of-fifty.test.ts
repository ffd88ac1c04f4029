import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Acts, createActs } from "../acts.ts";
import { type Answer, contractDocument, type TestClient } from "../clients.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

const SIZE = 50;
/** So many of them are received, inspected and credited; what is asked for each of them would show. */
const FULL = 3;
/** The unified view of each return of a page. */
const page = contractDocument("service-ui/unified-return")
  .replace("query UnifiedReturn($id: ID!)", "query Page($first: Int!)")
  .replace("return(id: $id) {", "returns(first: $first) { edges { node {")
  .replace(/\}\s*\}\s*$/, "} } } }");

let system: Everything;
let ada: TestClient;
let full: string[];
before(async () => {
  system = await startEverything();
  ada = await system.as("ada");
  const acts = createActs(system);
  const orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
  full = await Promise.all(orders.slice(0, FULL).map((order) => bringToCredit(acts, order)));
  await system.workers.stopAll();
  for (const { number, line } of orders.slice(FULL, SIZE)) await acts.requestReturn(number, [{ line, quantity: "1" }]);
});

async function bringToCredit(acts: Acts, { number, line, unit }: PlainOrder): Promise<string> {
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.credited(returnId, 1);
  await acts.executeDispositions(returnId, 1);
  await system.quiet(returnId);
  return returnId;
}

/** What a query asks of the systems: `system request` → how often. */
async function callsOf(query: () => Promise<Answer>): Promise<{ calls: Record<string, number>; data: any }> {
  const servers = Object.entries(system.sandbox.servers);
  for (const [, { requests }] of servers) requests.clear();
  const { data, errors = [] } = await query();
  assert.deepEqual(
    errors.filter(({ extensions }) => extensions.code !== "NOT_AVAILABLE"),
    [],
  );
  const calls = servers.flatMap(([name, { requests }]) =>
    Object.entries(requests.read().counts).map(([kind, count]) => [`${name} ${kind}`, count]),
  );
  return { calls: Object.fromEntries(calls), data };
}

/** What each subgraph fetch reads, each kind of record once. Return.order and ReturnLine.order are planned as two fetches, which the engine merges. */
const order = ["salesOrders", "salesShipments", "shippedItemTrackings", "salesInvoices", "items", "itemUnitsOfMeasure"];
const fetches = [order, ["customers"], ["items", "itemUnitsOfMeasure", "itemTrackings"], ["salesCreditMemos"]];

function callsOfFetches(): Record<string, number> {
  const calls: Record<string, number> = {};
  for (const kind of fetches.flat().map((set) => `business-central GET ${set}`)) calls[kind] = (calls[kind] ?? 0) + 1;
  return calls;
}

const isWhole = ({ order, customer, lines }: any) =>
  order.shipments[0].id && order.invoices[0].id && customer.name && lines[0].item.name;

/** A warehouse tells one instruction at a time: of a single return it is asked, for a page its last answers are quoted. */
const instructions = (site: string) => ({
  [`wms-${site} GET return-instructions`]: 1,
  [`wms-${site} GET disposition-instructions`]: 1,
});

test("a page of 50 full returns asks the systems exactly what one full return does, but for its instructions: once for each kind of record and subgraph fetch (G-08)", async () => {
  const one = await callsOf(() => ada.query("service-ui/unified-return", { id: full[0] }));
  const site = one.data.return.warehouse.code.toLowerCase();
  assert.deepEqual(one.calls, { ...callsOfFetches(), ...instructions(site) });
  const { calls, data } = await callsOf(() => ada.query(page, { first: SIZE }));
  const nodes: any[] = data.returns.edges.map(({ node }: { node: unknown }) => node);
  assert.equal(nodes.length, SIZE);
  assert.ok(nodes.every(isWhole));
  const credited = nodes.filter(
    ({ receipts, inspections, credits }) => receipts[0] && inspections[0] && credits[0]?.total,
  );
  assert.equal(credited.length, FULL);
  for (const { systems } of credited) {
    const instructed = systems.filter(({ document }: any) => /instruction/.test(document));
    assert.ok(instructed.length >= 2 && instructed.every(({ theirStatus }: any) => typeof theirStatus === "string"));
  }
  assert.deepEqual(calls, callsOfFetches());
});
