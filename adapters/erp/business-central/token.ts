import { ProgramBug } from "#shared/errors.ts";
import { z } from "zod";
import type { Http } from "../../http.ts";
import { unreadable } from "../../http.ts";
import type { Call } from "../../port.ts";

type Client = { system: string; tokenUrl: string; scope: string; clientId: string; clientSecret: string };
const grant = z.object({ access_token: z.string().min(1), expires_in: z.coerce.number() });

/** Renewed so long before it ends. */
const margin = 60_000;

/** The OAuth token of a client: one request at a time fetches it, all others wait for that one. */
export function createTokens(http: Http, client: Client) {
  let held: { value: string; until: number } | undefined;
  let fetching: Promise<string> | undefined;

  const fetchToken = async (call: Call): Promise<string> => {
    const { clientId, clientSecret, scope, system } = client;
    const form = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: clientId,
      client_secret: clientSecret,
      scope,
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    // The fetch serves everybody who waits: it does not end with the one who began it.
    const answer = await http.send(
      { deed: "get-token", method: "POST", url: client.tokenUrl, headers, body: form.toString(), write: false },
      { correlationId: call.correlationId },
    );
    if (answer.status !== 200)
      throw new ProgramBug({
        system,
        code: "ACCESS_REFUSED",
        vendorText: `${answer.status} ${answer.text.slice(0, 500)}`,
      });
    const { access_token: value, expires_in: seconds } = readGrant(system, answer.text);
    held = { value, until: Date.now() + seconds * 1_000 - Math.min(margin, seconds * 500) };
    return value;
  };

  return {
    /** The current token; fetches one where there is none or it ends soon. */
    get(call: Call): Promise<string> {
      if (held && Date.now() < held.until) return Promise.resolve(held.value);
      fetching ??= fetchToken(call).finally(() => (fetching = undefined));
      return fetching;
    },
    /** The system did not accept this one. */
    forget(value: string): void {
      if (held?.value === value) held = undefined;
    },
  };
}

function readGrant(system: string, text: string): z.output<typeof grant> {
  try {
    return grant.parse(JSON.parse(text));
  } catch (cause) {
    throw unreadable(system, false, "", cause);
  }
}
