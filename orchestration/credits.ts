import type { Transaction } from "#shared/database.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import { sql } from "kysely";
import type { CreditLine } from "./facts-vocabulary.ts";
import { loadReturns } from "./reading-facts.ts";
import type { ReturnState } from "./return-state.ts";

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

/** Net of the customer's live credits decided on a day at the company, this return's not counted twice (D-23). */
export async function creditedThatDay(tx: Transaction, state: ReturnState, day: string): Promise<Fraction> {
  const rows = await tx
    .selectFrom("credits")
    .select("net")
    .where("customer_id", "=", state.customerId!)
    .where("decided_on", "=", day)
    .where("status", "not in", ["DECLINED", "REVERSED"])
    .execute();
  return sum(rows.map(({ net }) => new Fraction(net)));
}
