import type { ErpCustomer, ErpItem } from "#adapters/erp/port.ts";
import type { StockOfItem } from "#adapters/wms/port.ts";
import { Fraction } from "#shared/decimal.ts";
import type { ReplacementLine } from "../facts-vocabulary.ts";
import { lineById, wasResolved } from "../goods.ts";
import { approvalOf } from "../replacement-approval.ts";
import { dueOf, isBeyondAccepted, nameOf, replacementById, shipsFrom } from "../replacements.ts";
import type { ReplacementState, ReturnState } from "../return-state.ts";
import type { Decision, DecidingStep, Guard, Run, Task } from "../step.ts";

type Read = {
  customer: ErpCustomer | undefined;
  items: Map<string, ErpItem>;
  /** By site and SKU. */
  stock: Map<string, StockOfItem>;
};

/**
 * Whether goods may go out for those that came: accepted, approved, the customer on no credit hold (D-06: it blocks replacements, not credits), enough at the
 * site. What is given up is credited instead.
 */
export const checkReplacement: DecidingStep<Read | undefined> = {
  kind: "decide",
  name: "check-replacement",
  system: "erp",
  guard: (state, run) => {
    const replacement = replacementById(state, run.subject);
    if (!replacement || replacement.status === "CANCELLED") return { end: "it was given up" };
    if (replacement.status !== "REQUESTED") return unlessTakenBack(state, replacement);
    if (state.cancelRequested) return { end: "the return is being cancelled" };
    const approval = approvalOf(state, replacement);
    if (approval === "WAITS") return { end: "its approval is still open" };
    if (approval === "DECLINED" || isGivenUp(state, replacement)) return "go";
    return dueOf(state, replacement, run.policies).is === "WAITS" ? { end: "its goods are not accepted yet" } : "go";
  },
  mustRead: (state, run) => {
    const replacement = replacementById(state, run.subject)!;
    return whyCancelled(state, replacement, run) === null;
  },
  read: async (state, run) => {
    const { call, systems } = run;
    const erp = systems.erpOf(state.companyId);
    const lines = linesDue(state, replacementById(state, run.subject)!, run);
    const skus = [...new Set(lines.map(({ sku }) => sku))];
    const sites = [...Map.groupBy(lines, ({ lineId }) => shipsFrom(state, lineId))];
    const [customers, items, ...stocks] = await Promise.all([
      erp.findCustomers([state.customerNumber!], call),
      erp.findItems(skus, call),
      ...sites.map(async ([site, own]) => {
        const asked = [...new Set(own.map(({ sku }) => sku))];
        return [...(await systems.wmsOf(site).findStock(asked, call))].map(
          ([sku, row]) => [`${site} ${sku}`, row] as const,
        );
      }),
    ]);
    return { customer: customers.get(state.customerNumber!), items, stock: new Map(stocks.flat()) };
  },
  decide: (state, read, run) => {
    const replacement = replacementById(state, run.subject)!;
    const reason = whyCancelled(state, replacement, run);
    if (reason !== null) return cancelled(replacement, reason);
    const held = heldBy(state, replacement, read!, run);
    return held ? { facts: [], tasks: [held], then: "stop" } : { facts: [] };
  },
};

/** Goods that a correction took back after others had been ordered for them: a person decides, as after a credit (D-15). */
function unlessTakenBack(state: ReturnState, replacement: ReplacementState): Guard {
  const task: Task = {
    code: "CORRECTION_AFTER_CREDIT",
    summary: `Fewer goods count by now than ${nameOf(state, replacement)} went out for on order ${replacement.order?.number}.`,
    cause: `replaced-and-taken-back:${replacement.replacementId}`,
  };
  return isBeyondAccepted(state, replacement) && !wasResolved(state, task) ? { task } : { skip: "ordered before" };
}

const cancelled = ({ replacementId }: ReplacementState, reason: string): Decision => ({
  facts: [{ kind: "replacement.cancelled", data: { replacementId, reason } }],
  then: "end",
});

function whyCancelled(state: ReturnState, replacement: ReplacementState, run: Run): string | null {
  if (approvalOf(state, replacement) === "DECLINED") return "Its approval was declined.";
  if (isGivenUp(state, replacement)) return "Nobody could send it.";
  const due = dueOf(state, replacement, run.policies);
  return due.is === "NOTHING" ? "None of the goods were accepted." : null;
}

const linesDue = (state: ReturnState, replacement: ReplacementState, run: Run): ReplacementLine[] => {
  const due = dueOf(state, replacement, run.policies);
  return due.is === "DUE" ? due.lines : [];
};

/** The task that has to be looked after first; one that a person has waived is not asked again. */
function heldBy(state: ReturnState, replacement: ReplacementState, read: Read, run: Run): Task | undefined {
  const { system } = run.systems.erpOf(state.companyId);
  const hold = holdOf(read.customer);
  const tasks: Task[] = [
    ...(hold
      ? [
          {
            code: "CUSTOMER_BLOCKED" as const,
            system,
            summary: `Customer ${state.customerNumber} ${hold}: ${nameOf(state, replacement)} can't go out.`,
          },
        ]
      : []),
    ...linesDue(state, replacement, run).flatMap((line) => shortOf(state, line, replacement, read)),
  ];
  return tasks.find((task) => !isWaived(state, task));
}

/** Business Central ships nothing to a customer that is blocked in any way; a limit of 0 is none. */
function holdOf(customer: ErpCustomer | undefined): string | null {
  if (!customer) return "is not in the ERP any more";
  if (customer.blocked !== "NONE") return `is blocked (${customer.blocked}) in the ERP`;
  const limit = new Fraction(customer.creditLimit);
  return limit.gt(0) && new Fraction(customer.balance).gt(limit) ? "is over the credit limit" : null;
}

function shortOf(
  state: ReturnState,
  { lineId, sku, quantity }: ReplacementLine,
  replacement: ReplacementState,
  { items, stock }: Read,
): Task[] {
  const site = shipsFrom(state, lineId);
  const item = items.get(sku);
  const there = stock.get(`${site} ${sku}`)?.byStatus.AVAILABLE ?? "0";
  const needed = sku === lineById(state, lineId)!.posted!.sku ? new Fraction(quantity.base) : inBase(item, quantity);
  if (item && !item.blocked && new Fraction(there).gte(needed)) return [];
  const why = item?.blocked || !item ? `${sku} is blocked or unknown in the ERP` : `${site} has ${there} of ${sku}`;
  const summary = `${why}, ${quantity.value} ${quantity.unit} are to go out: ${nameOf(state, replacement)} waits.`;
  return [{ code: "OUT_OF_STOCK", summary }];
}

const inBase = (item: ErpItem | undefined, { value, unit }: { value: string; unit: string }): Fraction =>
  new Fraction(value).mul(item?.units[unit] ?? "1");

const tasksOf = (state: ReturnState, replacement: ReplacementState) =>
  state.exceptions.filter(
    ({ code, summary }) =>
      (code === "CUSTOMER_BLOCKED" || code === "OUT_OF_STOCK") && summary.includes(`${nameOf(state, replacement)} `),
  );

/** A person has cancelled what was asked about it. */
const isGivenUp = (state: ReturnState, replacement: ReplacementState): boolean =>
  tasksOf(state, replacement).some(({ status, resolution }) => status === "RESOLVED" && resolution === "CANCELLED");

const isWaived = (state: ReturnState, task: Task): boolean =>
  wasResolved(state, task) &&
  state.exceptions.some(
    ({ code, summary, resolution }) => code === task.code && summary === task.summary && resolution === "WAIVED",
  );
