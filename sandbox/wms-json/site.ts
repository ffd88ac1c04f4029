import type { Item } from "../seed/types.ts";
import type { EventLog } from "./events.ts";
import type { Tables } from "./tables.ts";

/** What every deed at a site works on. */
export type Site = {
  code: string;
  /** Companies that the site works for. */
  companies: Set<string>;
  items: Map<string, Item>;
  tables: Tables;
  events: EventLog;
  now: () => Date;
  /** All or nothing; must not await. */
  transaction: <T>(work: () => T) => T;
  /** A site that asks first answers a cancel with CANCEL_REQUESTED, and later by an event (D-33). */
  asksBeforeCancel: () => boolean;
};

/** The item of a SKU that the site knows. */
export function itemOf({ items, code }: Site, sku: string): Item {
  const item = items.get(sku);
  if (!item) throw new Error(`${code} does not know the item ${sku}`);
  return item;
}
