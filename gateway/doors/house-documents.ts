import path from "node:path";
import { readDocumentFolder } from "../partners/bundle-documents.ts";
import { indexDocuments } from "../partners/index-documents.ts";
import type { DocumentRegistry, RegisteredDocument } from "./documents.ts";

export type HouseDocuments = DocumentRegistry & { readonly all: readonly RegisteredDocument[] };

/** What people's and machines' clients registered: their manifests as their builds wrote them, ids and all (G-14), and `.graphql` files under their hash. Throws BundleMistakes. */
export async function readHouseDocuments(folder: string): Promise<HouseDocuments> {
  const all = await readDocumentFolder(folder, path.basename(folder));
  const documents = indexDocuments(all);
  return { find: (_, id) => documents.get(id), all };
}
