import assert from "node:assert/strict";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { after, beforeEach, test } from "node:test";
import { businessCentral } from "./erp/business-central/adapter.ts";
import type { Settings } from "./erp/business-central/settings.ts";
import { connectHttp, type Http, type HttpRequest } from "./http.ts";
import type { SystemEntry, Window } from "./vendor.ts";

// What holds for the calls to any system, against a server that says what a test wants.

const came: IncomingMessage[] = [];
let answer: (request: IncomingMessage, response: ServerResponse) => void;
const server = createServer((request, response) => {
  came.push(request);
  answer(request, response);
});
await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
const opened: Http[] = [];
beforeEach(() => {
  came.length = 0;
  answer = (_, response) => void response.end("{}");
});
after(async () => {
  for (const http of opened) await http.close();
  server.close();
  server.closeAllConnections();
});

const call = { correlationId: "http-test" };
const connect = (windows: Window[] = []): Http => {
  const http = connectHttp(
    { name: "erp-us01", limits: { concurrency: 4, requestsPerMinute: 1_000, deadlineMs: 5_000 }, windows },
    { breakerFailures: 5, breakerHalfOpenMs: 0 },
  );
  opened.push(http);
  return http;
};
const read: HttpRequest = { deed: "read", method: "GET", url, write: false };
const write: HttpRequest = { deed: "write", method: "POST", url, body: "{}", write: true };
const codeOf = async (work: Promise<unknown>) =>
  work.then(
    () => "ok",
    ({ kind, code }) => `${kind} ${code}`,
  );

test("the correlation id goes out with every call, and can't smuggle a header (RS-30)", async () => {
  const http = connect();
  await http.send(read, call);
  await http.send(read, { correlationId: "a\r\nx-evil: 1 ü" });
  assert.deepEqual(
    came.map(({ headers }) => [headers["x-correlation-id"], headers["x-evil"]]),
    [
      ["http-test", undefined],
      ["a__x-evil:_1__", undefined],
    ],
  );
});

test("a call without time left sends nothing", async () => {
  assert.equal(await codeOf(connect().send(write, { ...call, deadlineMs: 0 })), "TRANSIENT NO_ANSWER");
  assert.equal(came.length, 0);
});

test("nothing is written in a window that is set for it; what is asked is answered", async () => {
  const always: Window = { name: "always", block: "writes", cron: "* * * * *", for: 60_000, zone: "UTC" };
  assert.equal(await codeOf(connect([always]).send(write, call)), "TRANSIENT WINDOW_CLOSED");
  assert.equal(await codeOf(connect([always]).send(read, call)), "ok");
  assert.equal(await codeOf(connect([{ ...always, block: "everything" }]).send(read, call)), "TRANSIENT WINDOW_CLOSED");
  assert.equal(came.length, 1);
});

test("calls under way end when the system is closed", async () => {
  const arrived = Promise.withResolvers<void>();
  answer = () => arrived.resolve();
  const http = connect();
  const ended = codeOf(http.send(write, call));
  await arrived.promise;
  await http.close();
  assert.equal(await ended, "AMBIGUOUS OUTCOME_UNKNOWN");
});

test("a redirect is not followed, a next page elsewhere neither: no token leaves for another host", async () => {
  const entry = {
    name: "erp-us01",
    kind: "erp",
    vendor: "business-central",
    serves: ["US01"],
    address: url,
    mode: "return-order",
    auth: undefined,
    windows: [],
    settleMs: 0,
    limits: { concurrency: 4, requestsPerMinute: 1_000, deadlineMs: 5_000 },
    secrets: { clientId: "id", clientSecret: "secret", webhookState: "state" },
    settings: {
      tokenUrl: `${url}/token`,
      companyId: "7d1f0c52-5f0e-4a57-9d0b-6a1f4c3e2b10",
      customApi: "contoso/returns/v1.0",
      supplierProgrammes: [],
    } as unknown as Settings,
  } as SystemEntry<Settings>;
  const erp = businessCentral.connect(entry, connect());
  const grant = '{"access_token":"token","expires_in":3600}';
  const customers = () => codeOf(erp.findCustomers(["C-2000"], call));
  answer = ({ url: path }, response) =>
    void (path === "/token"
      ? response.end(grant)
      : response.writeHead(302, { location: "http://elsewhere.example/" }).end());
  assert.equal(await customers(), "BUG REQUEST_INVALID");
  answer = (_, response) => void response.end('{"value":[],"@odata.nextLink":"http://elsewhere.example/next"}');
  assert.equal(await customers(), "BUG RESPONSE_INVALID");
  answer = (_, response) => void response.end('{"value":[{"number":7}]}');
  assert.equal(await customers(), "BUG RESPONSE_INVALID");
  assert.equal(came.filter(({ url: path }) => path === "/token").length, 1);
});
