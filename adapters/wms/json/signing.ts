import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { Delivery, Verdict } from "../../port.ts";

const toleranceSeconds = 300;

/** Standard Webhooks: any of the signatures with either secret, compared in constant time; at most 300 s off (wires 1.3). */
export function verify(delivery: Delivery, secrets: readonly string[]): Verdict {
  const { headers, body, receivedAt } = delivery;
  const [id, timestamp, given] = [headers["webhook-id"], headers["webhook-timestamp"], headers["webhook-signature"]];
  if (
    !id ||
    !timestamp ||
    !given ||
    !/^\d{1,12}$/.test(timestamp) ||
    !isSigned(secrets, `${id}.${timestamp}.`, body, given)
  )
    return { verdict: "refused", code: "SIGNATURE_INVALID", message: "No signature of this delivery matches." };
  const age = Math.round(Math.abs(receivedAt.getTime() / 1_000 - Number(timestamp)));
  if (age > toleranceSeconds)
    return {
      verdict: "refused",
      code: "TIMESTAMP_STALE",
      message: `webhook-timestamp is ${age} s old; at most ${toleranceSeconds} s are accepted.`,
    };
  return { verdict: "accepted", eventIds: [id] };
}

/** All pairs are compared, so that the time does not tell which one was near. */
function isSigned(secrets: readonly string[], before: string, body: Buffer, given: string): boolean {
  const signatures = given
    .split(" ")
    .slice(0, 16)
    .filter((each) => each.startsWith("v1,"));
  const pairs = secrets.flatMap((secret) =>
    signatures.map((signature) => [signature.slice(3), sign(secret, before, body)] as const),
  );
  return pairs.map(([left, right]) => isSame(left, right)).includes(true);
}

function sign(secret: string, before: string, body: Buffer | string): string {
  return createHmac("sha256", Buffer.from(secret.replace(/^whsec_/, ""), "base64"))
    .update(before)
    .update(body)
    .digest("base64");
}

function isSame(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a), Buffer.from(b)];
  return left.length === right.length && timingSafeEqual(left, right);
}

/** The three headers of a request of ours: signed is `id.timestamp.METHOD path?query\nbody`. */
export function signedHeaders(
  secret: string,
  request: { method: string; target: string; body: string },
  now = new Date(),
): Record<string, string> {
  const id = `req_${randomUUID()}`;
  const timestamp = String(Math.floor(now.getTime() / 1_000));
  const signature = sign(secret, `${id}.${timestamp}.`, `${request.method} ${request.target}\n${request.body}`);
  return { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
}
