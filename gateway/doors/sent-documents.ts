import { createHash } from "node:crypto";

const KEPT_CHARACTERS = 5_000_000;

/** Documents that people and machines sent once and name by their hash afterwards (Apollo's automatic persisted queries); the latest ones are kept. */
export type SentDocuments = {
  readonly find: (hash: string) => string | undefined;
  readonly keep: (source: string) => void;
};

export function createSentDocuments(): SentDocuments {
  const kept = new Map<string, string>();
  let characters = 0;
  return {
    find: (hash) => kept.get(hash),
    keep: (source) => {
      const hash = sha256(source);
      if (kept.has(hash)) return;
      kept.set(hash, source);
      characters += source.length;
      for (const [oldest, text] of kept) {
        if (characters <= KEPT_CHARACTERS) break;
        kept.delete(oldest);
        characters -= text.length;
      }
    },
  };
}

export const sha256 = (text: string): string => createHash("sha256").update(text).digest("hex");
