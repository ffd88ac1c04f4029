import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { z } from "zod";
import type { TrustedDocument } from "./bundle.ts";
import { BundleMistakes, mistake } from "./mistakes.ts";

const FOLDER = "documents";
/** What the doors take (GraphQL over HTTP, appendix A). */
const idForm = /^(sha256:[0-9a-f]{64}|x-[\w.~-]+:[\w.~:-]+|[\w.~-]+)$/;
const LONGEST_ID = 128;

type Found = Omit<TrustedDocument, "file">;
type Say = (member: string | null, sentence: string) => void;

/**
 * Every document under `documents/` of a bundle's folder: Apollo persisted-query manifests and Relay manifests (`.json`), whose ids are taken as they
 * are (G-14), and `.graphql` files. `label` names the folder in sentences. Throws BundleMistakes.
 */
export async function readDocuments(folder: string, label: string): Promise<TrustedDocument[]> {
  const documents = await readDocumentFolder(path.join(folder, FOLDER), `${label}/${FOLDER}`);
  if (documents.length === 0)
    throw new BundleMistakes([
      mistake(`${label}/${FOLDER}`, null, "has no documents: a partner may send registered ones only."),
    ]);
  return documents.map((document) => ({ ...document, file: `${FOLDER}/${document.file}` }));
}

/** Every document in a folder; none where there is no folder. Throws BundleMistakes. */
export async function readDocumentFolder(folder: string, label: string): Promise<TrustedDocument[]> {
  const mistakes: string[] = [];
  const documents: TrustedDocument[] = [];
  for (const file of await filesIn(folder)) {
    const say: Say = (member, sentence) => void mistakes.push(mistake(`${label}/${file}`, member, sentence));
    const text = await readFile(path.join(folder, file), "utf8");
    documents.push(...readFileText(file, text, say).map((found) => ({ ...found, file })));
  }
  mistakes.push(...refuseDoubles(documents, label));
  if (mistakes.length > 0) throw new BundleMistakes(mistakes);
  return documents;
}

async function filesIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  return entries
    .filter((entry) => !entry.isDirectory() && !entry.name.startsWith("."))
    .map((entry) => path.relative(folder, path.join(entry.parentPath, entry.name)))
    .toSorted();
}

function readFileText(name: string, text: string, say: Say): Found[] {
  if (/\.(graphql|gql)$/.test(name)) return [{ id: sha256IdOf(text), source: text, member: null }];
  if (name.endsWith(".json")) return readManifest(text, say);
  say(null, "is no document: write .graphql, or .json for an Apollo or Relay manifest.");
  return [];
}

/** The id that a client which hashes its own text sends: `sha256:<64 hex>`. */
export const sha256IdOf = (source: string): string => `sha256:${createHash("sha256").update(source).digest("hex")}`;

const apollo = z.object({
  format: z.literal("apollo-persisted-query-manifest"),
  version: z.literal(1, "the only version is 1."),
  operations: z.array(z.object({ id: z.string(), body: z.string(), name: z.string().optional() })),
});
const relay = z.record(z.string(), z.string("must be the document's text."));

function readManifest(text: string, say: Say): Found[] {
  const json = parseJson(text, say);
  if (json === undefined) return [];
  const isApollo = typeof json === "object" && json !== null && "format" in json;
  const read = isApollo ? apollo.safeParse(json) : relay.safeParse(json);
  if (!read.success) {
    for (const issue of read.error.issues) say(issue.path.join(".") || null, issue.message);
    return [];
  }
  const found = isApollo
    ? ofApollo(read.data as z.output<typeof apollo>)
    : ofRelay(read.data as Record<string, string>);
  return found.filter(({ id, member, source }) => hasGoodId(id, source, member, say));
}

const ofApollo = ({ operations }: z.output<typeof apollo>): Found[] =>
  operations.map(({ id, body }, index) => ({ id, source: body, member: `operations.${index}` }));
const ofRelay = (manifest: Record<string, string>): Found[] =>
  Object.entries(manifest).map(([id, source]) => ({ id, source, member: id }));

function parseJson(text: string, say: Say): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    say(null, `is not JSON: ${(error as Error).message}`);
    return undefined;
  }
}

function hasGoodId(id: string, source: string, member: string | null, say: Say): boolean {
  if (!idForm.test(id) || id.length > LONGEST_ID)
    say(
      member,
      `the id ${JSON.stringify(id.slice(0, 60))} can't be asked for; use up to ${LONGEST_ID} letters, digits and ._~-, or sha256:<hash>, or x-<name>:<id>.`,
    );
  else if (id.startsWith("sha256:") && id !== sha256IdOf(source))
    say(
      member,
      "the id begins with sha256: and is not the text's hash; take the manifest as the client's build wrote it (G-14).",
    );
  else return true;
  return false;
}

/** One id, one text; the same document in two files is no harm. */
function refuseDoubles(documents: readonly TrustedDocument[], label: string): string[] {
  const first = new Map<string, TrustedDocument>();
  return documents.flatMap((document) => {
    const known = first.get(document.id);
    if (!known) first.set(document.id, document);
    if (!known || known.source === document.source) return [];
    const sentence = `the id ${document.id} is another document's in ${path.basename(label)}/${known.file}; one of them needs an id of its own.`;
    return [mistake(`${label}/${document.file}`, document.member, sentence)];
  });
}
