import { createHash } from "node:crypto";
import type { SandboxRequest } from "../http.ts";
import { Refusal } from "./answers.ts";
import { isSame, sign } from "./signature.ts";

/** How clients show who they are: a token, or `whsec_` signing of every request. */
export type Auth = { kind: "bearer"; token: string } | { kind: "hmac"; secret: string };
const TOLERANCE_SECONDS = 300;

/** The client's name in the limits; throws UNAUTHORIZED. */
export function authenticate(auth: Auth, request: SandboxRequest, now: Date): string {
  if (auth.kind === "bearer") return checkBearer(auth.token, request.headers["authorization"] ?? "");
  return checkSignature(auth.secret, request, now);
}

function checkBearer(token: string, header: string): string {
  if (!isSame(header, `Bearer ${token}`)) throw new Refusal("UNAUTHORIZED", "Give the site's bearer token.");
  return createHash("sha256").update(token).digest("hex");
}

/** Signed is `id.timestamp.METHOD path?query\nbody`. */
function checkSignature(secret: string, { method, path, headers, body }: SandboxRequest, now: Date): string {
  const [id = "", seconds = "", given = ""] = ["id", "timestamp", "signature"].map(
    (part) => headers[`webhook-${part}`],
  );
  if (!/^\d+$/.test(seconds) || Math.abs(now.getTime() / 1000 - Number(seconds)) > TOLERANCE_SECONDS)
    throw new Refusal("UNAUTHORIZED", "webhook-timestamp is missing or more than 300 s off.");
  const wanted = `v1,${sign(secret, `${id}.${seconds}.${method} ${path}\n${body}`)}`;
  if (!given.split(" ").some((each) => isSame(each, wanted)))
    throw new Refusal("UNAUTHORIZED", "No signature of this request matches.");
  return "signed";
}

export type Limits = { requestsPerMinute: number; atOnce: number };

/** Counts a client's requests over the last minute and those under way; `enter` throws RATE_LIMITED, else gives the way out. */
export function createLimiter({ requestsPerMinute, atOnce }: Limits, now: () => Date) {
  const clients = new Map<string, { times: number[]; running: number }>();
  return {
    enter(name: string): () => void {
      const client = clients.get(name) ?? { times: [], running: 0 };
      clients.set(name, client);
      const at = now().getTime();
      client.times = client.times.filter((time) => time > at - 60_000);
      if (client.times.length >= requestsPerMinute)
        throw new Refusal("RATE_LIMITED", `More than ${requestsPerMinute} requests a minute.`);
      if (client.running >= atOnce) throw new Refusal("RATE_LIMITED", `More than ${atOnce} requests at once.`);
      client.times.push(at);
      client.running += 1;
      return () => void (client.running -= 1);
    },
    clear: () => clients.clear(),
  };
}
