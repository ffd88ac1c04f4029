import type { Row } from "./main.ts";
import { startReturn, type Stamp } from "#orchestration/facts.ts";
import type { NewFact } from "#orchestration/facts-vocabulary.ts";
import { inTransaction } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { drawRmaNumber } from "#shared/rma-number.ts";
import { contractDocument } from "../test/clients.ts";
import { releaseAll } from "../test/database.ts";
import { startEverything, type Everything } from "../test/start-everything.ts";

/** The unified view of each return of a list. */
const page = contractDocument("service-ui/unified-return")
  .replace("query UnifiedReturn($id: ID!)", "query Page($first: Int!, $after: String)")
  .replace("return(id: $id) {", "returns(first: $first, after: $after) { pageInfo { endCursor } edges { node {")
  .replace(/\}\s*\}\s*$/, "} } } }");
const sizes = [1, 50, 200];

/** What the unified view of 1, 50 and 200 returns asks of each system, and what it costs this process (gateway, six subgraphs and the sandbox that answers). */
export async function benchView({ rounds = 10 }: { rounds?: number }): Promise<Row[]> {
  const system = await startEverything({ worker: "none", env: { LOG_LEVEL: "error" } });
  await request(system, Math.max(...sizes));
  const rows: Row[] = [];
  for (const returns of sizes) rows.push(await measure(system, returns, rounds));
  await releaseAll();
  return rows;
}

/** Returns as they are once requested, one unit of a line each: written as facts, so that the ERP's limit a minute is left for what is measured. */
async function request({ db, sandbox }: Everything, count: number): Promise<void> {
  const orders = sandbox.distributor.orders
    .filter(({ company, shipments }) => company === "US01" && shipments.length > 0)
    .slice(0, count);
  if (orders.length < count) throw new Error(`the distributor has only ${orders.length} orders that could be returned`);
  const stamp: Stamp = {
    correlationId: "bench",
    actor: { id: "usr_ada", displayName: "Ada", kind: "PERSON" },
    source: { system: "backhaul", reference: null },
  };
  for (const order of orders) await inTransaction(db, (tx) => startReturn(tx, newId("ret"), stamp, [requested(order)]));
}

type Order = Everything["sandbox"]["distributor"]["orders"][number];
const requested = ({ company, number, customerNumber, currency, lines }: Order): NewFact => ({
  kind: "return.requested",
  data: {
    ...{
      rmaNumber: drawRmaNumber(2026),
      companyId: company,
      channel: "inside-sales",
      orderId: `erp.order:${company}:${number}`,
      orderNumber: number,
    },
    ...{
      customerId: `erp.customer:${company}:${customerNumber}`,
      customerNumber,
      customerName: null,
      currency,
      resolution: "CREDIT",
      caseId: null,
      note: null,
    },
    lines: lines.slice(0, 1).map(({ sequence, unit }) => ({
      ...{
        lineId: newId("rln"),
        orderLineId: `erp.order:${company}:${number}/${sequence}`,
        quantity: { value: "1", unit },
      },
      ...{
        reasonCode: "WRONG_SHIPMENT",
        conditionClaimed: null,
        serialNumbers: [],
        lotNumbers: [],
        resolution: "CREDIT",
        requestException: false,
      },
    })),
  },
});

async function measure(system: Everything, returns: number, rounds: number): Promise<Row> {
  const ada = await system.as("ada");
  await ask(ada, returns);
  const calls = await callsOf(system, () => ask(ada, returns));
  const before = process.cpuUsage();
  const begun = performance.now();
  for (let round = 0; round < rounds; round += 1) await ask(ada, returns);
  const { user, system: kernel } = process.cpuUsage(before);
  const per = (value: number) => Math.round((value / rounds) * 10) / 10;
  return {
    returns,
    ...calls,
    "CPU ms": per((user + kernel) / 1000),
    "CPU ms a return": per((user + kernel) / 1000 / returns),
    "wall ms": per(performance.now() - begun),
  };
}

type Client = Awaited<ReturnType<Everything["as"]>>;

/** In pages of a hundred, the most that one may ask for. */
async function ask(client: Client, returns: number): Promise<void> {
  let after: string | null = null;
  for (let left = returns; left > 0; left -= 100) {
    const { data, errors = [] }: Awaited<ReturnType<Client["query"]>> = await client.query(page, {
      first: Math.min(left, 100),
      after,
    });
    const real = errors.filter(({ extensions }) => extensions.code !== "NOT_AVAILABLE");
    if (real.length > 0) throw new Error(JSON.stringify(real[0]));
    if (data.returns.edges.length !== Math.min(left, 100))
      throw new Error(`a page has only ${data.returns.edges.length} returns`);
    after = data.returns.pageInfo.endCursor;
  }
}

/** Requests that each of the sandbox's servers saw, those it didn't see left out. */
async function callsOf({ sandbox }: Everything, work: () => Promise<void>): Promise<Row> {
  const servers = Object.entries(sandbox.servers);
  for (const [, { requests }] of servers) requests.clear();
  await work();
  const counts = servers.map(([name, { requests }]): [string, number] => [
    `calls to ${name}`,
    Object.values(requests.read().counts as Record<string, number>).reduce((sum, count) => sum + count, 0),
  ]);
  return Object.fromEntries(counts.filter(([, count]) => count > 0));
}
