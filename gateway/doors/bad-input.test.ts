import assert from "node:assert/strict";
import { once } from "node:events";
import { request } from "node:http";
import { text } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { QueryPlanner } from "@apollo/query-planner";
import { createInternalKeys, createInternalSigner, INTERNAL_HEADER, viewCaller, createCaller } from "#shared/caller.ts";
import { type Answer, startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";
import { VARIABLES } from "./parameters.ts";

// What is no good is refused with its status and code, and costs no subgraph call.

let house: TestGateway;
let authorization: string;
before(async () => {
  house = await startTestGateway({
    config: { allowedOrigins: ["https://desk.example"] },
  });
  authorization = `Bearer ${await house.tokenOf("ada")}`;
});
after(() => house.stop());

const codes = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions["code"]);
const times = (count: number, part: (index: number) => string) =>
  Array.from({ length: count }, (_, i) => part(i)).join(" ");

/** Plans that were made so far. */
let plans = 0;
const { buildQueryPlan } = QueryPlanner.prototype;
QueryPlanner.prototype.buildQueryPlan = function counted(this: QueryPlanner, ...asked) {
  plans += 1;
  return buildQueryPlan.apply(this, asked);
};

/** Status and code of an answer, and that nothing was planned and no subgraph asked for it. */
async function refused(answer: Promise<Response>): Promise<[number, string, string]> {
  const before = [house.stub.returns.headers.length, plans];
  const response = await answer;
  const body = (await response.json()) as Answer;
  assert.deepEqual([house.stub.returns.headers.length, plans], before, "nothing is planned, no subgraph is asked");
  assert.match(String(body.errors?.[0]?.extensions["correlationId"]), /^[0-9A-Z]{26}$/);
  return [response.status, String(codes(body)), String(body.errors?.[0]?.message)];
}

const hostile: Record<string, [query: string, code: string]> = {
  "10,000 aliases": [`{ ${times(10_000, (i) => `a${i}:list{id}`)} }`, "TOO_COSTLY"],
  "10,000 aliases, shorter": [`{ ${times(10_000, (i) => `a${i}:b`)} }`, "TOO_COSTLY"],
  "200 levels": [`${"{ parent ".repeat(200)}{ id }${"}".repeat(201)}`, "TOO_COSTLY"],
  "21 levels": [`{ return(id: "R1") ${"{ parent ".repeat(20)}{ id }${"}".repeat(20)} }`, "TOO_COSTLY"],
  "21 levels in fragments": [
    `{ return(id: "R1") { ...F0 } } ${times(24, (i) => `fragment F${i} on Return { parent { ...F${i + 1} } }`)} fragment F24 on Return { id }`,
    "TOO_COSTLY",
  ],
  "fragments that double twenty times": [
    `{ return(id: "R1") { ...F0 } } ${times(20, (i) => `fragment F${i} on Return { ...F${i + 1} ... on Return { ...F${i + 1} } }`)} fragment F20 on Return { id }`,
    "TOO_COSTLY",
  ],
  "a fragment in itself": [
    "{ return(id: 1) { ...A } } fragment A on Return { parent { ...B } } fragment B on Return { parent { ...A } }",
    "GRAPHQL_VALIDATION_FAILED",
  ],
  "a list of 20,000 items": [`{ return(id: [${times(20_000, () => "1")}]) { id } }`, "TOO_COSTLY"],
  "an introspection bomb": [
    `{ __schema { types { fields { type { fields { type { fields { type { fields { name } } } } } } } } } }`,
    "GRAPHQL_VALIDATION_FAILED",
  ],
  "1,000 directives": [`{ whoAmI ${times(1_000, () => "@skip(if: false)")} }`, "TOO_COSTLY"],
  "21 root fields": [`{ ${times(21, (i) => `a${i}: whoAmI`)} }`, "TOO_COSTLY"],
};
for (const [name, [query, code]] of Object.entries(hostile))
  test(`a document with ${name} is refused: ${code}`, async () => {
    const [status, found] = await refused(house.post({ query }));
    assert.deepEqual([status, found.split(",")[0]], [200, code]);
  });

test("what is planned is counted here: an operation that may run is planned once", async () => {
  const before = plans;
  for (let times = 0; times < 2; times += 1)
    assert.equal((await house.query(`{ return(id: "R7") { id } }`)).data?.["return"].id, "R7");
  assert.equal(plans, before + 1);
});

