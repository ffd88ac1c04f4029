import assert from "node:assert/strict";
import { before, test } from "node:test";
import { createActs } from "../acts.ts";
import { contractDocument } from "../clients.ts";
import { plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

const SIZE = 50;
/** The unified view of each return of a page. */
const page = contractDocument("service-ui/unified-return")
  .replace("query UnifiedReturn($id: ID!)", "query Page($first: Int!)")
  .replace("return(id: $id) {", "returns(first: $first) { edges { node {")
  .replace(/\}\s*\}\s*$/, "} } } }");

let system: Everything;
before(async () => {
  system = await startEverything({ worker: "none" });
  const { requestReturn } = createActs(system);
  const orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
  for (const { number, line } of orders.slice(0, SIZE)) await requestReturn(number, [{ line, quantity: "1" }]);
});

/** What one page asks of the systems: requests by kind. */
async function callsOf(first: number): Promise<Record<string, number>> {
  const servers = Object.values(system.sandbox.servers);
  for (const { requests } of servers) requests.clear();
  const { data, errors = [] } = await (await system.as("ada")).query(page, { first });
  assert.deepEqual(
    errors.filter(({ extensions }) => extensions.code !== "NOT_AVAILABLE"),
    [],
  );
  const nodes = data.returns.edges.map(({ node }: { node: unknown }) => node);
  assert.equal(nodes.length, first);
  for (const { order, customer, lines } of nodes)
    assert.ok(order.shipments[0].id && order.invoices[0].id && customer.name && lines[0].item.name);
  return Object.assign({}, ...servers.map(({ requests }) => requests.read().counts));
}

test("a page of 50 full returns asks the systems exactly what a page of one does: once for each kind of record and subgraph fetch (G-08)", async () => {
  const one = await callsOf(1);
  assert.ok(one["GET salesOrders"]! <= 2, "Return.order and ReturnLine.order are planned as two fetches");
  assert.deepEqual(await callsOf(SIZE), one);
});
