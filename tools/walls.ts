import { globSync, readFileSync } from "node:fs";
import path from "node:path";

// The walls between the stations (style.md, section 3): who may import whom, as a table. oxlint has no rule that reads it.

interface Import {
  from: string;
  /** A file of ours, by its path from the root, or a package's name. */
  to: string;
  /** Erased before it runs: it can make no cycle. */
  typeOnly: boolean;
}

/** The first row whose `from` fits a file decides; what `may` doesn't list is refused. `bare` packages are free unless `never` names them. */
interface Wall {
  from: RegExp;
  may: RegExp[];
  never?: RegExp[];
}

const shared = /^shared\//;
const adapterPorts = /^adapters\/(systems|port|[^/]+\/port)\.ts$/;
const insideOfOrchestration = /^orchestration\/(worker|bell|effects|sequencer|main|flows\/|steps\/)/;
const bullmq = /^bullmq$/;
const everything = /^/;

const walls: Wall[] = [
  { from: /\.test\.ts$|\/testing\//, may: [everything] },
  { from: /^(start\.ts$|test\/|bench\/|tools\/)/, may: [everything] },
  { from: /^gateway\//, may: [/^gateway\//, shared], never: [bullmq] },
  {
    from: /^subgraphs\/[^/]+\.ts$/,
    may: [/^subgraphs\//, shared, adapterPorts, /^orchestration\//],
    never: [insideOfOrchestration, bullmq],
  },
  {
    from: /^subgraphs\/([^/]+)\//,
    may: [/^subgraphs\/($1\/|kit\/|[^/]+\.ts$)/, shared, adapterPorts, /^orchestration\//],
    never: [insideOfOrchestration, bullmq],
  },
  {
    from: /^orchestration\/flows\//,
    may: [/^orchestration\//, shared],
    never: [/^node:/, /^adapters\//, bullmq, /^pg$/, /^kysely$/, /^undici$/],
  },
  { from: /^orchestration\/bell\.ts$/, may: [/^orchestration\//, shared] },
  { from: /^orchestration\//, may: [/^orchestration\//, shared, adapterPorts], never: [bullmq] },
  { from: /^adapters\/systems\.ts$/, may: [/^adapters\//, shared], never: [bullmq] },
  {
    from: /^adapters\/([^/]+)\/([^/]+)\//,
    may: [/^adapters\/$1\/$2\//, /^adapters\/($1\/)?[^/]+\.ts$/, shared],
    never: [bullmq, /^adapters\/systems\.ts$/],
  },
  { from: /^adapters\//, may: [/^adapters\/([^/]+\/)?[^/]+\.ts$/, shared], never: [bullmq] },
  { from: /^sandbox\//, may: [/^sandbox\//, shared], never: [bullmq] },
  { from: /^shared\//, may: [shared], never: [bullmq] },
  { from: /^console\//, may: [/^console\//] },
  { from: /^partners\//, may: [] },
];

/** What breaks a wall, a sentence each; `files` are texts by path from the root. */
export function brokenWalls(files: ReadonlyMap<string, string>): string[] {
  const imports = [...files].flatMap(([file, text]) => importsOf(file, text));
  return [...imports.flatMap(crossing), ...environmentReaders(files), ...cycles(imports)];
}

/** The sources of the tree that starts at `root`. */
export function readSources(root: string): Map<string, string> {
  const ignored = ["node_modules", ".data", ".git"];
  const names = globSync("**/*.ts", { cwd: root, exclude: (name) => ignored.includes(name) });
  const ours = names.filter((name) => !name.endsWith(".generated.ts")).toSorted();
  return new Map(ours.map((name) => [name, readFileSync(path.join(root, name), "utf8")]));
}

function importsOf(from: string, text: string): Import[] {
  const statement =
    /^\s*(?:import|export)\s(?<words>[^;"']*?\sfrom\s+)?["'](?<one>[^"']+)["']|\bimport\(\s*["'](?<two>[^"']+)["']\s*\)/gm;
  return [...text.matchAll(statement)].map(({ groups = {} }) => ({
    from,
    to: resolve(from, groups.one ?? groups.two ?? ""),
    typeOnly: /^type\s/.test((groups.words ?? "").trimStart()),
  }));
}

function resolve(from: string, to: string): string {
  if (to.startsWith("#")) return to.slice(1);
  return to.startsWith(".") ? path.posix.join(path.posix.dirname(from), to) : to;
}

function crossing({ from, to, typeOnly }: Import): string[] {
  const wall = walls.find((row) => row.from.test(from));
  if (!wall) return [`${from}: stands in no station; add its folder to tools/walls.ts or move it.`];
  const found = wall.from.exec(from) ?? [];
  const fits = (pattern: RegExp) => fill(pattern, found).test(to);
  const station = /^[a-z-]+\//.test(to) && to.endsWith(".ts");
  const refused = wall.never?.some(fits) || (station && !wall.may.some(fits));
  return refused
    ? [`${from}: may not import ${to}${typeOnly ? ", not even its types" : ""} (style.md, section 3).`]
    : [];
}

/** `$1` in a row's pattern is what the first group of `from` caught. */
const fill = (pattern: RegExp, found: readonly (string | undefined)[]): RegExp =>
  new RegExp(pattern.source.replace(/\$(\d)/g, (_, digit: string) => found[Number(digit)] ?? ""));

function environmentReaders(files: ReadonlyMap<string, string>): string[] {
  const readers = [...files].filter(
    ([file, text]) => file !== "shared/config.ts" && /\bprocess\.env\b/.test(withoutComments(text)),
  );
  return readers.map(([file]) => `${file}: only shared/config.ts reads process.env.`);
}

const withoutComments = (text: string) =>
  text.replace(/\/\*[^]*?\*\/|\/\/.*|"[^"\n]*"|`[^`]*`|\/(?![*/])[^/\n]+\/[a-z]*/g, "");

function cycles(imports: Import[]): string[] {
  const next = Map.groupBy(
    imports.filter(({ typeOnly }) => !typeOnly),
    ({ from }) => from,
  );
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (file: string, trail: string[]): void => {
    const start = trail.indexOf(file);
    if (start >= 0) return void found.push(`${[...trail.slice(start), file].join(" → ")}: an import cycle.`);
    if (done.has(file)) return;
    for (const { to } of next.get(file) ?? []) walk(to, [...trail, file]);
    done.add(file);
  };
  for (const file of next.keys()) walk(file, []);
  return found;
}
