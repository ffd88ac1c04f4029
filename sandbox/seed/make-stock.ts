import { SITES } from "./companies.ts";
import { quantity } from "./decimals.ts";
import { costOf } from "./item-ledger.ts";
import { LOTS, lotOf } from "./tracking.ts";
import type { Random } from "./random.ts";
import type { CompanyCode, Day, Item, SiteCode, Stock } from "./types.ts";

/** What lies at the sites today: every item that is kept in stock, at every site; consigned goods in their own location. */
export function makeStock(today: Day, random: Random, items: Item[]): Stock[] {
  const companies: CompanyCode[] = ["US01", "CA02", "EU03"];
  const kept = items.filter((item) => !item.dropShip && !item.specialOrder);
  return companies.flatMap((company) =>
    SITES[company].flatMap((site) => kept.flatMap((item) => stockOf(today, random, company, site, item))),
  );
}

function stockOf(today: Day, random: Random, company: CompanyCode, site: SiteCode, item: Item): Stock[] {
  if (item.supplierOwned && site !== SITES[company][0]) return [];
  const locationCode = item.supplierOwned ? "CONSIGN" : site;
  const row = (pieces: number, lot: Pick<Stock, "lotNumber" | "expiresOn">): Stock => {
    const onHand = quantity(pieces * 1000);
    return {
      company,
      locationCode,
      site,
      sku: item.sku,
      ...lot,
      quantity: onHand,
      cost: costOf(item, company, onHand),
    };
  };
  if (item.tracking === "SERIAL") return [row(random.between(2, 6), { lotNumber: null, expiresOn: null })];
  if (item.tracking === "NONE") return [row(random.between(20, 400), { lotNumber: null, expiresOn: null })];
  return Array.from({ length: LOTS }, (_, index) =>
    row(random.between(10, 80), lotOf(today, item.sku, locationCode, index)),
  );
}
