import assert from "node:assert/strict";
import { subscribe } from "node:diagnostics_channel";
import { type ClientRequest, createServer, get } from "node:http";
import { once } from "node:events";
import { after, before, test } from "node:test";
import { text } from "node:stream/consumers";
import { readConfig } from "#shared/config.ts";
import { listen, stopServer } from "#shared/listen.ts";
import { createSilentLog } from "#shared/log.ts";
import { metrics } from "#shared/telemetry.ts";
import { claimsFor, tokenFor } from "#tools/token.ts";
import { startTestGateway, type TestGateway } from "../test/gateway/start-test-gateway.ts";
import { startGateway } from "./server.ts";

/** Whom this process has called by node's own client, which is what a dependency's telemetry uses. */
const called = new Set<string>();
subscribe("http.client.request.start", (message) => {
  called.add((message as { request: ClientRequest }).request.host);
});

let house: TestGateway;
before(async () => {
  house = await startTestGateway();
});
after(() => house.stop());

const at = (path: string) => fetch(`${house.gateway.url}${path}`);

test("live says that the process answers, ready that every subgraph does", async () => {
  assert.equal((await at("/health/live")).status, 200);
  const ready = await at("/health/ready");
  assert.deepEqual(await ready.json(), { status: "ready", subgraphs: { orders: "up", returns: "up" } });
  const lame = await startTestGateway();
  lame.stub.orders.fault = { status: 503 };
  const answer = await fetch(`${lame.gateway.url}/health/ready`);
  assert.equal(answer.status, 503);
  assert.deepEqual(await answer.json(), { status: "not ready", subgraphs: { orders: "down", returns: "up" } });
  await lame.stop();
});

test("the house's registered documents are ready before somebody asks for them", async () => {
  const documents = ["query Ready { list { id } }"];
  const misses = async () => /prepared_total\{outcome="miss"\} (\d+)/.exec(await metrics.metrics())?.[1];
  const isReady = async () => /prepared_documents 1$/m.test(await metrics.metrics());
  const warm = await startTestGateway({ documents });
  while (!(await isReady())) await new Promise((next) => setImmediate(next));
  const before = await misses();
  assert.deepEqual((await warm.query(documents[0]!)).errors, undefined);
  assert.deepEqual([await misses(), before !== undefined], [before, true]);
  await warm.stop();
});

test("the explorer page and all it consists of come from here, with a token for everybody of the demo", async () => {
  const page = await (await at("/explorer")).text();
  const parts = [...page.matchAll(/(?:src|href)="(?!data:)([^"]+)"/g)].map(([, path]) => String(path));
  assert.equal(parts.length, 6);
  for (const part of [...parts, "/explorer/graphql-ws/client.js"]) assert.equal((await at(part)).status, 200, part);
  const client = await (await at("/explorer/graphql-ws/client.js")).text();
  for (const [, file] of client.matchAll(/from '\.\/([^']+)'/g))
    assert.equal((await at(`/explorer/graphql-ws/${file}`)).status, 200);
  for (const path of ["/explorer/../server.ts", "/explorer/graphql-ws/index.js", "/explorer/page.html"])
    assert.equal((await at(path)).status, 404);
  const people = (await (await at("/explorer/people")).json()) as { id: string; token: string }[];
  assert.deepEqual(
    people.map(({ id }) => id),
    ["ada", "sam", "wilma", "fin", "otto"],
  );
  const otto = await house.post({ query: "{ whoAmI }" }, { authorization: `Bearer ${people.at(-1)?.token}` });
  assert.match(JSON.stringify(await otto.json()), /otto/);
});

test("a foreign name that resolves to us gets neither page nor tokens (G-17)", async () => {
  const request = get(`${house.gateway.url}/explorer/people`, { headers: { host: "evil.example:4000" } });
  const [response] = await once(request, "response");
  assert.deepEqual([response.statusCode, await text(response)], [404, ""]);
});

