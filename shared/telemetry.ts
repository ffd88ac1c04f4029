import { createServer, type Server } from "node:http";
import { Counter, Gauge, Histogram, Registry, collectDefaultMetrics } from "prom-client";
import { SystemFailure } from "./errors.ts";
import { listen, stopServer } from "./listen.ts";
import { CORRELATION_ATTRIBUTE, inSpan, isTracing, SpanKind } from "./tracing.ts";

export const metrics = new Registry();

/** A counter of ours in the one registry: `backhaul_<name>`; asking twice gives the same one. */
export function counter(name: string, help: string, labelNames: string[] = []): Counter {
  const full = `backhaul_${name}`;
  const known = metrics.getSingleMetric(full);
  return known ? (known as Counter) : new Counter({ name: full, help, labelNames, registers: [metrics] });
}

/** A histogram of ours in the one registry, in seconds unless `buckets` says otherwise. */
export function histogram(name: string, help: string, labelNames: string[] = [], buckets?: number[]): Histogram {
  const full = `backhaul_${name}`;
  const known = metrics.getSingleMetric(full);
  if (known) return known as Histogram;
  return new Histogram({ name: full, help, labelNames, ...(buckets ? { buckets } : {}), registers: [metrics] });
}

/** A gauge whose value is read when /metrics is asked for, from what said last how to. */
export function readGauge(name: string, help: string): (read: () => number) => void {
  let read = () => 0;
  new Gauge({
    name: `backhaul_${name}`,
    help,
    registers: [metrics],
    collect() {
      this.set(read());
    },
  });
  return (now) => void (read = now);
}

/** A gauge of ours in the one registry. */
export function gauge(name: string, help: string, labelNames: string[] = []): Gauge {
  const full = `backhaul_${name}`;
  const known = metrics.getSingleMetric(full);
  return known ? (known as Gauge) : new Gauge({ name: full, help, labelNames, registers: [metrics] });
}

const callSeconds = histogram(
  "system_call_seconds",
  "Calls to outside systems: how long, and how they ended",
  ["system", "deed", "outcome"],
  [0.005, 0.02, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30],
);

export type SystemCall = { readonly system: string; readonly deed: string; readonly correlationId: string };

/** One call to an outside system: a span, and a measurement by system, deed and outcome (ok, transient, ambiguous, business, bug). */
export function observe<Answer>(call: SystemCall, work: () => Promise<Answer>): Promise<Answer> {
  const { system, deed } = call;
  const measured = async () => {
    const stop = callSeconds.startTimer({ system, deed });
    try {
      const answer = await work();
      stop({ outcome: "ok" });
      return answer;
    } catch (error) {
      stop({ outcome: error instanceof SystemFailure ? error.kind.toLowerCase() : "bug" });
      throw error;
    }
  };
  return isTracing() ? inSpan(`${system} ${deed}`, settingsOf(call), measured) : measured();
}

const settingsOf = ({ system, deed, correlationId }: SystemCall) => ({
  kind: SpanKind.CLIENT,
  attributes: { system, deed, [CORRELATION_ATTRIBUTE]: correlationId },
});

let defaultsCollected = false;

/** Serves `GET /metrics`; gives the port it listens on and how to stop it. */
export async function startMetrics(where: {
  host: string;
  port: number;
}): Promise<{ port: number; stop(): Promise<void> }> {
  if (!defaultsCollected) collectDefaultMetrics({ register: metrics });
  defaultsCollected = true;
  const server: Server = createServer((request, response) => {
    if (request.method !== "GET" || request.url !== "/metrics") return void response.writeHead(404).end();
    metrics.metrics().then(
      (text) => response.writeHead(200, { "content-type": metrics.contentType }).end(text),
      () => response.writeHead(500).end(),
    );
  });
  const port = await listen(server, { ...where, variable: "METRICS_PORT" });
  return { port, stop: () => stopServer(server) };
}
