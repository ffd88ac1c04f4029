import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { get, type IncomingMessage } from "node:http";
import { after, before, test } from "node:test";
import { createClient } from "graphql-sse";
import { pino } from "pino";
import { idOf, startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";
import { expiringToken } from "../../test/gateway/expiring-token.ts";

const follow = "subscription ($after: String) { returnMilestones(after: $after) { cursor milestone { type } } }";
let house: TestGateway;
before(async () => {
  house = await startTestGateway({ documents: [follow, "{ whoAmI }"], settings: { eventStreamPingMs: 5 } });
});
after(() => house.stop());

type Sent = { search?: string; body?: unknown; path?: string; token?: string; accept?: string };

async function open({ search = "", body, path = "", token, accept = "text/event-stream" }: Sent) {
  const authorization = `Bearer ${token ?? (await house.tokenOf("ada"))}`;
  const json: Record<string, string> = body === undefined ? {} : { "content-type": "application/json" };
  return fetch(house.url + path + search, {
    headers: { accept, authorization, ...json },
    ...(body === undefined ? {} : { method: "POST", body: JSON.stringify(body) }),
  });
}

/** The events of a stream, one after the other; comments are events without a name. */
async function* events(response: Response): AsyncGenerator<{ event: string; data: any }> {
  let text = "";
  for await (const chunk of response.body!.pipeThrough(new TextDecoderStream())) {
    text += chunk;
    for (let end = text.indexOf("\n\n"); end >= 0; end = text.indexOf("\n\n")) {
      const [, event = "", data = ""] = /^event: (\w+)\ndata: ?(.*)$/.exec(text.slice(0, end)) ?? [];
      text = text.slice(end + 2);
      yield { event, data: data && JSON.parse(data) };
    }
  }
}
const news = async (stream: AsyncGenerator<{ event: string; data: any }>) => {
  for (;;) {
    const { done, value } = await stream.next();
    if (done || value.event !== "") return value;
  }
};
const codeOf = (data: any) => data.errors?.[0]?.extensions.code;

test("a client of graphql-sse follows a subscription and goes; the upstream ends with it", async () => {
  const authorization = `Bearer ${await house.tokenOf("ada")}`;
  const client = createClient({ url: house.url, headers: { authorization }, retryAttempts: 0 });
  const frames = client.iterate<{ returnMilestones: { milestone: { type: string } | null } }>({ query: follow });
  assert.equal((await frames.next()).value?.data?.returnMilestones.milestone, null);
  house.stub.publish("return.requested");
  assert.equal((await frames.next()).value?.data?.returnMilestones.milestone?.type, "return.requested");
  await frames.return?.();
  while (house.stub.open() > 0) await house.stub.changed();
  client.dispose();
});

test("a query is one next and complete, by POST and GET, by document and by id", async () => {
  const asked: Sent[] = [
    { body: { query: "{ whoAmI }" } },
    { search: `?query=${encodeURIComponent("{ whoAmI }")}` },
    { path: `/${idOf("{ whoAmI }")}` },
    { path: `/${idOf("{ whoAmI }")}`, body: {} },
    { body: { documentId: idOf("{ whoAmI }") } },
  ];
  for (const one of asked) {
    const response = await open(one);
    assert.deepEqual(
      [response.status, response.headers.get("content-type"), response.headers.get("cache-control")],
      [200, "text/event-stream; charset=utf-8", "private, no-store"],
    );
    const stream = events(response);
    assert.match((await news(stream))?.data.data.whoAmI, /ada/);
    assert.equal((await news(stream))?.event, "complete");
    assert.equal((await stream.next()).done, true);
  }
});

test("a registered subscription is followed by its id, with variables in the address", async () => {
  house.stub.publish("again");
  const variables = encodeURIComponent(JSON.stringify({ after: "c1" }));
  const stream = events(await open({ path: `/${idOf(follow)}`, search: `?variables=${variables}` }));
  assert.deepEqual((await news(stream))?.data.data.returnMilestones, { cursor: "c1", milestone: null });
  assert.equal((await news(stream))?.data.data.returnMilestones.milestone.type, "again");
  await stream.return(undefined);
});

test("a quiet stream gets comments, so that nobody on the way takes it for dead", async () => {
  const stream = events(await open({ body: { query: "subscription { load { depth } }" } }));
  await news(stream);
  for (let beats = 0; beats < 3; beats += 1) assert.equal((await stream.next()).value?.event, "");
  await stream.return(undefined);
});

test("an operation that can't run is next with its errors and complete, which a browser can read", async () => {
  const bad: [unknown, string][] = [
    [{ query: "subscription {" }, "GRAPHQL_PARSE_FAILED"],
    [{ query: "{ nope }" }, "GRAPHQL_VALIDATION_FAILED"],
    [{ query: "query ($id: ID!) { return(id: $id) { id } }" }, "BAD_USER_INPUT"],
    [{ query: "subscription ($a: String!) { returnMilestones(after: $a) { cursor } }" }, "BAD_USER_INPUT"],
    [{ documentId: "nobody-knows" }, "DOCUMENT_UNKNOWN"],
    [{ query: follow, variables: { after: "forged" } }, "CURSOR_INVALID"],
  ];
  for (const [body, code] of bad) {
    const response = await open({ body });
    assert.equal(response.status, 200);
    const stream = events(response);
    assert.equal(codeOf((await news(stream))?.data), code);
    assert.equal((await news(stream))?.event, "complete");
  }
});

test("what is no request for a stream has a status: no token 401, no document 400, a mutation by GET 405, nothing acceptable 406", async () => {
  const mutation = encodeURIComponent('mutation { setStatus(id: "R9", status: "X") { id } }');
  assert.equal((await open({ token: "a.b.c", body: { query: follow } })).status, 401);
  assert.equal((await open({ body: {} })).status, 400);
  assert.equal((await open({ search: `?query=${mutation}` })).status, 405);
  assert.equal((await open({ body: { query: follow }, accept: "image/png" })).status, 406);
  const plain = await open({ body: { query: follow }, accept: "text/html, application/json;q=0.5" });
  assert.equal(codeOf(await plain.json()), "BAD_USER_INPUT");
});

test("the client's first choice counts: a stream only where it is asked for before JSON", async () => {
  const typeFor = async (accept: string) => {
    const response = await open({ body: { query: "{ whoAmI }" }, accept });
    await response.body?.cancel();
    return response.headers.get("content-type")?.split(";")[0];
  };
  assert.equal(await typeFor("application/json, text/event-stream"), "application/json");
  assert.equal(await typeFor("text/event-stream, application/json;q=0.9"), "text/event-stream");
  assert.equal(await typeFor("*/*"), "application/json");
});

test("when the token ends the stream says so and completes; others go on (G-19)", async () => {
  const other = events(await open({ body: { query: "subscription { load { depth } }" } }));
  await news(other);
  const stream = events(await open({ token: await expiringToken(house), body: { query: follow } }));
  let last = await news(stream);
  while (last?.data?.data) last = await news(stream);
  assert.equal(codeOf(last?.data), "UNAUTHENTICATED");
  assert.equal((await news(stream))?.event, "complete");
  house.stub.setLoad(7);
  assert.equal((await news(other))?.data.data.load.depth, 7);
  await other.return(undefined);
});

test("a client that takes nothing makes the stream wait, and is cut in the end", async () => {
  const lines = new EventEmitter();
  const log = pino({}, { write: (line: string) => void lines.emit(JSON.parse(line).msg) });
  const slow = await startTestGateway({ log, settings: { slowClientMs: 50, subscriptionBuffer: 4 } });
  const authorization = `Bearer ${await slow.tokenOf("ada")}`;
  const search = `?query=${encodeURIComponent("subscription { returnMilestones { milestone { type } } }")}`;
  const isCut = once(lines, "a slow client of an event stream is cut");
  const request = get(slow.url + search, { headers: { authorization, accept: "text/event-stream" } });
  const [response] = (await once(request, "response")) as [IncomingMessage];
  response.pause();
  for (let index = 0; index < 200; index += 1) slow.stub.publish("x".repeat(100_000));
  await isCut;
  while (slow.stub.open() > 0) await slow.stub.changed();
  response.resume();
  await assert.rejects(once(response, "end"));
  await slow.stop();
});

test("a stopping gateway cuts its streams without complete, so that their clients come back", async () => {
  const leaving = await startTestGateway();
  const authorization = `Bearer ${await leaving.tokenOf("ada")}`;
  const search = `?query=${encodeURIComponent("subscription { load { depth } }")}`;
  const response = await fetch(leaving.url + search, { headers: { authorization, accept: "text/event-stream" } });
  const stream = events(response);
  await news(stream);
  const stopped = leaving.gateway.stop();
  await assert.rejects(news(stream));
  await stopped;
  await leaving.stop();
});
