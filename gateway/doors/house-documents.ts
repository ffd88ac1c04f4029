import path from "node:path";
import { readDocumentFolder } from "../partners/bundle-documents.ts";
import { indexDocuments } from "../partners/index-documents.ts";
import type { DocumentRegistry } from "./documents.ts";

/** What people's and machines' clients registered: their manifests as their builds wrote them, ids and all (G-14), and `.graphql` files under their hash. Throws BundleMistakes. */
export async function readHouseDocuments(folder: string): Promise<DocumentRegistry> {
  const documents = indexDocuments(await readDocumentFolder(folder, path.basename(folder)));
  return { find: (_, id) => documents.get(id) };
}
