import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { evaluateExpressionSync } from "@gorules/zen-engine";
import { zenTerm, type Value } from "./cells.ts";
import { checkTable } from "./check-table.ts";
import { readTable, type Table, type TableRow } from "./read-table.ts";

/** Every mistake of every policy file at once, each with its file and row, and what to do about it. */
export class PolicyMistakes extends Error {
  readonly code = "POLICIES_INVALID";
  readonly mistakes: readonly string[];
  constructor(folder: string, mistakes: readonly string[], options: ErrorOptions = {}) {
    const lines = mistakes.map((mistake) => `  ${mistake}`);
    super([`POLICIES_INVALID: the tables of ${folder} (POLICIES_DIR) can't be used:`, ...lines].join("\n"), options);
    this.name = "PolicyMistakes";
    this.mistakes = mistakes;
  }
}

export type Answer = { ruleId: string; then: Record<string, Value>; replaces: readonly string[] };
export type PolicyTables = {
  /** The tables' version and the hash of their contents, `2026.1+9f2c41ab`: a changed file is a new version. */
  version: string;
  /** The first row that fits. */
  first(decision: string, input: Record<string, Value>): Answer;
  /** Every row that fits, without those that another one replaces; the row without `if` when no other does. */
  all(decision: string, input: Record<string, Value>): Answer[];
};

type Compiled = { table: Table; expression: string };

const ours = fileURLToPath(new URL("tables/", import.meta.url));
/** The decisions that the house asks for. */
const asked = [
  "eligibility",
  "grades",
  "dispositions",
  "fees",
  "repacking",
  "freight",
  "labels",
  "warehouse",
  "approvals",
  "memos",
  "cases",
  "replacements",
];

/** Reads, checks and compiles the policy tables (`*.yml`) of a folder. Throws PolicyMistakes with all that is wrong. */
export function loadPolicyTables(folder: string = ours): PolicyTables {
  const texts = readTexts(folder);
  const key = JSON.stringify(texts);
  const before = read.get(key);
  if (before) return before;
  const mistakes: string[] = [];
  const tables = texts.flatMap(({ name, text }) => readChecked(name, text, mistakes));
  mistakes.push(...checkSet(tables));
  if (mistakes.length > 0) throw new PolicyMistakes(folder, mistakes);
  const compiled = new Map(tables.map((table) => [table.decision, { table, expression: toZen(table) }]));
  const loaded = answering(compiled, versionOf(tables, texts));
  read.set(key, loaded);
  return loaded;
}

/** By their texts: worker and subgraphs of one process judge by the same tables. */
const read = new Map<string, PolicyTables>();

function readTexts(folder: string): { name: string; text: string }[] {
  try {
    const files = readdirSync(folder).filter((name) => name.endsWith(".yml"));
    return files.toSorted().map((name) => ({ name, text: readFileSync(join(folder, name), "utf8") }));
  } catch (cause) {
    throw new PolicyMistakes(folder, ["it can't be read; name a folder of decision tables"], { cause });
  }
}

function readChecked(name: string, text: string, mistakes: string[]): Table[] {
  const found: string[] = [];
  const table = readTable(text, found);
  if (table && found.length === 0) found.push(...checkTable(table));
  mistakes.push(...found.map((mistake) => `${name}: ${mistake}`));
  return table ? [table] : [];
}

function checkSet(tables: readonly Table[]): string[] {
  const names = tables.map(({ decision }) => decision);
  const versions = [...new Set(tables.map(({ version }) => version))];
  return [
    ...asked.filter((decision) => !names.includes(decision)).map((decision) => `no file decides ${decision}`),
    ...names.filter((name, i) => names.indexOf(name) !== i).map((name) => `two files decide ${name}`),
    ...names.filter((name) => !asked.includes(name)).map((name) => `nobody asks for the decision ${name}`),
    ...(versions.length > 1 ? [`the files are of different versions: ${versions.join(", ")}`] : []),
  ];
}

function versionOf(tables: readonly Table[], texts: readonly { name: string; text: string }[]): string {
  const hash = createHash("sha256");
  for (const { name, text } of texts) hash.update(`${name}\n${text}\n`);
  return `${tables[0]?.version}+${hash.digest("hex").slice(0, 8)}`;
}

/**
 * The table in the engine's language: a list with, for each row, whether it fits. It is asked in one synchronous call, because decisions are made
 * under a return's row lock; the engine's decision tables can only be awaited.
 */
function toZen({ rows, take }: Table): string {
  const terms = (row: TableRow) => Object.entries(row.if).map(([name, condition]) => zenTerm(name, condition));
  const fitting = rows.map((row) =>
    take === "all" && isDefault(row) ? "false" : ["true", ...terms(row)].join(" and "),
  );
  return `[${fitting.join(", ")}]`;
}

const isDefault = (row: TableRow): boolean => Object.keys(row.if).length === 0;

function answering(compiled: ReadonlyMap<string, Compiled>, version: string): PolicyTables {
  const find = (name: string, input: Record<string, Value>): { table: Table; rows: TableRow[] } => {
    const { table, expression } = compiled.get(name) ?? missing(name);
    const fitting = evaluateExpressionSync(expression, known(table, input)) as boolean[];
    return { table, rows: table.rows.filter((_, i) => fitting[i]) };
  };
  return {
    version,
    first: (name, input) => {
      const { rows } = find(name, input);
      return answer(rows[0] ?? missing(`${name} of ${JSON.stringify(input)}`));
    },
    all: (name, input) => {
      const { table, rows } = find(name, input);
      const replaced = new Set(rows.flatMap(({ replaces }) => replaces));
      const spoken = rows.filter(({ rule }) => !replaced.has(rule));
      return (spoken.length > 0 ? spoken : table.rows.filter(isDefault)).map(answer);
    },
  };
}

/** Only what the table knows, and null for what is not said. */
const known = ({ columns }: Table, input: Record<string, Value>): Record<string, Value> =>
  Object.fromEntries(
    Object.keys(columns).map((name) => [name, input[name] ?? (columns[name]?.kind === "flag" ? false : null)]),
  );

const answer = ({ rule, then, replaces }: TableRow): Answer => ({ ruleId: rule, then, replaces });

function missing(what: string): never {
  throw new RangeError(`No policy decides ${what}.`);
}
