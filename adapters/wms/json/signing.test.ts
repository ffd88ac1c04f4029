import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { authenticate } from "#sandbox/wms-json/access.ts";
import { connectHttp } from "../../http.ts";
import { jsonWarehouse } from "./adapter.ts";

test("with auth hmac every request is signed as the site checks it: method, path, query and body (wires 1.1)", async () => {
  const secret = "whsec_c2lnbmluZyBzZWNyZXQgb2YgdGhlIHNpdGU=";
  const clients: string[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const { method = "", url: path = "", headers } = request;
      const asked = {
        method,
        path,
        headers: headers as Record<string, string>,
        body: Buffer.concat(chunks).toString(),
      };
      clients.push(authenticate({ kind: "hmac", secret }, asked, new Date()));
      response.setHeader("content-type", "application/json");
      response.end(
        JSON.stringify(
          method === "POST" ? { asOf: "2026-11-21T00:00:00Z", stock: [] } : { events: [], next: "n", more: false },
        ),
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const limits = { concurrency: 2, requestsPerMinute: 100, deadlineMs: 5_000 };
  const entry = {
    name: "wms-chi1",
    kind: "wms" as const,
    vendor: "json",
    serves: ["CHI1"],
    address,
    mode: undefined,
    auth: "hmac",
    limits,
    settleMs: 0,
    windows: [],
    secrets: { signingSecret: secret, webhookSecret: secret },
    settings: { poll: 60_000, grades: {} },
  };
  const http = connectHttp(entry, { breakerFailures: 5, breakerHalfOpenMs: 0 });
  const wms = jsonWarehouse.connect(entry, http);
  await wms.findStock(["Ä & B"], { correlationId: "signing" });
  await wms.readEvents("a+b=/c", { limit: 10, waitSeconds: 0 }, { correlationId: "signing" });
  assert.deepEqual(clients, ["signed", "signed"]);
  await http.close();
  server.close();
  server.closeAllConnections();
});
