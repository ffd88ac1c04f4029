import assert from "node:assert/strict";
import { type ChildProcess, execFile, fork } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readdir, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { composeServices } from "@apollo/composition";
import { createClient } from "graphql-ws/client";
import { parse } from "graphql";
import { WebSocket } from "ws";
import { INTERNAL_HEADER } from "#shared/caller.ts";
import { processEnvironment } from "#shared/config.ts";
import { type DemoStore, startDemoStore } from "../test/gateway/demo-store.ts";
import { readForeignSupergraph } from "./foreign-supergraph.ts";

const script = path.resolve(import.meta.dirname, "../start.ts");
let folder: string;
let store: DemoStore;
let house: { child: ChildProcess; url: string; token: string };

before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "foreign-"));
  store = await startDemoStore();
  house = await startHouse(await fileOf("store.graphql", store.sdl));
});
after(async () => {
  house.child.kill();
  await once(house.child, "exit");
  await store.stop();
  await rm(folder, { recursive: true, force: true });
});

/** No key, no database, no address of a subgraph: only the file. */
const environment = () => ({ ...processEnvironment(), PORT: "0", DATA_DIR: path.join(folder, "data") });

async function startHouse(file: string) {
  const args = ["gateway", "--supergraph", file];
  const child = fork(script, args, { env: environment(), stdio: ["ignore", "inherit", "inherit", "ipc"] });
  const { promise, resolve, reject } = Promise.withResolvers<Record<string, string>>();
  // One listener for all that it says: two messages may come in one piece.
  child.on("message", ({ ready, failed }: { ready?: Record<string, string>; failed?: string }) => {
    if (failed !== undefined) reject(new Error(failed));
    else if (ready) resolve(ready);
  });
  child.on("exit", (code, signal) => reject(new Error(`ended with ${signal ?? code} before it was ready`)));
  const ready = await promise;
  return { child, url: String(ready["GraphQL"]), token: String(ready["token"]) };
}

async function fileOf(name: string, text: string): Promise<string> {
  const file = path.join(folder, name);
  await writeFile(file, text);
  return file;
}

async function query(source: string, variables: Record<string, unknown> = {}, headers = {}) {
  const response = await fetch(house.url, {
    method: "POST",
    headers: { "content-type": "application/json", authorization: `Bearer ${house.token}`, ...headers },
    body: JSON.stringify({ query: source, variables }),
  });
  return { status: response.status, body: (await response.json()) as any };
}

test("a graph that isn't ours is served from its own subgraphs, across @requires and @provides (G-09)", async () => {
  const { body } = await query(
    `query($first: Int) { topProducts(first: $first) { name inStock shippingEstimate reviews { body author { name username } } } me { reviews { product { name } } } }`,
    { first: 2 },
  );
  const ada = { name: "Ada Lovelace", username: "@ada" };
  assert.deepEqual(body, {
    data: {
      topProducts: [
        { name: "Table", inStock: true, shippingEstimate: 50, reviews: [{ body: "Love it!", author: ada }] },
        { name: "Couch", inStock: false, shippingEstimate: 0, reviews: [{ body: "Too expensive.", author: ada }] },
      ],
      me: { reviews: [{ product: { name: "Table" } }, { product: { name: "Couch" } }] },
    },
  });
});

test("a subscription of a graph that isn't ours brings each event with what other subgraphs know (G-20)", async () => {
  const client = createClient({
    url: house.url.replace(/^http/, "ws"),
    webSocketImpl: WebSocket,
    retryAttempts: 0,
    connectionParams: { authorization: `Bearer ${house.token}` },
  });
  const events = client.iterate({
    query: "subscription { reviewAdded { body product { name inStock } author { username } } }",
  });
  const first = events.next();
  // The subgraph says nothing of a subscription's start: an event is written until one is seen.
  const seen = first.then(() => true);
  while (
    !(await Promise.race([seen, query(`mutation { addReview(upc: "3", body: "Fine.") { id } }`).then(() => false)]))
  );
  assert.deepEqual((await first).value, {
    data: {
      reviewAdded: { body: "Fine.", product: { name: "Chair", inStock: true }, author: { username: "@complete" } },
    },
  });
  await events.return?.();
  await client.dispose();
});

