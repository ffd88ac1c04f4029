import assert from "node:assert/strict";
import { afterEach, beforeEach, test } from "node:test";
import type { Client } from "graphql-ws/client";
import { CORRELATION_HEADER, correlationIdIn } from "#shared/caller.ts";
import { type Answer, startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";

let house: TestGateway;
const start = async (settings?: Parameters<typeof startTestGateway>[0]) => {
  await house?.stop();
  house = await startTestGateway(settings);
};
beforeEach(async () => {
  house = await startTestGateway();
});
afterEach(() => house.stop());

const milestones = `subscription Follow($after: String) {
  returnMilestones(returnId: "R1", after: $after) { cursor milestone { type } return { id status order { number status askedBy } } }
}`;
type Frame = Answer & { data?: { returnMilestones: Record<string, any> } };

/** Frames of a subscription as a client gets them. */
function follow(client: Client, query = milestones, variables: Record<string, unknown> = {}) {
  const frames = client.iterate({ query, variables }) as unknown as AsyncIterableIterator<Frame>;
  return {
    next: async () => (await frames.next()).value as Frame,
    isDone: async () => (await frames.next()).done,
    end: () => frames.return?.(),
  };
}
const typeOf = ({ data }: Frame) => data?.returnMilestones["milestone"]?.type ?? null;

/** Waits for events of the stub until something holds; never for time. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await house.stub.changed();
}

test("an event arrives with what the document wants of the other subgraphs, asked for as the caller (W-25, G-19)", async () => {
  const stream = follow(await house.socket("sam"));
  assert.deepEqual((await stream.next()).data?.returnMilestones, { cursor: "c0", milestone: null, return: null });
  house.stub.publish("return.requested");
  assert.deepEqual(await stream.next(), {
    data: {
      returnMilestones: {
        cursor: "c1",
        milestone: { type: "return.requested" },
        return: {
          id: "R1",
          status: "return.requested",
          order: { number: "SO-order-R1", status: "return.requested", askedBy: "sam" },
        },
      },
    },
  });
  const [upstream] = house.stub.returns.callers.sockets;
  assert.deepEqual([upstream?.id, upstream?.roles, upstream?.client], ["gateway", ["supervisor"], "gateway"]);
});

test("a stream begins after the cursor it is given, in a variable, a literal, a default or a fragment", async () => {
  for (const type of ["a", "b", "c"]) house.stub.publish(type);
  const client = await house.socket();
  const documents: [string, Record<string, unknown>][] = [
    [milestones, { after: "c2" }],
    [`subscription { returnMilestones(after: "c2") { milestone { type } } }`, {}],
    [`subscription ($from: String = "c2") { returnMilestones(after: $from) { milestone { type } } }`, {}],
    [`subscription { ...F } fragment F on Subscription { returnMilestones(after: "c2") { milestone { type } } }`, {}],
    [`subscription { ... on Subscription { x: returnMilestones(after: "c2") { bhCursor: milestone { type } } } }`, {}],
  ];
  for (const [query, variables] of documents) {
    const stream = follow(client, query, variables);
    await stream.next();
    assert.match(JSON.stringify(await stream.next()), /"type":"c"/, query);
    await stream.end();
  }
  assert.deepEqual(house.stub.starts, ["c2", "c2", "c2", "c2", "c2"]);
});

test("when the upstream socket breaks the client sees every event once, in order, and no sign of it (W-25)", async () => {
  const stream = follow(await house.socket());
  const seen: string[] = [];
  await stream.next();
  for (let round = 1; round <= 5; round += 1) {
    house.stub.publish(`before ${round}`);
    house.stub.returns.cut();
    house.stub.publish(`after ${round}`);
    for (let count = 0; count < 2; count += 1) seen.push(typeOf(await stream.next()));
  }
  assert.deepEqual(
    seen,
    [1, 2, 3, 4, 5].flatMap((round) => [`before ${round}`, `after ${round}`]),
  );
  assert.ok(house.stub.starts.length > 5);
});

test("a document without the cursor is resumed too, and doesn't get to see ours", async () => {
  const stream = follow(await house.socket(), `subscription { returnMilestones { milestone { type } } }`);
  await stream.next();
  house.stub.publish("a");
  assert.deepEqual(await stream.next(), { data: { returnMilestones: { milestone: { type: "a" } } } });
  house.stub.returns.cut();
  house.stub.publish("b");
  assert.equal(typeOf(await stream.next()), "b");
  assert.equal(house.stub.starts.at(-1), "c1");
});

test("a subgraph that is stopped and comes back is found again", async () => {
  const stream = follow(await house.socket());
  await stream.next();
  await house.stub.stopReturns();
  house.stub.publish("while away");
  await house.stub.restartReturns();
  assert.equal(typeOf(await stream.next()), "while away");
});

test("a stream that fails inside the subgraph is opened again where it was, not skipped (W-25.1)", async () => {
  const stream = follow(await house.socket());
  await stream.next();
  for (const type of ["poison", "bug"]) {
    house.stub.poison(3);
    house.stub.publish(type);
    assert.equal(typeOf(await stream.next()), type);
  }
  assert.ok(house.stub.starts.length >= 7);
});

test("one that fails for good ends with a coded error, although each new stream begins well", async () => {
  await start({ settings: { resubscribeGiveUpMs: 30, resubscribeMaxMs: 1_000 } });
  const stream = follow(await house.socket());
  await stream.next();
  house.stub.poison(Infinity);
  house.stub.publish("poison");
  assert.equal((await stream.next()).errors?.[0]?.extensions["code"], "SYSTEM_UNAVAILABLE");
  assert.equal(await stream.isDone(), true);
});

test("a subgraph that stays away ends the stream with a coded error, not with silence", async () => {
  await start({ settings: { resubscribeGiveUpMs: 0, resubscribeMaxMs: 5 } });
  const stream = follow(await house.socket());
  await stream.next();
  await house.stub.stopReturns();
  const { data, errors } = await stream.next();
  assert.deepEqual([data, errors?.[0]?.extensions["code"]], [null, "SYSTEM_UNAVAILABLE"]);
  assert.equal(await stream.isDone(), true);
  await house.stub.restartReturns();
});

test("when the rest fails the event is delivered with errors (W-25.7)", async () => {
  const stream = follow(await house.socket());
  await stream.next();
  house.stub.orders.fault = { status: 500, text: "ORA-00942" };
  house.stub.publish("a");
  const { data, errors } = await stream.next();
  assert.deepEqual(
    [typeOf({ data } as Frame), data?.returnMilestones["return"].order],
    ["a", { number: null, status: null, askedBy: null }],
  );
  assert.deepEqual(
    errors?.map(({ extensions }) => extensions["code"]),
    ["SYSTEM_UNAVAILABLE"],
  );
  assert.doesNotMatch(JSON.stringify(errors), /ORA-/);
});

test("a slow rest delays its stream without changing the order, and what is delivered is never older than its event (W-25.3, W-25.7)", async () => {
  const stream = follow(await house.socket());
  await stream.next();
  const { promise, resolve } = Promise.withResolvers<void>();
  house.stub.orders.fault = { hold: promise };
  for (const type of ["a", "b", "c"]) house.stub.publish(type);
  resolve();
  const frames = [await stream.next(), await stream.next(), await stream.next()];
  assert.deepEqual(frames.map(typeOf), ["a", "b", "c"]);
  for (const frame of frames) assert.ok(frame.data?.returnMilestones["return"].order.status >= typeOf(frame));
});

test("a long replay to a slow consumer is held back upstream and loses nothing", async () => {
  await start({ settings: { subscriptionBuffer: 3 } });
  for (let index = 1; index <= 40; index += 1) house.stub.publish(`${index}`);
  const { promise, resolve } = Promise.withResolvers<void>();
  house.stub.orders.fault = { hold: promise };
  const stream = follow(await house.socket());
  await until(() => house.stub.starts.length > 0 && house.stub.open() === 0);
  resolve();
  const seen: string[] = [];
  while (seen.length < 40) {
    const frame = await stream.next();
    if (typeOf(frame) !== null) seen.push(typeOf(frame));
  }
  assert.deepEqual(
    seen,
    Array.from({ length: 40 }, (_, index) => `${index + 1}`),
  );
  assert.ok(house.stub.starts.length > 1, "the upstream was closed and resumed");
});

test("a forged and an expired cursor are one frame with the error, then the end (W-24)", async () => {
  const client = await house.socket();
  for (const [after, code] of [
    ["zzz", "CURSOR_INVALID"],
    ["expired", "CURSOR_EXPIRED"],
  ] as const) {
    const stream = follow(client, milestones, { after });
    const { data, errors } = await stream.next();
    assert.deepEqual([data, errors?.map(({ extensions }) => extensions["code"])], [null, [code]]);
    assert.equal(await stream.isDone(), true);
  }
});

test("a stream without cursors is a gauge: it goes on with the newest after a cut", async () => {
  const stream = follow(await house.socket(), "subscription { load { depth } }");
  assert.deepEqual(await stream.next(), { data: { load: { depth: 0 } } });
  house.stub.returns.cut();
  await until(() => house.stub.open() === 0);
  house.stub.setLoad(7);
  assert.deepEqual(await stream.next(), { data: { load: { depth: 7 } } });
});

test("unsubscribing from a quiet stream and a lost client both end the upstream subscription", async () => {
  const stream = follow(await house.socket());
  await stream.next();
  const lost = await house.socket("sam");
  await follow(lost).next();
  await until(() => house.stub.open() === 2);
  await stream.end();
  await until(() => house.stub.open() === 1);
  lost.terminate();
  await until(() => house.stub.open() === 0);
});

test("on a socket that clients share each operation is known by its own client's correlation id, to the last call", async () => {
  const authorization = `Bearer ${await house.tokenOf("ada")}`;
  const streams = [];
  for (const correlationId of ["one", "two"]) {
    const connectionParams = { authorization, [CORRELATION_HEADER]: correlationId };
    const stream = follow(await house.socket("ada", { connectionParams }));
    await stream.next();
    streams.push(stream);
  }
  assert.deepEqual(house.stub.returns.operations.map(correlationIdIn), ["one", "two"]);
  assert.equal(house.stub.returns.sockets(), 1);
  house.stub.publish("return.requested");
  for (const stream of streams) await stream.next();
  const asked = house.stub.orders.headers.map((headers) => headers[CORRELATION_HEADER]);
  assert.deepEqual(asked.toSorted(), ["one", "two"]);
});

test("callers of one view share an upstream socket, others have their own (G-19)", async () => {
  for (const who of ["ada", "ada", "sam"]) await follow(await house.socket(who)).next();
  assert.equal(house.stub.returns.sockets(), 2);
});
