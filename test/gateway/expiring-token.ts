import { importJWK, SignJWT } from "jose";
import { demoPeople } from "#gateway/access/demo-people.ts";
import { issuerKey } from "#gateway/access/development-issuer.ts";
import type { TestGateway } from "./start-test-gateway.ts";

/** A token that is inside the skew of 30 s for three seconds more: enough to be let in with it on a busy machine. */
export async function expiringToken({ gateway, dataDir }: TestGateway): Promise<string> {
  const key = await issuerKey(dataDir);
  const exp = Date.now() / 1000 - 27;
  return new SignJWT({ ...demoPeople["ada"], iss: String(gateway.issuer?.url), aud: "backhaul", iat: exp - 60, exp })
    .setProtectedHeader({ alg: "ES256", kid: String(key.kid) })
    .sign(await importJWK(key, "ES256"));
}
