import type { ExpressionBuilder } from "kysely";
import { type Caller, hasRole, ROLES, seesCompany, seesSite } from "#shared/caller.ts";
import type { Database } from "#shared/tables.ts";

/** Without one of our roles nothing is seen; partners are let in when their bundles are enforced (G-12). */
export const seesAnything = (caller: Caller): boolean => caller.kind !== "PARTNER" && hasRole(caller, ...ROLES);

/** Whether the caller may see what a system of this company holds. */
export const seesRecordsOf = (caller: Caller, company: string): boolean =>
  seesAnything(caller) && seesCompany(caller, company);

/** Whether the caller may see a row of this company and site; whoever is narrowed to sites sees nothing that has none yet. */
export const seesRow = (
  caller: Caller,
  { companyId, warehouse }: { companyId: string; warehouse: string | null },
): boolean =>
  seesRecordsOf(caller, companyId) && (caller.sites === null || (warehouse !== null && seesSite(caller, warehouse)));

type Returns = ExpressionBuilder<Database, "returns">;

/** The same as a condition on `returns`. */
export function returnsSeenBy(caller: Caller) {
  return (eb: Returns) => {
    if (!seesAnything(caller)) return eb.lit(false);
    const companies = caller.companies === "*" ? eb.lit(true) : inList(eb, "returns.company_id", caller.companies);
    return caller.sites === null ? companies : eb.and([companies, inList(eb, "returns.warehouse", caller.sites)]);
  };
}

const inList = (eb: Returns, column: "returns.company_id" | "returns.warehouse", values: readonly string[]) =>
  values.length === 0 ? eb.lit(false) : eb(column, "in", values);
