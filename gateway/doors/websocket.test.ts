import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { WebSocket } from "ws";
import { demoPartners } from "#gateway/access/demo-people.ts";
import { expiringToken } from "../../test/gateway/expiring-token.ts";
import { openRawSocket, type RawSocket } from "../../test/gateway/raw-socket.ts";
import { startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";

let house: TestGateway;
before(async () => {
  house = await startTestGateway();
});
after(() => house.stop());

const init = async (who = "ada") => ({
  type: "connection_init",
  payload: { authorization: `Bearer ${await house.tokenOf(who)}` },
});
async function connected(who?: string): Promise<RawSocket> {
  const raw = await openRawSocket(house.url);
  raw.send(await init(who));
  assert.equal((await raw.next()).type, "connection_ack");
  return raw;
}
const subscribe = (id: string, query: string, more: object = {}) => ({
  type: "subscribe",
  id,
  payload: { query, ...more },
});
const follow = "subscription { returnMilestones { cursor milestone { type } } }";
const codes = (payload: { extensions: { code: string } }[]) => payload.map(({ extensions }) => extensions.code);

test("queries and mutations over the socket go through the same server: next, then complete", async () => {
  const raw = await connected();
  raw.send(subscribe("1", `{ return(id: "R1") { order { number askedBy } } }`));
  assert.deepEqual(await raw.next(), {
    id: "1",
    type: "next",
    payload: { data: { return: { order: { number: "SO-order-R1", askedBy: "ada" } } } },
  });
  assert.deepEqual(await raw.next(), { id: "1", type: "complete" });
  raw.send(
    subscribe("2", `mutation ($s: String!) { setStatus(id: "R2", status: $s) { status } }`, {
      variables: { s: "OPEN" },
    }),
  );
  assert.deepEqual((await raw.next()).payload, { data: { setStatus: { status: "OPEN" } } });
  assert.equal((await raw.next()).type, "complete");
  raw.socket.close();
});

test("errors over the socket are masked and limited like those over HTTP (G-15)", async () => {
  const raw = await connected();
  raw.send(subscribe("1", `{ fail(message: "erp.internal:7048 refused") }`));
  const { payload } = await raw.next();
  assert.deepEqual(codes(payload.errors), ["INTERNAL_SERVER_ERROR"]);
  assert.doesNotMatch(JSON.stringify(payload), /erp\.internal/);
  assert.equal((await raw.next()).type, "complete");
  raw.send(subscribe("2", `{ return(id: "R1") ${"{ parent ".repeat(25)}{ id }${" }".repeat(25)} }`));
  const refused = await raw.next();
  assert.deepEqual([refused.type, codes(refused.payload)], ["error", ["TOO_COSTLY"]]);
  raw.socket.close();
});

test("a bad payload costs its own id and never the socket: syntax, validation, variables, operation", async () => {
  const raw = await connected();
  raw.send(subscribe("live", follow));
  assert.equal((await raw.next()).id, "live");
  const bad: [string, object, string][] = [
    ["subscription {", {}, "GRAPHQL_PARSE_FAILED"],
    ["subscription { nope }", {}, "GRAPHQL_VALIDATION_FAILED"],
    ["subscription ($a: Int!) { returnMilestones(after: $a) { cursor } }", {}, "GRAPHQL_VALIDATION_FAILED"],
    ["subscription ($a: String!) { returnMilestones(after: $a) { cursor } }", {}, "BAD_USER_INPUT"],
    [follow, { operationName: "Other" }, "BAD_USER_INPUT"],
  ];
  for (const [query, more, code] of bad) {
    raw.send(subscribe("bad", query, { ...more, extensions: { correlationId: "case-4711" } }));
    const answer = await raw.next();
    assert.deepEqual([answer.id, answer.type, codes(answer.payload)], ["bad", "error", [code]]);
    assert.equal(answer.payload[0].extensions.correlationId, "case-4711");
  }
  house.stub.publish("still here");
  assert.equal((await raw.next()).payload.data.returnMilestones.milestone.type, "still here");
  raw.socket.close();
});

test("complete from the client stops its stream only; ids may be used again", async () => {
  const raw = await connected();
  for (const id of ["a", "b"]) {
    raw.send(subscribe(id, "subscription { load { depth } }"));
    await raw.next();
  }
  raw.send({ type: "complete", id: "a" });
  raw.send(subscribe("q", "{ __typename }"));
  await raw.next();
  await raw.next();
  house.stub.setLoad(3);
  assert.equal((await raw.next()).id, "b");
  raw.send(subscribe("a", "{ __typename }"));
  assert.equal((await raw.next()).id, "a");
  raw.socket.close();
});

test("the protocol is kept: 4400, 4401, 4403, 4409, 4429, ping", async () => {
  const closedAfter = async (...messages: (object | string)[]) => {
    const raw = await openRawSocket(house.url);
    for (const message of messages) raw.send(message as never);
    return (await raw.closed()).code;
  };
  assert.equal(await closedAfter("{"), 4400);
  assert.equal(await closedAfter({ type: "hello" }), 4400);
  assert.equal(await closedAfter(subscribe("1", follow)), 4401);
  assert.equal(await closedAfter(await init(), await init()), 4429);
  const raw = await connected();
  raw.send({ type: "ping", payload: { at: 1 } });
  assert.deepEqual(await raw.next(), { type: "pong", payload: { at: 1 } });
  raw.send(subscribe("1", follow));
  raw.send(subscribe("1", follow));
  assert.equal((await raw.closed()).code, 4409);
});

test("without a good token the socket is closed with 4403 and the reason; a token may also come in the upgrade's header (G-11, G-12)", async () => {
  const refused = async (payload: object) => {
    const raw = await openRawSocket(house.url);
    raw.send({ type: "connection_init", payload });
    return raw.closed();
  };
  assert.deepEqual(await refused({}), {
    code: 4403,
    reason: "UNAUTHENTICATED: A bearer token is missing (authorization).",
  });
  assert.equal((await refused({ authorization: "Bearer a.b.c" })).code, 4403);
  assert.match((await refused({ "x-api-key": "bhk_1_2" })).reason, /^UNAUTHENTICATED: The API key is not valid/);
  const partner = await house.gateway.issuer?.token(demoPartners["boltco"]!);
  assert.match(
    (await refused({ authorization: `Bearer ${partner}` })).reason,
    /^FORBIDDEN: The bearer token's partner is none of ours/,
  );
  const authorization = `Bearer ${await house.tokenOf("ada")}`;
  const byCookie = await openRawSocket(`${house.url}?authorization=${authorization}`, {
    headers: { cookie: `authorization=${authorization}` },
  });
  byCookie.send({ type: "connection_init" });
  assert.equal((await byCookie.closed()).code, 4403);
  const byHeader = await openRawSocket(house.url, { headers: { authorization } });
  byHeader.send({ type: "connection_init" });
  assert.equal((await byHeader.next()).type, "connection_ack");
  byHeader.socket.close();
});

test("a page of another origin gets no socket; our own origin and clients without one do (G-11)", async () => {
  const refused = async (url: string, headers: Record<string, string>) => {
    const socket = new WebSocket(url.replace(/^http/, "ws"), "graphql-transport-ws", { headers });
    const [, response] = await once(socket, "unexpected-response");
    return response.statusCode;
  };
  assert.equal(await refused(house.url, { origin: "https://evil.example" }), 403);
  assert.equal(await refused(house.url, { origin: "null" }), 403);
  assert.equal(await refused(`${house.gateway.url}/other`, {}), 404);
  const own = await openRawSocket(house.url, { headers: { origin: house.gateway.url } });
  own.socket.close();
});

test("when a token ends its socket is closed with 4403, which clients come back after; others stay (G-19)", async () => {
  const other = await connected("ada");
  other.send(subscribe("1", follow));
  await other.next();
  const token = await expiringToken(house);
  const raw = await openRawSocket(house.url);
  raw.send({ type: "connection_init", payload: { authorization: `Bearer ${token}` } });
  assert.equal((await raw.next()).type, "connection_ack");
  raw.send(subscribe("1", follow));
  await raw.next();
  assert.deepEqual(await raw.closed(), { code: 4403, reason: "The token has expired: come back with a new one" });
  house.stub.publish("after");
  assert.equal((await other.next()).type, "next");
  other.socket.close();
});

test("one socket holds a hundred operations; the next is refused and the rest go on", async () => {
  const raw = await connected();
  for (let index = 0; index < 100; index += 1) raw.send(subscribe(`${index}`, "subscription { load { depth } }"));
  for (let index = 0; index < 100; index += 1) assert.equal((await raw.next()).type, "next");
  raw.send(subscribe("one more", "{ __typename }"));
  const refused = await raw.next();
  assert.deepEqual([refused.id, refused.type, codes(refused.payload)], ["one more", "error", ["OVERLOADED"]]);
  raw.send({ type: "complete", id: "7" });
  raw.send(subscribe("again", "{ __typename }"));
  assert.equal((await raw.next()).id, "again");
  raw.socket.close();
});

test("a client that takes nothing is sent away with 1013, so that it comes back with its cursor", async () => {
  const lines = new EventEmitter();
  const log = pino({}, { write: (line: string) => void lines.emit(JSON.parse(line).msg) });
  const slow = await startTestGateway({ log, settings: { slowClientMs: 50, subscriptionBuffer: 4 } });
  const raw = await openRawSocket(slow.url);
  raw.send({ type: "connection_init", payload: { authorization: `Bearer ${await slow.tokenOf("ada")}` } });
  await raw.next();
  raw.send({ type: "subscribe", id: "1", payload: { query: follow } });
  await raw.next();
  const sentAway = once(lines, "a slow client is sent away");
  raw.socket.pause();
  for (let index = 0; index < 200; index += 1) slow.stub.publish("x".repeat(100_000));
  await sentAway;
  while (slow.stub.open() > 0) await slow.stub.changed();
  raw.socket.resume();
  assert.equal((await raw.closed()).code, 1013);
  await slow.stop();
});

test("a stopping gateway sends its clients away one after the other with 1001, and they find the next one with their cursor", async () => {
  const leaving = await startTestGateway({ settings: { closeSpreadMs: 30 } });
  const sockets = await Promise.all([1, 2, 3].map(() => openRawSocket(leaving.url)));
  const ends = sockets.map((raw) => raw.closed());
  await leaving.stop();
  assert.deepEqual(
    (await Promise.all(ends)).map(({ code }) => code),
    [1001, 1001, 1001],
  );
});