test("other people's subgraphs are told neither our internal token nor the caller's (G-19)", async () => {
  await query("{ me { username } }");
  const { users, reviews } = store.subgraphs;
  for (const headers of [...users.told.headers, ...reviews.told.headers]) {
    assert.equal(headers[INTERNAL_HEADER], undefined);
    assert.equal(headers.authorization, undefined);
    assert.doesNotMatch(JSON.stringify(headers), /eyJ/);
  }
  assert.doesNotMatch(JSON.stringify(reviews.told.connections), /eyJ/);
});

test("what other people's subgraphs say of an error is told in our words, whatever code they give it (G-15)", async () => {
  const said = async (code: string) => {
    const { body } = await query("query ($upc: String!) { product(upc: $upc) { name } }", { upc: `fails ${code}` });
    assert.doesNotMatch(JSON.stringify(body), /Jane|db7/);
    const [{ message, extensions, path: at }] = body.errors;
    return [extensions.code, message, at];
  };
  const at = ["product"];
  assert.deepEqual(await said("FORBIDDEN"), ["FORBIDDEN", "This caller may not do or see that.", at]);
  assert.deepEqual(await said("SYSTEM_UNAVAILABLE"), [
    "SYSTEM_UNAVAILABLE",
    "products does not answer at the moment.",
    at,
  ]);
  const [code, sentence] = await said("BAD_USER_INPUT");
  assert.deepEqual([code, sentence], ["BAD_USER_INPUT", "The subgraph products doesn't take what it was given."]);
  for (const other of ["TOO_COSTLY", "ODD", "__proto__"]) assert.equal((await said(other))[0], "INTERNAL_SERVER_ERROR");
});

test("callers of a graph that isn't ours need a token as ever, and it needs no database", async () => {
  const { status, body } = await query("{ me { name } }", {}, { authorization: "" });
  assert.deepEqual([status, body.errors[0].extensions.code], [401, "UNAUTHENTICATED"]);
  assert.deepEqual(
    (await readdir(path.join(folder, "data"))).filter((name) => /postgres|pg/i.test(name)),
    [],
  );
});

const compose = (sdl: string, url: string) =>
  String(composeServices([{ name: "theirs", url, typeDefs: parse(sdl) }]).supergraphSdl);
const contextual = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@context", "@fromContext"])
  type Query { basket: Basket }
  type Basket @key(fields: "id") @context(name: "basket") { id: ID! currency: String item: Item! }
  type Item @key(fields: "id") { id: ID! price(currency: String @fromContext(field: "$basket { currency }")): Int }`;

test("a file that can't be served is refused in one sentence that says why (G-09)", async () => {
  const refused = async (name: string, text: string) =>
    readForeignSupergraph(await fileOf(name, text)).then(
      () => "served",
      (error: Error) => error.message.replace(folder, ""),
    );
  assert.match(
    await refused("text.graphql", "once upon a time"),
    /^--supergraph \/text\.graphql: is not a supergraph .*Unexpected Name "once"\)\.$/,
  );
  assert.match(
    await refused("plain.graphql", "type Query { a: Int }"),
    /: is not a supergraph of federation 2 \(.+\)\.$/,
  );
  assert.match(
    await refused("context.graphql", compose(contextual, "http://127.0.0.1:1/")),
    /: it uses @fromContext, which this gateway can't execute yet\.$/,
  );
  assert.match(
    await refused("homeless.graphql", compose("type Query { a: Int }", "")),
    /: the subgraph theirs has no http address in its join__Graph\.$/,
  );
  await assert.rejects(
    readForeignSupergraph(path.join(folder, "none")),
    /--supergraph .*\/none: there is no such file\.$/,
  );
});

test("the start with such a file ends with 1 and that sentence, before anything is written", async () => {
  const file = await fileOf("wrong.graphql", "type Query { a: Int }");
  const env = { ...environment(), DATA_DIR: path.join(folder, "nothing") };
  const { code, said } = await new Promise<{ code: unknown; said: string }>((resolve) =>
    execFile(process.execPath, [script, "gateway", "--supergraph", file], { env }, (error, _, stderr) =>
      resolve({ code: error?.code, said: stderr.trim() }),
    ),
  );
  assert.equal(code, 1);
  assert.match(said, /^--supergraph .*wrong\.graphql: is not a supergraph[^\n]*$/);
  await assert.rejects(readdir(path.join(folder, "nothing")), { code: "ENOENT" });
});
