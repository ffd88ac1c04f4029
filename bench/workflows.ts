import { cpus } from "node:os";
import type { Row } from "./main.ts";
import { bareLoop } from "./workflows/bare-loop.ts";
import { dbos } from "./workflows/dbos.ts";
import { allEffects, halfEffects } from "./workflows/ours.ts";
import { startServer } from "./database.ts";

/** One way of running workflows of eight steps; `run` gives the seconds that `count` of them took from the first claim to the last end. */
export type Contender = {
  name: string;
  what: string;
  open(
    url: string,
  ): Promise<{ fill(waiting: number): Promise<void>; run(count: number): Promise<number>; close(): Promise<void> }>;
};
const contenders: Contender[] = [allEffects, halfEffects, dbos, bareLoop];

/** Side by side in one run on one PostgreSQL: rounds take turns, so that whatever else the machine does falls on all of them. */
export async function benchWorkflows({ count = 500, waiting = 100_000, rounds = 3 }): Promise<Row[]> {
  const server = await startServer();
  console.error(
    `PostgreSQL ${server.version}, Node ${process.version}, ${cpus().length} cores; ${count} workflows of 8 steps a round, ${rounds} rounds, the median is told.`,
  );
  const rows: Row[] = [];
  for (const already of [0, waiting]) {
    const open = [];
    for (const contender of contenders) {
      const opened = await contender.open(await server.createDatabase());
      await opened.fill(already);
      await opened.run(Math.ceil(count / 10));
      open.push({ contender, opened, rates: [] as number[] });
    }
    for (let round = 0; round < rounds; round += 1)
      for (const { opened, rates, contender } of open) {
        rates.push(count / (await opened.run(count)));
        console.error(`${contender.name}, ${already} waiting, round ${round + 1}: ${rates.at(-1)!.toFixed(1)}/s`);
      }
    for (const { contender, opened, rates } of open) {
      await opened.close();
      rows.push({
        contender: contender.name,
        what: contender.what,
        waiting: already,
        "workflows/s": round1(median(rates)),
        "steps/s": round1(median(rates) * 8),
      });
    }
  }
  await server.stop();
  return rows;
}

const median = (values: number[]): number => values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]!;
const round1 = (value: number): number => Math.round(value * 10) / 10;
