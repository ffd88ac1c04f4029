import { writeFileSync } from "node:fs";
import { parseArgs } from "node:util";
import { benchView } from "./view.ts";
import { benchWorkflows } from "./workflows.ts";

// `npm run bench -- workflows [--count N] [--waiting N] [--rounds N]` and `npm run bench -- view`; `--json FILE` writes the rows.

export type Row = Record<string, string | number | null>;
const benches: Record<string, (options: { count?: number; waiting?: number; rounds?: number }) => Promise<Row[]>> = {
  workflows: benchWorkflows,
  view: benchView,
};
const usage = `Say: npm run bench -- ${Object.keys(benches).join("|")} [--count N] [--waiting N] [--rounds N] [--json FILE]`;

try {
  const text = { type: "string" } as const;
  const options = { json: text, count: text, waiting: text, rounds: text };
  const { values, positionals } = parseArgs({ allowPositionals: true, options });
  const bench = Object.hasOwn(benches, positionals[0] ?? "") ? benches[positionals[0]!] : undefined;
  if (!bench || positionals.length > 1) throw new Error(usage);
  const { json, ...sizes } = values;
  const rows = await bench(
    Object.fromEntries(Object.entries(sizes).map(([name, size]) => [name, wholeNumber(name, size)])),
  );
  console.table(rows);
  if (json !== undefined) writeFileSync(json, `${JSON.stringify(rows, null, 2)}\n`);
  process.exit(0);
} catch (error) {
  console.error((error as Error).message);
  process.exit(1);
}

function wholeNumber(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} ${text} is not a whole number. ${usage}`);
  return Number(text);
}
