import type { Caller } from "#shared/caller.ts";
import { type ApiKey, isKeyOf, keyIdOf } from "../partners/api-keys.ts";
import type { Partner, Partners } from "../partners/partners.ts";
import { partnerCaller } from "./partner-caller.ts";
import { refusal } from "./refusals.ts";
import type { Verified } from "./verify-token.ts";

export type VerifyKey = (key: string) => Verified;

/** Verifies API keys of partners (wires.md, section 4): found by id, compared in constant time. Refuses with UNAUTHENTICATED; no sentence holds the key. */
export function createKeyVerifier({ keyOf }: Pick<Partners, "keyOf">): VerifyKey {
  const callers = new WeakMap<ApiKey, Caller>();
  const callerOf = (partner: Partner, key: ApiKey): Caller => {
    const caller = callers.get(key) ?? partnerCaller(partner, { client: key.client, scope: key.scopes });
    callers.set(key, caller);
    return caller;
  };
  return (text) => {
    const id = keyIdOf(text);
    const found = id === undefined ? undefined : keyOf(id);
    // An id that nobody has takes as long as a wrong secret.
    if (!isKeyOf(text, found?.key.sha256) || !found) throw refusal("UNAUTHENTICATED", "The API key is not valid.");
    const { partner, key } = found;
    const now = Date.now();
    if (key.revoked !== null && Date.parse(key.revoked) <= now)
      throw refusal("UNAUTHENTICATED", `The API key ${key.id} has been revoked.`);
    const validUntil = Math.min(Date.parse(key.expires), Date.parse(key.revoked ?? key.expires));
    if (validUntil <= now) throw refusal("UNAUTHENTICATED", `The API key ${key.id} has expired.`);
    return { caller: callerOf(partner, key), validUntil, ends: partner.ends };
  };
}
