import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { loadSupergraph, readSupergraph } from "#gateway/supergraph.ts";
import { composeTree } from "./compose.ts";
import { contractDocuments, ownDocuments, registeredDocuments } from "./known-documents.ts";
import { partnerContracts, type Tree, treeOnDisk } from "./known-contracts.ts";
import { checkSurface, type Surface } from "./schema-check.ts";

// `npm run check:schema`: composes, refuses hints and what would break a client; says which client, by which change.

const root = path.resolve(import.meta.dirname, "..");
const SUPERGRAPH = "gateway/supergraph.graphql";

type Base = Tree & { readonly name: string };

/** What is kept to: the tree of a git ref, or a file with a supergraph. Where nothing says which, what was committed last; without git the file in the tree. */
export async function readBase(against: string | undefined): Promise<Base> {
  if (against !== undefined && existsSync(against))
    return { ...treeOnDisk(root, readFileSync(against, "utf8")), name: against };
  const ref = against ?? "HEAD";
  const read = (file: string) => {
    const { status, stdout } = spawnSync("git", ["show", `${ref}:${file}`], { cwd: root, encoding: "utf8" });
    return status === 0 ? stdout : undefined;
  };
  const sdl = read(SUPERGRAPH);
  if (sdl !== undefined) return { name: ref, sdl, read };
  if (against !== undefined)
    throw new Error(`--against ${against} is neither a file nor a git ref with ${SUPERGRAPH}.`);
  return { ...treeOnDisk(root, await readSupergraph()), name: SUPERGRAPH };
}

/** Every sentence against the tree's schema, and how much was looked at. */
export async function checkTree(base: Base): Promise<{ problems: string[]; notes: string[]; looked: string }> {
  const composed = await composeTree();
  const differs = composed !== (await readSupergraph());
  const contracts = await partnerContracts(root, base, treeOnDisk(root, composed));
  const known = [
    {
      surface: fullSchema(base, composed),
      documents: [...contractDocuments(root), ...(await registeredDocuments(root)), ...ownDocuments(root)],
    },
    ...contracts,
  ];
  const today = new Date().toISOString().slice(0, 10);
  const verdicts = known.map((each) => checkSurface(each, today));
  const documents = known.reduce((sum, each) => sum + each.documents.length, 0);
  return {
    problems: [
      ...(differs ? [`${SUPERGRAPH} is not what the subgraphs compose to: npm run compose.`] : []),
      ...verdicts.flatMap(({ problems }) => problems),
    ],
    notes: verdicts.flatMap(({ notes }) => notes),
    looked: `the schema and ${contracts.length} contracts compared with ${base.name}, ${documents} documents validated`,
  };
}

function fullSchema({ sdl }: Base, composed: string): Surface {
  const after = loadSupergraph(composed).schema;
  return { name: "schema", before: sdl === composed ? after : loadSupergraph(sdl).schema, after };
}

if (import.meta.main) {
  const { values } = parseArgs({ options: { against: { type: "string" } } });
  const { problems, notes, looked } = await readBase(values.against)
    .then(checkTree)
    .catch((error: Error) => ({ problems: error.message.split("\n"), notes: [], looked: "" }));
  for (const sentence of notes) console.error(`Note: ${sentence}`);
  for (const sentence of problems) console.error(sentence);
  if (problems.length === 0) console.error(`The schema keeps its word: ${looked}.`);
  process.exitCode = problems.length === 0 ? 0 : 1;
}
