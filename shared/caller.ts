import { createHash } from "node:crypto";
import { createLocalJWKSet, exportJWK, generateKeyPair, importJWK, jwtVerify, SignJWT } from "jose";
import type { JSONWebKeySet, JWK } from "jose";

export const ROLES = ["service", "supervisor", "warehouse", "finance", "operations"] as const;
export type Role = (typeof ROLES)[number];
export type CallerKind = "PERSON" | "SYSTEM" | "PARTNER";
export const PARTNER_KINDS = ["third-party", "customer", "supplier"] as const;
/** Who a partner is to us (D-40): a 3PL or carrier, a customer or marketplace, a supplier. */
export type PartnerKind = (typeof PARTNER_KINDS)[number];

/** What a partner's bundle narrows its rows to, beside `companies` and `sites`. Every list that is there narrows further; null does not narrow, an empty list leaves nothing. */
export type PartnerRows = {
  readonly kind: PartnerKind;
  /** Account numbers: only what these customers ordered and send back. */
  readonly customers: readonly string[] | null;
  /** Channels of orders as the ERP writes them (`MARKETPLACE`). */
  readonly channels: readonly string[] | null;
  /** SKUs: only lines with these items. */
  readonly items: readonly string[] | null;
};

/** Who asks. The gateway makes it from a verified token; subgraphs get it in the internal token and scope every row by it. */
export type Caller = {
  readonly kind: CallerKind;
  /** The token's `sub`; `gateway` on an upstream subscription, which belongs to a view and to no person. */
  readonly id: string;
  readonly name: string | null;
  readonly roles: readonly Role[];
  /** Company codes; `*` is all of them, an empty list is no rows at all. */
  readonly companies: readonly string[] | "*";
  /** Site codes that narrow a warehouse person further; null does not narrow. */
  readonly sites: readonly string[] | null;
  readonly partner: string | null;
  readonly scope: readonly string[];
  /** Of a partner, always; of nobody else. */
  readonly rows: PartnerRows | null;
  /** Client identity of W-21: `person:<iss>:<sub>`, `client:<iss>:<client_id>` or `partner:<partner>:<client>`. */
  readonly client: string;
  /** Hash of what decides which rows and fields are seen; callers of one view may share an answer (G-19, G-20). */
  readonly view: string;
};

export const INTERNAL_HEADER = "x-backhaul-internal";
export const CORRELATION_HEADER = "x-correlation-id";
/** What the gateway calls an operation on a socket that several clients share: its number there, and the correlation id of the one it is for. */
export const socketOperationId = (number: number, correlationId: string): string => `${number} ${correlationId}`;
export const correlationIdIn = (operationId: unknown): string | undefined =>
  typeof operationId === "string" ? /^\d+ ([\w.:-]{1,128})$/.exec(operationId)?.[1] : undefined;
/** Milliseconds the gateway still waits for the answer, written when the request leaves. */
export const DEADLINE_HEADER = "x-backhaul-deadline-ms";

const ISSUER = "backhaul-gateway";
const LIFETIME_SECONDS = 60;
const KEPT_MS = 30_000;
const KEPT_TOKENS = 5_000;

export const hasRole = (caller: Caller, ...roles: Role[]): boolean => roles.some((role) => caller.roles.includes(role));

export const seesCompany = (caller: Caller, company: string): boolean =>
  caller.companies === "*" || caller.companies.includes(company);

export const seesSite = (caller: Caller, site: string): boolean => caller.sites === null || caller.sites.includes(site);

const sorted = (list: readonly string[]) => [...list].sort();

/** The view hash of a caller: kind, roles, companies, sites, partner, scope and rows, each as a set. */
function viewOf(caller: Omit<Caller, "view" | "id" | "name" | "client">): string {
  const companies = caller.companies === "*" ? "*" : sorted(caller.companies);
  const parts = [caller.kind, sorted(caller.roles), companies, caller.sites && sorted(caller.sites), caller.partner];
  return createHash("sha256")
    .update(JSON.stringify([...parts, sorted(caller.scope), rowsOf(caller.rows)]))
    .digest("base64url")
    .slice(0, 22);
}

