import { refusal } from "./refusals.ts";
import type { VerifyKey } from "./verify-key.ts";
import type { Verified, VerifyToken } from "./verify-token.ts";

/** What a request or a `connection_init` brings along. Cookies and addresses are never read for it (G-11). */
export type Credentials = { readonly authorization: string | undefined; readonly apiKey: string | undefined };
export type Authenticate = (credentials: Credentials) => Promise<Verified>;

/** Finds out who asks; the same on every door. Refuses with UNAUTHENTICATED or FORBIDDEN. */
export function createAuthenticate(verify: { token: VerifyToken; key: VerifyKey }): Authenticate {
  return async ({ authorization, apiKey }) => {
    if (authorization !== undefined && apiKey !== undefined)
      throw refusal("UNAUTHENTICATED", "Send a bearer token or an API key, not both.");
    if (apiKey !== undefined) return verify.key(apiKey);
    if (authorization === undefined) throw refusal("UNAUTHENTICATED", "A bearer token is missing (authorization).");
    const [, token] = /^Bearer +([A-Za-z0-9._~+/-]+=*)$/i.exec(authorization.trim()) ?? [];
    if (token === undefined) throw refusal("UNAUTHENTICATED", 'The header authorization is not "Bearer <token>".');
    return verify.token(token);
  };
}

type Headers = { readonly [name: string]: string | string[] | undefined };

export function credentialsOf(headers: Headers): Credentials {
  const one = (value: unknown) => (typeof value === "string" && value !== "" ? value : undefined);
  return { authorization: one(headers["authorization"]), apiKey: one(headers["x-api-key"]) };
}
