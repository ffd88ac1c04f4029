import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { createFaults } from "./faults.ts";
import { startServer } from "./server.ts";
import { createStore, type Row } from "./store.ts";
import type { SandboxServer, Vendor } from "./vendor.ts";
import { createOutbox } from "./webhooks.ts";

type Note = Row & { text: string };
type Ledger = { notes(): string[]; read(): unknown };

function createNotes(folder: string | null) {
  const store = createStore({ name: "notes", folder });
  const notes = store.table<Note>("notes", ["text"]);
  const outbox = createOutbox({
    store,
    headers: () => ({}),
    judge: (status) => (status === 200 ? "delivered" : "again"),
    retryDelays: [],
    timeoutMs: 30_000,
  });
  store.open(() => void notes.put({ id: "seed", text: "seed" }));
  const vendor: Vendor<Ledger, { shout: (body: { text: string }) => string }> = {
    handle: (request) => {
      if (request.method === "POST") notes.put({ id: String(notes.size), text: request.body });
      return { status: request.method === "POST" ? 201 : 200, body: { texts: notes.all().map(({ text }) => text) } };
    },
    refusal: (status, code, message) => ({ status, body: { error: { code, message } } }),
    kindOf: ({ method }) => `${method} notes`,
    bodyLimit: 100,
    ledger: { notes: () => notes.all().map(({ text }) => text), read: () => notes.all() },
    outbox,
    controls: { shout: ({ text }) => text.toUpperCase() },
    reset: () => store.reset(),
    close: async () => store.close(),
  };
  return { store, notes, vendor };
}

const servers: Record<string, SandboxServer> = {};
let server: SandboxServer<Ledger>;
const control = (path: string, init?: RequestInit, at = server.url) => fetch(`${at}/_sandbox/${path}`, init);
const tell = (path: string, body: object = {}, at = server.url) =>
  control(path, { method: "POST", body: JSON.stringify(body) }, at);
const post = (text: string) => fetch(`${server.url}/notes`, { method: "POST", body: text });

const start = (name: string) => {
  const faults = createFaults();
  return startServer({
    name,
    host: "127.0.0.1",
    port: 0,
    faults,
    vendor: createNotes(null).vendor,
    servers: () => servers,
  });
};

before(async () => {
  server = await start("first");
  servers["first"] = server as unknown as SandboxServer;
  servers["second"] = (await start("second")) as unknown as SandboxServer;
});
beforeEach(() => server.reset());
after(async () => {
  for (const each of Object.values(servers)) await each.close();
});

test("an answer that is dropped had its work done, a request that is dropped had not", async () => {
  server.faults.arm({ match: { method: "POST" }, action: { kind: "drop-answer" } });
  server.faults.arm({ match: { method: "POST" }, nth: 2, action: { kind: "drop-request" } });
  await assert.rejects(post("one"));
  await assert.rejects(post("two"));
  assert.equal((await post("three")).status, 201);
  assert.deepEqual(server.ledger.notes(), ["seed", "one", "three"]);
});

test("held work is done when told, long after its answer was lost (W-30)", async () => {
  const armed = (await (await tell("faults", { match: { body: "late" }, action: { kind: "hold" } })).json()) as {
    id: string;
  };
  await assert.rejects(post("late"));
  assert.equal((await control(`faults/${armed.id}/fired`)).status, 204);
  assert.deepEqual(server.ledger.notes(), ["seed"]);
  assert.deepEqual(await (await tell("release")).json(), {
    answers: [{ status: 201, body: { texts: ["seed", "late"] } }],
  });
  assert.deepEqual(server.ledger.notes(), ["seed", "late"]);
});

test("a delay lasts until it is released", async () => {
  const { id } = server.faults.arm({ action: { kind: "delay" } });
  const answer = post("slow");
  await server.faults.whenFired(id);
  assert.deepEqual(server.ledger.notes(), ["seed"]);
  await server.faults.release(id);
  assert.equal((await answer).status, 201);
});

test("the n-th matching request is refused, with and without Retry-After, and the work is not done", async () => {
  server.faults.arm({ nth: 2, times: 2, action: { kind: "refuse", status: 429, code: "SLOW", retryAfter: 7 } });
  const answers = [await post("a"), await post("b"), await post("c"), await post("d")];
  assert.deepEqual(
    answers.map(({ status }) => status),
    [201, 429, 429, 201],
  );
  assert.equal(answers[1]!.headers.get("retry-after"), "7");
  assert.deepEqual(await answers[1]!.json(), { error: { code: "SLOW", message: "Armed by a test." } });
  assert.deepEqual(server.ledger.notes(), ["seed", "a", "d"]);
  server.faults.arm({ action: { kind: "refuse", status: 503 } });
  assert.equal((await post("e")).headers.get("retry-after"), null);
});