const rowsOf = (rows: PartnerRows | null) =>
  rows && [rows.kind, ...[rows.customers, rows.channels, rows.items].map((list) => list && sorted(list))];

/** A caller with its view; the way to make one. */
export function createCaller(given: Omit<Caller, "view" | "rows"> & Partial<Pick<Caller, "rows">>): Caller {
  const caller = { ...given, rows: given.rows ?? null };
  return { ...caller, view: viewOf(caller) };
}

/** The gateway itself on behalf of a view, for upstream subscriptions (G-19). */
export const viewCaller = (caller: Caller): Caller => ({ ...caller, id: "gateway", name: null, client: "gateway" });

export type InternalKeys = { readonly privateKey: JWK; readonly publicKeys: JSONWebKeySet };

/** A fresh Ed25519 pair, for a gateway and subgraphs that share one process. */
export async function createInternalKeys(): Promise<InternalKeys> {
  const pair = await generateKeyPair("EdDSA", { crv: "Ed25519", extractable: true });
  const [priv, pub] = await Promise.all([exportJWK(pair.privateKey), exportJWK(pair.publicKey)]);
  const kid = createHash("sha256").update(String(pub.x)).digest("base64url").slice(0, 12);
  return {
    privateKey: { ...priv, alg: "EdDSA", kid },
    publicKeys: { keys: [{ ...pub, alg: "EdDSA", kid, use: "sig" }] },
  };
}

export type SignInternal = (caller: Caller, subgraph: string) => Promise<string>;

/** Signs internal tokens for one subgraph each: they last 60 s and one is handed out again for 30 s (G-19). */
export async function createInternalSigner(privateKey: JWK): Promise<SignInternal> {
  const key = await importJWK(privateKey, "EdDSA");
  const kept = new Map<string, { token: Promise<string>; until: number }>();
  return (caller, subgraph) => {
    const id = JSON.stringify([subgraph, caller.view, caller.client, caller.id, caller.name]);
    const known = kept.get(id);
    if (known && known.until > Date.now()) return known.token;
    if (kept.size >= KEPT_TOKENS) kept.clear();
    const token = signOne(key, privateKey.kid, caller, subgraph);
    kept.set(id, { token, until: Date.now() + KEPT_MS });
    return token;
  };
}

function signOne(
  key: Awaited<ReturnType<typeof importJWK>>,
  kid: string | undefined,
  caller: Caller,
  subgraph: string,
) {
  const { id, ...claims } = caller;
  return new SignJWT({ ...claims, companies: caller.companies })
    .setProtectedHeader({ alg: "EdDSA", ...(kid === undefined ? {} : { kid }) })
    .setIssuer(ISSUER)
    .setAudience(`subgraph:${subgraph}`)
    .setSubject(id)
    .setIssuedAt()
    .setExpirationTime(`${LIFETIME_SECONDS}s`)
    .sign(key);
}

export type VerifyInternal = (token: string) => Promise<Caller>;

/** Verifies internal tokens meant for one subgraph; throws on any other (answer 401 `INTERNAL_TOKEN_INVALID`, G-19). */
export function createInternalVerifier(publicKeys: JSONWebKeySet, subgraph: string): VerifyInternal {
  const keys = createLocalJWKSet(publicKeys);
  const options = {
    issuer: ISSUER,
    audience: `subgraph:${subgraph}`,
    algorithms: ["EdDSA"],
    requiredClaims: ["sub", "exp", "kind", "client", "view"],
  };
  return async (token) => {
    const { payload } = await jwtVerify(token, keys, options);
    const { kind, sub, name, roles, companies, sites, partner, scope, rows, client, view } = payload as Omit<
      Caller,
      "id"
    > & { sub: string };
    return { kind, id: sub, name, roles, companies, sites, partner, scope, rows, client, view };
  };
}
