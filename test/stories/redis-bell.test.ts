import assert from "node:assert/strict";
import { once } from "node:events";
import { connect } from "node:net";
import { before, describe, test } from "node:test";
import { statusOf } from "#orchestration/status.ts";
import { type Acts, createActs } from "../acts.ts";
import { beforeDrop } from "../database.ts";
import { judge } from "../judge.ts";
import { plainOrders } from "../plain-orders.ts";
import { startTestRedis, withoutRedis } from "../redis.ts";
import { type Everything, startEverything } from "../start-everything.ts";

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
    const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
    const { receipt, floor } = await acts.receive(returnId);
    floor.inspect({ receipt, line: 1, grade: "A" });
    await acts.decide(returnId, "fin");
    const { credits } = await acts.credited(returnId, 1);
    assert.equal(credits[0]?.erp?.total, "1276.70");
    await acts.executeDispositions(returnId, 1);
    await judge(system, returnId);
    assert.match(await ask(redis.url, "EXISTS bull:goods:meta"), /^:1/);
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
