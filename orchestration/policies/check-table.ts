import { fits, type Condition, type Value } from "./cells.ts";
import type { Table, TableRow } from "./read-table.ts";

// Every kind of value that a table can tell apart is tried on it: that finds rows that can never win, gaps, and rows that contradict each other.

const MOST_CASES = 500_000;
const OTHER = "(any other)";
type Case = Record<string, Value>;

/** What is wrong with the rows of a table, as sentences. */
export const checkTable = (table: Table): string[] => [
  ...checkNames(table),
  ...(table.take === "first" ? checkFirst(table) : checkAll(table)),
];

function checkNames({ rows }: Table): string[] {
  const rules = new Set(rows.map(({ rule }) => rule));
  const unknown = (row: TableRow, what: string, names: readonly string[]) =>
    names
      .filter((name) => !rules.has(name))
      .map((name) => `${row.place}: ${what} names the rule ${name}, which the table does not have`);
  return rows.flatMap((row) => [
    ...unknown(row, "replaces", row.replaces),
    ...(row.before === "rest" ? [] : unknown(row, "before", row.before)),
  ]);
}

function checkAll(table: Table): string[] {
  const defaults = table.rows.filter((row) => Object.keys(row.if).length === 0);
  const twice = table.rows.flatMap((row, i) => {
    const same = table.rows
      .slice(0, i)
      .find((earlier) => textOf(earlier.if) === textOf(row.if) && textOf(earlier.then) === textOf(row.then));
    return same ? [`${row.place}: says the same as ${same.place}`] : [];
  });
  if (defaults.length === 0 && !table.mayBeEmpty) twice.push("there is no row without `if` for when no other row fits");
  if (defaults.length > 1) twice.push(`${defaults[1]?.place}: there is a second row without \`if\``);
  return twice;
}

function checkFirst(table: Table): string[] {
  const cases = casesOf(table);
  if (!cases) return ["the table tells too many cases apart to be checked; split it"];
  const wins = new Set<TableRow>();
  const clashes = new Map<string, string>();
  let gap: Case | null = null;
  for (const one of cases) {
    const fitting = table.rows.filter((row) => rowFits(row, one));
    if (fitting[0]) wins.add(fitting[0]);
    else gap ??= one;
    noteClashes(fitting, one, clashes);
  }
  const unreachable = table.rows
    .filter((row) => !wins.has(row))
    .map((row) => `${row.place}: is never reached: the rows above it take all its cases`);
  const open = gap ? [`no row fits ${caseText(gap)}: a default is missing`] : [];
  const contradictions = clashesThatMatter(table, clashes, wins);
  return [...unreachable, ...contradictions, ...open];
}

/** Two rows that fit one case and give different results; which of them comes first must be meant. */
function noteClashes(fitting: readonly TableRow[], one: Case, clashes: Map<string, string>): void {
  fitting.forEach((first, i) => {
    for (const second of fitting.slice(i + 1)) {
      const key = `${first.place}\n${second.place}`;
      if (!clashes.has(key) && textOf(first.then) !== textOf(second.then)) clashes.set(key, caseText(one));
    }
  });
}

function clashesThatMatter({ rows }: Table, clashes: Map<string, string>, wins: Set<TableRow>): string[] {
  return [...clashes].flatMap(([key, example]) => {
    const [first, second] = key.split("\n").map((place) => rows.find((row) => row.place === place));
    if (!first || !second || !wins.has(second) || isMeant(first, second) || isPartOf(first, second)) return [];
    return [
      `${second.place}: overlaps ${first.place} and says otherwise, for instance for ${example}; make them exclude each other, or say \`before: [${second.rule}]\` in ${first.place}`,
    ];
  });
}

const isMeant = (first: TableRow, second: TableRow): boolean =>
  first.before === "rest" || first.before.includes(second.rule);

/** A special case before its general row: every column that the general row asks about, the special one asks about at least as narrowly. */
const isPartOf = (special: TableRow, general: TableRow): boolean =>
  Object.entries(general.if).every(([name, wide]) => isWithin(special.if[name], wide));

function isWithin(narrow: Condition | undefined, wide: Condition): boolean {
  if (!narrow) return false;
  if (textOf(narrow) === textOf(wide)) return true;
  return narrow.kind === "values" && !narrow.negated && narrow.values.every((value) => fits(wide, value));
}

const rowFits = (row: TableRow, one: Case): boolean =>
  Object.entries(row.if).every(([name, condition]) => fits(condition, one[name] ?? null));

function casesOf(table: Table): Case[] | null {
  let cases: Case[] = [{}];
  for (const name of Object.keys(table.columns)) {
    const values = kindsOfValue(table, name);
    if (cases.length * values.length > MOST_CASES) return null;
    cases = cases.flatMap((one) => values.map((value) => ({ ...one, [name]: value })));
  }
  return cases;
}

/** One value for each kind that the rows tell apart. */
function kindsOfValue(table: Table, name: string): Value[] {
  const type = table.columns[name];
  const conditions = table.rows.flatMap((row) => row.if[name] ?? []);
  const unknown: Value[] = type?.optional ? [null] : [];
  if (type?.kind === "flag") return conditions.length > 0 ? [true, false, ...unknown] : [false];
  if (type?.kind === "number") return [...unknown, ...numbersAround(conditions)];
  const named = [...new Set(conditions.flatMap((condition) => (condition.kind === "values" ? condition.values : [])))];
  const other = type?.kind === "code" ? type.codes.find((code) => !named.includes(code)) : OTHER;
  return [...named, ...(other === undefined ? [] : [other]), ...unknown];
}

/** Each bound that occurs, and a number below, between and above. */
function numbersAround(conditions: readonly Condition[]): Value[] {
  const bounds = conditions
    .flatMap((one) => (one.kind === "range" ? [one.from?.at, one.to?.at] : []))
    .flatMap((at) => (at === undefined ? [] : [Number(at)]));
  const sorted = [...new Set(bounds)].toSorted((a, b) => a - b);
  const between = sorted.slice(1).map((bound, i) => (bound + (sorted[i] ?? bound)) / 2);
  const ends = sorted.length > 0 ? [(sorted[0] ?? 0) - 1, (sorted.at(-1) ?? 0) + 1] : [0];
  return [...sorted, ...between, ...ends];
}

const caseText = (one: Case): string =>
  Object.entries(one)
    .map(
      ([name, value]) =>
        `${name} ${value === null ? "unknown" : value === true ? "yes" : value === false ? "no" : String(value)}`,
    )
    .join(", ");
const textOf = (value: unknown): string => JSON.stringify(value);
