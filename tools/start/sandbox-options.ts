import { createPrivateKey, createPublicKey } from "node:crypto";
import type { SandboxOptions } from "#sandbox/main.ts";

/** The sandbox's side of the credentials: as they are set, but for keys, of which an outside system knows only the public half. */
export function sandboxSide(secret: (variable: string) => string | undefined): SandboxOptions["credentials"] {
  const owned = (name: string) => {
    const value = secret(name);
    if (value === undefined) throw new Error(`${name} is not set.`);
    return value;
  };
  return {
    clientId: owned("BC_CLIENT_ID"),
    clientSecret: owned("BC_CLIENT_SECRET"),
    wmsToken: owned("WMS_TOKEN"),
    wmsWebhookSecret: owned("WMS_WEBHOOK_SECRET"),
    salesforce: {
      consumerKey: owned("SF_CONSUMER_KEY"),
      username: owned("SF_USERNAME"),
      certificate: certificateOf(owned("SF_PRIVATE_KEY")),
    },
    easypostKey: owned("EASYPOST_API_KEY"),
    easypostWebhookSecret: owned("EASYPOST_WEBHOOK_SECRET"),
    smtpUser: owned("SMTP_USER"),
    smtpPassword: owned("SMTP_PASSWORD"),
  };
}

function certificateOf(privateKey: string): string {
  const isPem = privateKey.includes("-----BEGIN");
  const key = isPem
    ? createPrivateKey(privateKey.replaceAll("\\n", "\n"))
    : createPrivateKey({ key: Buffer.from(privateKey, "base64"), format: "der", type: "pkcs8" });
  return createPublicKey(key).export({ type: "spki", format: "pem" }).toString();
}
