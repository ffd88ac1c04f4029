import assert from "node:assert/strict";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { buffer } from "node:stream/consumers";
import { after, before, test } from "node:test";
import { listen, stopServer } from "#shared/listen.ts";
import { startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";

type Seen = { method: string; url: string; headers: IncomingHttpHeaders; body: Buffer };
const seen: Seen[] = [];
let answer: { status: number; headers: Record<string, string>; body: string };
let intake: Server;
let house: TestGateway;

before(async () => {
  intake = createServer(async (request, response) => {
    const { method = "", url = "", headers } = request;
    // A body over the limit ends in the middle: the gateway hangs up.
    const body = await buffer(request).catch(() => undefined);
    if (body === undefined) return;
    seen.push({ method, url, headers, body });
    response.writeHead(answer.status, answer.headers).end(answer.body);
  });
  const port = await listen(intake, { host: "127.0.0.1", port: 0, variable: "INTAKE_PORT" });
  house = await startTestGateway({ config: { intakeUrl: `http://127.0.0.1:${port}` } });
  answer = { status: 200, headers: { "content-type": "application/json" }, body: '{ "received": "inb_1" }' };
});
after(async () => {
  await house.stop();
  await stopServer(intake);
});
const hook = (path: string, init: RequestInit) => fetch(`${house.gateway.url}/hooks/${path}`, init);
const codeOf = async (response: Response) => ((await response.json()) as { error: { code: string } }).error.code;

test("a webhook reaches the intake byte for byte, with its headers and where it came from", async () => {
  const body = Buffer.from([0xff, 0xfe, 0x00, 0x7b, 0x0d, 0x0a]);
  const headers = {
    "webhook-signature": "v1,abc",
    "content-type": "application/octet-stream",
    "x-forwarded-for": "203.0.113.9",
  };
  const response = await hook("wms-chi1?x=%2F&y", { method: "POST", body, headers });
  assert.deepEqual([response.status, await response.text()], [200, '{ "received": "inb_1" }']);
  const last = seen.at(-1)!;
  assert.deepEqual([last.method, last.url, last.body], ["POST", "/hooks/wms-chi1?x=%2F&y", body]);
  assert.equal(last.headers["webhook-signature"], "v1,abc");
  assert.equal(last.headers["x-forwarded-for"], "203.0.113.9, 127.0.0.1");
});

test("the intake's answer comes back as it is, GET too, and is never asked again", async () => {
  answer = { status: 429, headers: { "retry-after": "7", "content-type": "text/plain" }, body: "slow down" };
  const before = seen.length;
  const response = await hook("erp-us01?validationToken=abc", { method: "GET" });
  assert.deepEqual(
    [response.status, response.headers.get("retry-after"), await response.text()],
    [429, "7", "slow down"],
  );
  assert.deepEqual([seen.length, seen.at(-1)?.url], [before + 1, "/hooks/erp-us01?validationToken=abc"]);
});

test("a body over 1 MiB is 413, told or counted", async () => {
  const over = Buffer.alloc(1024 * 1024 + 1);
  const told = await hook("wms-chi1", { method: "POST", body: over });
  assert.deepEqual([told.status, await codeOf(told)], [413, "BODY_TOO_LARGE"]);
  const far = Buffer.alloc(4 * 1024 * 1024);
  for (const body of [over, far]) {
    const stream = new Blob([body]).stream();
    const counted = await hook("wms-chi1", { method: "POST", body: stream, duplex: "half" } as RequestInit);
    assert.deepEqual([counted.status, await codeOf(counted)], [413, "BODY_TOO_LARGE"]);
  }
});

test("with the intake away it is 503 with Retry-After, so that nobody drops a subscription", async () => {
  const alone = await startTestGateway({ config: { intakeUrl: "http://127.0.0.1:1" } });
  const response = await fetch(`${alone.gateway.url}/hooks/wms-chi1`, { method: "POST", body: "{}" });
  assert.deepEqual([response.status, response.headers.get("retry-after")], [503, "5"]);
  assert.equal(await codeOf(response), "UNAVAILABLE");
  await alone.stop();
});
