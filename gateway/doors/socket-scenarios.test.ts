import assert from "node:assert/strict";
import { once } from "node:events";
import { after, before, describe, test } from "node:test";
import { WebSocket } from "ws";
import { type Message, openRawSocket, type RawSocket } from "../../test/gateway/raw-socket.ts";
import { startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";

// graphql-transport-ws from outside, client and subgraph both ours: connecting, pings, the life of an operation, several on one socket, what the subgraph
// gets to know, and cuts on either side. Where others hand a cut through, ours mends it (W-25).

let house: TestGateway;
before(async () => {
  house = await startTestGateway();
});
after(() => house.stop());

const init = async (more: object = {}): Promise<Message> => ({
  type: "connection_init",
  payload: { authorization: `Bearer ${await house.tokenOf("ada")}`, ...more },
});
async function connected(more?: object): Promise<RawSocket> {
  const first = await init(more);
  const raw = await openRawSocket(house.url);
  raw.send(first);
  assert.deepEqual(await raw.next(), { type: "connection_ack" });
  return raw;
}
const follow = "subscription Follow($after: String) { returnMilestones(after: $after) { cursor milestone { type } } }";
const load = "subscription Load { load { depth } }";
const subscribe = (id: string, query: string, more: object = {}): Message => ({
  type: "subscribe",
  id,
  payload: { query, ...more },
});
/** Follows from now on: the first frame says where that is. */
const followNow = (id: string) => subscribe(id, follow, { variables: { after: house.stub.publish("now") } });
const codeOf = ({ payload }: Message) => (payload.errors ?? payload)[0].extensions.code;
const typeIn = ({ payload }: Message) => payload.data.returnMilestones.milestone?.type;

/** Waits for events of the stub until something holds. */
async function until(holds: () => boolean): Promise<void> {
  while (!holds()) await house.stub.changed();
}

describe("connecting", () => {
  const closedBy = async (...messages: (Message | string)[]) => {
    const raw = await openRawSocket(house.url);
    for (const message of messages) raw.send(message);
    return raw.closed();
  };
  test("nobody waits for a connection_init for ever: 4408", async () => {
    const hasty = await startTestGateway({ settings: { connectionInitMs: 10 } });
    const raw = await openRawSocket(hasty.url);
    assert.equal((await raw.closed()).code, 4408);
    await hasty.stop();
  });
  test("a second connection_init: 4429", async () => {
    assert.equal((await closedBy(await init(), await init())).code, 4429);
  });
  test("subscribe before the ack: 4401", async () => {
    assert.equal((await closedBy(subscribe("1", follow))).code, 4401);
  });
  test("what is no message: 4400, for broken JSON, a list, no type, an unknown type, an id that is no text", async () => {
    for (const message of [
      "{",
      "[]",
      "{}",
      '{"type":"start"}',
      '{"type":"subscribe","id":1,"payload":{"query":"{a}"}}',
    ])
      assert.equal((await closedBy(message)).code, 4400, message);
  });
  test("a binary message is read like text, and one over a megabyte ends the socket: 1009", async () => {
    const raw = await openRawSocket(house.url);
    raw.socket.send(Buffer.from(JSON.stringify(await init())));
    assert.equal((await raw.next()).type, "connection_ack");
    raw.send(subscribe("1", "x".repeat(1024 * 1024)));
    assert.equal((await raw.closed()).code, 1009);
  });
  test("another subprotocol gets no socket that anybody could use", async () => {
    const socket = new WebSocket(house.url.replace(/^http/, "ws"), "graphql-ws");
    const [error] = (await once(socket, "error")) as [Error];
    assert.match(error.message, /no subprotocol/i);
  });
});

describe("pings", () => {
  test("a ping gets its pong with the payload that it had; before the ack too", async () => {
    const raw = await openRawSocket(house.url);
    raw.send({ type: "ping", payload: { at: 1 } });
    assert.deepEqual(await raw.next(), { type: "pong", payload: { at: 1 } });
    raw.send({ type: "ping" });
    assert.deepEqual(await raw.next(), { type: "pong" });
    raw.send({ type: "pong" });
    raw.send(await init());
    assert.equal((await raw.next()).type, "connection_ack");
    raw.socket.close();
  });
});

describe("the life of an operation", () => {
  test("variables and the one operation that is named; several answers in their order", async () => {
    const raw = await connected();
    const more = { variables: { after: "c0" }, operationName: "Follow" };
    raw.send(subscribe("1", `${follow} ${load}`, more));
    assert.equal(typeIn(await raw.next()), undefined);
    for (const type of ["a", "b", "c"]) house.stub.publish(type);
    assert.deepEqual([typeIn(await raw.next()), typeIn(await raw.next()), typeIn(await raw.next())], ["a", "b", "c"]);
    raw.socket.close();
    await until(() => house.stub.open() === 0);
  });
  test("the client's complete ends the upstream subscription, and nothing comes after it", async () => {
    const raw = await connected();
    raw.send(subscribe("1", load));
    await raw.next();
    raw.send({ type: "complete", id: "1" });
    await until(() => house.stub.open() === 0);
    house.stub.setLoad(1);
    raw.send({ type: "ping" });
    assert.equal((await raw.next()).type, "pong");
    raw.socket.close();
  });
  test("a complete for an id that nobody has is nothing", async () => {
    const raw = await connected();
    raw.send({ type: "complete", id: "nobody" });
    raw.send(subscribe("1", "{ __typename }"));
    assert.equal((await raw.next()).type, "next");
    raw.socket.close();
  });
  test("what the subgraph refuses for good is an answer with the error and complete; the id is free again", async () => {
    const raw = await connected();
    raw.send(subscribe("1", follow, { variables: { after: "forged" } }));
    assert.equal(codeOf(await raw.next()), "CURSOR_INVALID");
    assert.deepEqual(await raw.next(), { id: "1", type: "complete" });
    raw.send(subscribe("1", load));
    assert.deepEqual((await raw.next()).id, "1");
    raw.socket.close();
    await until(() => house.stub.open() === 0);
  });
  test("an id in use: 4409 with its sentence", async () => {
    const raw = await connected();
    raw.send(subscribe("1", load));
    raw.send(subscribe("1", load));
    assert.deepEqual(await raw.closed(), { code: 4409, reason: "Subscriber for 1 already exists" });
    await until(() => house.stub.open() === 0);
  });
});

describe("several on one socket", () => {
  test("two subscriptions have their own answers on one socket of the subgraph", async () => {
    const raw = await connected();
    raw.send(subscribe("1", load));
    await raw.next();
    const sockets = house.stub.returns.sockets();
    raw.send(followNow("2"));
    assert.equal((await raw.next()).id, "2");
    assert.equal(house.stub.returns.sockets(), sockets);
    house.stub.setLoad(2);
    assert.equal((await raw.next()).id, "1");
    house.stub.publish("for two");
    assert.deepEqual([(await raw.next()).id, house.stub.open()], ["2", 2]);
    raw.socket.close();
    await until(() => house.stub.open() === 0);
  });
  test("whatever is wrong with one payload, its own id gets the error and the others go on", async () => {
    const raw = await connected();
    raw.send(subscribe("live", load));
    await raw.next();
    const bad: [Message["payload"], string][] = [
      [{ query: "subscription {" }, "GRAPHQL_PARSE_FAILED"],
      [{ query: "subscription { nope }" }, "GRAPHQL_VALIDATION_FAILED"],
      [{ query: load, variables: "x" }, "BAD_USER_INPUT"],
      [{ query: load, operationName: 1 }, "BAD_USER_INPUT"],
      [{ query: load, extensions: [] }, "BAD_USER_INPUT"],
      [{ query: load, extensions: { deadlineMs: "soon" } }, "BAD_USER_INPUT"],
      [{ query: 1 }, "BAD_USER_INPUT"],
      [{}, "BAD_USER_INPUT"],
      ["text", "BAD_USER_INPUT"],
      [undefined, "BAD_USER_INPUT"],
      [{ documentId: "nobody" }, "DOCUMENT_UNKNOWN"],
      [{ query: "{ ".repeat(200) }, "TOO_COSTLY"],
    ];
    for (const [payload, code] of bad) {
      raw.send({ type: "subscribe", id: "bad", payload });
      const answer = await raw.next();
      assert.deepEqual([answer.id, answer.type, codeOf(answer)], ["bad", "error", code], JSON.stringify(payload));
    }
    house.stub.setLoad(3);
    assert.equal((await raw.next()).id, "live");
    raw.socket.close();
    await until(() => house.stub.open() === 0);
  });
});

describe("what the subgraph gets to know", () => {
  test("the gateway's own token for the caller's view, never the caller's (G-19)", async () => {
    const raw = await connected({ "x-secret": "of the client" });
    raw.send(subscribe("1", load));
    await raw.next();
    const upstream = house.stub.returns.callers.sockets.at(-1);
    assert.deepEqual([upstream?.id, upstream?.roles], ["gateway", ["service"]]);
    raw.socket.close();
    await until(() => house.stub.open() === 0);
  });
  test("a query's correlation id and deadline, from its extensions", async () => {
    const raw = await connected();
    raw.send(subscribe("1", "{ whoAmI }", { extensions: { correlationId: "case-4711", deadlineMs: 2_000 } }));
    await raw.next();
    const headers = house.stub.returns.headers.at(-1);
    assert.equal(headers?.["x-correlation-id"], "case-4711");
    assert.ok(Number(headers?.["x-backhaul-deadline-ms"]) <= 2_000);
    raw.socket.close();
  });
});

describe("cuts", () => {
  test("a client that drops without a word, and one that closes, both end the upstream subscription", async () => {
    for (const leave of ["terminate", "close"] as const) {
      const raw = await connected();
      raw.send(subscribe("1", load));
      await raw.next();
      raw.socket[leave]();
      await until(() => house.stub.open() === 0);
    }
  });
  test("a subgraph's socket that is cut is mended where it was, and the client sees nothing of it", async () => {
    const raw = await connected();
    raw.send(followNow("1"));
    await raw.next();
    house.stub.returns.cut();
    await until(() => house.stub.open() === 0);
    house.stub.publish("while it was away");
    assert.equal(typeIn(await raw.next()), "while it was away");
    raw.socket.close();
    await until(() => house.stub.open() === 0);
  });
  test("a subgraph that stays away is a coded error for its own id; the socket lives, and queries of other subgraphs too", async (t) => {
    const patient = house;
    house = await startTestGateway({ settings: { resubscribeGiveUpMs: 0 } });
    t.after(async () => {
      await house.stop();
      house = patient;
    });
    const raw = await connected();
    raw.send(followNow("1"));
    await raw.next();
    await house.stub.stopReturns();
    const answer = await raw.next();
    assert.deepEqual([answer.id, codeOf(answer)], ["1", "SYSTEM_UNAVAILABLE"]);
    assert.deepEqual(await raw.next(), { id: "1", type: "complete" });
    raw.send(subscribe("2", `{ order(id: "O1") { number } }`));
    assert.equal((await raw.next()).payload.data.order.number, "SO-O1");
    await house.stub.restartReturns();
    raw.socket.close();
  });
});
