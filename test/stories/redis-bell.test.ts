import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { before, describe, test } from "node:test";
import { Cluster } from "ioredis";
import { sql } from "kysely";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { beforeDrop } from "../database.ts";
import { judge } from "../judge.ts";
import { plainOrders } from "../plain-orders.ts";
import { startTestCluster, withoutCluster } from "../redis-cluster.ts";
import { startTestRedis, withoutRedis } from "../redis.ts";
import { type Everything, startEverything } from "../start-everything.ts";

/** From request to credit, with all that a person, a warehouse and the ERP do on the way. */
async function cleanStory(system: Everything, acts: Acts): Promise<void> {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  await acts.decide(returnId, "fin");
  const { credits } = await acts.credited(returnId, 1);
  assert.equal(credits[0]?.erp?.total, "1276.70");
  await acts.executeDispositions(returnId, 1);
  await judge(system, returnId);
}

/** PostgreSQL has no schema of BullMQ's, so nothing rang there. */
const bellsOfPostgres = async ({ db }: Everything): Promise<number> => {
  const { rows } = await sql`select from information_schema.schemata where schema_name = 'bullmq'`.execute(db);
  return rows.length;
};

describe("with a Redis Cluster for the bell and the feed", { skip: withoutCluster }, () => {
  let cluster: Awaited<ReturnType<typeof startTestCluster>>;
  let system: Everything;
  before(async () => {
    cluster = await startTestCluster();
    beforeDrop(() => cluster.stop());
    system = await startEverything({ env: { REDIS_URL: cluster.url } });
  });

  test("SO-100001 goes from request to credit and its follower hears of it; the bells rang in the Cluster (W-09, W-23)", async () => {
    const acts = createActs(system);
    const frames = (await system.as("ada")).subscribe("dashboard/milestones");
    await cleanStory(system, acts);
    await frames.until("the posted credit", ({ data }) => data?.returnMilestones.milestone?.type === "credit.posted");
    const nodes = cluster.url.split(",").map((url) => new URL(url));
    const client = new Cluster(nodes.map(({ hostname, port }) => ({ host: hostname, port: Number(port) })));
    assert.deepEqual([await client.exists("{backhaul}:goods:meta"), await bellsOfPostgres(system)], [1, 0]);
    client.disconnect();
  });
});

describe("with Redis for the bell", { skip: withoutRedis }, () => {
  let redis: Awaited<ReturnType<typeof startTestRedis>>;
  let system: Everything;
  let acts: Acts;
  before(async () => {
    redis = await startTestRedis();
    beforeDrop(() => redis.stop());
    system = await startEverything({ env: { REDIS_URL: redis.url } });
    acts = createActs(system);
  });
  test("SO-100001 goes from request to credit, and its bells rang in Redis, not in PostgreSQL (W-09, OS-17)", async () => {
    await cleanStory(system, acts);
    assert.match(await ask(redis.url, "EXISTS {backhaul}:goods:meta"), /^:1/);
    assert.equal(await bellsOfPostgres(system), 0);
  });

  test("Redis is emptied again and again in the middle, and nothing is lost (W-09, RS-12)", async () => {
    const orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
    const returnIds = await Promise.all(
      orders.slice(0, 3).map(async ({ number, line, unit }) => {
        const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }]);
        assert.match(await ask(redis.url, "FLUSHALL"), /^\+OK/);
        const { receipt, floor } = await acts.receive(returnId);
        await ask(redis.url, "FLUSHALL");
        floor.inspect({ receipt, line: 1, grade: "A" });
        await acts.credited(returnId, 1);
        await ask(redis.url, "FLUSHALL");
        await acts.executeDispositions(returnId, 1);
        await system.returnWhen(returnId, "the end", (state) => statusOf(state) === "CLOSED");
        return returnId;
      }),
    );
    for (const returnId of returnIds) await judge(system, returnId);
  });
});

/** One inline command of Redis' protocol, and the line it answers. */
async function ask(url: string, command: string): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  socket.write(`${command}\r\n`);
  const [answer] = (await once(socket, "data")) as [Buffer];
  socket.destroy();
  return answer.toString();
}
