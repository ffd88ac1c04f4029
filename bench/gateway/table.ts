import type { Row } from "../main.ts";
import type { Results, Round } from "./bench-gateway.ts";

/** A row for each target and kind of variables: the least CPU of its rounds, the most requests of its best one, and ratios to `stock` round by round. */
export function table(results: Results, stock: string): Row[] {
  return (["distinct", "identical"] as const).flatMap((variables) => {
    const yardstick = results.get(stock)?.[variables];
    return [...results].map(([name, rounds]) => ({ name, variables, ...rowOf(rounds[variables], yardstick) }));
  });
}

function rowOf(rounds: readonly Round[], yardstick: readonly Round[] | undefined): Row {
  const best = rounds.toSorted((a, b) => rateOf(b) - rateOf(a))[0]!;
  const least = Math.min(...rounds.map(cpuOf));
  const below = yardstick && median(rounds.map((round, at) => cpuOf(yardstick[at]!) / cpuOf(round)));
  return {
    cpuMsPerRequest: to(3, least),
    requestsPerSecond: Math.round(rateOf(best)),
    p50Ms: to(1, best.p50Ms),
    p99Ms: to(1, best.p99Ms),
    rssMb: Math.round(Math.max(...rounds.map(({ rssMb }) => rssMb))),
    belowStock: yardstick ? to(1, Math.min(...yardstick.map(cpuOf)) / least) : null,
    belowStockMedian: below === undefined ? null : to(1, below),
  };
}

const cpuOf = ({ cpuMs, requests }: Round) => cpuMs / requests;
const rateOf = ({ requests, seconds }: Round) => requests / seconds;
const median = (values: number[]) => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const to = (digits: number, value: number) => Number(value.toFixed(digits));
