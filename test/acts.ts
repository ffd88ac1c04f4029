import type { ReturnState } from "#orchestration/return-state.ts";
import type { Everything } from "./start-everything.ts";

/** What people and warehouses do in the stories, each as its own client would. */
export type Acts = ReturnType<typeof createActs>;
export type AskedLine = {
  line?: number;
  quantity: string;
  unit?: string;
  reason?: string;
  condition?: string;
  serialNumbers?: string[];
  exception?: boolean;
};
export type AskOptions = {
  by?: string;
  company?: string;
  note?: string;
  key?: string;
  caseId?: string;
  resolution?: string;
};
export type AmendOptions = {
  by?: string;
  key?: string;
  version?: number;
  note?: string;
  added?: AskedLine[];
  address?: { line1: string; city: string; region?: string; postalCode: string; country: string };
};
export type Floor = Everything["sandbox"]["servers"]["wms-chi1"]["controls"];

let keys = 0;
/** An idempotency key that nobody has used. */
export const newKey = (): string => `key-${process.pid}-${(keys += 1)}`;

const askedLine = (
  order: string,
  { line = 10000, quantity, unit = "EA", reason = "WRONG_SHIPMENT", condition, serialNumbers, exception }: AskedLine,
) => ({
  orderLineId: `${order}/${line}`,
  quantity: { value: quantity, unit },
  reasonCode: reason,
  ...(condition ? { conditionCode: condition } : {}),
  ...(serialNumbers ? { serialNumbers } : {}),
  ...(exception ? { requestException: true } : {}),
});

