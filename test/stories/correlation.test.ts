import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { after, before, test } from "node:test";
import { InMemorySpanExporter } from "@opentelemetry/sdk-trace-node";
import { createClient } from "graphql-ws";
import WebSocket from "ws";
import { demoPartners } from "#gateway/access/demo-people.ts";
import { traceInto } from "#shared/tracing.ts";
import { contractDocument } from "../clients.ts";
import { newKey } from "../acts.ts";
import { plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";

const exporter = new InMemorySpanExporter();
let tracing: Awaited<ReturnType<typeof traceInto>>;
let system: Everything;
before(async () => {
  tracing = await traceInto(exporter, "test", "at once");
  system = await startEverything({ env: { PARTNERS_DIR: "partners" } });
});
after(() => tracing.stop());

const query = contractDocument("service-ui/request-return");
const inputFor = (orderNumber: string, line = 10_000) => ({
  idempotencyKey: newKey(),
  orderNumber,
  lines: [
    {
      orderLineId: `erp.order:US01:${orderNumber}/${line}`,
      quantity: { value: "1", unit: "EA" },
      reasonCode: "WRONG_SHIPMENT",
    },
  ],
});
type Made = { operation: { id: string; correlationId?: string }; return: { id: string } };

/** One id from the mutation to the facts, the worker's operations and the last call of a system. */
async function followed(made: Made, correlationId: string): Promise<void> {
  if ("correlationId" in made.operation) assert.equal(made.operation.correlationId, correlationId);
  await system.returnWhen(
    made.return.id,
    "the warehouse to be instructed and the ERP to know of it",
    ({ instruction, erpAuthorization }) => instruction !== null && erpAuthorization !== null,
  );
  for (const table of ["operations", "facts"] as const) {
    const rows = await system.db
      .selectFrom(table)
      .select("correlation_id")
      .where("return_id", "=", made.return.id)
      .execute();
    assert.deepEqual([...new Set(rows.map((row) => row.correlation_id))], [correlationId], table);
  }
  const calls = Object.values(system.sandbox.servers).flatMap(({ name, requests }) =>
    requests
      .read()
      .requests.filter((request) => request.correlationId === correlationId)
      .map(({ kind }) => `${name} ${kind}`),
  );
  for (const [who, call] of [
    ["the subgraphs read", /^business-central GET /],
    ["the worker wrote", /^business-central POST returnOrders/],
    ["a warehouse was told", /^wms-\w+ PUT /],
  ] as const)
    assert.ok(
      calls.some((each) => call.test(each)),
      `${who}: ${calls.join(", ")}`,
    );
}

test("a client's correlation id goes by HTTP to the last call of a system, and back with the answer (RS-30, GA-05, OM-01)", async () => {
  const ada = await system.as("ada");
  const response = await fetch(`${system.gateway.url}/graphql`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${ada.token}`,
      "content-type": "application/json",
      "x-correlation-id": "screen-7:click-1",
    },
    body: JSON.stringify({ query, variables: { input: inputFor("SO-100001") } }),
  });
  assert.equal(response.headers.get("x-correlation-id"), "screen-7:click-1");
  const { data } = (await response.json()) as { data: { requestReturn: Made } };
  await followed(data.requestReturn, "screen-7:click-1");
});

test("and by WebSocket, where an operation has an id of its own in its extensions (RS-30, GA-05)", async () => {
  const ada = await system.as("ada");
  const client = createClient({
    url: `${system.gateway.url.replace("http", "ws")}/graphql`,
    webSocketImpl: WebSocket,
    connectionParams: { authorization: `Bearer ${ada.token}`, "x-correlation-id": "screen-8" },
    retryAttempts: 0,
  });
  const run = async (payload: { extensions?: Record<string, unknown> }) => {
    for await (const { data, errors } of client.iterate<{ requestReturn: Made }>({
      query,
      variables: { input: inputFor("SO-100003") },
      ...payload,
    })) {
      assert.deepEqual(errors ?? [], []);
      return data!.requestReturn;
    }
    throw new Error("no answer");
  };
  await followed(await run({ extensions: { correlationId: "screen-8:click-1" } }), "screen-8:click-1");
  await client.dispose();
});

test("and by the document route, from a partner's app (RS-30, GA-05)", async () => {
  const { distributor } = system.sandbox;
  const today = new Date().toISOString().slice(0, 10);
  const ofMarketplace = distributor.orders.filter(({ channel }) => channel === "MARKETPLACE");
  const [order] = plainOrders({ ...distributor, orders: ofMarketplace, today });
  const id = `sha256:${createHash("sha256").update(contractDocument("partner/request-return")).digest("hex")}`;
  const response = await fetch(`${system.gateway.url}/graphql/${id}`, {
    method: "POST",
    headers: {
      authorization: `Bearer ${await system.gateway.issuer!.token(demoPartners["northwind-market"]!)}`,
      "content-type": "application/json",
      "x-correlation-id": "seller-9",
    },
    body: JSON.stringify({ variables: { input: inputFor(order!.number, order!.line) } }),
  });
  assert.equal(response.headers.get("x-correlation-id"), "seller-9");
  const { data } = (await response.json()) as { data: { requestReturn: Made } };
  await followed(data.requestReturn, "seller-9");
});

test("spans of one id lead from the door over the subgraph to its calls, and from the worker's operation to its calls", async () => {
  const wayTo = (name: RegExp, top: RegExp): string[] | undefined => {
    const spans = exporter.getFinishedSpans();
    const nameOf = (id: string | undefined) => spans.find((span) => span.spanContext().spanId === id);
    return spans
      .filter((span) => name.test(span.name) && span.attributes["backhaul.correlation_id"] === "screen-7:click-1")
      .map((span) => {
        const way = [span.name];
        for (let at = nameOf(span.parentSpanContext?.spanId); at; at = nameOf(at.parentSpanContext?.spanId))
          way.unshift(at.name);
        return way;
      })
      .find(([first]) => top.test(first ?? ""));
  };
  /** A run's span is finished after what it has written can be read. */
  const finished = (name: RegExp, top: RegExp) => system.until(`the way to ${name}`, async () => wayTo(name, top));
  assert.deepEqual(await finished(/^erp-us01 find-open-orders$/, /^mutation/), [
    "mutation RequestReturn",
    "fetch returns",
    "returns RequestReturn__returns__0",
    "erp-us01 find-open-orders",
  ]);
  assert.deepEqual(await finished(/^erp-us01 draft-/, /^run/), [
    "run authorize-return",
    "call create-erp-authorization",
    "erp-us01 draft-authorization",
  ]);
});
