import assert from "node:assert/strict";
import { Writable } from "node:stream";
import { after, before, test } from "node:test";
import { InMemorySpanExporter, type ReadableSpan } from "@opentelemetry/sdk-trace-node";
import { pino } from "pino";
import { metrics } from "#shared/telemetry.ts";
import { traceInto } from "#shared/tracing.ts";
import { startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";
import { sha256 } from "../doors/sent-documents.ts";

const VENDOR_TEXT = "ORA-00001 at db7.internal for jane@example.com";
const status = 'query Status { return(id: "R1") { order { number } } }';
const failing = `query Failing { fail(message: "${VENDOR_TEXT}") }`;
/** Not registered: registered documents are made ready at the start. */
const first = "query First { whoAmI }";
const follow = "subscription Follow { load { depth } }";
const idOf = (source: string) => `sha256:${sha256(source)}`;

const lines: { msg: string; correlationId?: string; err?: { message: string } }[] = [];
const log = pino(
  { level: "error" },
  new Writable({ write: (line, _, done) => (lines.push(JSON.parse(String(line))), done()) }),
);
let house: TestGateway;
before(async () => {
  house = await startTestGateway({ log, documents: [status, failing, follow] });
});
after(() => house.stop());

const value = async (line: string) =>
  Number(new RegExp(`^backhaul_${RegExp.escape(line)} (.*)$`, "m").exec(await metrics.metrics())?.[1] ?? 0);
/** How much each of these has grown by `deed`. */
async function growth(names: readonly string[], deed: () => Promise<unknown>): Promise<number[]> {
  const start = await Promise.all(names.map(value));
  await deed();
  return Promise.all(names.map(async (name, at) => (await value(name)) - (start[at] ?? 0)));
}
const ask = async (source: string, headers: Record<string, string> = {}) =>
  fetch(`${house.url}/${idOf(source)}`, {
    headers: { authorization: `Bearer ${await house.tokenOf("ada")}`, ...headers },
  });

test("operations are counted by kind, outcome and door, and by name only where their document is registered (OM-35)", async () => {
  const grown = await growth(
    [
      'gateway_operations_total{operation="Status",kind="query",outcome="ok",door="document"}',
      'gateway_operations_total{operation="",kind="query",outcome="ok",door="http"}',
      'gateway_operation_seconds_count{kind="query",outcome="ok",door="document"}',
      'gateway_fetch_seconds_count{subgraph="orders",outcome="ok"}',
    ],
    async () => {
      await ask(status);
      await house.query("query MadeUp { __typename }");
    },
  );
  assert.deepEqual(grown, [1, 1, 1, 1]);
  assert.doesNotMatch(await metrics.metrics(), /MadeUp/);
});

test("errors are counted by code, subgraph and registered operation, and refused requests by code and door (OM-32)", async () => {
  const grown = await growth(
    [
      'gateway_errors_total{code="INTERNAL_SERVER_ERROR",subgraph="returns",operation="Failing"}',
      'gateway_operations_total{operation="Failing",kind="query",outcome="partial",door="document"}',
      'gateway_refused_total{code="GRAPHQL_VALIDATION_FAILED",door="http"}',
      'gateway_refused_total{code="UNAUTHENTICATED",door="http"}',
      'gateway_refused_total{code="DOCUMENT_UNKNOWN",door="document"}',
    ],
    async () => {
      await ask(failing);
      await house.query("{ nothing }");
      await house.post({ query: "{ whoAmI }" }, { authorization: "Bearer forged" });
      await ask("{ unregistered }");
    },
  );
  assert.deepEqual(grown, [1, 1, 1, 1, 1]);
});

test("open sockets and streams and what is followed on them are counted while they are", async () => {
  const names = ["gateway_open_connections", "gateway_active_subscriptions"];
  const now = async (door: string) => Promise.all(names.map((name) => value(`${name}{door="${door}"}`)));
  const client = await house.socket();
  const frames = client.iterate({ query: follow });
  await frames.next();
  assert.deepEqual(await now("websocket"), [1, 1]);
  await frames.return?.();
  await client.dispose();
  const leaving = new AbortController();
  const stream = await fetch(`${house.url}/${idOf(follow)}`, {
    headers: { authorization: `Bearer ${await house.tokenOf("ada")}`, accept: "text/event-stream" },
    signal: leaving.signal,
  });
  const reader = stream.body!.pipeThrough(new TextDecoderStream()).getReader();
  while (!(await reader.read()).value?.includes("depth"));
  assert.deepEqual(await now("sse"), [1, 1]);
  leaving.abort();
  await reader.read().catch(() => undefined);
  while ((await Promise.all([now("websocket"), now("sse")])).flat().some((count) => count > 0))
    await new Promise((resolve) => setImmediate(resolve));
});

const correlationIdOf = (body: unknown) =>
  (body as { errors: { extensions: { correlationId: string } }[] }).errors[0]?.extensions.correlationId;

test("a masked error has the client's correlation id on every door, and the line of the log under it has the cause (RS-30, G-15)", async () => {
  const authorization = `Bearer ${await house.tokenOf("ada")}`;
  const http = await house.post({ query: failing }, { "x-correlation-id": "mask-http" });
  assert.equal(http.headers.get("x-correlation-id"), "mask-http");
  const document = await ask(failing, { "x-correlation-id": "mask-document" });
  assert.equal(document.headers.get("x-correlation-id"), "mask-document");
  const sse = await fetch(`${house.url}/${idOf(failing)}`, {
    headers: { authorization, accept: "text/event-stream", "x-correlation-id": "mask-sse" },
  });
  assert.equal(sse.headers.get("x-correlation-id"), "mask-sse");
  const event = /^data: (\{.*)$/m.exec(await sse.text())?.[1] ?? "{}";
  const client = await house.socket();
  const frames = client.iterate({ query: failing, extensions: { correlationId: "mask-socket" } });
  const frame = (await frames.next()).value;
  await client.dispose();
  const told = [await http.json(), await document.json(), JSON.parse(event), frame];
  assert.deepEqual(told.map(correlationIdOf), ["mask-http", "mask-document", "mask-sse", "mask-socket"]);
  assert.doesNotMatch(JSON.stringify(told), /ORA-00001/);
  for (const correlationId of told.map(correlationIdOf))
    assert.ok(
      lines.some((line) => line.correlationId === correlationId && line.err?.message.includes("ORA-00001")),
      correlationId,
    );
});

test("what is refused before it runs has the correlation id too, also on a WebSocket (RS-30)", async () => {
  const http = await house.post({ query: "{ nothing }" }, { "x-correlation-id": "refused-http" });
  const client = await house.socket("ada", {
    connectionParams: { authorization: `Bearer ${await house.tokenOf("ada")}`, "x-correlation-id": "refused-socket" },
  });
  const refused = await new Promise((resolve) =>
    client.subscribe({ query: "{ nothing }" }, { next: () => undefined, complete: () => undefined, error: resolve }),
  );
  await client.dispose();
  assert.deepEqual(
    [correlationIdOf(await http.json()), correlationIdOf({ errors: refused })],
    ["refused-http", "refused-socket"],
  );
});

const parentOf = (span: ReadableSpan | undefined, spans: readonly ReadableSpan[]) =>
  spans.find((other) => other.spanContext().spanId === span?.parentSpanContext?.spanId)?.name ??
  span?.parentSpanContext?.spanId;

test("spans lead from the client's trace through the door to each fetch, and on into the subgraph by traceparent", async () => {
  const exporter = new InMemorySpanExporter();
  const tracing = await traceInto(exporter, "test", "at once");
  house.stub.orders.headers.length = 0;
  const trace = "0af7651916cd43dd8448eb211c80319c";
  await ask(status, { traceparent: `00-${trace}-b7ad6b7169203331-01`, "x-correlation-id": "trace-1" });
  await house.post({ query: first }, { traceparent: `00-${trace}-b7ad6b7169203331-01` });
  await ask(failing);
  const spans = exporter.getFinishedSpans();
  await tracing.stop();
  const ours = spans.filter((span) => span.spanContext().traceId === trace);
  const named = (name: string) => ours.find((span) => span.name === name);
  assert.deepEqual(
    ["query Status", "fetch returns", "fetch orders", "prepare", "plan"].map((name) => parentOf(named(name), ours)),
    ["b7ad6b7169203331", "query Status", "query Status", "query First", "prepare"],
  );
  const { attributes } = named("query Status") as ReadableSpan;
  assert.deepEqual(
    [
      attributes["door"],
      attributes["graphql.document.id"],
      attributes["graphql.operation.type"],
      attributes["outcome"],
      attributes["backhaul.correlation_id"],
    ],
    ["document", idOf(status), "query", "ok", "trace-1"],
  );
  assert.match(String(named("fetch orders")?.attributes["graphql.operation.name"]), /^Status__orders__\d+$/);
  const fetched = named("fetch orders")?.spanContext();
  assert.equal(house.stub.orders.headers[0]?.["traceparent"], `00-${trace}-${fetched?.spanId}-01`);
  const failed = spans.filter(({ status: { message } }) => message !== undefined);
  assert.deepEqual(
    failed.map(({ name, status: { message } }) => [name, message]),
    [
      ["fetch returns", "INTERNAL_SERVER_ERROR"],
      ["query Failing", "INTERNAL_SERVER_ERROR"],
    ],
  );
  assert.doesNotMatch(
    JSON.stringify(spans.map(({ name, attributes: all, events }) => [name, all, events])),
    /ORA|jane/,
  );
});
