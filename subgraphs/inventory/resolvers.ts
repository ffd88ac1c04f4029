import type { ErpItem } from "#adapters/erp/port.ts";
import type { StockOfItem } from "#adapters/wms/port.ts";
import { parseDecimal, sum } from "#shared/decimal.ts";
import { warehouseByCode } from "#shared/places.ts";
import { fromBase } from "#shared/quantity.ts";
import type { ResolverMap } from "../kit/context.ts";
import type { Known } from "../kit/reading.ts";
import type { Context, SiteStock } from "./loaders.ts";
import type { Freshness, Item, Quantity, Warehouse } from "./types.generated.ts";

type Reference = { sku: string };

export const resolvers: ResolverMap = {
  Query: { item: itemOf },
  Item: {
    __resolveReference: (item: Reference, context: Context) => itemOf(null, item, context),
    availability: ({ sku }: Reference, _: unknown, { loaders }: Context) => loaders.stockBySku.load(sku),
  },
  Availability: {
    warehouse: ({ site }: SiteStock): Pick<Warehouse, "code"> | null => warehouseByCode(site) ?? null,
    onHand: (stock: SiteStock) => quantityOf(stock, ["AVAILABLE", "QUARANTINE", "HOLD", "DAMAGED"]),
    available: (stock: SiteStock) => quantityOf(stock, ["AVAILABLE"]),
    quarantined: (stock: SiteStock) => quantityOf(stock, ["QUARANTINE"]),
    freshness: ({ stock }: SiteStock): Freshness | null =>
      stock instanceof Error ? null : { ...stock.freshness, asOf: stock.value.asOf },
  },
  Warehouse: { __resolveReference: ({ code }: Pick<Warehouse, "code">) => warehouseByCode(code) ?? null },
};

async function itemOf(
  _: unknown,
  { sku }: Reference,
  { loaders }: Context,
): Promise<Omit<Item, "availability"> | null> {
  const known = await loaders.itemBySku.load(sku);
  return known && show(known);
}

const show = ({ value, freshness }: Known<ErpItem>): Omit<Item, "availability"> => {
  const { sku, name, category, hazardous, serialized, lotTracked, supplierOwned, returnable } = value;
  return { sku, name, category, hazardous, serialized, lotTracked, supplierOwned, returnable, freshness };
};

function quantityOf({ stock }: SiteStock, statuses: (keyof StockOfItem["byStatus"])[]): Quantity {
  if (stock instanceof Error) throw stock;
  const { byStatus, unit } = stock.value;
  return { value: fromBase(sum(statuses.map((status) => parseDecimal(byStatus[status] ?? "0"))), "1"), unit };
}