test("what is no GraphQL request says so: 400, 405, 406, 413, 415", async () => {
  const cases: [Promise<Response>, number, RegExp][] = [
    [house.post("{"), 400, /not JSON/],
    [house.post('"text"'), 400, /JSON object/],
    [house.post("null"), 400, /JSON object/],
    [house.post([{ query: "{ whoAmI }" }]), 400, /Batches/],
    [house.post({}), 400, /neither query nor documentId/],
    [house.post({ query: ["{ whoAmI }"] }), 400, /query has to be a string/],
    [house.post({ query: "{ whoAmI }", operationName: 1 }), 400, /operationName/],
    [house.post({ query: "{ whoAmI }", variables: [] }), 400, /variables has to be an object/],
    [house.post({ query: "{ whoAmI }", extensions: "x" }), 400, /extensions has to be an object/],
    [
      house.post({ query: "{ whoAmI }" }, { "content-type": "application/x-www-form-urlencoded" }),
      415,
      /application\/json/,
    ],
    [house.post({ query: "{ whoAmI }" }, { "content-encoding": "gzip" }), 415, /application\/json/],
    [house.post({ query: "{ whoAmI }" }, { accept: "text/html" }), 406, /Accept/],
    [house.post({ query: "x".repeat(1024 * 1024) }), 413, /over 1048576 bytes/],
    [house.post({ query: "{ whoAmI }" }, { "x-backhaul-deadline-ms": "soon" }), 400, /milliseconds/],
    [fetch(house.url, { method: "DELETE", headers: { authorization } }), 405, /POST or GET/],
    [fetch(`${house.url}?query=%7Ba%7D&query=%7Bb%7D`, { headers: { authorization } }), 400, /more than once/],
    [fetch(`${house.url}?query=%7Ba%7D&variables=x`, { headers: { authorization } }), 400, /variables is not JSON/],
  ];
  for (const [answer, status, message] of cases) {
    const [found, code, sentence] = await refused(answer);
    assert.deepEqual([found, code], [status, "BAD_USER_INPUT"], sentence);
    assert.match(sentence, message);
  }
});

test("variables are bounded by their number, lists and depth before anything is parsed", async () => {
  const query = "query ($id: ID!) { return(id: $id) { id } }";
  const deep = `${"[".repeat(100_000)}${"]".repeat(100_000)}`;
  const long = JSON.stringify(Array.from({ length: VARIABLES.listItems + 1 }, () => 1));
  const many = JSON.stringify(
    Object.fromEntries(Array.from({ length: VARIABLES.values + 1 }, (_, index) => [`v${index}`, 1])),
  );
  for (const value of [deep, long, many]) {
    const [status, code, sentence] = await refused(
      house.post(`{"query":${JSON.stringify(query)},"variables":{"id":${value}}}`),
    );
    assert.deepEqual([status, code], [400, "BAD_USER_INPUT"]);
    assert.match(sentence, /variables are too large/);
  }
});

test("a body that doesn't arrive is 408 and its connection ends; one over the limit is cut while it comes", async () => {
  const hasty = await startTestGateway({ settings: { bodyMs: 20 } });
  const waiting = { authorization: `Bearer ${await hasty.tokenOf("ada")}`, "content-type": "application/json" };
  const slow = request(hasty.url, { method: "POST", headers: { ...waiting, "content-length": "100" } });
  slow.on("error", () => undefined).write("{");
  const [late] = await once(slow, "response");
  assert.deepEqual([late.statusCode, late.headers.connection], [408, "close"]);
  assert.match(await text(late), /did not arrive within 20 ms/);
  await hasty.stop();
  const headers = { authorization, "content-type": "application/json" };
  const endless = request(house.url, { method: "POST", headers });
  endless.on("error", () => undefined);
  const answered = once(endless, "response");
  endless.write("x".repeat(2 * 1024 * 1024));
  const [tooLarge] = await answered;
  assert.equal(tooLarge.statusCode, 413);
  endless.destroy();
});

