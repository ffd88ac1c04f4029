import type { Verified } from "../access/verify-token.ts";

const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** Calls back once, with a sentence, when a connection that these credentials opened has to end: they expired, or the partner's bundle was replaced. Gives the way to stop that. */
export function whenOver({ validUntil, ends }: Omit<Verified, "caller">, over: (sentence: string) => void): () => void {
  const expired = () => over("The token has expired: come back with a new one");
  const replaced = () => over("The partner's bundle has changed: come back");
  if (ends?.aborted === true) queueMicrotask(replaced);
  const timer = setTimeout(expired, Math.min(validUntil - Date.now(), LONGEST_TIMER_MS));
  ends?.addEventListener("abort", replaced, { once: true });
  return () => {
    clearTimeout(timer);
    ends?.removeEventListener("abort", replaced);
  };
}
