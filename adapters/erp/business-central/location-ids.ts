import { BusinessRefusal } from "#shared/errors.ts";
import type { Call } from "../../port.ts";
import type { Client } from "./client.ts";
import { locations } from "./wire.ts";

/** The ids of locations by their code; lines name a location by its id alone. UNKNOWN_CODE where the ERP has no such location. */
export async function findLocationIds(
  client: Client,
  codes: readonly string[],
  call: Call,
): Promise<Map<string, string>> {
  const rows = await client.listBy(locations, "code", new Set(codes), { deed: "find-locations" }, call);
  const found = new Map(rows.map(({ code, id }) => [code, id]));
  for (const code of codes)
    if (!found.has(code))
      throw new BusinessRefusal({
        system: client.system,
        code: "UNKNOWN_CODE",
        vendorText: `there is no location ${code}`,
      });
  return found;
}
