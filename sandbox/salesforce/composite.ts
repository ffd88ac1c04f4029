import type { Answer } from "../http.ts";
import { SalesforceError, unreadableBody } from "./errors.ts";
import type { Org } from "./org.ts";

export type Part = { method: string; url: string; referenceId: string; body?: unknown };
export type PartAnswer = { body: unknown; httpHeaders: object; httpStatusCode: number; referenceId: string };
type Ask = { allOrNone?: boolean; compositeRequest?: Part[] };

const MOST = 25;
/** Thrown to undo what was done before a part failed. */
class RolledBack extends Error {}

/**
 * Several requests in one call. The answer is 200 whatever the parts say. Parts that refer to none before them run in no promised order
 * (here: the last one first), the others after what they refer to.
 */
export function runComposite(org: Org, ask: Ask, run: (part: Part) => Answer): Answer {
  const parts = ask.compositeRequest;
  if (!Array.isArray(parts) || parts.length === 0) throw unreadableBody("compositeRequest is missing");
  if (parts.length > MOST)
    throw new SalesforceError(400, "LIMIT_EXCEEDED", `The number of subrequests exceeds the limit of ${MOST}.`);
  const answers = new Map<string, PartAnswer>();
  const work = () => {
    for (const part of inSomeOrder(parts)) answers.set(part.referenceId, answerPart(part, answers, run));
  };
  if (ask.allOrNone === true) runWhole(org, parts, answers, work);
  else work();
  return { status: 200, body: { compositeResponse: parts.map(({ referenceId }) => answers.get(referenceId)) } };
}

function runWhole(org: Org, parts: Part[], answers: Map<string, PartAnswer>, work: () => void): void {
  try {
    org.transaction(() => {
      work();
      if ([...answers.values()].some(({ httpStatusCode }) => httpStatusCode >= 400 || httpStatusCode === 300))
        throw new RolledBack();
    });
  } catch (error) {
    if (!(error instanceof RolledBack)) throw error;
    const halted = "The transaction was rolled back since another operation in the same transaction failed.";
    for (const { referenceId } of parts)
      if (answers.get(referenceId)!.httpStatusCode < 300) answers.set(referenceId, haltedPart(referenceId, halted));
  }
}

const haltedPart = (referenceId: string, message: string): PartAnswer => ({
  body: [{ errorCode: "PROCESSING_HALTED", message }],
  httpHeaders: {},
  httpStatusCode: 400,
  referenceId,
});

const reference = /@\{(\w+)\.([\w.[\]]+)\}/g;
const refersTo = (part: Part): string[] =>
  [...JSON.stringify([part.url, part.body ?? null]).matchAll(reference)].map(([, name]) => name!);

function inSomeOrder(parts: Part[]): Part[] {
  const ordered: Part[] = [];
  const place = (part: Part): void => {
    if (ordered.includes(part)) return;
    for (const name of refersTo(part)) {
      const other = parts.find(({ referenceId }) => referenceId === name);
      if (other && parts.indexOf(other) < parts.indexOf(part)) place(other);
    }
    ordered.push(part);
  };
  for (const part of parts.toReversed()) place(part);
  return ordered;
}

function answerPart(part: Part, answers: Map<string, PartAnswer>, run: (part: Part) => Answer): PartAnswer {
  try {
    const filled = fill(part, answers);
    const { status, body = null, headers = {} } = run(filled);
    return { body, httpHeaders: headers, httpStatusCode: status, referenceId: part.referenceId };
  } catch (error) {
    if (!(error instanceof SalesforceError)) throw error;
    return { body: [error.entry], httpHeaders: {}, httpStatusCode: error.status, referenceId: part.referenceId };
  }
}

/** `@{ref.id}` in address and body → what that part was answered. */
function fill(part: Part, answers: Map<string, PartAnswer>): Part {
  const put = (text: string) =>
    text.replace(reference, (_, name: string, path: string) => {
      const body = answers.get(name)?.body as Record<string, unknown> | null | undefined;
      const value = path.split(".").reduce<unknown>((at, step) => (at as Record<string, unknown> | null)?.[step], body);
      if (typeof value === "string" || typeof value === "number") return String(value);
      throw new SalesforceError(
        400,
        "PROCESSING_HALTED",
        `Invalid reference specified. No value for ${name}.${path} found in ${name}. Provided reference may be invalid or missing a field.`,
      );
    });
  const body = part.body === undefined ? {} : { body: JSON.parse(put(JSON.stringify(part.body))) as unknown };
  return { ...part, url: put(part.url), ...body };
}
