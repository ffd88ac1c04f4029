import type { Caller } from "#shared/caller.ts";
import { counter } from "#shared/telemetry.ts";
import type { TrustedDocument } from "./bundle.ts";
import type { Partners } from "./partners.ts";

/** What a door asks for the document of an id. */
export type TrustedDocuments = {
  /** A registered document of the caller's own; undefined for any other id, and for callers who have none. */
  readonly find: (caller: Caller, documentId: string) => TrustedDocument | undefined;
};

const used = counter("gateway_partner_documents_total", "Registered documents that partners asked for", [
  "partner",
  "document",
]);

/** The documents that partners registered (SE-04); each use is counted by partner and by the document's own id. */
export function createTrustedDocuments(partners: Pick<Partners, "documents">): TrustedDocuments {
  return {
    find: ({ partner }, documentId) => {
      const found = partner === null ? undefined : partners.documents(partner).find(documentId);
      if (found && partner !== null) used.inc({ partner, document: found.id });
      return found;
    },
  };
}
