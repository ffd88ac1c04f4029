import assert from "node:assert/strict";
import { createServer } from "node:http";
import { createRequire } from "node:module";
import { afterEach, test } from "node:test";
import { text } from "node:stream/consumers";
import { trace } from "@opentelemetry/api";
import { pino } from "pino";
import { coded, TransientFailure } from "./errors.ts";
import { listen, stopServer } from "./listen.ts";
import { createSilentLog } from "./log.ts";
import { inSpan, inTraceOf, isTracing, sendTrace, startTracing, traceInto, traceProcess } from "./tracing.ts";

type Exporter = InstanceType<typeof import("@opentelemetry/sdk-trace-node").InMemorySpanExporter>;
let stop = async (): Promise<void> => undefined;
afterEach(async () => {
  await stop();
  stop = async () => undefined;
});

async function listenIn(): Promise<Exporter> {
  const { InMemorySpanExporter } = await import("@opentelemetry/sdk-trace-node");
  const exporter = new InMemorySpanExporter();
  stop = (await traceInto(exporter, "test", "at once")).stop;
  return exporter;
}

test("while nobody listens there is no span, no header and no SDK", async () => {
  await traceProcess({ otlpEndpoint: undefined }, "test", {
    log: createSilentLog(),
    shutdown: { add: () => assert.fail("something to stop") },
  });
  assert.equal(isTracing(), false);
  assert.equal(await inSpan("work", {}, async (span) => span ?? trace.getActiveSpan() ?? "no span"), "no span");
  assert.deepEqual(sendTrace({ accept: "application/json" }), { accept: "application/json" });
  const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) =>
    /opentelemetry\/(sdk|exporter)/.test(file),
  );
  assert.deepEqual(loaded, []);
});

test("a failed span says the code and never the vendor's text (G-15)", async () => {
  const exporter = await listenIn();
  const vendorText = "ORA-00001: host db7.internal, user jane@example.com";
  const failures = [
    new TransientFailure({ system: "erp-us01", code: "NO_ANSWER", vendorText, cause: new Error(vendorText) }),
    coded("FORBIDDEN"),
    new Error(vendorText),
  ];
  for (const failure of failures)
    await assert.rejects(
      inSpan("call", {}, () => Promise.reject(failure)),
      (error) => error === failure,
    );
  const spans = exporter.getFinishedSpans();
  assert.deepEqual(
    spans.map(({ status }) => status.message),
    ["NO_ANSWER", "FORBIDDEN", "INTERNAL_SERVER_ERROR"],
  );
  assert.doesNotMatch(
    JSON.stringify(spans.map(({ attributes, events, status }) => [attributes, events, status])),
    /ORA|jane|db7/,
  );
});

test("spans nest, and a trace goes on in another process by traceparent", async () => {
  const exporter = await listenIn();
  const headers = await inSpan("door", {}, async () => inSpan("fetch", {}, async () => sendTrace({ accept: "a" })));
  assert.match((headers as Record<string, string>)["traceparent"] ?? "", /^00-[0-9a-f]{32}-[0-9a-f]{16}-01$/);
  await inTraceOf(headers, () => inSpan("subgraph", {}, async () => undefined));
  const [fetched, door, subgraph] = exporter.getFinishedSpans();
  assert.equal(fetched?.parentSpanContext?.spanId, door?.spanContext().spanId);
  assert.equal(subgraph?.parentSpanContext?.spanId, fetched?.spanContext().spanId);
  assert.equal(subgraph?.spanContext().traceId, door?.spanContext().traceId);
  assert.equal(door?.resource.attributes["service.name"], "test");
});

test("spans are exported by OTLP over HTTP to OTEL_EXPORTER_OTLP_ENDPOINT, at the latest when the process stops", async () => {
  const came: { url: string | undefined; body: string }[] = [];
  const server = createServer(async (request, response) => {
    came.push({ url: request.url, body: await text(request) });
    response.writeHead(200, { "content-type": "application/json" }).end("{}");
  });
  const port = await listen(server, { host: "127.0.0.1", port: 0, variable: "PORT" });
  const log = createSilentLog();
  const tracing = await startTracing({ service: "backhaul-test", endpoint: `http://127.0.0.1:${port}`, log });
  await inSpan("work of a test", {}, async () => undefined);
  await tracing.stop();
  await stopServer(server);
  assert.deepEqual(
    came.map(({ url }) => url),
    ["/v1/traces"],
  );
  for (const word of ["backhaul-test", "work of a test"]) assert.ok(came[0]?.body.includes(word), word);
});

test("a collector that isn't there costs spans and a line of the log, nothing else", async () => {
  const server = createServer((_, response) => void response.writeHead(400).end());
  const port = await listen(server, { host: "127.0.0.1", port: 0, variable: "PORT" });
  const lines: string[] = [];
  const log = pino({}, { write: (line) => void lines.push(line) });
  const tracing = await startTracing({ service: "backhaul-test", endpoint: `http://127.0.0.1:${port}/`, log });
  assert.equal(await inSpan("work", {}, async () => 7), 7);
  await tracing.stop();
  await stopServer(server);
  assert.ok(lines.some((line) => line.includes("spans could not be exported")));
});
