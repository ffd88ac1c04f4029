import { exportJWK, generateKeyPair, importJWK, type JWK, SignJWT } from "jose";
import { link, mkdir, readFile, unlink, writeFile } from "node:fs/promises";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import path from "node:path";
import { ulid } from "ulid";
import { listen, stopServer } from "#shared/listen.ts";
import type { DemoClaims } from "./demo-people.ts";

export type DevelopmentIssuer = {
  readonly url: string;
  /** A token of this issuer for an hour. */
  readonly token: (claims: DemoClaims) => Promise<string>;
  readonly stop: () => Promise<void>;
};

const folderOf = (dataDir: string) => path.join(dataDir, "issuer");
const addressFile = (dataDir: string) => path.join(folderOf(dataDir), "address");

/** Serves discovery and keys on loopback only (G-17); the key is kept under `dataDir`, so that tokens outlive a restart. */
export async function startDevelopmentIssuer(setting: {
  dataDir: string;
  port: number;
  audience: string;
}): Promise<DevelopmentIssuer> {
  const key = await issuerKey(setting.dataDir);
  const server = createServer((request, response) => answer(request, response, key));
  const port = await listen(server, { host: "127.0.0.1", port: setting.port, variable: "ISSUER_PORT" });
  const url = `http://127.0.0.1:${port}`;
  await writeFile(addressFile(setting.dataDir), url);
  return {
    url,
    token: (claims) => issueToken({ key, issuer: url, audience: setting.audience }, claims),
    stop: () => stopServer(server),
  };
}

function answer(request: IncomingMessage, response: ServerResponse, { kty, crv, x, y, alg, use, kid }: JWK): void {
  const issuer = `http://${request.headers.host ?? "127.0.0.1"}`;
  const pages: Record<string, unknown> = {
    "/.well-known/openid-configuration": {
      issuer,
      jwks_uri: `${issuer}/jwks`,
      id_token_signing_alg_values_supported: ["ES256"],
      subject_types_supported: ["public"],
      response_types_supported: ["none"],
    },
    "/jwks": { keys: [{ kty, crv, x, y, alg, use, kid }] },
  };
  const page = pages[request.url ?? ""];
  if (request.method !== "GET" || page === undefined) return void response.writeHead(404).end();
  response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(page));
}

/** Signs a token; what `npm run token` does without a running gateway. */
export async function issueToken(
  by: { key: JWK; issuer: string; audience: string },
  claims: DemoClaims,
): Promise<string> {
  return new SignJWT({ ...claims })
    .setProtectedHeader({ alg: "ES256", kid: String(by.key.kid) })
    .setIssuer(by.issuer)
    .setAudience(by.audience)
    .setIssuedAt()
    .setExpirationTime("60 min")
    .sign(await importJWK(by.key, "ES256"));
}

/** The private key under `dataDir`, made by whoever needs it first. */
export async function issuerKey(dataDir: string): Promise<JWK> {
  const file = path.join(folderOf(dataDir), "key.json");
  await mkdir(folderOf(dataDir), { recursive: true, mode: 0o700 });
  const known = await readFile(file, "utf8").catch(() => undefined);
  if (known !== undefined) return JSON.parse(known) as JWK;
  const draft = `${file}.${ulid()}`;
  await writeFile(draft, JSON.stringify(await makeKey()), { mode: 0o600 });
  // A link never replaces: whoever comes second takes the first one's key.
  await link(draft, file).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== "EEXIST") throw error;
  });
  await unlink(draft);
  return JSON.parse(await readFile(file, "utf8")) as JWK;
}

async function makeKey(): Promise<JWK> {
  const { privateKey } = await generateKeyPair("ES256", { extractable: true });
  return { ...(await exportJWK(privateKey)), alg: "ES256", use: "sig", kid: `dev-${ulid()}` };
}

/** Where the issuer of this data folder listened last; for a port that was taken free. */
export const lastAddress = (dataDir: string): Promise<string> => readFile(addressFile(dataDir), "utf8");
