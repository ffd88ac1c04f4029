import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { createFaults } from "../faults.ts";
import { makeItems } from "../seed/items.ts";
import { makeStock } from "../seed/make-stock.ts";
import { createRandom } from "../seed/random.ts";
import { startServer } from "../server.ts";
import { createStore } from "../store.ts";
import { createWarehouse, type WarehouseSettings } from "./warehouse.ts";

const TOKEN = "chi1-token";
export const SECRETS = ["whsec_bmV3IHNlY3JldCBvZiB0aGUgc2l0ZSBDSEkx", "whsec_b2xkIHNlY3JldCBvZiB0aGUgc2l0ZSBDSEkx"];
const items = makeItems(createRandom(1));
export const seed = { items, stock: makeStock("2026-11-21", createRandom(2), items) };

/** A warehouse CHI1 on a free port, and calls to it with its token. */
export async function startWarehouse(settings: Partial<WarehouseSettings> = {}, folder: string | null = null) {
  const faults = createFaults();
  const store = createStore({ name: "wms-chi1", folder });
  const vendor = createWarehouse(
    { name: "wms-chi1", store, faults },
    {
      site: "CHI1",
      companies: ["US01"],
      seed,
      auth: { kind: "bearer", token: TOKEN },
      webhooks: { url: null, secrets: SECRETS },
      ...settings,
    },
  );
  const server = await startServer({
    name: "wms-chi1",
    host: "127.0.0.1",
    port: 0,
    faults,
    vendor,
    servers: () => ({}),
  });
  const call = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const all = { authorization: `Bearer ${TOKEN}`, ...headers };
    const response = await fetch(`${server.url}/wms/v1${path}`, { method, headers: all, ...text });
    return { status: response.status, headers: response.headers, body: (await response.json()) as any };
  };
  return { ...server, call };
}

export const expectation = (more: object = {}, line: object = {}) => ({
  rmaNumber: "R26-7Q3KX2M",
  company: "US01",
  expiresAt: "2026-12-21T05:59:59Z",
  replaces: null,
  lines: [
    {
      line: 1,
      sku: "BRG-6204",
      quantity: { value: "4", unit: "EA" },
      serialNumbers: [],
      lotNumber: null,
      reason: "DEFECTIVE_ON_ARRIVAL",
      hazard: null,
      inspect: true,
      ...line,
    },
  ],
  carrier: null,
  trackingNumbers: [],
  ...more,
});

export type Delivery = { headers: Record<string, string>; body: string; event: any };

/** Somewhere for webhooks to come: what came, the status it answers, and a wait for the n-th delivery. */
export async function startReceiver() {
  const came: Delivery[] = [];
  let status = 200;
  let arrived = Promise.withResolvers<void>();
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const body = Buffer.concat(chunks).toString();
      came.push({ headers: request.headers as Record<string, string>, body, event: JSON.parse(body) });
      response.writeHead(status).end();
      arrived.resolve();
      arrived = Promise.withResolvers();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hooks/wms-chi1`,
    came,
    answer: (next: number) => void (status = next),
    async until(count: number) {
      while (came.length < count) await arrived.promise;
      return came;
    },
    close: () => server.close(),
  };
}
