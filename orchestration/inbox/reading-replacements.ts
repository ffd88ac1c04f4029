import type { ErpOrder, ErpPort } from "#adapters/erp/port.ts";
import { inTransaction, type Db, type Transaction } from "#shared/database.ts";
import { SystemFailure } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import type { Log } from "#shared/log.ts";
import { reached } from "#orchestration/crash-points.ts";
import { raiseTask, type NewTask } from "#orchestration/exceptions.ts";
import { changeReturn, type Changed, type Stamp } from "#orchestration/facts.ts";
import type { NewFact } from "#orchestration/facts-vocabulary.ts";
import { nameOf, replacementById } from "#orchestration/replacements.ts";
import type { ReplacementState, ReturnState } from "#orchestration/return-state.ts";
import type { Reactions } from "#orchestration/starting-operations.ts";
import { hasShipped } from "#orchestration/steps/read-back-replacement.ts";

type Parts = {
  db: Db;
  log: Log;
  reactions?: Reactions;
  committed(change: { facts: number; started: readonly { lane: string }[] }): void;
};
const batch = 100;

/**
 * Reads every replacement order of an ERP that has not shipped yet, many at once: after each notice about orders, which does not say which (W-20), and as the
 * net below lost ones. Gives how many had news.
 */
export async function pollReplacements(parts: Parts, erp: ErpPort): Promise<number> {
  let news = 0;
  try {
    for (let after = ""; ;) {
      const open = await openReplacements(parts.db, erp.companyId, after);
      if (open.length === 0) return news;
      const numbers = open.map(({ order_number }) => order_number);
      const orders = await findTwice(erp, numbers);
      for (const one of open) if (await record(parts, erp, one, orders.get(one.order_number))) news += 1;
      after = open.at(-1)!.id;
    }
  } catch (err) {
    if (!(err instanceof SystemFailure)) throw err;
    parts.log.info({ err, system: erp.system }, "replacement orders could not be read; they are asked for again");
  }
  return news;
}

/**
 * Open, shipped and invoiced orders are read side by side: one that ships meanwhile may be seen as none of them. Only what is found at neither of two looks is gone.
 */
async function findTwice(erp: ErpPort, numbers: string[]): Promise<Map<string, ErpOrder>> {
  const find = (asked: string[]) => erp.findOrders(asked, { correlationId: newId("inb") });
  const found = await find(numbers);
  const missing = numbers.filter((number) => !found.has(number));
  return missing.length > 0 ? new Map([...found, ...(await find(missing))]) : found;
}

const openReplacements = (db: Db, companyId: string, after: string) =>
  db
    .selectFrom("replacements")
    .select(["id", "return_id", "order_number"])
    .where("company_id", "=", companyId)
    .where("open", "=", true)
    .where("id", ">", after)
    .orderBy("id")
    .limit(batch)
    .execute();
type Open = Awaited<ReturnType<typeof openReplacements>>[number];

async function record(
  { db, reactions, committed }: Parts,
  { system }: ErpPort,
  { id, return_id, order_number }: Open,
  order: ErpOrder | undefined,
): Promise<boolean> {
  if (order && !hasShipped(order)) return false;
  const stamp: Stamp = {
    correlationId: newId("inb"),
    actor: { id: system, displayName: system, kind: "SYSTEM" },
    source: { system, reference: order_number },
    ...(reactions ? { reactions } : {}),
  };
  const change = await inTransaction(db, (tx) => write(tx, { id, returnId: return_id, system }, order, stamp));
  reached("inbox replacement after");
  committed({ facts: change.facts.length, started: change.started });
  return change.facts.length > 0;
}

async function write(
  tx: Transaction,
  { id, returnId, system }: { id: string; returnId: string; system: string },
  order: ErpOrder | undefined,
  stamp: Stamp,
): Promise<Changed<Task | null>> {
  const changed = await changeReturn<Task | null>(tx, returnId, stamp, (state) => {
    const replacement = replacementById(state, id);
    if (replacement?.status !== "ORDERED") return { facts: [], value: null };
    if (order) return { facts: [shipped(replacement, order)], value: null };
    return missing(state, replacement, system);
  });
  reached("inbox replacement before");
  if (changed.value) await raiseTask(tx, { ...changed.value, returnId }, stamp);
  return changed;
}

type Task = Omit<NewTask, "returnId">;

const shipped = ({ replacementId }: ReplacementState, { number, shipments }: ErpOrder): NewFact => ({
  kind: "replacement.shipped",
  data: {
    replacementId,
    orderNumber: number,
    shipments: shipments.map((one) => one.number),
    shippedOn:
      shipments
        .map(({ shippedOn }) => shippedOn ?? "")
        .toSorted()
        .at(-1) || null,
  },
});

/** Neither open nor posted: somebody has deleted it. A person confirms that; then what came for it is credited instead. */
function missing(
  state: ReturnState,
  replacement: ReplacementState,
  system: string,
): { facts: NewFact[]; value: Task | null } {
  const { replacementId, order } = replacement;
  const summary = `The ERP has order ${order?.number} no more, and no shipment of it: ${nameOf(state, replacement)}. Resolve this to have its goods credited.`;
  const told = state.exceptions.filter((task) => task.code === "CONTENT_DIFFERS" && task.summary === summary);
  if (told.some(({ status }) => status === "RESOLVED"))
    return {
      facts: [{ kind: "replacement.cancelled", data: { replacementId, reason: "Its order was deleted in the ERP." } }],
      value: null,
    };
  const cause = `replacement-gone:${replacementId}`;
  return { facts: [], value: told.length > 0 ? null : { code: "CONTENT_DIFFERS", summary, system, cause } };
}
