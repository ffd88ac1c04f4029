import { createPrivateKey, type KeyObject } from "node:crypto";
import { ConfigMistakes } from "#shared/config.ts";
import { ProgramBug } from "#shared/errors.ts";
import { SignJWT } from "jose";
import { z } from "zod";
import { type Http, unreadable } from "../../http.ts";
import type { Call } from "../../port.ts";

type App = {
  system: string;
  tokenUrl: string;
  audience: string;
  consumerKey: string;
  username: string;
  privateKey: string;
};
const grant = z.object({ access_token: z.string().min(1) });

/** An assertion is good for so long; the org takes no longer ones. */
const ASSERTION_SECONDS = 180;

/** Sessions by JWT bearer: one log-in at a time, all others wait for it. The org does not say when one ends: a 401 does. */
export function createSessions(http: Http, app: App) {
  const { system, tokenUrl, audience, consumerKey, username } = app;
  const key = readKey(system, app.privateKey);
  let held: string | undefined;
  let fetching: Promise<string> | undefined;

  const assertion = () =>
    new SignJWT()
      .setProtectedHeader({ alg: "RS256" })
      .setIssuer(consumerKey)
      .setSubject(username)
      .setAudience(audience)
      .setExpirationTime(Math.floor(Date.now() / 1_000) + ASSERTION_SECONDS)
      .sign(key);

  const logIn = async (call: Call): Promise<string> => {
    const grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer";
    const form = new URLSearchParams({ grant_type: grantType, assertion: await assertion() });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    // The log-in serves everybody who waits: it does not end with the one who began it.
    const answer = await http.send(
      { deed: "log-in", method: "POST", url: tokenUrl, headers, body: form.toString(), write: false },
      { correlationId: call.correlationId },
    );
    const vendorText = `${answer.status} ${answer.text.slice(0, 500)}`;
    if (answer.status !== 200) throw new ProgramBug({ system, code: "ACCESS_REFUSED", vendorText });
    return (held = readGrant(system, answer.text));
  };

  return {
    get(call: Call): Promise<string> {
      if (held !== undefined) return Promise.resolve(held);
      fetching ??= logIn(call).finally(() => (fetching = undefined));
      return fetching;
    },
    /** The org did not accept this one. */
    forget(session: string): void {
      if (held === session) held = undefined;
    },
  };
}

/** PEM, or the base64 of the DER on one line. Throws ConfigMistakes. */
function readKey(system: string, text: string): KeyObject {
  try {
    if (text.includes("-----BEGIN")) return createPrivateKey(text.replaceAll("\\n", "\n"));
    return createPrivateKey({ key: Buffer.from(text, "base64"), format: "der", type: "pkcs8" });
  } catch (cause) {
    const mistake = new ConfigMistakes([
      `${system}.credentials.privateKey: the variable that it names holds no PKCS#8 key, in PEM or as its base64 on one line.`,
    ]);
    mistake.cause = cause;
    throw mistake;
  }
}

function readGrant(system: string, text: string): string {
  try {
    return grant.parse(JSON.parse(text)).access_token;
  } catch (cause) {
    throw unreadable(system, false, "", cause);
  }
}
