import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { Delivery, Verdict } from "../../port.ts";

/**
 * HMAC-SHA256 over the body, the secret NFKD-normalised; either secret counts. The vendor signs weights as floats (`10.0`); a body that came through
 * something that writes them as `10` is signed all the same, so both are tried (vendor-apis 3.5). There is no timestamp: the event's id is unique in the inbox.
 */
export function verify({ headers, body }: Delivery, secrets: readonly string[]): Verdict {
  const given = headers["x-hmac-signature"] ?? "";
  const text = body.toString("utf8");
  const bodies = [body, Buffer.from(withFloatWeights(text), "utf8")];
  // All pairs are compared, so that the time does not tell which one was near.
  const matches = secrets.flatMap((secret) => bodies.map((each) => isSame(given, sign(secret, each))));
  if (!matches.includes(true))
    return { verdict: "refused", code: "SIGNATURE_INVALID", message: "No signature of this delivery matches." };
  return { verdict: "accepted", eventIds: [eventIdOf(text)] };
}

/** What was signed and can't be read is kept, to become somebody's task. */
function eventIdOf(text: string): string {
  try {
    const { id } = JSON.parse(text) as { id?: unknown };
    if (typeof id === "string" && id !== "") return id;
  } catch {
    // No JSON: it is known by its content.
  }
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

export const withFloatWeights = (json: string): string => json.replace(/("weight":\s*)(\d+)(\s*)(?=,|\})/g, "$1$2.0$3");

const sign = (secret: string, body: Buffer): string =>
  `hmac-sha256-hex=${createHmac("sha256", Buffer.from(secret.normalize("NFKD"), "utf8"))
    .update(body)
    .digest("hex")}`;

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}
