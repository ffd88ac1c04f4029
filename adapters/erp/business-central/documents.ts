import { AmbiguousOutcome, BusinessRefusal, SystemFailure, TransientFailure } from "#shared/errors.ts";
import type { Call, KeyedDocument, LookUp, TwoPhase } from "../../port.ts";
import type { Client, Set } from "./client.ts";
import { text } from "./odata.ts";
import { findPostingDate } from "./posting-date.ts";
import { isNotFound, isStale } from "./refusals.ts";
import { customers, isPosted } from "./wire.ts";

export type Header = {
  "@odata.etag": string;
  id: string;
  number: string;
  externalDocumentNumber: string;
  status: string;
  postingDate: string | null;
};

/** One kind of document of Business Central: how it is made, and how it reads against a request. */
export type DocumentKind<Request, Row extends Header> = {
  /** For spans and metrics: "authorization". */
  name: string;
  set: Set<Row>;
  lines: string;
  /** Makes the draft, with all that belongs to it; gives its id. A refusal is explained by who calls this. */
  make(key: string, request: Request, call: Call): Promise<string>;
  describe(row: Row, request: Request, call: Call): KeyedDocument | Promise<KeyedDocument>;
  /** The customer of a request or a row; null: it is nobody's. */
  customerOf(document: Request | Row): string | null;
};

/** The two phases of W-01 on a set whose natural key, `externalDocumentNumber`, is not unique. `today` is the company's day (D-26). */
export function createTwoPhase<Request, Row extends Header>(
  client: Client,
  kind: DocumentKind<Request, Row>,
  today: () => string,
): TwoPhase<Request> {
  const { system } = client;
  const { name, set, lines } = kind;
  const readOne = (id: string, call: Call) => client.get(set, id, { deed: `read-${name}`, expand: lines }, call);

  return {
    async draft(key, request, call) {
      const id = await kind.make(key, request, call).catch(async (error: unknown) => {
        if (!(error instanceof BusinessRefusal)) throw error;
        throw await explain(client, error, { customerNumber: kind.customerOf(request), postingDate: null }, call);
      });
      return afterWriting(system, async () => {
        const row = await readOne(id, call);
        if (!row)
          throw new AmbiguousOutcome({ system, code: "OUTCOME_UNKNOWN", vendorText: `the draft ${id} is not there` });
        return kind.describe(row, request, call);
      });
    },

    async lookUp(key, request, call): Promise<LookUp> {
      try {
        const rows = await client.list(
          set,
          `externalDocumentNumber eq ${text(key)}`,
          { deed: `look-up-${name}`, expand: lines },
          call,
        );
        if (rows.length === 0) return { answer: "absent" };
        const documents = await Promise.all(rows.map(async (row) => kind.describe(row, request, call)));
        const having = (status: KeyedDocument["status"]) => documents.filter((document) => document.status === status);
        return { answer: "found", posted: having("POSTED"), drafts: having("DRAFT") };
      } catch (error) {
        if (error instanceof TransientFailure) return { answer: "unknown", reason: error.code };
        throw error;
      }
    },

    async read(id, request, call) {
      const row = await readOne(id, call);
      return row ? kind.describe(row, request, call) : null;
    },

    async post(id, call) {
      const postNow = () => client.act(set, id, "post", { deed: `post-${name}` }, call);
      try {
        await postNow().catch(async (error: unknown) => {
          if (!(await isDatedAnew(error, id, call))) throw error;
          await postNow();
        });
      } catch (error) {
        await settlePost(error, id, call);
      }
    },

    async discard(id, call) {
      const row = await client.get(set, id, { deed: `read-${name}` }, call);
      if (!row) return;
      if (isPosted(row.status))
        throw new BusinessRefusal({ system, code: "UNDO_REFUSED", vendorText: `${row.number} is ${row.status}` });
      await removeDraft(row, call);
    },
  };

  /** A draft that was refused in a closed period gets the company's day, or the next that is open (D-26); false where its day was not the reason. */
  async function isDatedAnew(error: unknown, id: string, call: Call): Promise<boolean> {
    if (!(error instanceof BusinessRefusal) || error.code !== "POSTING_REFUSED") return false;
    const row = await client.get(set, id, { deed: `read-${name}` }, call);
    if (!row || isPosted(row.status) || row.postingDate === null) return false;
    const dated = row.postingDate;
    const open = await findPostingDate(client, dated, call).catch(unlessClosed);
    if (open === null || open === dated) return false;
    const postingDate = await findPostingDate(client, today(), call);
    const change = { deed: `date-${name}`, etag: row["@odata.etag"], body: { postingDate } };
    await client.patch(set, id, change, call, (now) => now.postingDate === postingDate);
    return true;
  }

  /** A refused post: what is posted already is done; what is gone may be posted under another id (D-28); else why. */
  async function settlePost(error: unknown, id: string, call: Call): Promise<void> {
    if (isNotFound(error)) throw new AmbiguousOutcome({ system, code: "OUTCOME_UNKNOWN", cause: error });
    if (!(error instanceof BusinessRefusal)) throw error;
    const row = await client.get(set, id, { deed: `read-${name}` }, call).catch(() => null);
    if (row && isPosted(row.status)) return;
    throw row
      ? await explain(client, error, { customerNumber: kind.customerOf(row), postingDate: row.postingDate }, call)
      : error;
  }

  async function removeDraft(row: Row, call: Call): Promise<void> {
    const remove = (etag: string) => client.remove(set, row.id, `discard-${name}`, etag, call);
    try {
      await remove(row["@odata.etag"]);
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isStale(error)) throw error;
      const again = await client.get(set, row.id, { deed: `read-${name}` }, call);
      if (!again) return;
      if (isPosted(again.status)) throw new BusinessRefusal({ system, code: "UNDO_REFUSED", cause: error });
      await remove(again["@odata.etag"]);
    }
  }
}

