import { generateKeyPairSync } from "node:crypto";
import { readFileSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { connectSystems, type Systems } from "#adapters/systems.ts";
import { startSandbox, type Sandbox, type SandboxOptions } from "#sandbox/main.ts";
import { readConfig, type Config } from "#shared/config.ts";
import type { Internals } from "#shared/internals.ts";

const keys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const credentials = {
  clientId: "backhaul",
  clientSecret: "sandbox secret",
  wmsToken: "sandbox token",
  wmsWebhookSecret: "whsec_c2FuZGJveCB3YXJlaG91c2Ugc2VjcmV0IQ==",
  salesforce: {
    consumerKey: "backhaul app",
    username: "backhaul@distributor.example",
    certificate: keys.publicKey.export({ type: "spki", format: "pem" }).toString(),
  },
  easypostKey: "sandbox key",
  easypostWebhookSecret: "sandbox webhook sécret",
  smtpUser: "backhaul",
  smtpPassword: "sandbox password",
};
/** What systems.yml names as credentials, as the sandbox expects them. */
export const secrets: Record<string, string> = {
  BC_CLIENT_ID: credentials.clientId,
  BC_CLIENT_SECRET: credentials.clientSecret,
  BC_WEBHOOK_STATE: "sandbox state",
  WMS_TOKEN: credentials.wmsToken,
  WMS_WEBHOOK_SECRET: credentials.wmsWebhookSecret,
  SF_CONSUMER_KEY: credentials.salesforce.consumerKey,
  SF_USERNAME: credentials.salesforce.username,
  SF_PRIVATE_KEY: keys.privateKey.export({ type: "pkcs8", format: "der" }).toString("base64"),
  EASYPOST_API_KEY: credentials.easypostKey,
  EASYPOST_WEBHOOK_SECRET: credentials.easypostWebhookSecret,
  SMTP_USER: credentials.smtpUser,
  SMTP_PASSWORD: credentials.smtpPassword,
  OLD_SECRET: "whsec_b2xkIHNlY3JldCBvbGQgc2VjcmV0",
};

export type Wishes = {
  sandbox?: Partial<SandboxOptions>;
  internals?: Partial<Internals>;
  /** Changes the text of systems.yml. */
  systems?: (text: string) => string;
};
export type Connected = {
  sandbox: Sandbox;
  systems: Systems;
  config: Config;
  urls: Record<string, string>;
  stop(): Promise<void>;
};

/** A sandbox of its own on free ports, and the systems of systems.yml connected to it over HTTP. */
export async function startConnected({ sandbox: options = {}, ...wishes }: Wishes = {}): Promise<Connected> {
  const sandbox = await startSandbox({ port: 0, dataDir: null, credentials, ...options });
  const another = connectAnother({ sandbox }, wishes);
  const stop = async () => {
    await another.stop();
    await sandbox.stop();
  };
  return { sandbox, ...another, stop };
}

/** Systems with connections, breakers and limits of their own to a sandbox that runs already. */
export function connectAnother(
  { sandbox }: Pick<Connected, "sandbox">,
  { internals = {}, systems: change = (text) => text }: Omit<Wishes, "sandbox"> = {},
): Omit<Connected, "sandbox"> {
  const urls = Object.fromEntries(Object.entries(sandbox.servers).map(([name, { url }]) => [name, url]));
  const folder = mkdtempSync(path.join(tmpdir(), "systems-"));
  const systemsFile = path.join(folder, "systems.yml");
  writeFileSync(systemsFile, change(readFileSync(path.resolve(import.meta.dirname, "../systems.yml"), "utf8")));
  const base = readConfig(secrets);
  const config = { ...base, systemsFile, internals: { ...base.internals, requestsPerMinute: 1_000_000, ...internals } };
  const systems = connectSystems({ config, sandboxUrls: urls });
  const stop = async () => {
    await systems.close();
    rmSync(folder, { recursive: true });
  };
  return { systems, config, urls, stop };
}
