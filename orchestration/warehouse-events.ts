import type { WarehouseEvent } from "#adapters/wms/port.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction } from "#shared/decimal.ts";
import { normaliseRmaNumber } from "#shared/rma-number.ts";
import { executedAsTold, keptAsTold } from "./changing-disposition.ts";
import { type Changed, changeReturn, type Stamp } from "./facts.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { coveredBy, instructedOf } from "./dispositions.ts";
import { decidedBy, lineById } from "./goods.ts";
import { recordInspection } from "./inspecting.ts";
import type { Policies } from "./policies/policies.ts";
import { receiptLineKey, releaseAfter } from "./parking.ts";
import { amountOf, recordReceipt } from "./receiving.ts";
import type { DispositionState, ReturnState } from "./return-state.ts";
import { serialsBack, strayOf } from "./serials.ts";
import type { Task } from "./step.ts";

/** What became of an event: facts were written (or nothing was new), or it waits under a key until what it needs is there (W-19). */
export type Handled = {
  outcome: "processed" | "dropped" | { park: string };
  returnId: string | null;
  tasks: Task[];
  change: Changed<unknown> | null;
  /** Whether something that waited for this one is due now. */
  released: boolean;
};

type Of<Type extends WarehouseEvent["type"]> = Extract<WarehouseEvent, { type: Type }>;
export type Hearing = { stamp: Stamp; policies: Policies };

/**
 * Writes what a warehouse event says of a return, in the transaction that marks it processed (W-18). Pure decisions are in receiving.ts and inspecting.ts;
 * tasks are raised by the caller.
 */
export function handleWarehouseEvent(tx: Transaction, event: WarehouseEvent, hearing: Hearing): Promise<Handled> {
  return handlers[event.type](tx, event as never, hearing);
}

const nothing = (outcome: Handled["outcome"], rest: Partial<Handled> = {}): Handled => ({
  outcome,
  returnId: null,
  tasks: [],
  change: null,
  released: false,
  ...rest,
});

async function receiptRecorded(tx: Transaction, event: Of<"receipt.recorded">, { stamp }: Hearing): Promise<Handled> {
  const { site: warehouse, warehouseReceiptNumber, receivedAt } = event;
  const returnId = await returnOfReceipt(tx, event);
  if (!returnId) return nothing("processed", { tasks: [unmatched(event)] });
  const told = {
    warehouse,
    warehouseReceiptNumber,
    receivedAt,
    trackingNumber: event.trackingNumber,
    manual: false,
    lines: event.lines.map((line) => ({ ...line, returnLineId: null })),
  };
  return write(tx, returnId, stamp, async (state) => recordReceipt(state, told, await serialsBack(tx, state)));
}

const unmatched = ({ site, warehouseReceiptNumber, rmaNumber }: Of<"receipt.recorded">): Task => ({
  code: "UNMATCHED_RECEIPT",
  summary: `Receipt ${warehouseReceiptNumber} at ${site} ${rmaNumber ? `names ${rmaNumber}, which is no return of ours` : "names no return"}.`,
  system: `wms-${site.toLowerCase()}`,
  cause: `unmatched:${site}:${warehouseReceiptNumber}`,
});

async function inspectionStarted(
  tx: Transaction,
  event: Of<"inspection.started">,
  { stamp }: Hearing,
): Promise<Handled> {
  const at = await receiptLineOf(tx, event);
  if (!at) return nothing({ park: receiptLineKey(event.site, event.warehouseReceiptNumber, event.receiptLine) });
  const inspector = inspectorOf(event);
  return write(tx, at.returnId, stamp, (state) => {
    const line = findLine(state, event);
    if (!line || line.inspecting || isOver(state, line.receiptLineId, event.startedAt)) return { facts: [], tasks: [] };
    return {
      facts: [
        {
          kind: "inspection.started",
          data: { receiptLineId: line.receiptLineId, inspector },
          occurredAt: event.startedAt,
        },
      ],
      tasks: [],
    };
  });
}

/** The start of an inspection whose end came first (W-19). */
const isOver = ({ inspections }: ReturnState, receiptLineId: string, startedAt: string): boolean =>
  inspections.some(
    (one) => one.receiptLineId === receiptLineId && Date.parse(one.inspectedAt) >= Date.parse(startedAt),
  );

async function inspectionCompleted(
  tx: Transaction,
  event: Of<"inspection.completed">,
  { stamp, policies }: Hearing,
): Promise<Handled> {
  const key = receiptLineKey(event.site, event.warehouseReceiptNumber, event.receiptLine);
  const at = await receiptLineOf(tx, event);
  if (!at) return nothing({ park: key });
  let missing = false;
  const handled = await write(tx, at.returnId, stamp, (state) => {
    const line = findLine(state, event);
    missing = line === undefined || strayOf(state, line) !== null;
    if (!line || missing) return { facts: [], tasks: [] };
    const {
      revision,
      quantity,
      grade,
      condition,
      findings,
      serialNumbers,
      lotNumber,
      inspectedAt,
      photos,
      inspection: number,
    } = event;
    const told = {
      receiptLineId: line.receiptLineId,
      number,
      revision,
      quantity,
      grade,
      condition,
      findings,
      serialNumbers,
      lotNumber,
      inspectedAt,
      photos,
    };
    const result = recordInspection(state, { ...told, inspector: inspectorOf(event), manual: false }, policies);
    return "refused" in result ? { facts: [], tasks: [tooMuch(event, result.refused.message)] } : result;
  });
  return missing ? nothing({ park: key }, { returnId: at.returnId }) : handled;
}