test("`npm run token` makes tokens that this gateway accepts, and says what it knows otherwise", async () => {
  const config = { ...readConfig({ PORT: "0" }), dataDir: house.dataDir };
  for (const words of [
    ["--role", "finance"],
    ["--user", "ada"],
  ]) {
    const token = await tokenFor(claimsFor(words), config);
    const answer = await house.post({ query: "{ whoAmI }" }, { authorization: `Bearer ${token}` });
    assert.match(JSON.stringify(await answer.json()), new RegExp(words[1] === "ada" ? "ada" : "dev-finance"));
  }
  assert.throws(() => claimsFor(["--user", "nobody"]), /no user nobody.*ada \| sam/);
  assert.throws(() => claimsFor([]), /--role service/);
  await assert.rejects(
    tokenFor(claimsFor(["--user", "ada"]), { ...config, oidcIssuer: "https://issuer.example" }),
    /OIDC_ISSUER/,
  );
});

test("the development issuer and an open address don't go together; missing settings are named (G-17)", async () => {
  const start = (changes: object) =>
    startGateway({
      config: {
        ...readConfig({ PORT: "0" }),
        dataDir: house.dataDir,
        internalKey: house.stub.keys.privateKey,
        ...changes,
      },
      log: createSilentLog(),
      supergraphSdl: house.stub.sdl,
    });
  await assert.rejects(start({ host: "0.0.0.0" }), /HOST 0\.0\.0\.0 is not loopback: set OIDC_ISSUER/);
  await assert.rejects(start({ internalKey: undefined }), /INTERNAL_KEY is not set/);
  await assert.rejects(start({ subgraphUrls: {} }), /SUBGRAPH_URL_(RETURNS|ORDERS) is not set/);
  const taken = createServer();
  const port = await listen(taken, { host: "127.0.0.1", port: 0, variable: "PORT" });
  const subgraphUrls = { returns: house.stub.returns.url, orders: house.stub.orders.url };
  await assert.rejects(start({ port, subgraphUrls }), new RegExp(`PORT ${port} is in use; set PORT\\.`));
  await stopServer(taken);
});

test("explorer and introspection are settings: on for the development issuer on loopback, off elsewhere, and never open together (G-17)", async () => {
  const settings = (env: Record<string, string>) => {
    const { explorer, introspection } = readConfig(env);
    return { explorer, introspection };
  };
  assert.deepEqual(settings({}), { explorer: true, introspection: true });
  const abroad = { HOST: "0.0.0.0", OIDC_ISSUER: "https://issuer.example" };
  assert.deepEqual(settings(abroad), { explorer: false, introspection: false });
  assert.deepEqual(settings({ EXPLORER: "0", INTROSPECTION: "0" }), { explorer: false, introspection: false });
  assert.deepEqual(settings({ ...abroad, INTROSPECTION: "1" }), { explorer: false, introspection: true });
  assert.throws(() => readConfig({ ALLOWED_ORIGINS: "https://desk.example/page" }), /ALLOWED_ORIGINS/);
  const open = { ...readConfig({ ...abroad, EXPLORER: "1", PORT: "0" }), dataDir: house.dataDir };
  await assert.rejects(
    startGateway({ config: open, log: createSilentLog(), supergraphSdl: house.stub.sdl }),
    /set EXPLORER=0/,
  );
  const plain = await startTestGateway({ config: { explorer: false, introspection: false } });
  for (const path of ["", "/people", "/page.js"])
    assert.equal((await fetch(`${plain.gateway.url}/explorer${path}`)).status, 404);
  await plain.stop();
});

test("a stopping gateway answers what is under way", async () => {
  const leaving = await startTestGateway();
  const { promise, resolve } = Promise.withResolvers<void>();
  leaving.stub.orders.fault = { hold: promise };
  const answer = leaving.query(`{ return(id: "R1") { order { number } } }`);
  while (leaving.stub.orders.headers.length === 0) await new Promise((next) => setImmediate(next));
  const stopped = leaving.gateway.stop();
  resolve();
  assert.equal((await answer).data?.["return"].order.number, "SO-order-R1");
  await stopped;
  await leaving.stop();
});

test("a gateway that starts and serves calls nobody outside this machine", () => {
  assert.deepEqual(
    [...called].filter((host) => !["127.0.0.1", "localhost", "::1"].includes(host)),
    [],
  );
});
