import assert from "node:assert/strict";
import { createServer, type Server } from "node:http";
import { after, before, test } from "node:test";
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from "jose";
import { listen, stopServer } from "#shared/listen.ts";
import { partnerInUse } from "../../test/gateway/partner-bundles.ts";
import { createTokenVerifier, type VerifyToken } from "./verify-token.ts";

const algorithms = ["RS256", "PS256", "ES256", "EdDSA"];
const keys = new Map(await Promise.all(algorithms.map(async (alg) => [alg, await generateKeyPair(alg)] as const)));
const published = await Promise.all(
  algorithms.map(async (alg) => ({ ...(await exportJWK(keys.get(alg)!.publicKey)), alg, kid: alg, use: "sig" })),
);
let acme = partnerInUse();
const partners = { get: (id: string) => (id === acme.partner.id ? acme.partner : undefined) };
let server: Server;
let issuer: string;
let reads: number;
let verify: VerifyToken;

before(async () => {
  reads = 0;
  server = createServer((request, response) => {
    if (request.url === "/jwks") reads += 1;
    response.end(JSON.stringify(request.url === "/jwks" ? { keys: published } : { jwks_uri: `${issuer}/jwks` }));
  });
  issuer = `http://127.0.0.1:${await listen(server, { host: "127.0.0.1", port: 0, variable: "PORT" })}`;
  verify = createTokenVerifier({ issuer, audience: "backhaul" }, partners);
});
after(() => stopServer(server));

const ada = { sub: "ada", name: "Ada", roles: ["service", "emperor"], companies: ["US01", "CA02"] };
const seconds = () => Math.floor(Date.now() / 1000);

type Key = Parameters<SignJWT["sign"]>[0];

function sign(claims: JWTPayload, by: { alg?: string; kid?: string; key?: Key } = {}) {
  const alg = by.alg ?? "ES256";
  const { kid = alg, key = keys.get(alg)!.privateKey } = by;
  const payload = { iss: issuer, aud: "backhaul", iat: seconds(), exp: seconds() + 60, ...claims };
  return new SignJWT(payload).setProtectedHeader({ alg, kid }).sign(key);
}
const refused = (token: string, code: string, message: RegExp) => assert.rejects(verify(token), { code, message });

test("tokens signed with RS256, PS256, ES256 and EdDSA are a person with known roles and companies", async () => {
  for (const alg of algorithms) {
    const { caller } = await verify(await sign(ada, { alg }));
    assert.deepEqual(
      [caller.kind, caller.id, caller.name, caller.roles, caller.companies, caller.sites, caller.client],
      ["PERSON", "ada", "Ada", ["service"], ["US01", "CA02"], null, `person:${issuer}:ada`],
    );
  }
});

test("`sub` = `client_id` is a machine, `*` is all companies, no companies are no rows", async () => {
  const machine = await verify(await sign({ sub: "edi", client_id: "edi", roles: ["operations"], companies: ["*"] }));
  assert.deepEqual([machine.caller.kind, machine.caller.client], ["SYSTEM", `client:${issuer}:edi`]);
  assert.equal(machine.caller.companies, "*");
  const nobody = await verify(await sign({ sub: "eve", name: "Eve" }));
  assert.deepEqual([nobody.caller.roles, nobody.caller.companies], [[], []]);
});

test("an expired token is refused, one inside the skew of 30 s is not", async () => {
  await refused(await sign({ ...ada, exp: seconds() - 31 }), "UNAUTHENTICATED", /expired \(exp\)/);
  const { validUntil } = await verify(await sign({ ...ada, exp: seconds() - 20 }));
  assert.ok(validUntil > Date.now());
});

test("a token for another audience or issuer, or without a required claim, is refused and the claim is named", async () => {
  await refused(await sign({ ...ada, aud: "other" }), "UNAUTHENTICATED", /claim aud/);
  await refused(await sign({ ...ada, iss: "http://elsewhere" }), "UNAUTHENTICATED", /claim iss/);
  for (const claim of ["sub", "exp", "iat", "name"])
    await refused(await sign({ ...ada, [claim]: undefined }), "UNAUTHENTICATED", new RegExp(`claim ${claim}`));
});

test("`none`, HS256 and other algorithms are never accepted, also not with our public key as the secret", async () => {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const none = `${part({ alg: "none" })}.${part({ ...ada, iss: issuer, aud: "backhaul", iat: 1, exp: seconds() + 60 })}.`;
  await refused(none, "UNAUTHENTICATED", /algorithm \(alg\)/);
  const secret = new TextEncoder().encode(JSON.stringify(published[0]));
  await refused(await sign(ada, { alg: "HS256", kid: "RS256", key: secret }), "UNAUTHENTICATED", /algorithm \(alg\)/);
  const { privateKey } = await generateKeyPair("RS512");
  await refused(await sign(ada, { alg: "RS512", kid: "RS256", key: privateKey }), "UNAUTHENTICATED", /algorithm/);
});

test("a foreign key under a known kid, a broken token and plain text are refused", async () => {
  const { privateKey } = await generateKeyPair("ES256");
  await refused(await sign(ada, { key: privateKey }), "UNAUTHENTICATED", /signature/);
  await refused("a.b.c", "UNAUTHENTICATED", /not a signed JWT/);
});

test("an unknown kid reads the keys again at most every 30 s", async () => {
  await verify(await sign(ada));
  const before = reads;
  for (const kid of ["x", "y", "z"]) await refused(await sign(ada, { kid }), "UNAUTHENTICATED", /\(kid\)/);
  assert.equal(reads, before);
});

const claimed = { sub: "scanner", client_id: "scanner", partner: "acme-3pl", scope: "returns:read money:all" };

test("a partner's rows are its bundle's and its scope is cut to it; roles, companies and sites of the token don't count (D-40, SE-08)", async () => {
  const wishes = { roles: ["finance"], companies: ["*"], sites: ["CHI1"] };
  const { caller, ends } = await verify(await sign({ ...claimed, ...wishes }));
  const { kind, id, partner, roles, companies, sites, scope, rows, client } = caller;
  assert.deepEqual([kind, id, partner, client], ["PARTNER", "scanner", "acme-3pl", "partner:acme-3pl:scanner"]);
  assert.deepEqual([roles, companies, sites, scope], [[], ["EU03"], ["HAM4"], ["returns:read"]]);
  assert.deepEqual([rows?.kind, ends?.aborted], ["third-party", false]);
  const silent = await verify(await sign({ ...claimed, scope: undefined }));
  assert.deepEqual(silent.caller.scope, []);
});

test("a partner's token needs client_id = sub and a partner who has a bundle", async () => {
  await refused(await sign({ ...claimed, client_id: undefined }), "UNAUTHENTICATED", /client_id/);
  await refused(await sign({ ...claimed, client_id: "other" }), "UNAUTHENTICATED", /client_id/);
  await refused(await sign({ ...claimed, partner: "nobody" }), "FORBIDDEN", /none of ours \(partner\)/);
});

test("a token that was verified before counts for the bundle that is in use now", async () => {
  const token = await sign(claimed);
  const before = await verify(token);
  assert.equal(await verify(token), before);
  acme.end();
  acme = partnerInUse({ scopes: ["milestones:follow"] });
  const { caller } = await verify(token);
  assert.deepEqual([before.ends?.aborted, caller.scope], [true, []]);
});

test("with the issuer away nobody is let in and the client may ask again", async () => {
  const away = createTokenVerifier({ issuer: "http://127.0.0.1:1", audience: "backhaul" }, partners);
  await assert.rejects(away(await sign(ada)), { code: "SYSTEM_UNAVAILABLE", retryable: true });
});
