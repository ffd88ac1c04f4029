import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { GraphQLSchema } from "graphql";
import { contractOf, ContractRefused } from "#gateway/contract.ts";
import { readDocuments } from "#gateway/partners/bundle-documents.ts";
import { readBundleFile } from "#gateway/partners/bundle-file.ts";
import { loadSupergraph } from "#gateway/supergraph.ts";
import type { Known, KnownDocument } from "./schema-check.ts";

/** A tree of ours at some time: its supergraph, and a file of it by path (undefined where it was not there). */
export type Tree = { readonly sdl: string; readonly read: (file: string) => string | undefined };

/** What each partner sees and sends, partners of the same contract together. Throws BundleMistakes, and ContractRefused for a contract that no longer stands. */
export async function partnerContracts(root: string, before: Tree, after: Tree): Promise<Known[]> {
  const known = new Map<string, { surface: Known["surface"]; documents: KnownDocument[] }>();
  for (const partner of partnersIn(path.join(root, "partners"))) {
    const file = `partners/${partner}/bundle.yml`;
    const include = includeOf(after.read(file) ?? "", file);
    const old = includedBefore(before.read(file), file) ?? include;
    const key = `${include.join("+")} ${old.join("+")}`;
    const contract = known.get(key) ?? { surface: surfaceOf(before.sdl, old, after.sdl, include), documents: [] };
    known.set(key, contract);
    contract.documents.push(...(await documentsOf(root, partner)));
  }
  return [...known.values()];
}

const partnersIn = (folder: string): string[] =>
  existsSync(folder)
    ? readdirSync(folder, { withFileTypes: true }).flatMap((entry) => (entry.isDirectory() ? [entry.name] : []))
    : [];

const includeOf = (text: string, label: string): readonly string[] =>
  readBundleFile(text, label).contract.include.toSorted();

/** A bundle of another time may have another form. */
function includedBefore(text: string | undefined, label: string): readonly string[] | undefined {
  try {
    return text === undefined ? undefined : includeOf(text, label);
  } catch {
    return undefined;
  }
}

function surfaceOf(
  oldSdl: string,
  old: readonly string[],
  newSdl: string,
  include: readonly string[],
): Known["surface"] {
  const after = schemaOf(newSdl, include);
  const isSame = oldSdl === newSdl && old.join() === include.join();
  return { name: `contract ${include.join("+")}`, before: isSame ? after : contractBefore(oldSdl, old), after };
}

const schemaOf = (sdl: string, include: readonly string[]): GraphQLSchema =>
  loadSupergraph(contractOf(sdl, { include })).schema;

/** A contract that did not stand then has promised nothing. */
function contractBefore(sdl: string, include: readonly string[]): GraphQLSchema | undefined {
  try {
    return schemaOf(sdl, include);
  } catch (error) {
    if (error instanceof ContractRefused) return undefined;
    throw error;
  }
}

async function documentsOf(root: string, partner: string): Promise<KnownDocument[]> {
  const documents = await readDocuments(path.join(root, "partners", partner), `partners/${partner}`);
  return documents.map(({ file, member, source }) => ({
    client: `partner ${partner}`,
    name: member === null ? file : `${file} ${member}`,
    source,
  }));
}

/** The tree on the disk. */
export const treeOnDisk = (root: string, sdl: string): Tree => ({
  sdl,
  read: (file) => (existsSync(path.join(root, file)) ? readFileSync(path.join(root, file), "utf8") : undefined),
});
