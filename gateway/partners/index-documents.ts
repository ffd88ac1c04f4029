import { type TrustedDocument } from "./bundle.ts";
import { sha256IdOf } from "./bundle-documents.ts";

/** Documents by every id a client may send: the manifest's own first, else the text's hash, as `sha256:<hex>` (GraphQL over HTTP, appendix A) or bare. */
export function indexDocuments(documents: readonly TrustedDocument[]): ReadonlyMap<string, TrustedDocument> {
  const byId = new Map(documents.map((document) => [document.id, document]));
  for (const document of documents) {
    const hashed = sha256IdOf(document.source);
    for (const id of [hashed, hashed.slice("sha256:".length)]) if (!byId.has(id)) byId.set(id, document);
  }
  return byId;
}
