import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { metrics } from "#shared/telemetry.ts";
import { demoPartners } from "#gateway/access/demo-people.ts";
import { type Answer, startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";

let house: TestGateway;
before(async () => {
  house = await startTestGateway();
});
after(() => house.stop());

const answerOf = async (response: Response) => ({ status: response.status, ...((await response.json()) as Answer) });
const codeOf = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions["code"]);
const get = async (search: string, headers: Record<string, string> = {}) =>
  fetch(`${house.url}?${search}`, { headers: { authorization: `Bearer ${await house.tokenOf("ada")}`, ...headers } });
const bare = (headers: Record<string, string>, search = "") =>
  fetch(house.url + search, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body: JSON.stringify({ query: "{ whoAmI }" }),
  });

test("one question is answered from two subgraphs; they get the caller, never the caller's token (G-19)", async () => {
  const { data, errors } = await house.query(`{ return(id: "R1") { id order { number askedBy } } whoAmI }`);
  assert.equal(errors, undefined);
  assert.deepEqual(data?.["return"], { id: "R1", order: { number: "SO-order-R1", askedBy: "ada" } });
  const who = JSON.parse(data?.["whoAmI"]);
  assert.deepEqual([who.caller.kind, who.caller.roles, who.authorization], ["PERSON", ["service"], null]);
});

test("POST and GET give the same data; answers are private and name their correlation id (G-16)", async () => {
  const byGet = await get(`query=${encodeURIComponent("{ __typename }")}`, { "x-correlation-id": "case-4711" });
  assert.deepEqual([byGet.status, await byGet.json()], [200, { data: { __typename: "Query" } }]);
  assert.equal(byGet.headers.get("x-correlation-id"), "case-4711");
  assert.equal(byGet.headers.get("cache-control"), "private, no-store");
  assert.match(String(byGet.headers.get("vary")), /Authorization/);
  assert.equal(byGet.headers.get("content-length"), String(Buffer.byteLength(`{"data":{"__typename":"Query"}}`)));
  const byPost = await house.post({ query: "{ __typename }" }, { "x-correlation-id": "bad id\u00e9" });
  assert.match(String(byPost.headers.get("x-correlation-id")), /^[0-9A-Z]{26}$/);
});

test("the subgraphs get correlation id and deadline of the request", async () => {
  await (await house.post({ query: "{ whoAmI }" }, { "x-correlation-id": "trace-me" })).text();
  const headers = house.stub.returns.headers.at(-1);
  assert.equal(headers?.["x-correlation-id"], "trace-me");
  assert.ok(Number(headers?.["x-backhaul-deadline-ms"]) > 1_000);
});

test("a GET never runs a mutation, other methods are 405", async () => {
  const mutation = await get(`query=${encodeURIComponent('mutation { setStatus(id: "R9", status: "X") { id } }')}`);
  assert.equal(mutation.status, 405);
  const put = await fetch(house.url, {
    method: "PUT",
    headers: { authorization: `Bearer ${await house.tokenOf("ada")}` },
  });
  assert.deepEqual([put.status, put.headers.get("allow")], [405, "GET, POST"]);
});

test("wrong documents and variables are 200 for application/json and 400 for application/graphql-response+json", async () => {
  const asked = { accept: "application/graphql-response+json" };
  const wrong: [unknown, string][] = [
    [{ query: "{" }, "GRAPHQL_PARSE_FAILED"],
    [{ query: "{ nope }" }, "GRAPHQL_VALIDATION_FAILED"],
    [{ query: "query ($id: ID!) { return(id: $id) { id } }", variables: {} }, "BAD_USER_INPUT"],
  ];
  for (const [body, code] of wrong) {
    const plain = await answerOf(await house.post(body));
    assert.deepEqual([plain.status, codeOf(plain)], [200, [code]]);
    assert.equal((await house.post(body, asked)).status, 400);
  }
});

test("malformed requests are refused with a coded error", async () => {
  const refused = async (response: Response) => {
    const answer = await answerOf(response);
    assert.deepEqual(codeOf(answer), ["BAD_USER_INPUT"]);
    return answer.status;
  };
  assert.equal(await refused(await house.post("{")), 400);
  assert.equal(await refused(await house.post({})), 400);
  assert.equal(await refused(await house.post("[]")), 400);
  assert.equal(await refused(await house.post({ query: "{ whoAmI }", variables: "x" })), 400);
  assert.equal(await refused(await house.post({ query: "{ whoAmI }" }, { "content-type": "text/plain" })), 415);
  assert.equal(
    await refused(await house.post({ query: "{ whoAmI }" }, { "content-type": "application/json; charset=utf-16" })),
    415,
  );
  assert.equal(await refused(await house.post({ query: "#".repeat(1024 * 1024) })), 413);
  assert.equal(await refused(await house.post({ query: "query A { whoAmI } query B { whoAmI }" })), 200);
});