const inspectorOf = ({ inspector, site }: { inspector: string; site: string }) => ({
  id: `${site}:${inspector}`,
  displayName: `${inspector} (${site})`,
  kind: "PERSON" as const,
});

const tooMuch = (event: Of<"inspection.completed">, why: string): Task => ({
  code: "DUPLICATE_SUSPECTED",
  summary: `Inspection ${event.inspection} of line ${event.receiptLine} of receipt ${event.warehouseReceiptNumber} at ${event.site} does not fit: ${why}`,
  cause: `inspection:${event.site}:${event.warehouseReceiptNumber}/${event.receiptLine}:${event.inspection}:${event.revision}`,
});

async function dispositionExecuted(
  tx: Transaction,
  event: Of<"disposition.executed">,
  { stamp }: Hearing,
): Promise<Handled> {
  const returnId = await returnOfKey(tx, event.instructionKey);
  if (!returnId) return nothing("processed", { tasks: [unknownInstruction(event)] });
  return write(tx, returnId, stamp, (state) => {
    const decided = decidedBy(state, event.instructionKey);
    const disposition = state.dispositions.find(({ version }) => version === decided);
    if (!disposition) return { facts: [], tasks: [unknownInstruction(event)] };
    if (disposition.executedAt) return { facts: [], tasks: [] };
    if (state.undone[event.instructionKey] !== undefined) return { facts: [], tasks: [doneThough(event)] };
    const { executedAt, bin } = event;
    const { facts, overruled } = executedAsTold(state, toldBy(state, disposition, event), { executedAt, bin });
    return { facts, tasks: overruled.length > 0 ? [overtaken(state, event, overruled)] : [] };
  });
}

/** What it was told it has done, also where the fact that it was told is still to come. */
function toldBy(state: ReturnState, holder: DispositionState, { quantity }: Of<"disposition.executed">) {
  const told = holder.instruction?.quantity ?? amountOf(lineById(state, holder.returnLineId), quantity);
  return { holder, covered: coveredBy(state, holder, new Fraction(told?.base ?? holder.quantity.base)) };
}

const overtaken = (
  { rmaNumber }: ReturnState,
  { site, code, quantity, instructionKey }: Of<"disposition.executed">,
  overruled: string[],
): Task => ({
  code: "SITE_REFUSED",
  summary: `${site} has done ${code} with ${quantity.value} ${quantity.unit} of ${rmaNumber}, of which some were to be ${overruled.join(" and ")} by then: what was done stands.`,
  system: `wms-${site.toLowerCase()}`,
  cause: `disposition-kept:${instructionKey}`,
});

const doneThough = ({ site, instructionKey, code }: Of<"disposition.executed">): Task => ({
  code: "BAD_DOCUMENT",
  summary: `${site} says that it has done ${code} by ${instructionKey}, which it had let go of before.`,
  system: `wms-${site.toLowerCase()}`,
  cause: `done-though-withdrawn:${site}:${instructionKey}`,
});

async function instructionAnswered(
  tx: Transaction,
  event: Of<"instruction.cancelled" | "instruction.cancel_refused">,
  { stamp }: Hearing,
): Promise<Handled> {
  const returnId = await returnOfKey(tx, event.instructionKey);
  if (!returnId) return nothing("processed", { tasks: [unknownInstruction(event)] });
  return write(tx, returnId, stamp, (state) => {
    const disposition = state.dispositions.find(
      ({ instruction }) => instruction?.transactionKey === event.instructionKey,
    );
    if (disposition) return dispositionAnswered(state, disposition, event);
    if (state.instruction?.transactionKey !== event.instructionKey || state.instruction.state === "CANCELLED")
      return { facts: [], tasks: [] };
    if (event.type === "instruction.cancel_refused") return { facts: [], tasks: [cancelRefused(state, event)] };
    const data = { warehouse: state.warehouse!, transactionKey: event.instructionKey, state: "CANCELLED" as const };
    return { facts: [{ kind: "warehouse.instruction-withdrawn", data }], tasks: [] };
  });
}

type Answered = Of<"instruction.cancelled" | "instruction.cancel_refused">;

