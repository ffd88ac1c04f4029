// What the ports of all kinds of system share.

/** Said by the caller of every port function; an adapter never waits longer than `deadlineMs`. */
export type Call = {
  /** Goes out as a header where the wire has one, into the span and the log everywhere (RS-30). */
  correlationId: string;
  /** Milliseconds this call may take in all; the system's own limit if absent. */
  deadlineMs?: number;
  signal?: AbortSignal;
};

/** A document in an outside system that carries one of our transaction keys (W-01, W-06). */
export type KeyedDocument = {
  /** The vendor's own id; kept for posting and read-back, never public (D-28). */
  id: string;
  number: string;
  status: "DRAFT" | "POSTED";
  /** The same in the vendor's own word (D-27). */
  theirStatus?: string;
  /** Whether its content is what the request asked for (W-03). */
  sameContent: boolean;
  /** Decimal strings in the document's currency; null where the document has no money. */
  totals: { net: string; tax: string; total: string } | null;
  /** Calendar day of posting, null for a draft. */
  postingDate: string | null;
  lines: KeyedLine[];
};

/** A line of such a document; `ref` is our id of what the line is about (echoed from the request). */
export type KeyedLine = {
  id: string;
  ref: string | null;
  sku: string | null;
  quantity: string | null;
  net: string | null;
  tax: string | null;
};

/** The answer of an authoritative look-up by transaction key (W-03). */
export type LookUp<Document extends KeyedDocument = KeyedDocument> =
  | { answer: "found"; posted: Document[]; drafts: Document[] }
  | { answer: "absent" }
  | { answer: "unknown"; reason: string };

/**
 * A write in two phases (W-01): create a draft that carries the key, then post that very id. Creating twice makes a second, harmless draft;
 * posting one id twice makes one document. Errors: TransientFailure (nothing was done), AmbiguousOutcome (look up), BusinessRefusal, ProgramBug.
 */
export type TwoPhase<Request, Document extends KeyedDocument = KeyedDocument> = {
  draft(key: string, request: Request, call: Call): Promise<Document>;
  /** Reads all pages of drafts and posted documents, never a replica, and compares the content with `request`. */
  lookUp(key: string, request: Request, call: Call): Promise<LookUp<Document>>;
  /** The document by its own id; null when the system does not have it (any more). */
  read(id: string, request: Request, call: Call): Promise<Document | null>;
  post(id: string, call: Call): Promise<void>;
  /** Deletes a draft; a draft that is not there is fine. Throws BusinessRefusal if it is posted. */
  discard(id: string, call: Call): Promise<void>;
};

/** How a system was seen last: for the console, the dashboard and readiness. */
export type Health = {
  system: string;
  state: "UP" | "SLOW" | "DOWN";
  circuit: "CLOSED" | "HALF_OPEN" | "OPEN";
  since: string;
};

/** One delivery to `POST /hooks/<system>`, raw. */
export type Delivery = {
  headers: Record<string, string | undefined>;
  query: URLSearchParams;
  body: Buffer;
  receivedAt: Date;
};

/** What the vendor's own rules say about a delivery (wires section 5). */
export type Verdict =
  /** Store it; `eventIds` dedupe it, one inbox row each. */
  | { verdict: "accepted"; eventIds: string[] }
  /** Answer with this text and store nothing (Business Central's handshake). */
  | { verdict: "challenge"; text: string }
  | { verdict: "refused"; code: "SIGNATURE_INVALID" | "TIMESTAMP_STALE" | "BODY_INVALID"; message: string };
