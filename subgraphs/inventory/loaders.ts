import type { ErpItem } from "#adapters/erp/port.ts";
import type { StockOfItem, WmsPort } from "#adapters/wms/port.ts";
import { type Caller, seesCompany, seesSite } from "#shared/caller.ts";
import { warehouseByCode } from "#shared/places.ts";
import { readThrough } from "#shared/snapshots.ts";
import type { RequestContext, SubgraphContext } from "../kit/context.ts";
import { type Answers, type Known, loaderOf } from "../kit/reading.ts";
import { partnerRows, seesAnything, seesRecordsOf } from "../kit/scope.ts";

/** Stock of an item at one site; an Error where the site doesn't answer and nothing is kept. */
export type SiteStock = { site: string; stock: Known<StockOfItem> | Error };

export const createLoaders = (context: RequestContext) => ({
  itemBySku: loaderOf<Known<ErpItem>>((skus) => findItems(context, skus)),
  stockBySku: loaderOf<SiteStock[]>((skus) => findStock(context, skus)),
});

export type Context = SubgraphContext<ReturnType<typeof createLoaders>>;

/** One item master (D-29): the next ERP is asked only for what the one before does not have, or when it is down. */
async function findItems(context: RequestContext, wanted: readonly string[]): Promise<Answers<ErpItem>> {
  const found: Answers<ErpItem> = new Map();
  const skus = wanted.filter((sku) => seesItem(context.caller, sku));
  for (const erp of context.systems.erps()) {
    const keys = skus.filter((sku) => !isFresh(found.get(sku)));
    if (keys.length === 0) break;
    const answers = await readThrough(context, {
      system: erp.system,
      kind: "item",
      keys,
      ask: (asked) => erp.findItems(asked, context.call),
    });
    for (const [sku, answer] of answers) if (isBetter(answer, found.get(sku))) found.set(sku, answer);
  }
  return found;
}

/** The item master is nobody's rows; a supplier sees of it what is its own (D-40). */
function seesItem(caller: Caller, sku: string): boolean {
  const rows = partnerRows(caller);
  return rows ? (rows.items?.includes(sku) ?? true) : seesAnything(caller);
}

type Answer = Known<ErpItem> | Error;
const isFresh = (answer: Answer | undefined): boolean =>
  answer !== undefined && !(answer instanceof Error) && !answer.freshness.stale;
const isBetter = (answer: Answer, before: Answer | undefined): boolean =>
  before === undefined || before instanceof Error || (before.freshness.stale && isFresh(answer));

/** All sites at once, each with one call; a site that is down takes no other with it. */
async function findStock(context: RequestContext, skus: readonly string[]): Promise<Map<string, SiteStock[]>> {
  const sites = context.systems.warehouses().filter(({ site }) => isSeen(context, site));
  const told = await Promise.all(
    sites.map(async (wms) => ({ site: wms.site, answers: await stockAt(context, wms, skus) })),
  );
  return new Map(
    skus.map((sku) => [
      sku,
      told.flatMap(({ site, answers }) => {
        const stock = answers.get(sku);
        return stock ? [{ site, stock }] : [];
      }),
    ]),
  );
}

const stockAt = (context: RequestContext, wms: WmsPort, keys: readonly string[]): Promise<Answers<StockOfItem>> =>
  readThrough(context, {
    system: wms.system,
    kind: "stock",
    keys,
    ask: (skus) => wms.findStock(skus, context.call),
    modifiedAt: ({ asOf }) => asOf,
  });

function isSeen({ caller }: RequestContext, site: string): boolean {
  const warehouse = warehouseByCode(site);
  if (!warehouse || !seesSite(caller, site)) return false;
  // A third-party warehouse its own stock; customers and suppliers none.
  const isTheirs = partnerRows(caller)?.kind === "third-party" && seesCompany(caller, warehouse.companyId);
  return isTheirs || seesRecordsOf(caller, warehouse.companyId);
}
