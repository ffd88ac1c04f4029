import { createHmac, randomUUID, timingSafeEqual } from "node:crypto";
import type { Answer, SandboxRequest } from "../http.ts";
import { ODataError } from "./errors.ts";
import type { Settings } from "./settings.ts";

const SCOPE = "https://api.businesscentral.dynamics.com/.default";

export type Tokens = ReturnType<typeof createTokens>;

/** OAuth client credentials, as the tenant's token endpoint gives them. */
export function createTokens(settings: Settings, now: () => Date) {
  let generation = 0;
  const sign = (claims: string) => createHmac("sha256", settings.clientSecret).update(claims).digest("base64url");
  const issue = () => {
    const claims = Buffer.from(
      JSON.stringify({
        aud: SCOPE,
        exp: now().getTime() + settings.tokenSeconds * 1000,
        generation,
        uti: randomUUID(),
      }),
    ).toString("base64url");
    return `${claims}.${sign(claims)}`;
  };
  return {
    answer(request: SandboxRequest): Answer {
      if (request.method !== "POST")
        return refusal(405, "invalid_request", "AADSTS900561: The endpoint only accepts POST requests.");
      const form = new URLSearchParams(request.body);
      if (form.get("grant_type") !== "client_credentials")
        return refusal(400, "unsupported_grant_type", "AADSTS70003: The app requested an unsupported grant type.");
      if (form.get("scope") !== SCOPE)
        return refusal(
          400,
          "invalid_scope",
          `AADSTS1002012: The provided value for scope ${form.get("scope") ?? ""} is not valid.`,
        );
      if (form.get("client_id") !== settings.clientId)
        return refusal(400, "unauthorized_client", "AADSTS700016: Application was not found in the directory.");
      if (form.get("client_secret") !== settings.clientSecret)
        return refusal(401, "invalid_client", "AADSTS7000215: Invalid client secret provided.");
      return {
        status: 200,
        headers: { "cache-control": "no-store" },
        body: {
          token_type: "Bearer",
          expires_in: settings.tokenSeconds,
          ext_expires_in: settings.tokenSeconds,
          access_token: issue(),
        },
      };
    },
    check(authorization: string | undefined) {
      const [, claims = "", signature = ""] = /^Bearer ([\w-]+)\.([\w-]+)$/.exec(authorization ?? "") ?? [];
      if (!claims || !isSame(sign(claims), signature)) throw rejected();
      const { exp, generation: issued } = JSON.parse(Buffer.from(claims, "base64url").toString()) as {
        exp: number;
        generation: number;
      };
      if (exp <= now().getTime() || issued < generation) throw rejected();
    },
    /** Every token that was given is invalid from now on. */
    expireAll: () => void (generation += 1),
  };
}

const isSame = (a: string, b: string) => a.length === b.length && timingSafeEqual(Buffer.from(a), Buffer.from(b));
const rejected = () =>
  new ODataError(401, "Authentication_InvalidCredentials", "The server has rejected the client credentials.");

const refusal = (status: number, error: string, description: string): Answer => ({
  status,
  body: { error, error_description: `${description} Correlation ID: ${randomUUID()}`, correlation_id: randomUUID() },
});