test("a malformed answer is broken JSON or a page of HTML", async () => {
  server.faults.arm({ action: { kind: "malformed" } });
  await assert.rejects(async () => (await post("a")).json());
  server.faults.arm({ action: { kind: "malformed", as: "html" } });
  assert.match(await (await post("b")).text(), /Bad Gateway/);
});

test("an answer is cut in the middle of its body: less than its length, or chunks without the last; the work was done", async () => {
  for (const as of ["length", "chunked"] as const) {
    await tell("faults", { match: { method: "POST" }, action: { kind: "half-body", as } });
    const answer = await post(as);
    assert.equal(answer.status, 201);
    await assert.rejects(answer.text(), /terminated/);
  }
  assert.deepEqual(server.ledger.notes(), ["seed", "length", "chunked"]);
  assert.equal((await post("whole")).status, 201);
});

test("a server that is down cuts or refuses connections until it is told to be up, by any server of the process", async () => {
  await tell("down", { mode: "reset" });
  await assert.rejects(post("a"));
  await tell("up");
  assert.equal((await post("b")).status, 201);
  await tell("servers/first/down", { mode: "refuse" }, servers["second"]!.url);
  await assert.rejects(control(""), (error: Error) => (error.cause as { code: string }).code === "ECONNREFUSED");
  await tell("servers/first/up", {}, servers["second"]!.url);
  assert.equal((await post("c")).status, 201);
  assert.deepEqual(server.ledger.notes(), ["seed", "b", "c"]);
});

test("requests are counted by kind, the control's own are not", async () => {
  await post("a");
  await fetch(server.url);
  const read = (await (await control("requests")).json()) as { total: number; counts: object };
  assert.deepEqual([read.total, read.counts], [2, { "POST notes": 1, "GET notes": 1 }]);
});

test("the control serves loopback names only, and a vendor's own deeds (G-17)", async () => {
  assert.equal(await (await tell("shout", { text: "hey" })).json(), "HEY");
  assert.equal((await tell("nonsense")).status, 404);
  assert.equal((await tell("faults", { action: { kind: "nonsense" } })).status, 400);
  const { promise, resolve } = Promise.withResolvers<number>();
  const { request } = await import("node:http");
  request(`${server.url}/_sandbox/ledger`, { headers: { host: "evil.example" } }, (response) =>
    resolve(response.statusCode!),
  ).end();
  assert.equal(await promise, 403);
});

test("a store with a folder has after a kill what it had, without a line that was cut", () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-store-"));
  try {
    const first = createNotes(folder);
    first.notes.put({ id: "1", text: "kept" });
    assert.throws(
      () =>
        first.store.transaction(
          () => void (first.notes.put({ id: "2", text: "undone" }), first.notes.delete("seed"), fail()),
        ),
      /no/,
    );
    first.store.transaction(() => void (first.notes.put({ id: "3", text: "both" }), first.notes.delete("1")));
    const second = createNotes(folder);
    assert.deepEqual(
      second.notes.all().map(({ text }) => text),
      ["seed", "both"],
    );
    assert.deepEqual(second.notes.by("text", "both"), [{ id: "3", text: "both" }]);
    second.store.reset();
    assert.deepEqual(
      createNotes(folder)
        .notes.all()
        .map(({ text }) => text),
      ["seed"],
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const fail = () => {
  throw new Error("no");
};

test("webhooks are lost, doubled, held and sent out of order as told", async () => {
  const came: string[] = [];
  const receiver = createServer((request, response) => {
    request.on("data", (chunk: Buffer) => came.push(chunk.toString()));
    request.on("end", () => response.end());
  });
  await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(receiver.address() as AddressInfo).port}`;
  const hooks = server.webhooks;
  hooks.hold();
  hooks.lose(1);
  for (const id of ["a", "b", "c"]) hooks.send({ id, url, body: id });
  hooks.double(1);
  hooks.send({ id: "d", url, body: "d" });
  await tell("webhooks/release", { order: "reverse" });
  assert.deepEqual(came, ["d", "d", "c", "b"]);
  assert.deepEqual(hooks.list(), []);
  receiver.close();
});
