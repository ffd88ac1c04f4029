import type { ErpOrder } from "#adapters/erp/port.ts";
import {
  allocationKeys,
  type AskedLine,
  evaluateLines,
  orderLineKey,
  type OrderHistory,
  warrantyAt,
} from "#orchestration/eligibility.ts";
import type { EvaluatedLine } from "#orchestration/facts-vocabulary.ts";
import { Fraction, zero } from "#shared/decimal.ts";
import { foreignIdOf } from "#shared/ids.ts";
import { fromBase } from "#shared/quantity.ts";
import type { Freshness } from "#shared/snapshots.ts";
import type { Known } from "../kit/reading.ts";
import type { Context } from "./loaders.ts";
import type { LineEligibility, ReturnEligibility } from "./types.generated.ts";

type Shown = Omit<LineEligibility, "estimatedCredit">;
/** `estimate` is for those who see prices. */
export type ShownLine = Shown & { estimate: { amount: string; currency: string } | null };
export type ShownEligibility = Omit<ReturnEligibility, "lines"> & { lines: ShownLine[] };

/** What of an order may come back by today's policy, on the ERP's history or its last snapshot, and which of them (D-14, D-30). */
export async function eligibilityOf(known: Known<ErpOrder>, context: Context): Promise<ShownEligibility> {
  const { history, freshness } = await readHistory(known, context);
  const keys = allocationKeys(history);
  const amounts = await context.loaders.takenByKey.loadMany(keys);
  const taken = new Map(keys.map((key, i) => [key, sound(amounts[i] ?? null)]));
  const lines = history.order.lines.map(({ sequence }) => judgeLine(history, sequence, { context, taken }));
  const eligible = lines.some((line) => line.eligible && line.returnable.value !== "0");
  return { eligible, policyVersion: context.policies.version, freshness, lines };
}

async function readHistory(
  { value: order, freshness }: Known<ErpOrder>,
  { loaders }: Context,
): Promise<{ history: OrderHistory; freshness: Freshness }> {
  const { companyId, customerNumber } = order;
  const skus = [...new Set(order.lines.map(({ sku }) => sku))];
  const [customer, items, credits] = await Promise.all([
    loaders.customerById.load(foreignIdOf("erp.customer", companyId, customerNumber)),
    loaders.itemById.loadMany(skus.map((sku) => foreignIdOf("erp.item", companyId, sku))),
    loaders.creditsByInvoiceId.loadMany(
      order.invoices.map(({ number }) => foreignIdOf("erp.invoice", companyId, number)),
    ),
  ]);
  const knownItems = items.flatMap((item) => sound(item) ?? []);
  const knownCredits = credits.flatMap((credit) => sound(credit) ?? []);
  const history: OrderHistory = {
    order,
    customer: customer?.value ?? null,
    items: new Map(knownItems.map(({ value }) => [value.sku, value])),
    credits: knownCredits.flatMap(({ value }) => value),
  };
  const all = [
    freshness,
    customer?.freshness ?? freshness,
    ...[...knownItems, ...knownCredits].map((one) => one.freshness),
  ];
  return { history, freshness: oldest(all) };
}

const sound = <Value>(answer: Value | Error): Value => {
  if (answer instanceof Error) throw answer;
  return answer;
};
const oldest = (all: Freshness[]): Freshness => all.toSorted((a, b) => (a.asOf < b.asOf ? -1 : 1))[0] as Freshness;

type Judging = { context: Context; taken: ReadonlyMap<string, Fraction | null> };

/** Asked without a reason, for all that is left to return; where nothing is left, for one that then is refused. */
function judgeLine(history: OrderHistory, sequence: number, { context, taken }: Judging): ShownLine {
  const { order } = history;
  const line = order.lines.find((candidate) => candidate.sequence === sequence)!;
  const ask = (value: string): EvaluatedLine | undefined => {
    const asked: AskedLine = {
      lineId: "",
      sequence,
      quantity: { value, unit: line.unit },
      reasonCode: null,
      conditionClaimed: null,
      serialNumbers: [],
      requestException: false,
    };
    const rules = {
      policies: context.policies,
      installation: context.config.installation,
      now: new Date(),
    };
    return evaluateLines(history, [asked], { ...rules, taken: (key) => taken.get(key) ?? zero })[0];
  };
  const first = ask("1");
  const shown = {
    orderLineId: orderLineKey(order, sequence),
    item: { sku: line.sku },
    shipped: { value: line.shipped, unit: line.unit },
  };
  if (!first) return { ...shown, ...noSale(line.unit) };
  const left = new Fraction(first.returnableBase);
  const returnable = fromBase(left, first.posted.unitFactor);
  const { decision, reasons, windowEndsAt, posted } = left.gt(0) ? (ask(returnable) ?? first) : first;
  const amount = context.policies.estimateCredit({
    customerNumber: order.customerNumber,
    reasonCode: null,
    posted,
    requested: left,
    returnable: left,
  });
  return {
    ...shown,
    ...{
      returnable: { value: returnable, unit: line.unit },
      eligible: decision === "AUTO",
      decision,
      reasons,
      windowEndsAt,
      warranty: warrantyAt(order.companyId, posted, new Date()),
    },
    estimate: { amount, currency: order.currency },
  };
}

const noSale = (unit: string) => ({
  ...{
    returnable: { value: "0", unit },
    eligible: false,
    decision: "REFUSED",
    windowEndsAt: null,
    estimate: null,
    warranty: null,
  },
  reasons: [{ code: "NO_RECORD_OF_SALE", message: "Nothing of this line was invoiced yet.", ruleId: "EL-01" }],
});