export function createActs(system: Everything) {
  const { as, returnWhen, sandbox, db } = system;

  /** The payload of requestReturn, refused or not. */
  async function askReturn(
    orderNumber: string,
    lines: AskedLine[],
    { by = "ada", company = "US01", note, key = newKey(), caseId, resolution }: AskOptions = {},
  ) {
    const client = await as(by);
    const input = {
      idempotencyKey: key,
      orderNumber,
      companyId: company,
      ...(note ? { note } : {}),
      ...(caseId ? { caseId } : {}),
      ...(resolution ? { resolution } : {}),
      lines: lines.map((line) => askedLine(`erp.order:${company}:${orderNumber}`, line)),
    };
    const { requestReturn } = await client.data("service-ui/request-return", { input });
    return requestReturn as {
      operation: { id: string } | null;
      return: { id: string; rmaNumber: string; status: string } | null;
      userErrors: { code: string; message: string; field: string[] }[];
    };
  }

  /** A return that was accepted; its id. */
  async function requestReturn(orderNumber: string, lines: AskedLine[], options: AskOptions = {}): Promise<string> {
    const payload = await askReturn(orderNumber, lines, options);
    if (!payload.return) throw new Error(`the return was refused: ${JSON.stringify(payload.userErrors)}`);
    return payload.return.id;
  }

  const floorOf = (site: string): Floor =>
    (sandbox.servers as unknown as Record<string, { controls: Floor }>)[`wms-${site.toLowerCase()}`]!.controls;

  /** The return once its warehouse expects the goods, and that warehouse's floor. */
  async function expected(returnId: string): Promise<{ state: ReturnState; floor: Floor }> {
    const state = await returnWhen(
      returnId,
      "the warehouse to be instructed",
      ({ instruction }) => instruction !== null,
    );
    return { state, floor: floorOf(state.warehouse!) };
  }

  /** Receives `quantity` (all that is due if none is given) of line 1 and waits until we have recorded it. */
  async function receive(returnId: string, lines?: Parameters<Floor["receive"]>[0]["lines"]) {
    const { state, floor } = await expected(returnId);
    const { warehouseReceiptNumber } = floor.receive({ rmaNumber: state.rmaNumber, ...(lines ? { lines } : {}) });
    await returnWhen(returnId, `receipt ${warehouseReceiptNumber}`, ({ receipts }) =>
      receipts.some((receipt) => receipt.warehouseReceiptNumber === warehouseReceiptNumber),
    );
    return { receipt: warehouseReceiptNumber, floor };
  }

  /** Executes every disposition that the warehouse was told, as they come, until `count` are done and we have heard of it. */
  async function executeDispositions(returnId: string, count: number): Promise<void> {
    const { floor } = await expected(returnId);
    const done = new Set<string>();
    while (done.size < count) {
      const { rows } = await until(`a disposition instruction of ${returnId}`, async () => {
        const rows = await db
          .selectFrom("effects")
          .select("transaction_key")
          .where("return_id", "=", returnId)
          .where("deed", "=", "instruct disposition")
          .where("phase", "=", "DONE")
          .execute();
        const { undone } = await system.stateOf(returnId);
        const open = rows.filter(({ transaction_key: key }) => !done.has(key) && undone[key] === undefined);
        return open.length > 0 ? { rows: open } : null;
      });
      for (const { transaction_key: key } of rows) {
        done.add(key);
        floor.executeDisposition({ key });
      }
    }
    await returnWhen(
      returnId,
      `${count} executed dispositions`,
      ({ dispositions }) => dispositions.filter(({ executedAt }) => executedAt !== null).length >= count,
    );
  }
  const { until } = system;

  /** Decides the return's first pending approval and gives the payload. */
  async function decide(returnId: string, by: string, decision: "APPROVE" | "DECLINE" = "APPROVE", note?: string) {
    const state = await returnWhen(returnId, "an approval to be asked for", ({ approvals }) =>
      approvals.some(({ status }) => status === "PENDING"),
    );
    const { approvalId } = state.approvals.find(({ status }) => status === "PENDING")!;
    const client = await as(by);
    const { decideApproval } = await client.data("service-ui/decide-approval", {
      input: { idempotencyKey: newKey(), id: approvalId, decision, ...(note ? { note } : {}) },
    });
    return decideApproval as {
      approval: { status: string } | null;
      userErrors: { code: string; message: string; field: string[] }[];
    };
  }

  /** Asks for what has not come to be cancelled, and gives the payload. */
  async function cancel(returnId: string, { by = "ada", key = newKey() }: { by?: string; key?: string } = {}) {
    const client = await as(by);
    const input = { idempotencyKey: key, id: returnId, reason: "The customer keeps it." };
    const { cancelReturn } = await client.data("service-ui/cancel-return", { input });
    return cancelReturn as {
      return: { status: string } | null;
      userErrors: { code: string; message: string; field: string[] }[];
    };
  }

  /** Asks for some goods of a disposition to go elsewhere, and gives the payload. */
  async function changeDisposition(
    dispositionId: string,
    { code, quantity, unit = "EA", by = "sam" }: { code: string; quantity: string; unit?: string; by?: string },
  ) {
    const client = await as(by);
    const note = "Looked at again.";
    const input = { idempotencyKey: newKey(), dispositionId, code, quantity: { value: quantity, unit }, note };
    const { changeDisposition: payload } = await client.data("service-ui/change-disposition", { input });
    return payload as {
      operation: { kind: string } | null;
      return: { id: string; lines: { dispositions: { id: string; code: string; state: string }[] }[] } | null;
      userErrors: { code: string; message: string; field: string[] }[];
    };
  }

  /** Asks for lines to be otherwise, named by their place from 0, and for `added` ones, on the version that is seen at that moment; gives the payload. */
  async function amend(
    returnId: string,
    lines: { line?: number; quantity?: string; unit?: string; reason?: string }[],
    { by = "ada", key = newKey(), version, note, added = [], address }: AmendOptions = {},
  ) {
    const state = await system.stateOf(returnId);
    const input = {
      ...{ idempotencyKey: key, id: returnId, expectedVersion: version ?? state.version },
      ...(note ? { note } : {}),
      ...(address ? { address } : {}),
      lines: lines.map(({ line = 0, quantity, unit = state.lines[line]!.unit, reason }) => ({
        id: state.lines[line]!.id,
        ...(quantity ? { quantity: { value: quantity, unit } } : {}),
        ...(reason ? { reasonCode: reason } : {}),
      })),
      ...(added.length > 0 ? { addLines: added.map((line) => askedLine(state.orderId, line)) } : {}),
    };
    const { amendReturn } = await (await as(by)).data("service-ui/amend-return", { input });
    return amendReturn as {
      operation: { id: string; kind: string } | null;
      return: { id: string; status: string; version: number } | null;
      userErrors: { code: string; message: string; field: string[] }[];
    };
  }

  /** Asks for a replacement of so much of each line, by its place in the return, and gives the payload. */
  async function replace(
    returnId: string,
    quantities: { line?: number; quantity: string; unit?: string; sku?: string }[],
    { by = "ada", key = newKey(), reason = "The customer needs them." } = {},
  ) {
    const { lines } = await system.stateOf(returnId);
    const input = {
      idempotencyKey: key,
      returnId,
      reason,
      lines: quantities.map(({ line = 0, quantity, unit = "EA", sku }) => ({
        returnLineId: lines[line]!.id,
        quantity: { value: quantity, unit },
        ...(sku ? { sku } : {}),
      })),
    };
    const { requestReplacement } = await (await as(by)).data("service-ui/request-replacement", { input });
    return requestReplacement as {
      operation: { id: string; kind: string } | null;
      return: { replacement: { orders: { number: string; status: string }[]; reason: string } | null } | null;
      userErrors: { code: string; message: string; field: string[] }[];
    };
  }

  /** Somebody ships a replacement, the first unless told otherwise, once it is ordered; gives its order's number when we have heard of it. */
  async function shipReplacement(returnId: string, which = 0): Promise<string> {
    const { replacements, companyId } = await returnWhen(
      returnId,
      "a replacement to be ordered",
      (state) => state.replacements[which]?.status === "ORDERED",
    );
    const { number } = replacements[which]!.order!;
    sandbox.servers["business-central"].controls.shipOrder({ company: companyId, number });
    await returnWhen(returnId, `${number} to be shipped`, (state) => state.replacements[which]!.status === "SHIPPED");
    return number;
  }

  const credited = (returnId: string, memos: number) =>
    returnWhen(
      returnId,
      `${memos} posted and applied memos`,
      ({ credits }) =>
        credits.filter(({ status, onAccount }) => status === "POSTED" && onAccount !== null).length === memos,
    );

  /** Executes so many dispositions and gives the return once it is CLOSED. */
  async function close(returnId: string, dispositions: number): Promise<ReturnState> {
    await executeDispositions(returnId, dispositions);
    return returnWhen(returnId, "the return to close", ({ closedAt }) => closedAt !== null);
  }

  /** The open tasks to book a move by hand, once there are so many. */
  const movesByHand = async (returnId: string, count: number) => {
    const isOpen = ({ code, status }: ReturnState["exceptions"][number]) =>
      code === "ERP_MOVE_BY_HAND" && status !== "RESOLVED";
    const { exceptions } = await returnWhen(
      returnId,
      `${count} moves to be made by hand`,
      (state) => state.exceptions.filter(isOpen).length >= count,
    );
    return exceptions.filter(isOpen);
  };

  /** A person books in the ERP, by an item journal each, the moves of goods that the memo brought in, and resolves the tasks with the numbers. */
  async function bookMoves(returnId: string, count: number, by = "fin"): Promise<void> {
    const tasks = await movesByHand(returnId, count);
    const { companyId, dispositions, receipts } = await system.stateOf(returnId);
    for (const { dispositionId, quantity, code, warehouse, receiptLineId } of dispositions) {
      const task = tasks.find(({ summary }) => summary.includes(`(${code},`));
      const { sku } = receipts.flatMap(({ lines }) => lines).find((line) => line.receiptLineId === receiptLineId)!;
      if (!task || code !== "RESTOCK") throw new Error(`nobody is asked to book ${code} of ${dispositionId}`);
      const { number } = sandbox.servers["business-central"].controls.bookItems({
        company: companyId,
        lines: [
          { item: sku, location: "QUARANTINE", quantity: `-${quantity.base}` },
          { item: sku, location: warehouse, quantity: quantity.base },
        ],
      });
      await resolve(by, task.exceptionId, { reference: number });
    }
  }

  /** Resolves a task, and gives the payload. */
  async function resolve(by: string, id: string, how: { resolution?: string; reference?: string; note?: string } = {}) {
    const client = await as(by);
    const { resolution = "FIXED_OUTSIDE", note = "Booked in the ERP.", reference } = how;
    const { resolveException } = await client.data("service-ui/resolve-exception", {
      input: { idempotencyKey: newKey(), id, resolution, note, ...(reference === undefined ? {} : { reference }) },
    });
    return resolveException as { userErrors: { code: string; message: string; field: string[] }[] };
  }

  return {
    amend,
    replace,
    shipReplacement,
    movesByHand,
    bookMoves,
    resolve,
    askReturn,
    requestReturn,
    expected,
    receive,
    executeDispositions,
    decide,
    cancel,
    changeDisposition,
    credited,
    close,
    floorOf,
  };
}
