import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { parseArgs } from "node:util";
import { readResults, type TestResult } from "./test-results.ts";

// `npm run requirements`, `-- --json FILE`: which ids of docs/laws have a passing test that names them, and which have none.

const root = path.resolve(import.meta.dirname, "..");
const pages = ["requirements.md", "rules-writes.md", "rules-domain.md", "rules-graph.md"];

/** An id, the sentence that it stands for, and the tests that name it. */
export type Proof = { id: string; sentence: string; passing: string[]; failing: string[]; skipped: string[] };

/** The ids of a page: `- **W-01** …` or `- **W-01 Title.** …`, each on a line of its own. */
export function idsOf(page: string): { id: string; sentence: string }[] {
  return [...page.matchAll(/^- \*\*([A-Z]{1,2}-\d{2})\b(.*)$/gm)].map(([, id, rest]) => ({
    id: id!,
    sentence: rest!.replaceAll("**", "").trim(),
  }));
}

/** Each id with the tests that name it in their sentence. */
export function proofsOf(ids: readonly { id: string; sentence: string }[], results: readonly TestResult[]): Proof[] {
  const naming = new Map<string, TestResult[]>();
  for (const result of results)
    for (const id of new Set(result.name.match(/\b[A-Z]{1,2}-\d{2}\b/g)))
      naming.set(id, [...(naming.get(id) ?? []), result]);
  return ids.map(({ id, sentence }) => {
    const named = (outcome: TestResult["outcome"]) =>
      (naming.get(id) ?? []).filter((one) => one.outcome === outcome).map(({ file, name }) => `${file}: ${name}`);
    return { id, sentence, passing: named("passed"), failing: named("failed"), skipped: named("skipped") };
  });
}

const stateOf = ({ passing, failing, skipped }: Proof): string =>
  failing.length ? "FAILING" : passing.length ? `${passing.length}` : skipped.length ? "skipped" : "-";

const short = (sentence: string): string => (sentence.length > 110 ? `${sentence.slice(0, 109)}…` : sentence);

if (import.meta.main) {
  const { values } = parseArgs({ options: { json: { type: "string" } } });
  const results = readResults(path.join(root, ".data/test-results.json"));
  if (results === null) {
    console.error("No results of tests are here yet: run npm test first.");
    process.exit(1);
  }
  const ids = pages.flatMap((page) => idsOf(readFileSync(path.join(root, "docs/laws", page), "utf8")));
  const proofs = proofsOf(ids, results);
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(proofs, null, 2)}\n`);
  for (const proof of proofs) console.log(`${proof.id}  ${stateOf(proof).padStart(7)}  ${short(proof.sentence)}`);
  const proved = proofs.filter(({ passing, failing }) => passing.length > 0 && failing.length === 0).length;
  console.log(
    `\n${proved} of ${proofs.length} have passing tests that name them, ${proofs.length - proved} have none.`,
  );
}
