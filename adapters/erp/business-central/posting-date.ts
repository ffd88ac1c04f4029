import { BusinessRefusal } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { Client } from "./client.ts";
import { ledgerSetup } from "./wire.ts";

/** `day`, or the first open day after it; PERIOD_CLOSED where posting ends before (D-26). */
export async function findPostingDate(client: Client, day: string, call: Call): Promise<string> {
  const [setup] = await client.list(ledgerSetup, undefined, { deed: "find-posting-date" }, call);
  const first = setup?.allowPostingFrom && day < setup.allowPostingFrom ? setup.allowPostingFrom : day;
  if (setup?.allowPostingTo && first > setup.allowPostingTo)
    throw new BusinessRefusal({ system: client.system, code: "PERIOD_CLOSED" });
  return first;
}