test("a page of another origin is refused, by GET and POST, with a token too; an allowed one may read its answer (G-11)", async () => {
  const ask = (origin: string | undefined, search = "") =>
    fetch(`${house.url}${search}`, {
      ...(search ? {} : { method: "POST", body: JSON.stringify({ query: "{ whoAmI }" }) }),
      headers: { authorization, "content-type": "application/json", ...(origin ? { origin } : {}) },
    });
  const byGet = `?query=${encodeURIComponent("{ whoAmI }")}`;
  for (const origin of ["https://evil.example", "null", "http://desk.example", "https://desk.example.evil.example"])
    for (const search of ["", byGet]) {
      const answer = await ask(origin, search);
      assert.equal(answer.headers.get("access-control-allow-origin"), null);
      assert.deepEqual((await refused(Promise.resolve(answer))).slice(0, 2), [403, "FORBIDDEN"]);
    }
  for (const search of ["", byGet]) {
    const answer = await ask("https://desk.example", search);
    assert.deepEqual([answer.status, answer.headers.get("access-control-allow-origin")], [200, "https://desk.example"]);
    assert.match(String(answer.headers.get("vary")), /Origin/);
    assert.equal((await ask(house.gateway.url, search)).status, 200);
  }
});

test("a preflight of an allowed origin is answered, any other is not", async () => {
  const ask = (origin: string) => fetch(house.url, { method: "OPTIONS", headers: { origin } });
  const allowed = await ask("https://desk.example");
  assert.equal(allowed.status, 204);
  assert.match(String(allowed.headers.get("access-control-allow-headers")), /authorization/);
  assert.equal((await ask("https://evil.example")).status, 405);
});

test("the client says how long it waits, and the subgraphs get what is left of it; never more than the gateway's own limit", async () => {
  const leftAfter = async (wanted: string) => {
    await (await house.post({ query: "{ whoAmI }" }, { "x-backhaul-deadline-ms": wanted })).text();
    return Number(house.stub.returns.headers.at(-1)?.["x-backhaul-deadline-ms"]);
  };
  const short = await leftAfter("2000");
  assert.ok(short > 0 && short <= 2_000, `${short}`);
  const capped = await leftAfter("999999999");
  assert.ok(capped > 2_000 && capped <= 30_000, `${capped}`);
});

test("with the client's time over, what isn't there is SYSTEM_UNAVAILABLE", async () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const query = `{ return(id: "R1") { id order { number } } }`;
  // Planned beforehand, so that all of the time is left for what is there.
  assert.equal((await house.query(query)).errors, undefined);
  house.stub.orders.fault = { hold: promise };
  const answer = await house.post({ query }, { "x-backhaul-deadline-ms": "1000" });
  const body = (await answer.json()) as Answer;
  assert.deepEqual([body.data?.["return"].id, codes(body)], ["R1", ["SYSTEM_UNAVAILABLE"]]);
  house.stub.orders.fault = undefined;
  resolve();
});

test("a forged internal token and a subgraph called directly are refused by the subgraph, whoever calls (G-19)", async () => {
  const direct = async (headers: Record<string, string>) => {
    const answer = await fetch(house.stub.returns.url, {
      method: "POST",
      headers: { "content-type": "application/json", ...headers },
      body: JSON.stringify({ query: "{ whoAmI }" }),
    });
    return answer.status;
  };
  const forger = await createInternalSigner((await createInternalKeys()).privateKey);
  const own = await createInternalSigner(house.stub.keys.privateKey);
  const caller = viewCaller(
    createCaller({
      kind: "SYSTEM",
      id: "x",
      name: null,
      roles: ["operations"],
      companies: "*",
      sites: null,
      partner: null,
      scope: [],
      rows: null,
      client: "x",
    }),
  );
  assert.equal(await direct({}), 401);
  assert.equal(await direct({ authorization }), 401);
  assert.equal(await direct({ [INTERNAL_HEADER]: "a.b.c" }), 401);
  assert.equal(await direct({ [INTERNAL_HEADER]: await forger(caller, "returns") }), 401);
  assert.equal(await direct({ [INTERNAL_HEADER]: await own(caller, "orders") }), 401);
  assert.equal(await direct({ [INTERNAL_HEADER]: await own(caller, "returns") }), 200);
  const sentByClient = await house.post({ query: "{ whoAmI }" }, { [INTERNAL_HEADER]: await own(caller, "returns") });
  assert.match(JSON.stringify(await sentByClient.json()), /ada/);
});
