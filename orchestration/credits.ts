import type { Transaction } from "#shared/database.ts";
import type { Fraction } from "#shared/decimal.ts";
import { sql } from "kysely";
import { isForeign, netInCompanyCurrency } from "./exchange-rates.ts";
import type { CreditLine } from "./facts-vocabulary.ts";
import { loadReturns } from "./reading-facts.ts";
import type { CreditState, ReturnState } from "./return-state.ts";

/** Credit lines of our other returns on the invoices of this one; locks the customer's credits of the moment, so that two can't be calculated past each other. */
export async function creditedByOtherReturns(tx: Transaction, state: ReturnState): Promise<CreditLine[]> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`credits:${state.customerId}`}, 0))`.execute(tx);
  const invoices = [...new Set(state.lines.flatMap(({ posted }) => posted?.invoiceNumber ?? []))];
  if (invoices.length === 0) return [];
  const rows = await tx
    .selectFrom("return_lines")
    .innerJoin("credits", "credits.return_id", "return_lines.return_id")
    .select("return_lines.return_id")
    .distinct()
    .where("return_lines.invoice_number", "in", invoices)
    .where("return_lines.return_id", "<>", state.id)
    .where("credits.status", "not in", ["DECLINED", "REVERSED"])
    .execute();
  const others = await loadReturns(
    tx,
    rows.map(({ return_id }) => return_id),
  );
  return [...others.values()].flatMap((other) => {
    if (other instanceof Error) throw other;
    return other.credits
      .filter(({ status }) => status !== "DECLINED" && status !== "REVERSED")
      .flatMap(({ lines }) => lines);
  });
}

/**
 * Net of the customer's live credits decided on a day at the company, in the company's currency (D-22, D-23); this return's are among them. Null when no
 * rate is known for one of them.
 */
export async function creditedThatDay(tx: Transaction, state: ReturnState, day: string): Promise<Fraction | null> {
  const rows = await tx
    .selectFrom("credits")
    .select(["id", "return_id", "net", "currency"])
    .where("customer_id", "=", state.customerId!)
    .where("decided_on", "=", day)
    .where("status", "not in", ["DECLINED", "REVERSED"])
    .execute();
  const foreign = rows.filter(({ currency }) => isForeign({ companyId: state.companyId, currency }));
  const rates = await ratesOf(
    tx,
    foreign.map(({ return_id }) => return_id),
  );
  return netInCompanyCurrency(
    state.companyId,
    rows.map(({ id, ...credit }) => ({ ...credit, ...rates.get(id) })),
  );
}

/** The rates that credits of these returns were decided on, by credit: only the facts know them. */
async function ratesOf(
  tx: Transaction,
  returnIds: readonly string[],
): Promise<Map<string, Pick<CreditState, "exchangeRate">>> {
  const states = await loadReturns(tx, [...new Set(returnIds)]);
  return new Map(
    [...states.values()].flatMap((state) => {
      if (state instanceof Error) throw state;
      return state.credits.map(({ creditId, exchangeRate }): [string, Pick<CreditState, "exchangeRate">] => [
        creditId,
        exchangeRate ? { exchangeRate } : {},
      ]);
    }),
  );
}
