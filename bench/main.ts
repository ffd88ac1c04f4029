import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchGateway } from "./gateway/bench-gateway.ts";
import { benchView } from "./view.ts";
import { benchWorkflows } from "./workflows.ts";

// `npm run bench -- workflows [--count N] [--waiting N] [--rounds N]`, `npm run bench -- view`, and
// `npm run bench -- gateway [--seconds N] [--rounds N] [--connections N] [--profile FOLDER] [--only NAME]`; `--json FILE` writes the rows.

export type Row = Record<string, string | number | null>;
type Sizes = { count?: number; waiting?: number; rounds?: number; seconds?: number; connections?: number };
type Words = { profile?: string; only?: string };
const benches: Record<string, (options: Sizes & Words) => Promise<Row[]>> = {
  workflows: benchWorkflows,
  view: benchView,
  gateway: benchGateway,
};
const usage = `Say: npm run bench -- workflows [--count N] [--waiting N] [--rounds N] | view | gateway [--seconds N] [--rounds N] [--connections N] [--profile FOLDER] [--only NAME]; each with [--json FILE]`;

try {
  const text = { type: "string" } as const;
  const options = {
    json: text,
    count: text,
    waiting: text,
    rounds: text,
    seconds: text,
    connections: text,
    profile: text,
    only: text,
  };
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const bench = Object.hasOwn(benches, positionals[0] ?? "") ? benches[positionals[0]!] : undefined;
  if (!bench || positionals.length > 1) throw new Error(usage);
  const { json, profile, only, ...sizes } = values;
  const numbers: Sizes = Object.fromEntries(
    Object.entries(sizes).map(([name, size]) => [name, wholeNumber(name, size)]),
  );
  const rows = await bench({
    ...numbers,
    ...(profile === undefined ? {} : { profile }),
    ...(only === undefined ? {} : { only }),
  });
  console.table(rows);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

function wholeNumber(name: string, text: string): number {
  if (!/^[1-9]\d{0,8}$/.test(text)) throw new Error(`--${name} ${text} is not a whole number from 1. ${usage}`);
  return Number(text);
}
