import { createHash, randomBytes, timingSafeEqual } from "node:crypto";
import type { Scope } from "./bundle.ts";

/** What is kept of an API key (wires.md, section 4): never the key itself. */
export type ApiKey = {
  /** Ten signs of Crockford's base 32; it stands in the key and is no secret. */
  readonly id: string;
  /** SHA-256 of the whole key, in hex. */
  readonly sha256: string;
  /** The app that holds it; a rotated key has the same one (W-21). */
  readonly client: string;
  readonly scopes: readonly Scope[];
  readonly created: string;
  /** From this moment on it is refused. */
  readonly expires: string;
  readonly revoked: string | null;
};

const CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const form = /^bhk_([0-9A-HJKMNP-TV-Z]{10})_[A-Za-z0-9_-]{43}$/;

/** A fresh key: `bhk_<key id>_<32 random bytes, base64url>`. It can be shown once; the bundle gets id and hash. */
export function makeApiKey(): { key: string; id: string; sha256: string } {
  const id = [...randomBytes(10)].map((byte) => CROCKFORD[byte % 32]).join("");
  const key = `bhk_${id}_${randomBytes(32).toString("base64url")}`;
  return { key, id, sha256: sha256Of(key) };
}

/** The key id in a text of a key's form; undefined for any other text. */
export const keyIdOf = (text: string): string | undefined => form.exec(text)?.[1];

/** Whether this is the key of the hash; takes as long for a wrong one, and for a hash that there is not. */
export function isKeyOf(text: string, sha256: string | undefined): boolean {
  const given = Buffer.from(sha256Of(text), "hex");
  const expected = sha256 === undefined ? Buffer.alloc(given.length) : Buffer.from(sha256, "hex");
  return timingSafeEqual(given, expected) && sha256 !== undefined;
}

const sha256Of = (text: string): string => createHash("sha256").update(text).digest("hex");