/** The warehouse lets go of what it was told of a disposition, or does not: then that stands (W-07). */
function dispositionAnswered(state: ReturnState, holder: DispositionState, event: Answered): Written {
  const told = instructedOf(state, holder);
  if (told?.instruction.state !== "CANCEL_REQUESTED") return { facts: [], tasks: [] };
  if (event.type === "instruction.cancel_refused")
    return { facts: keptAsTold(state, told), tasks: [notLetGo(state, holder, event)] };
  const { dispositionId } = holder;
  const data = { dispositionId, transactionKey: event.instructionKey, state: "CANCELLED" as const };
  return { facts: [{ kind: "disposition.instruction-withdrawn", data }], tasks: [] };
}

const notLetGo = ({ rmaNumber }: ReturnState, { code }: DispositionState, event: Answered): Task => ({
  code: "SITE_REFUSED",
  summary: `${event.site} does not let go of ${code} for goods of ${rmaNumber}: ${event.reason ?? "no reason given"}. What was told stands.`,
  system: `wms-${event.site.toLowerCase()}`,
  cause: `disposition-kept:${event.instructionKey}`,
});

const cancelRefused = (
  state: ReturnState,
  { site, reason, instructionKey }: Of<"instruction.cancelled" | "instruction.cancel_refused">,
): Task => ({
  code: "UNDO_REFUSED",
  summary: `${site} will not cancel the instruction of ${state.rmaNumber}: ${reason ?? "no reason given"}.`,
  system: `wms-${site.toLowerCase()}`,
  cause: `cancel-refused:${instructionKey}`,
});

const unknownInstruction = ({
  site,
  instructionKey,
  type,
}: {
  site: string;
  instructionKey: string;
  type: string;
}): Task => ({
  code: "BAD_DOCUMENT",
  summary: `${site} says ${type} of ${instructionKey}, which we never instructed.`,
  system: `wms-${site.toLowerCase()}`,
  cause: `unknown-instruction:${site}:${instructionKey}:${type}`,
});

/** Stock is read when somebody asks; the hint has nothing to write. */
const stockChanged = (): Promise<Handled> => Promise.resolve(nothing("dropped"));

const handlers: {
  [Type in WarehouseEvent["type"]]: (tx: Transaction, event: Of<Type>, hearing: Hearing) => Promise<Handled>;
} = {
  "receipt.recorded": receiptRecorded,
  "inspection.started": inspectionStarted,
  "inspection.completed": inspectionCompleted,
  "disposition.executed": dispositionExecuted,
  "instruction.cancelled": instructionAnswered as never,
  "instruction.cancel_refused": instructionAnswered as never,
  "stock.changed": stockChanged,
};

type Written = { facts: NewFact[]; tasks: Task[] };
async function write(
  tx: Transaction,
  returnId: string,
  stamp: Stamp,
  decide: (state: ReturnState) => Written | Promise<Written>,
): Promise<Handled> {
  const change = await changeReturn(tx, returnId, stamp, async (state) => {
    const { facts, tasks } = await decide(state);
    const released = await releaseAfter(tx, facts);
    return { facts: [...facts, ...released], value: { tasks, released: released.length > 0 } };
  });
  const { tasks, released } = change.value;
  const outcome = change.facts.length > 0 || tasks.length > 0 ? "processed" : "dropped";
  return { outcome, returnId, tasks, change, released };
}

const findLine = (
  state: ReturnState,
  { site, warehouseReceiptNumber, receiptLine }: { site: string; warehouseReceiptNumber: string; receiptLine: number },
) =>
  state.receipts
    .find((receipt) => receipt.warehouse === site && receipt.warehouseReceiptNumber === warehouseReceiptNumber)
    ?.lines.find(({ line }) => line === receiptLine);

async function receiptLineOf(
  tx: Transaction,
  { site, warehouseReceiptNumber }: { site: string; warehouseReceiptNumber: string },
): Promise<{ returnId: string } | null> {
  const row = await tx
    .selectFrom("receipts")
    .select("return_id")
    .where("warehouse", "=", site)
    .where("number", "=", warehouseReceiptNumber)
    .executeTakeFirst();
  return row ? { returnId: row.return_id } : null;
}

/** By the receipt we know, by our instruction's key, by the RMA number on the parcel: in this order. */
async function returnOfReceipt(tx: Transaction, event: Of<"receipt.recorded">): Promise<string | null> {
  const known = await receiptLineOf(tx, event);
  if (known) return known.returnId;
  const byKey = event.instructionKey ? await returnOfKey(tx, event.instructionKey) : null;
  if (byKey || !event.rmaNumber) return byKey;
  const numbers = [event.rmaNumber, normaliseRmaNumber(event.rmaNumber)].filter((number) => number !== null);
  const row = await tx.selectFrom("returns").select("id").where("rma_number", "in", numbers).executeTakeFirst();
  return row?.id ?? null;
}

async function returnOfKey(tx: Transaction, key: string): Promise<string | null> {
  const row = await tx.selectFrom("effects").select("return_id").where("transaction_key", "=", key).executeTakeFirst();
  return row?.return_id ?? null;
}
