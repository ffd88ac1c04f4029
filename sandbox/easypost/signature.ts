import { createHmac } from "node:crypto";

/** The vendor writes `weight` as a float, `10.0`; JavaScript would write `10`. */
export const withFloatWeights = (json: string): string => json.replace(/("weight":\s*)(\d+)(\s*)(?=,|\})/g, "$1$2.0$3");

/** The one header: HMAC-SHA256 over the body as the vendor wrote it, the secret NFKD-normalised. */
export const signedHeaders = (secret: string, body: string): Record<string, string> => ({
  "x-hmac-signature": `hmac-sha256-hex=${createHmac("sha256", Buffer.from(secret.normalize("NFKD"), "utf8"))
    .update(withFloatWeights(body), "utf8")
    .digest("hex")}`,
});
