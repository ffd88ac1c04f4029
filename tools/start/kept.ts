import type { JSONWebKeySet, JWK } from "jose";
import { generateKeyPairSync, randomBytes } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import path from "node:path";
import { createInternalKeys, type InternalKeys } from "#shared/caller.ts";
import type { Config } from "#shared/config.ts";
import { withFileLock } from "#shared/file-lock.ts";

/** The variables of systems.yml that have the sandbox's credentials. */
export const credentialNames = [
  "BC_CLIENT_ID",
  "BC_CLIENT_SECRET",
  "BC_WEBHOOK_STATE",
  "WMS_TOKEN",
  "WMS_WEBHOOK_SECRET",
  "SF_CONSUMER_KEY",
  "SF_USERNAME",
  "SF_PRIVATE_KEY",
  "EASYPOST_API_KEY",
  "EASYPOST_WEBHOOK_SECRET",
  "SMTP_USER",
  "SMTP_PASSWORD",
] as const;

/** The credentials of the sandbox's systems, by the variables that systems.yml names. */
export type SandboxCredentials = Record<(typeof credentialNames)[number], string>;

const credentialsFile = "sandbox-credentials.json";
export const hasSandboxCredentials = ({ dataDir }: Config) => existsSync(path.join(dataDir, credentialsFile));

/** What the sandbox owns and nobody set: made once, so that subscriptions outlive a restart; a set variable wins. */
export async function sandboxCredentials({ dataDir, secret }: Config): Promise<SandboxCredentials> {
  const made = await keptOnce<SandboxCredentials>(dataDir, credentialsFile, async () => newSandboxCredentials(), {
    // What came to the sandbox after this folder was made is made now.
    isWhole: (kept) => credentialNames.every((name) => name in kept),
  });
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
    SF_CONSUMER_KEY: word(),
    SF_USERNAME: "backhaul@distributor.example",
    SF_PRIVATE_KEY: newRsaKey(),
    EASYPOST_API_KEY: word(),
    EASYPOST_WEBHOOK_SECRET: word(),
    SMTP_USER: "backhaul",
    SMTP_PASSWORD: word(),
  };
}

/** PKCS#8, as the base64 of its DER: one line, as a variable likes it. */
const newRsaKey = (): string =>
  generateKeyPairSync("rsa", { modulusLength: 2_048 })
    .privateKey.export({ type: "pkcs8", format: "der" })
    .toString("base64");

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
async function keptOnce<Value extends object>(
  dataDir: string,
  name: string,
  make: () => Promise<Value>,
  { isWhole = () => true }: { isWhole?: (kept: Value) => boolean } = {},
): Promise<Value> {
  const file = path.join(dataDir, name);
  mkdirSync(dataDir, { recursive: true });
  return withFileLock(`${file}.lock`, async () => {
    const kept = existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Value) : null;
    if (kept && isWhole(kept)) return kept;
    const value = { ...(await make()), ...kept };
    writeFileSync(`${file}.new`, JSON.stringify(value), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    return value;
  });
}
