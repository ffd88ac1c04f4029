import type { Call } from "../../port.ts";
import type { Client } from "./client.ts";
import { itemUnits } from "./wire.ts";

/** SKU → unit code → base units in one. */
export type Factors = Map<string, Record<string, string>>;

/** The units of items, as the partner's page has them. */
export async function findFactors(client: Client, skus: Iterable<string>, call: Call): Promise<Factors> {
  const rows = await client.listBy(itemUnits, "itemNumber", new Set(skus), { deed: "find-units" }, call);
  const factors: Factors = new Map();
  for (const { itemNumber, code, qtyPerUnitOfMeasure } of rows)
    factors.set(itemNumber, { ...factors.get(itemNumber), [code]: qtyPerUnitOfMeasure });
  return factors;
}
