import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { connect } from "node:net";
import { test } from "node:test";
import type { Systems } from "#adapters/systems.ts";
import type { Delivery, Verdict } from "#adapters/port.ts";
import { createSilentLog } from "#shared/log.ts";
import { beforeDrop } from "../test/database.ts";
import { startIntake } from "./intake.ts";
import { createRates } from "./intake/rates.ts";
import { openBench } from "./testing/engine-for-tests.ts";

const bench = await openBench();
const { db } = bench;

/** As strict as a real one in what matters here: a signature, a time, a handshake. */
function verify({ headers, query, body }: Delivery): Verdict {
  const token = query.get("validationToken");
  if (token !== null) return { verdict: "challenge", text: token };
  if (headers["webhook-timestamp"] === "old")
    return {
      verdict: "refused",
      code: "TIMESTAMP_STALE",
      message: "webhook-timestamp is 412 s old; at most 300 s are accepted.",
    };
  const right = createHmac("sha256", "secret").update(body).digest("hex");
  if (headers["webhook-signature"] !== right)
    return { verdict: "refused", code: "SIGNATURE_INVALID", message: "No signature of this delivery matches." };
  return { verdict: "accepted", eventIds: [headers["webhook-id"]!] };
}
const systems = {
  bySystem: (name: string) => (["wms-chi1", "erp-us01"].includes(name) ? { system: name, verify } : undefined),
} as unknown as Systems;
let rung = 0;
const intake = await startIntake({
  db,
  log: createSilentLog(),
  systems,
  host: "127.0.0.1",
  port: 0,
  onReceived: () => void (rung += 1),
});
beforeDrop(intake.stop);

const signed = (body: string | Buffer, id: string) => ({
  "webhook-id": id,
  "webhook-signature": createHmac("sha256", "secret").update(body).digest("hex"),
});
const post = (path: string, body: string | Buffer, headers: Record<string, string>) =>
  fetch(`${intake.url}${path}`, { method: "POST", body: body as string, headers });
const codeOf = async (response: Response) => [
  response.status,
  ((await response.json()) as { error: { code: string } }).error.code,
];
const stored = () => db.selectFrom("inbox").selectAll().execute();

test("a good delivery is stored as it is and then acknowledged; a known id answers the same, as a duplicate (W-18)", async () => {
  const body = Buffer.from([0x7b, 0xff, 0x00, 0x7d]);
  const first = (await (await post("/hooks/wms-chi1", body, signed(body, "evt_1"))).json()) as { received: string };
  assert.match(first.received, /^inb_/);
  const [row] = await stored();
  const document = await db
    .selectFrom("documents")
    .selectAll()
    .where("hash", "=", row!.document_hash)
    .executeTakeFirstOrThrow();
  assert.deepEqual([row!.id, document.body], [first.received, body]);
  const again = await (await post("/hooks/wms-chi1", body, signed(body, "evt_1"))).json();
  assert.deepEqual(again, { received: first.received, duplicate: true });
  assert.equal(rung, 1);
});

test("a bad signature and a stale time are refused, audited, and nothing else is kept (wires 5)", async () => {
  const before = (await stored()).length;
  assert.deepEqual(
    await codeOf(await post("/hooks/wms-chi1", "{}", { "webhook-signature": "v1,bad", "webhook-id": "evt_bad" })),
    [401, "SIGNATURE_INVALID"],
  );
  const stale = await post("/hooks/wms-chi1", "{}", { "webhook-timestamp": "old", "x-forwarded-for": "203.0.113.9" });
  assert.equal(stale.status, 401);
  assert.deepEqual(await stale.json(), {
    error: { code: "TIMESTAMP_STALE", message: "webhook-timestamp is 412 s old; at most 300 s are accepted." },
  });
  assert.equal((await stored()).length, before);
  const audit = await db.selectFrom("inbox_refusals").selectAll().orderBy("at").execute();
  assert.deepEqual(
    audit.map(({ code, address }) => [code, address]),
    [
      ["SIGNATURE_INVALID", "127.0.0.1"],
      ["TIMESTAMP_STALE", "203.0.113.9"],
    ],
  );
});

test("a body over 1 MiB is refused, told or chunked; nothing is kept (wires 5)", async () => {
  const big = Buffer.alloc(1_048_577);
  assert.deepEqual(await codeOf(await post("/hooks/wms-chi1", big, signed(big, "evt_big"))), [413, "BODY_TOO_LARGE"]);
  assert.match(await chunked(big), /^HTTP\/1\.1 413/);
  assert.ok((await stored()).every(({ event_id }) => event_id !== "evt_big"));
});

/** Without a content-length, and reading the answer while it is still being sent. */
function chunked(body: Buffer): Promise<string> {
  return new Promise((resolve) => {
    const { hostname, port } = new URL(intake.url);
    const socket = connect(Number(port), hostname, () => {
      socket.write("POST /hooks/wms-chi1 HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n");
      socket.write(`${body.length.toString(16)}\r\n`);
      socket.write(body);
      socket.write("\r\n0\r\n\r\n");
    });
    let text = "";
    socket.on("data", (part) => (text += String(part)));
    socket.on("error", () => resolve(text));
    socket.on("close", () => resolve(text));
  });
}

test("Business Central's handshake is answered with the token as plain text, by GET and by POST (wires 5, G-18)", async () => {
  for (const method of ["GET", "POST"]) {
    const response = await fetch(`${intake.url}/hooks/erp-us01?validationToken=abc.DEF-1~_`, { method });
    assert.deepEqual(
      [response.status, response.headers.get("content-type"), await response.text()],
      [200, "text/plain; charset=utf-8", "abc.DEF-1~_"],
    );
    assert.equal(response.headers.get("x-content-type-options"), "nosniff");
  }
});

test("an unknown system, another path and another method have their codes (wires 5)", async () => {
  for (const path of ["/hooks/wms-nowhere", "/hooks/", "/", "/hooks/WMS-CHI1", "/hooks/wms-chi1/more"])
    assert.deepEqual(await codeOf(await post(path, "{}", {})), [404, "SYSTEM_UNKNOWN"]);
  assert.deepEqual(await codeOf(await fetch(`${intake.url}/hooks/wms-chi1`)), [405, "METHOD_NOT_ALLOWED"]);
  assert.deepEqual(await codeOf(await fetch(`${intake.url}/hooks/wms-chi1`, { method: "DELETE" })), [
    405,
    "METHOD_NOT_ALLOWED",
  ]);
});

test("too many a minute is 429, too many at once 503; our own trouble is 503, and all say when to come again (wires 5)", async () => {
  const rates = createRates({ perMinute: 2, atOnce: 1 });
  const gate = Promise.withResolvers<void>();
  const coded = (code: string) => (error: { code?: string }) => error.code === code;
  const first = rates.within("wms-chi1", () => gate.promise);
  await assert.rejects(
    rates.within("wms-chi1", async () => undefined),
    coded("UNAVAILABLE"),
  );
  gate.resolve();
  await first;
  await rates.within("wms-chi1", async () => undefined);
  await assert.rejects(
    rates.within("wms-chi1", async () => undefined),
    coded("RATE_LIMITED"),
  );
  await rates.within("wms-dal2", async () => undefined);

  await bench.pool.query("alter table documents rename to documents_away");
  const away = await post("/hooks/wms-chi1", "{}", signed("{}", "evt_away"));
  assert.ok(away.headers.has("retry-after"));
  assert.deepEqual(await codeOf(away), [503, "UNAVAILABLE"]);
  await bench.pool.query("alter table documents_away rename to documents");
});