test("nobody gets in without a token; key and token together are refused, partners where no bundle says what they may (G-11, G-12)", async () => {
  const token = await house.tokenOf("ada");
  const refused = async (response: Promise<Response>) => {
    const answer = await answerOf(await response);
    return [answer.status, codeOf(answer)?.[0], answer.errors?.[0]?.message];
  };
  assert.deepEqual((await refused(bare({}))).slice(0, 2), [401, "UNAUTHENTICATED"]);
  assert.deepEqual((await refused(bare({ authorization: "Basic YTpi" }))).slice(0, 2), [401, "UNAUTHENTICATED"]);
  assert.deepEqual((await refused(bare({ cookie: `authorization=Bearer ${token}` }))).slice(0, 2), [
    401,
    "UNAUTHENTICATED",
  ]);
  assert.deepEqual((await refused(bare({}, `?access_token=${token}`))).slice(0, 2), [401, "UNAUTHENTICATED"]);
  const both = await refused(bare({ authorization: `Bearer ${token}`, "x-api-key": "bhk_1_2" }));
  assert.deepEqual(both, [401, "UNAUTHENTICATED", "Send a bearer token or an API key, not both."]);
  assert.deepEqual((await refused(bare({ "x-api-key": "bhk_1_2" }))).slice(0, 2), [401, "UNAUTHENTICATED"]);
  const partner = await house.gateway.issuer?.token(demoPartners["acme-3pl"]!);
  const byPartner = await refused(bare({ authorization: `Bearer ${partner}` }));
  assert.deepEqual(byPartner, [403, "FORBIDDEN", "The bearer token's partner is none of ours (partner)."]);
});

test("unknown errors are masked; catalogue errors keep code and sentence; vendor details never come out (G-15)", async () => {
  const vendor = "SOAP fault from erp.internal:7048 for C-2011";
  const masked = await house.query("query ($m: String!) { fail(message: $m) }", { m: vendor });
  assert.deepEqual(codeOf(masked), ["INTERNAL_SERVER_ERROR"]);
  assert.doesNotMatch(JSON.stringify(masked), /SOAP|erp\.internal|serviceName/);
  assert.deepEqual(masked.errors?.[0]?.path, ["fail"]);
  assert.match(masked.errors?.[0]?.extensions["correlationId"], /^[0-9A-Z]{26}$/);
  const known = await house.query(
    `{ fail(code: "SYSTEM_UNAVAILABLE", message: "erp does not answer at the moment.") }`,
  );
  const { message, extensions } = known.errors![0]!;
  assert.equal(message, "erp does not answer at the moment.");
  assert.deepEqual(Object.keys(extensions).toSorted(), ["code", "correlationId", "retryable"]);
  assert.equal(extensions["retryable"], true);
  for (const code of ["UNAUTHENTICATED", "GRAPHQL_VALIDATION_FAILED", "SOMETHING_ELSE"])
    assert.deepEqual(codeOf(await house.query(`{ fail(code: "${code}", message: "x") }`)), ["INTERNAL_SERVER_ERROR"]);
});

test("with a subgraph failing, its part is null with a coded error and the rest is whole (D-30)", async () => {
  house.stub.orders.fault = { status: 503, text: "connect ECONNREFUSED 10.1.2.3" };
  const { data, errors } = await house.query(`{ return(id: "R1") { id status order { id number } } }`);
  house.stub.orders.fault = undefined;
  assert.deepEqual(data?.["return"].order, { id: "order-R1", number: null });
  assert.deepEqual(
    errors?.map(({ extensions }) => [extensions["code"], extensions["system"], extensions["retryable"]]),
    [["SYSTEM_UNAVAILABLE", "orders", true]],
  );
  assert.doesNotMatch(JSON.stringify(errors), /ECONNREFUSED|10\.1/);
});

test("an answer that isn't ASCII is UTF-8 of the length that it says", async () => {
  const response = await house.post({ query: `{ return(id: "Zürich") { id } }` });
  const bytes = await response.bytes();
  assert.equal(response.headers.get("content-length"), String(bytes.length));
  assert.equal(Buffer.from(bytes).toString("utf8"), `{"data":{"return":{"id":"Zürich"}}}`);
});

test("documents that are too deep or too wide are refused, introspection is not", async () => {
  const deep = `{ return(id: "R1") ${"{ parent ".repeat(25)}{ id }${" }".repeat(25)} }`;
  const wide = `{ ${Array.from({ length: 30 }, (_, index) => `a${index}: whoAmI`).join(" ")} }`;
  const spread = `{ ...A } fragment A on Query { ${Array.from({ length: 21 }, (_, i) => `a${i}: whoAmI`).join(" ")} }`;
  for (const query of [deep, wide, spread]) assert.deepEqual(codeOf(await house.query(query)), ["TOO_COSTLY"]);
  const long = `{ ${"whoAmI ".repeat(6_001)} }`;
  assert.deepEqual(codeOf(await house.query(long)), ["TOO_COSTLY"]);
  const { getIntrospectionQuery } = await import("graphql");
  assert.equal((await house.query(getIntrospectionQuery())).errors, undefined);
});

test("operations are measured by kind and outcome", async () => {
  await house.query("{ __typename }");
  await house.query(`{ fail(message: "x") }`);
  const text = await metrics.metrics();
  for (const outcome of ["ok", "partial"])
    assert.match(
      text,
      new RegExp(`backhaul_gateway_operation_seconds_count{kind="query",outcome="${outcome}",door="http"} \\d`),
    );
});

test("a subscription as a plain request is told where it belongs", async () => {
  const answer = await house.query("subscription { load { depth } }");
  assert.deepEqual(codeOf(answer), ["BAD_USER_INPUT"]);
  assert.match(String(answer.errors?.[0]?.message), /WebSocket/);
});
