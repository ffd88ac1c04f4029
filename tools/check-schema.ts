import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { loadSupergraph, readSupergraph } from "#gateway/supergraph.ts";
import { composeTree } from "./compose.ts";
import { contractDocuments, ownDocuments } from "./known-documents.ts";
import { checkSurface, type Known } from "./schema-check.ts";

// `npm run check:schema`: composes, refuses hints and what would break a client; says which client, by which change.

const root = path.resolve(import.meta.dirname, "..");
const SUPERGRAPH = "gateway/supergraph.graphql";

type Base = { readonly name: string; readonly sdl: string };

/** What is kept to: the supergraph of a git ref, or a file. Where nothing says which, the one committed last; without git the file in the tree. */
export async function readBase(against: string | undefined): Promise<Base> {
  if (against !== undefined && existsSync(against)) return { name: against, sdl: readFileSync(against, "utf8") };
  const ref = against ?? "HEAD";
  const { status, stdout } = spawnSync("git", ["show", `${ref}:${SUPERGRAPH}`], { cwd: root, encoding: "utf8" });
  if (status === 0) return { name: ref, sdl: stdout };
  if (against !== undefined)
    throw new Error(`--against ${against} is neither a file nor a git ref with ${SUPERGRAPH}.`);
  return { name: SUPERGRAPH, sdl: await readSupergraph() };
}

/** Every sentence against the tree's schema, and how much was looked at. */
export async function checkTree(base: Base): Promise<{ problems: string[]; notes: string[]; looked: string }> {
  const composed = await composeTree();
  const differs =
    composed === (await readSupergraph())
      ? []
      : [`${SUPERGRAPH} is not what the subgraphs compose to: npm run compose.`];
  const full = { name: "schema", before: loadSupergraph(base.sdl).schema, after: loadSupergraph(composed).schema };
  const known: Known[] = [{ surface: full, documents: [...contractDocuments(root), ...ownDocuments(root)] }];
  const today = new Date().toISOString().slice(0, 10);
  const verdicts = known.map((each) => checkSurface(each, today));
  const documents = known.reduce((sum, each) => sum + each.documents.length, 0);
  return {
    problems: [...differs, ...verdicts.flatMap(({ problems }) => problems)],
    notes: verdicts.flatMap(({ notes }) => notes),
    looked: `${known.length} schema${known.length === 1 ? "" : "s"} compared with ${base.name}, ${documents} documents validated`,
  };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { against: { type: "string" } } });
  const { problems, notes, looked } = await readBase(values.against)
    .then(checkTree)
    .catch((error: Error) => ({
      problems: error.message.split("\n"),
      notes: [],
      looked: "",
    }));
  for (const sentence of notes) console.error(`Note: ${sentence}`);
  for (const sentence of problems) console.error(sentence);
  if (problems.length === 0) console.error(`The schema keeps its word: ${looked}.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
