import type { Metric } from "prom-client";
import { metrics } from "./telemetry.ts";

// prom-client sorts and joins the labels at every observation: 1.5 µs each. What every request of the gateway does several times counts in cells
// that are found once, and prom-client reads them when /metrics is asked for.

/** A cell for each combination of label values, made when it is first asked for; keep it where the values don't change. */
export type Cells<Cell> = (...values: readonly string[]) => Cell;
export type CounterCell = { readonly add: (count?: number) => void };
export type HistogramCell = { readonly observe: (seconds: number) => void };

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

/** A counter `backhaul_<name>`. */
export const leanCounter = (name: string, help: string, labelNames: readonly string[]): Cells<CounterCell> =>
  register({ name: `backhaul_${name}`, help, labelNames, type: "counter" }, createCount);

/** A histogram `backhaul_<name>` in seconds. */
export const leanHistogram = (name: string, help: string, labelNames: readonly string[]): Cells<HistogramCell> =>
  register({ name: `backhaul_${name}`, help, labelNames, type: "histogram" }, createBuckets);

type Labels = Readonly<Record<string, string | number>>;
type Value = { readonly labels: Labels; readonly value: number; readonly metricName?: string };
type Readable = { readonly read: (name: string, labels: Labels) => Value[]; readonly reset: () => void };

function createCount(): CounterCell & Readable {
  let value = 0;
  return {
    add: (count = 1) => void (value += count),
    read: (_name, labels) => [{ labels, value }],
    reset: () => void (value = 0),
  };
}

function createBuckets(): HistogramCell & Readable {
  const counts = Array.from({ length: SECONDS.length + 1 }, () => 0);
  let sum = 0;
  return {
    observe: (seconds) => {
      let at = 0;
      while (at < SECONDS.length && seconds > (SECONDS[at] as number)) at += 1;
      counts[at] = (counts[at] as number) + 1;
      sum += seconds;
    },
    read: (name, labels) => {
      let total = 0;
      const buckets = counts.map((count, at): Value => {
        total += count;
        return { metricName: `${name}_bucket`, labels: { ...labels, le: SECONDS[at] ?? "+Inf" }, value: total };
      });
      return [
        ...buckets,
        { metricName: `${name}_sum`, labels, value: sum },
        { metricName: `${name}_count`, labels, value: total },
      ];
    },
    reset: () => {
      counts.fill(0);
      sum = 0;
    },
  };
}

type Described = {
  readonly name: string;
  readonly help: string;
  readonly labelNames: readonly string[];
  readonly type: "counter" | "histogram";
};

function register<Cell extends Readable>({ labelNames, ...described }: Described, create: () => Cell): Cells<Cell> {
  const cells = new Map<string, { readonly labels: Labels; readonly cell: Cell }>();
  const get = async () => ({
    ...described,
    values: [...cells.values()].flatMap(({ labels, cell }) => cell.read(described.name, labels)),
    aggregator: "sum",
  });
  const reset = () => cells.forEach(({ cell }) => cell.reset());
  metrics.registerMetric({ ...described, get, reset } as unknown as Metric);
  return (...values) => {
    const key = values.join("\n");
    const known = cells.get(key);
    if (known) return known.cell;
    const labels = Object.fromEntries(labelNames.map((label, at) => [label, values[at] ?? ""]));
    const cell = create();
    cells.set(key, { labels, cell });
    return cell;
  };
}
