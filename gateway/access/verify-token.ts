import { createRemoteJWKSet, errors, jwtVerify } from "jose";
import type { JWTPayload, JWTVerifyGetKey } from "jose";
import { z } from "zod";
import { type Caller, createCaller, type Role, ROLES } from "#shared/caller.ts";
import { SystemUnavailable } from "#shared/errors.ts";
import type { Partners } from "../partners/partners.ts";
import { partnerCaller } from "./partner-caller.ts";
import { refusal } from "./refusals.ts";

const ALGORITHMS = ["RS256", "PS256", "ES256", "EdDSA"];
const SKEW_SECONDS = 30;
/** Keys are read again for an unknown `kid` at most this often, and a verified token is remembered no longer. */
const KEPT_MS = 30_000;
const KEPT_TOKENS = 1_000;

export type Verified = {
  readonly caller: Caller;
  /** When the gateway stops believing token or key (a token's `exp` plus skew), in ms since 1970. */
  readonly validUntil: number;
  /** Of a partner: aborted when its bundle is replaced or gone; connections end with it. */
  readonly ends?: AbortSignal;
};
export type VerifyToken = (token: string) => Promise<Verified>;
type PartnerOf = Pick<Partners, "get">;

/** Verifies bearer tokens of one issuer (wires.md, section 4); refuses with UNAUTHENTICATED, partners without a bundle with FORBIDDEN. */
export function createTokenVerifier(trust: { issuer: string; audience: string }, partners: PartnerOf): VerifyToken {
  const keys = createKeyReader(trust.issuer);
  const kept = new Map<string, { verified: Verified; until: number }>();
  return async (token) => {
    const known = kept.get(token);
    const now = Date.now();
    if (known && known.until > now && isGood(known.verified, now)) return known.verified;
    const verified = toVerified(await verifyClaims(token, await keys(), trust), trust.issuer, partners);
    if (kept.size >= KEPT_TOKENS) kept.clear();
    kept.set(token, { verified, until: now + KEPT_MS });
    return verified;
  };
}

const isGood = ({ validUntil, ends }: Verified, now: number) => validUntil > now && ends?.aborted !== true;

/** Finds the issuer's JWKS by OIDC discovery once it is needed; a failed discovery is tried again by the next request. */
function createKeyReader(issuer: string): () => Promise<JWTVerifyGetKey> {
  let found: Promise<JWTVerifyGetKey> | undefined;
  return () => {
    found ??= discover(issuer).catch((error: unknown) => {
      found = undefined;
      throw new SystemUnavailable("issuer", { cause: error });
    });
    return found;
  };
}

async function discover(issuer: string): Promise<JWTVerifyGetKey> {
  const address = `${issuer.replace(/\/$/, "")}/.well-known/openid-configuration`;
  const answer = await fetch(address, { signal: AbortSignal.timeout(5_000) });
  if (!answer.ok) throw new Error(`${address} answered ${answer.status}`);
  const { jwks_uri } = z.object({ jwks_uri: z.url() }).parse(await answer.json());
  return createRemoteJWKSet(new URL(jwks_uri), { cooldownDuration: KEPT_MS });
}

async function verifyClaims(token: string, keys: JWTVerifyGetKey, trust: { issuer: string; audience: string }) {
  try {
    const { payload } = await jwtVerify(token, keys, {
      ...trust,
      algorithms: ALGORITHMS,
      clockTolerance: SKEW_SECONDS,
      requiredClaims: ["sub", "exp", "iat"],
    });
    return payload;
  } catch (error) {
    if (
      !(error instanceof errors.JOSEError) ||
      error instanceof errors.JWKSTimeout ||
      error.code === "ERR_JOSE_GENERIC"
    )
      throw new SystemUnavailable("issuer", { cause: error });
    throw refusal("UNAUTHENTICATED", whatIsWrong(error), error);
  }
}

function whatIsWrong(error: errors.JOSEError): string {
  if (error instanceof errors.JWTExpired) return "The bearer token has expired (exp).";
  if (error instanceof errors.JWTClaimValidationFailed)
    return `The bearer token's claim ${error.claim} is missing or not the one expected here.`;
  if (error instanceof errors.JOSEAlgNotAllowed || error instanceof errors.JOSENotSupported)
    return `The bearer token's algorithm (alg) is not accepted; use one of ${ALGORITHMS.join(", ")}.`;
  if (error instanceof errors.JWKSNoMatchingKey) return "The bearer token is signed with a key we don't know (kid).";
  if (error instanceof errors.JWSSignatureVerificationFailed) return "The bearer token's signature is not valid.";
  return "The bearer token is not a signed JWT.";
}

const text = z.string().min(1);
const list = z.array(text).catch([]);
const claims = z.object({
  sub: text,
  exp: z.number(),
  name: text.optional().catch(undefined),
  roles: list,
  companies: list,
  sites: z.array(text).optional().catch([]),
  client_id: text.optional(),
  partner: text.optional(),
  scope: z.string().catch(""),
});
type Claims = z.output<typeof claims>;

function toVerified(payload: JWTPayload, issuer: string, partners: PartnerOf): Verified {
  const read = claims.safeParse(payload);
  if (!read.success) throw refusal("UNAUTHENTICATED", `The bearer token's claim ${claimOf(read.error)} can't be read.`);
  const validUntil = (read.data.exp + SKEW_SECONDS) * 1000;
  if (read.data.partner !== undefined) return { ...partnersApp(read.data, partners), validUntil };
  const caller = read.data.client_id === read.data.sub ? machine(read.data, issuer) : person(read.data, issuer);
  return { caller, validUntil };
}

const claimOf = (error: z.ZodError) => String(error.issues[0]?.path[0] ?? "sub");

function person(token: Claims, issuer: string): Caller {
  if (token.name === undefined) throw refusal("UNAUTHENTICATED", "The bearer token's claim name is missing.");
  return createCaller({ ...shared(token), kind: "PERSON", name: token.name, client: `person:${issuer}:${token.sub}` });
}

const machine = (token: Claims, issuer: string): Caller =>
  createCaller({ ...shared(token), kind: "SYSTEM", name: null, client: `client:${issuer}:${token.sub}` });

/** Roles, companies and sites of the token don't count: the bundle decides. */
function partnersApp(token: Claims, partners: PartnerOf): Pick<Verified, "caller" | "ends"> {
  if (token.client_id === undefined || token.client_id !== token.sub)
    throw refusal(
      "UNAUTHENTICATED",
      "The bearer token's claim client_id is missing or not its sub: partners are apps.",
    );
  const partner = partners.get(String(token.partner));
  if (!partner) throw refusal("FORBIDDEN", "The bearer token's partner is none of ours (partner).");
  const scope = token.scope.split(" ");
  return { caller: partnerCaller(partner, { client: token.client_id, scope }), ends: partner.ends };
}

const shared = (token: Claims) => ({
  id: token.sub,
  roles: ROLES.filter((role: Role) => token.roles.includes(role)),
  companies: token.companies.includes("*") ? ("*" as const) : token.companies,
  sites: token.sites ?? null,
  partner: null,
  scope: [],
});
