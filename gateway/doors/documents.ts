import type { Caller } from "#shared/caller.ts";
import { coded } from "#shared/errors.ts";
import { refusal } from "../access/refusals.ts";
import type { Scan } from "../plugins/scan-document.ts";
import { badRequest } from "./answers.ts";
import type { Parameters } from "./parameters.ts";
import { type SentDocuments, sha256 } from "./sent-documents.ts";

export type RegisteredDocument = {
  readonly source: string;
  /** Which operation of the source the id stands for, where the source has several. */
  readonly operationName?: string | undefined;
};

/** Documents by the ids of the clients' own manifests (G-14). */
export type DocumentRegistry = {
  /** The document that this caller may ask for under this id; ids are compared as they are. */
  readonly find: (caller: Caller, id: string) => RegisteredDocument | undefined;
};

/** The text to run, and whether it is a registered one. */
export type Resolved = {
  readonly source: string;
  readonly operationName: string | undefined;
  readonly isRegistered: boolean;
  /** The id that the client asked for. */
  readonly documentId?: string | undefined;
};
export type ResolveDocument = (parameters: Parameters, caller: Caller) => Resolved;

/**
 * The document of a request, the same on every door: a registered one by id (GraphQL over HTTP, appendix A), one sent before by its hash (APQ), or the
 * one that is in the request. Partners have registered ones only. Refuses what is too large, and introspection where it is off, before anything is parsed.
 */
export function createResolveDocument(parts: {
  registry: DocumentRegistry;
  sent: SentDocuments;
  scan: (source: string) => Scan;
  introspection: boolean;
}): ResolveDocument {
  return (parameters, caller) => {
    const resolved = find(parts, parameters, caller);
    const { introspects } = parts.scan(resolved.source);
    if (introspects && !parts.introspection) throw refusal("FORBIDDEN", "Introspection is switched off here.");
    if (hashOf(parameters) !== undefined && !resolved.isRegistered) parts.sent.keep(resolved.source);
    return resolved;
  };
}

function find(
  { registry, sent }: { registry: DocumentRegistry; sent: SentDocuments },
  parameters: Parameters,
  caller: Caller,
): Resolved {
  const { query, documentId, operationName } = parameters;
  const hash = hashOf(parameters);
  if (documentId !== undefined && query !== undefined) throw badRequest(400, "Send documentId or query, not both.");
  if (documentId !== undefined) {
    const document = registry.find(caller, checkedId(documentId));
    if (!document) throw coded("DOCUMENT_UNKNOWN", { documentId });
    return { ...document, operationName: operationName ?? document.operationName, isRegistered: true, documentId };
  }
  if (query !== undefined) {
    if (caller.partner !== null) throw coded("DOCUMENT_REQUIRED");
    if (hash !== undefined && hash !== sha256(query))
      throw badRequest(400, "extensions.persistedQuery.sha256Hash is not the hash of query.");
    return { source: query, operationName, isRegistered: false };
  }
  if (hash === undefined)
    throw caller.partner === null
      ? badRequest(400, "There is neither query nor documentId.")
      : coded("DOCUMENT_REQUIRED");
  const registered = registry.find(caller, hash);
  if (registered)
    return { ...registered, operationName: operationName ?? registered.operationName, isRegistered: true };
  if (caller.partner !== null) throw coded("DOCUMENT_UNKNOWN", { documentId: hash });
  const source = sent.find(hash);
  if (source === undefined) throw coded("PERSISTED_QUERY_NOT_FOUND");
  return { source, operationName, isRegistered: false };
}

/** `sha256:` and 64 hex digits, `x-<vendor>:<id>`, or an id without a colon (RFC 3986's unreserved characters). */
function checkedId(id: string): string {
  if (id.length > 256) throw badRequest(400, "documentId has over 256 characters.");
  if (/^(sha256:[0-9a-f]{64}|x-[\w.~-]+:[\w.~:-]+|[\w.~-]+)$/.test(id)) return id;
  throw badRequest(400, "documentId is neither sha256:<64 hex digits>, nor x-<name>:<id>, nor an id without a colon.");
}

/** The hash of Apollo's automatic persisted queries; clients with a manifest send their ids in it too. */
function hashOf({ extensions }: Parameters): string | undefined {
  const sent = extensions["persistedQuery"];
  if (sent === undefined || sent === null) return undefined;
  const { version, sha256Hash } = sent as { version?: unknown; sha256Hash?: unknown };
  if (version !== 1 || typeof sha256Hash !== "string" || !/^(sha256:)?[\w.~-]{1,128}$/.test(sha256Hash))
    throw badRequest(400, "extensions.persistedQuery has to be { version: 1, sha256Hash }.");
  return sha256Hash;
}
