import type { JSONWebKeySet, JWK } from "jose";
import { randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInternalKeys, type InternalKeys } from "#shared/caller.ts";
import type { Config } from "#shared/config.ts";
import { withFileLock } from "#shared/file-lock.ts";

/** The credentials of the sandbox's systems, by the variables that systems.yml names. */
export type SandboxCredentials = Record<
  "BC_CLIENT_ID" | "BC_CLIENT_SECRET" | "BC_WEBHOOK_STATE" | "WMS_TOKEN" | "WMS_WEBHOOK_SECRET",
  string
>;

const credentialsFile = "sandbox-credentials.json";
export const hasSandboxCredentials = ({ dataDir }: Config) => existsSync(path.join(dataDir, credentialsFile));

/** What the sandbox owns and nobody set: made once, so that subscriptions outlive a restart; a set variable wins. */
export async function sandboxCredentials({ dataDir, secret }: Config): Promise<SandboxCredentials> {
  const made = await keptOnce(dataDir, credentialsFile, async () => newSandboxCredentials());
  const chosen = Object.entries(made).map(([name, value]) => [name, secret(name) ?? value]);
  return Object.fromEntries(chosen) as SandboxCredentials;
}

export function newSandboxCredentials(): SandboxCredentials {
  const word = () => randomBytes(24).toString("base64url");
  return {
    BC_CLIENT_ID: "backhaul",
    BC_CLIENT_SECRET: word(),
    BC_WEBHOOK_STATE: word(),
    WMS_TOKEN: word(),
    WMS_WEBHOOK_SECRET: `whsec_${randomBytes(32).toString("base64")}`,
  };
}

/** The gateway's key and the subgraphs' keys: those that are set, else a pair that all processes of this data folder share. */
export async function internalKeys({ dataDir, internalKey, internalPublicKeys }: Config): Promise<{
  internalKey: JWK | undefined;
  internalPublicKeys: JSONWebKeySet;
}> {
  if (internalPublicKeys) return { internalKey, internalPublicKeys };
  if (internalKey) return { internalKey, internalPublicKeys: { keys: [publicOf(internalKey)] } };
  const made = await keptOnce<InternalKeys>(dataDir, "internal-keys.json", createInternalKeys);
  return { internalKey: made.privateKey, internalPublicKeys: made.publicKeys };
}

function publicOf({ d: _, ...key }: JWK): JWK {
  return key;
}

/** Read from a file of the data folder that only we can read; made the first time, by one of however many ask. */
async function keptOnce<Value>(dataDir: string, name: string, make: () => Promise<Value>): Promise<Value> {
  const file = path.join(dataDir, name);
  mkdirSync(dataDir, { recursive: true });
  return withFileLock(`${file}.lock`, async () => {
    if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as Value;
    const value = await make();
    writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return value;
  });
}
