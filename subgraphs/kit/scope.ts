import type { ExpressionBuilder } from "kysely";
import type { ReturnState } from "#orchestration/return-state.ts";
import { type Caller, hasRole, type PartnerRows, ROLES, seesCompany, seesSite } from "#shared/caller.ts";
import { foreignIdOf } from "#shared/ids.ts";
import type { Database } from "#shared/tables.ts";

// Who sees which rows. People and machines: those of their companies and sites. Partners: those that their bundle's lists leave, and nothing where a list
// that makes them what they are is missing (D-40, G-12). What has no rule here for partners they don't see at all.

/** Somebody of ours: without one of our roles nothing is seen. */
export const seesAnything = (caller: Caller): boolean => caller.kind !== "PARTNER" && hasRole(caller, ...ROLES);

/** Whether somebody of ours may see what a system of this company holds. */
export const seesRecordsOf = (caller: Caller, company: string): boolean =>
  seesAnything(caller) && seesCompany(caller, company);

/** A partner's rows; null for everybody else, and for a partner whose bundle leaves out what would narrow it. */
export function partnerRows({ kind, rows, sites }: Caller): PartnerRows | null {
  if (kind !== "PARTNER" || !rows) return null;
  const narrowed = { "third-party": sites, customer: rows.customers ?? rows.channels, supplier: rows.items };
  return narrowed[rows.kind] === null ? null : rows;
}

/** A return, or an event of one, as far as it decides who sees it. */
export type ScopedRow = {
  companyId: string;
  warehouse: string | null;
  customerId: string | null;
  orderChannel: string | null;
  skus: readonly string[];
};

export const rowOf = ({ lines, orderChannel = null, ...state }: ReturnState): ScopedRow => ({
  ...state,
  orderChannel,
  skus: lines.flatMap(({ posted }) => posted?.sku ?? []),
});

/** Whether the caller may see a row; whoever is narrowed to sites sees nothing that has none yet. */
export function seesRow(caller: Caller, row: ScopedRow): boolean {
  const { companyId, warehouse } = row;
  const isTheirs = seesAnything(caller) || isOfPartner(partnerRows(caller), row);
  const isAtSite = caller.sites === null || (warehouse !== null && seesSite(caller, warehouse));
  return isTheirs && seesCompany(caller, companyId) && isAtSite;
}

function isOfPartner(rows: PartnerRows | null, { companyId, customerId, orderChannel, skus }: ScopedRow): boolean {
  if (!rows) return false;
  const { customers, channels, items } = rows;
  return (
    (customers === null || customers.some((number) => foreignIdOf("erp.customer", companyId, number) === customerId)) &&
    (channels === null || (orderChannel !== null && channels.includes(orderChannel))) &&
    (items === null || skus.some((sku) => items.includes(sku)))
  );
}

type Returns = ExpressionBuilder<Database, "returns">;

/** The same as a condition on `returns`. */
export function returnsSeenBy(caller: Caller) {
  return (eb: Returns) => {
    const { companies, sites } = caller;
    const rows = partnerRows(caller);
    if (!rows && !seesAnything(caller)) return eb.lit(false);
    return eb.and([
      companies === "*" ? eb.lit(true) : inList(eb, "returns.company_id", companies),
      within(eb, "returns.warehouse", sites),
      within(eb, "returns.customer_number", rows?.customers ?? null),
      within(eb, "returns.order_channel", rows?.channels ?? null),
      hasItems(eb, rows?.items ?? null),
    ]);
  };
}

type Column = "returns.company_id" | "returns.warehouse" | "returns.customer_number" | "returns.order_channel";

const inList = (eb: Returns, column: Column, values: readonly string[]) =>
  values.length === 0 ? eb.lit(false) : eb(column, "in", values);
const within = (eb: Returns, column: Column, values: readonly string[] | null) =>
  values === null ? eb.lit(true) : inList(eb, column, values);

function hasItems(eb: Returns, items: readonly string[] | null) {
  if (items === null) return eb.lit(true);
  if (items.length === 0) return eb.lit(false);
  const lines = eb
    .selectFrom("return_lines")
    .select("return_lines.id")
    .whereRef("return_lines.return_id", "=", "returns.id")
    .where("return_lines.sku", "in", items);
  return eb.exists(lines);
}

/** Lines of a return that the caller sees: a supplier those with its items, whoever sees the return all of them. */
export function seesSku(caller: Caller, sku: string | null): boolean {
  const items = caller.rows?.items ?? null;
  return items === null || (sku !== null && items.includes(sku));
}

type Sold = { companyId: string; customerNumber: string; channel?: string | null };

/**
 * Whether an order, or a document of one that says as much, is for the caller: of partners only customers and marketplaces see orders, each its own.
 * A document that does not name the channel is nobody's who is narrowed to channels.
 */
export function seesSold(caller: Caller, { companyId, customerNumber, channel = null }: Sold): boolean {
  if (seesRecordsOf(caller, companyId)) return true;
  const rows = partnerRows(caller);
  if (rows?.kind !== "customer" || !seesCompany(caller, companyId)) return false;
  const { customers, channels } = rows;
  return (
    (customers === null || customers.includes(customerNumber)) &&
    (channels === null || (channel !== null && channels.includes(channel)))
  );
}

/** Whether it makes sense to look for orders in this company at all. */
export const mayBuyFrom = (caller: Caller, company: string): boolean =>
  seesRecordsOf(caller, company) || (partnerRows(caller)?.kind === "customer" && seesCompany(caller, company));

/** A partner that is a customer or a marketplace sees what it gets back; others see no money (D-40). */
export const isCustomer = (caller: Caller): boolean => partnerRows(caller)?.kind === "customer";
