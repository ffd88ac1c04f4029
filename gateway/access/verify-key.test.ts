import assert from "node:assert/strict";
import { test } from "node:test";
import { type ApiKey, isKeyOf, makeApiKey } from "../partners/api-keys.ts";
import { partnerInUse } from "../../test/gateway/partner-bundles.ts";
import { createAuthenticate } from "./authenticate.ts";
import { createKeyVerifier } from "./verify-key.ts";

const day = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString();
const made = makeApiKey();
const key = (changes: Partial<ApiKey> = {}): ApiKey => ({
  id: made.id,
  sha256: made.sha256,
  client: "scanner",
  scopes: ["returns:read"],
  created: day(-1),
  expires: day(1),
  revoked: null,
  ...changes,
});
function verifierOf(one: ApiKey) {
  const { partner, end } = partnerInUse({ keys: [one] });
  return { verify: createKeyVerifier({ keyOf: (id) => (id === one.id ? { partner, key: one } : undefined) }), end };
}
const refused = (text: string, one: ApiKey, message: RegExp) =>
  assert.throws(
    () => verifierOf(one).verify(text),
    (error: Error & { code?: string }) => {
      assert.deepEqual([error.code, error.message.includes(text)], ["UNAUTHENTICATED", false]);
      assert.match(error.message, message);
      return true;
    },
  );

test("a key is its partner's app with the key's scopes and the bundle's rows, until it expires (SE-08)", () => {
  const one = key();
  const { verify, end } = verifierOf(one);
  const { caller, validUntil, ends } = verify(made.key);
  const { kind, id, partner, client, scope, companies, sites, rows } = caller;
  assert.deepEqual([kind, id, partner, client], ["PARTNER", "scanner", "acme-3pl", "partner:acme-3pl:scanner"]);
  assert.deepEqual([scope, companies, sites, rows?.kind], [["returns:read"], ["EU03"], ["HAM4"], "third-party"]);
  assert.equal(new Date(validUntil).toISOString(), one.expires);
  end();
  assert.equal(ends?.aborted, true);
});

test("a rotated key of the same client is the same client (W-21)", () => {
  const other = makeApiKey();
  const rotated = verifierOf(key({ id: other.id, sha256: other.sha256 })).verify(other.key);
  assert.equal(rotated.caller.client, verifierOf(key()).verify(made.key).caller.client);
  assert.equal(rotated.caller.view, verifierOf(key()).verify(made.key).caller.view);
});

test("an unknown id, a wrong secret under a known id and other texts are the same refusal, which never holds the key (G-16)", () => {
  refused(makeApiKey().key, key(), /^The API key is not valid\.$/);
  const forged = `${made.key.slice(0, 15)}${makeApiKey().key.slice(15)}`;
  refused(forged, key(), /^The API key is not valid\.$/);
  for (const text of ["bhk_1_2", `${made.key} `, "x".repeat(10_000)])
    refused(text, key(), /^The API key is not valid\.$/);
});

test("an expired and a revoked key are refused; one that will be revoked ends then", () => {
  refused(made.key, key({ expires: day(-1) }), /has expired/);
  refused(made.key, key({ revoked: day(-1) }), /has been revoked/);
  const soon = day(0.5);
  assert.equal(verifierOf(key({ revoked: soon })).verify(made.key).validUntil, Date.parse(soon));
});

test("keys are compared by their hashes as a whole, also where there is none to compare with", () => {
  assert.equal(isKeyOf(made.key, made.sha256), true);
  assert.equal(isKeyOf(made.key, makeApiKey().sha256), false);
  assert.equal(isKeyOf(made.key, undefined), false);
});

test("key and bearer together are refused, whichever is good (G-11)", async () => {
  const { verify } = verifierOf(key());
  const { caller } = verify(made.key);
  const token = async () => ({ caller, validUntil: Infinity });
  const authenticate = createAuthenticate({ token, key: verify });
  const both = { authorization: "Bearer abc", apiKey: made.key };
  await assert.rejects(authenticate(both), { code: "UNAUTHENTICATED", message: /not both/ });
  assert.equal((await authenticate({ ...both, authorization: undefined })).caller.partner, "acme-3pl");
});
