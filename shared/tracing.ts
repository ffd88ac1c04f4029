import {
  type Attributes,
  type Context,
  context,
  diag,
  DiagLogLevel,
  propagation,
  type Span,
  SpanKind,
  SpanStatusCode,
  trace,
  type Tracer,
} from "@opentelemetry/api";
import type { SpanExporter } from "@opentelemetry/sdk-trace-node";
import { CodedError, SystemFailure } from "./errors.ts";
import type { Log } from "./log.ts";

export { SpanKind };

/** Spans of one request have it in common with its log lines, facts and calls, across processes (RS-30). */
export const CORRELATION_ATTRIBUTE = "backhaul.correlation_id";

/** Undefined where nobody listens. */
export type RunningSpan = Span | undefined;

/** Undefined while nobody listens: then no span is made, and no SDK is loaded. */
let tracer: Tracer | undefined;

/** Ask before making the attributes of a span on a path that every request takes. */
export const isTracing = (): boolean => tracer !== undefined;

/** `root`: the beginning of a trace, whatever runs now. */
export type SpanSettings = { readonly kind?: SpanKind; readonly attributes?: Attributes; readonly root?: boolean };

/** Runs `work` in a span of its own; it gets the span where somebody listens. An error ends it with its code, never with its text (G-15). */
export function inSpan<Answer>(
  name: string,
  settings: SpanSettings,
  work: (span: RunningSpan) => Promise<Answer>,
): Promise<Answer> {
  if (!tracer) return work(undefined);
  return tracer.startActiveSpan(name, settings, async (span) => {
    try {
      return await work(span);
    } catch (error) {
      failSpan(span, codeOf(error));
      throw error;
    } finally {
      span.end();
    }
  });
}

/** A span that somebody else ends; the children of it run in `within(span, …)`. */
export const startSpan = (name: string, settings: SpanSettings, parent?: Context): RunningSpan =>
  tracer?.startSpan(name, settings, parent ?? context.active());

export const within = <Answer>(span: RunningSpan, work: () => Answer): Answer =>
  span ? context.with(trace.setSpan(context.active(), span), work) : work();

/** Marks a span as failed by the code of the catalogue that says why. */
export function failSpan(span: RunningSpan, code: string): void {
  span?.setStatus({ code: SpanStatusCode.ERROR, message: code });
  span?.setAttribute("error.type", code);
}

/** The same for the span that runs now. */
export function failActiveSpan(code: string): void {
  if (tracer) failSpan(trace.getActiveSpan(), code);
}

/** Our own code of an error; INTERNAL_SERVER_ERROR for what has none. */
export const codeOf = (error: unknown): string =>
  error instanceof CodedError || error instanceof SystemFailure ? error.code : "INTERNAL_SERVER_ERROR";

/** Adds `traceparent` to the headers of a call, of the span that runs now. */
export function sendTrace<Headers extends Record<string, string | undefined>>(headers: Headers, span?: Span): Headers {
  if (tracer) propagation.inject(span ? trace.setSpan(context.active(), span) : context.active(), headers);
  return headers;
}

/** Where a caller's `traceparent` leads to; undefined while nobody listens. */
export const traceOf = (headers: Readonly<Record<string, unknown>>): Context | undefined =>
  tracer && propagation.extract(context.active(), headers);

/** Runs `work` as a part of the caller's trace. */
export const inTraceOf = <Answer>(headers: Readonly<Record<string, unknown>>, work: () => Answer): Answer => {
  const parent = traceOf(headers);
  return parent ? context.with(parent, work) : work();
};

export type TracingSettings = {
  /** `service.name`: backhaul-gateway, backhaul-worker … */
  readonly service: string;
  /** `OTEL_EXPORTER_OTLP_ENDPOINT`. */
  readonly endpoint: string;
  readonly log: Log;
};

/** Loads the SDK and exports spans by OTLP over HTTP. The other variables of OpenTelemetry (headers, sampler) are read by the SDK itself. */
export async function startTracing({ service, endpoint, log }: TracingSettings): Promise<{ stop(): Promise<void> }> {
  const quiet = () => undefined;
  const error = (...said: unknown[]) => log.warn({ endpoint, said }, "spans could not be exported");
  diag.setLogger({ error, warn: quiet, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.ERROR);
  const { OTLPTraceExporter } = await import("@opentelemetry/exporter-trace-otlp-http");
  const url = new URL("v1/traces", endpoint.endsWith("/") ? endpoint : `${endpoint}/`).href;
  const { stop } = await traceInto(new OTLPTraceExporter({ url }), service, "in batches");
  return { stop: () => stop().catch(error) };
}

/** Exports the spans of a process where the settings say so; the last thing that its shutdown ends. */
export async function traceProcess(
  { otlpEndpoint: endpoint }: { otlpEndpoint: string | undefined },
  service: string,
  { log, shutdown }: { log: Log; shutdown: { add(name: string, stop: () => unknown): void } },
): Promise<void> {
  if (endpoint !== undefined) shutdown.add("spans", (await startTracing({ service, endpoint, log })).stop);
}

/** Every span from now on goes to this exporter, until it is stopped. One at a time in a process. */
export async function traceInto(
  exporter: SpanExporter,
  service: string,
  when: "in batches" | "at once",
): Promise<{ stop(): Promise<void> }> {
  if (tracer) throw new Error("spans are exported already");
  const { BatchSpanProcessor, NodeTracerProvider, SimpleSpanProcessor } = await import("@opentelemetry/sdk-trace-node");
  const { resourceFromAttributes } = await import("@opentelemetry/resources");
  const processor = when === "at once" ? new SimpleSpanProcessor(exporter) : new BatchSpanProcessor(exporter);
  const resource = resourceFromAttributes({ "service.name": service });
  const provider = new NodeTracerProvider({ resource, spanProcessors: [processor] });
  provider.register();
  tracer = provider.getTracer("backhaul");
  return {
    stop: async () => {
      tracer = undefined;
      trace.disable();
      context.disable();
      propagation.disable();
      await provider.shutdown();
    },
  };
}
