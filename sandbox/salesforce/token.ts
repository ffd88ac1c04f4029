import { createHash, createPublicKey, randomBytes, verify } from "node:crypto";
import type { Answer, SandboxRequest } from "../http.ts";
import { sessionEnded } from "./errors.ts";
import type { Settings } from "./settings.ts";

const GRANT = "urn:ietf:params:oauth:grant-type:jwt-bearer";
/** An assertion may not be good for longer. */
const LONGEST = 5 * 60;
/** Clocks may differ by so much. */
const SKEW = 30;

export type Tokens = ReturnType<typeof createTokens>;

/** OAuth 2.0 JWT bearer: an assertion, signed with the key whose certificate the connected app has, for a session of a user. */
export function createTokens(settings: Settings, now: () => Date, userId: () => string) {
  const sessions = new Map<string, { userId: string; until: number }>();
  const keyOf = (token: string) => createHash("sha256").update(token).digest("hex");

  return {
    answer(request: SandboxRequest): Answer {
      if (request.method !== "POST") return refusal("invalid_request", "must use HTTP POST");
      const form = new URLSearchParams(request.body);
      if (form.get("grant_type") !== GRANT) return refusal("unsupported_grant_type", "grant type not supported");
      const mistake = judge(form.get("assertion") ?? "", settings, now());
      if (mistake) return mistake;
      const token = `00DBk0000000001!${randomBytes(48).toString("base64url")}`;
      sessions.set(keyOf(token), { userId: userId(), until: now().getTime() + settings.sessionMs });
      const instance = `http://${request.headers["host"] ?? "localhost"}`;
      return {
        status: 200,
        headers: { "cache-control": "no-cache, no-store" },
        body: {
          access_token: token,
          scope: "api",
          instance_url: instance,
          id: `${instance}/id/00DBk0000000001EAA/${userId()}`,
          token_type: "Bearer",
        },
      };
    },
    /** The user of a session, which goes on from now; throws INVALID_SESSION_ID. */
    check(authorization: string | undefined): string {
      const [, token] = /^(?:Bearer|OAuth) (\S+)$/.exec(authorization ?? "") ?? [];
      const session = token === undefined ? undefined : sessions.get(keyOf(token));
      if (!session || session.until <= now().getTime()) throw sessionEnded();
      session.until = now().getTime() + settings.sessionMs;
      return session.userId;
    },
    /** Every session that was given ends now. */
    expireAll: () => sessions.clear(),
  };
}

function judge(assertion: string, settings: Settings, now: Date): Answer | null {
  const [head = "", body = "", signature = ""] = assertion.split(".");
  const [header, claims] = [readJson(head), readJson(body)];
  if (!header || !claims || header["alg"] !== "RS256") return refusal("invalid_grant", "invalid assertion");
  if (claims["iss"] !== settings.consumerKey) return refusal("invalid_client_id", "client identifier invalid");
  const key = createPublicKey(settings.certificate);
  if (!verify("sha256", Buffer.from(`${head}.${body}`), key, Buffer.from(signature, "base64url")))
    return refusal("invalid_grant", "invalid assertion");
  if (claims["aud"] !== settings.audience) return refusal("invalid_grant", "audience is invalid");
  const [exp, seconds] = [Number(claims["exp"]), now.getTime() / 1_000];
  if (!(exp > seconds - SKEW)) return refusal("invalid_grant", "expired authorization code");
  if (exp > seconds + LONGEST + SKEW) return refusal("invalid_grant", "invalid assertion");
  if (claims["sub"] !== settings.username) return refusal("invalid_grant", "user hasn't approved this consumer");
  return null;
}

function readJson(part: string): Record<string, unknown> | null {
  try {
    return JSON.parse(Buffer.from(part, "base64url").toString()) as Record<string, unknown>;
  } catch {
    return null;
  }
}

const refusal = (error: string, description: string): Answer => ({
  status: 400,
  body: { error, error_description: description },
});