/** Null where no day is open any more. */
function unlessClosed(error: unknown): null {
  if (error instanceof BusinessRefusal) return null;
  throw error;
}

/** After a first write, nothing is 'not done' any more: a later failure leaves a half-made document that the look-up will find. */
export async function afterWriting<Answer>(system: string, work: () => Promise<Answer>): Promise<Answer> {
  try {
    return await work();
  } catch (error) {
    if (!(error instanceof TransientFailure)) throw error;
    const { retryAfterMs, vendorText } = error;
    throw new AmbiguousOutcome({ system, code: "OUTCOME_UNKNOWN", retryAfterMs, vendorText, cause: error });
  }
}

/** One error code stands for many refusals and its message is localised: why it was refused is read from the records. */
async function explain(
  client: Client,
  refusal: BusinessRefusal,
  about: { customerNumber: string | null; postingDate: string | null },
  call: Call,
): Promise<BusinessRefusal> {
  const { system, vendorText } = refusal;
  if (refusal.code !== "POSTING_REFUSED") return refusal;
  const because = (code: "CUSTOMER_BLOCKED" | "PERIOD_CLOSED" | "UNKNOWN_CUSTOMER") =>
    new BusinessRefusal({ system, code, vendorText, cause: refusal });
  try {
    if (about.customerNumber !== null) {
      const [customer] = await client.list(
        customers,
        `number eq ${text(about.customerNumber)}`,
        { deed: "explain-refusal" },
        call,
      );
      if (!customer) return because("UNKNOWN_CUSTOMER");
      if (customer.blocked === "All") return because("CUSTOMER_BLOCKED");
    }
    if (about.postingDate === null) return refusal;
    const day = await findPostingDate(client, about.postingDate, call);
    return day === about.postingDate ? refusal : because("PERIOD_CLOSED");
  } catch (error) {
    if (error instanceof BusinessRefusal) return because("PERIOD_CLOSED");
    if (error instanceof SystemFailure) return refusal;
    throw error;
  }
}
