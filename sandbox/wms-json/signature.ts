import { createHmac, timingSafeEqual } from "node:crypto";

/** The three headers of Standard Webhooks; one `v1,` signature for each secret (`whsec_<base64>`). */
export function signedHeaders(secrets: string[], id: string, seconds: number, body: string): Record<string, string> {
  return {
    "webhook-id": id,
    "webhook-timestamp": String(seconds),
    "webhook-signature": secrets.map((secret) => `v1,${sign(secret, `${id}.${seconds}.${body}`)}`).join(" "),
  };
}

export function sign(secret: string, text: string): string {
  const key = Buffer.from(secret.replace(/^whsec_/, ""), "base64");
  return createHmac("sha256", key).update(text, "utf8").digest("base64");
}

/** Whether two texts are equal, in constant time. */
export function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
