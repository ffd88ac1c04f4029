import { setTimeout as after } from "node:timers/promises";
import type { Floor } from "#tools/client/floor.ts";
import type { Person } from "#tools/client/gateway.ts";

/** What a deed works with: one return, the floor that it comes back to, and people. */
export type Drive = {
  id: string;
  rmaNumber: string;
  /** Of the warehouse that was told to expect it. */
  floor: () => Promise<Floor>;
  requester: Person;
  finance: Person;
  /** For idempotency keys: the same again after an interrupted start. */
  key: (deed: string) => string;
  /** Resolves when a milestone of this type has been seen. */
  until(type: string): Promise<void>;
  giveUp: AbortSignal;
};

/** Something that somebody does with a return, once: each looks first whether it was done by a start that was interrupted. */
export type Deed = (drive: Drive) => Promise<void>;

/** Goods come, or not yet; `some` and `wrong` are about the first line. */
export const receive = {
  notYet: ((drive) => drive.until("warehouse.instructed")) satisfies Deed,
  all: receiving({}),
  some: (quantity: string) => receiving({ lines: [{ instructionLine: 1, quantity }] }),
  wrong: (sku: string) => receiving({ lines: [{ instructionLine: 1, sku }] }),
};

function receiving(what: object): Deed {
  return async (drive) => {
    const { rmaNumber, until } = drive;
    await until("warehouse.instructed");
    const floor = await drive.floor();
    const { receipts } = await floor.look(rmaNumber);
    if (receipts.length === 0) await floor.work("receive", { rmaNumber, ...what });
    await until("receipt.recorded");
  };
}

export const startInspection: Deed = (drive) => eachUninspected(drive, "startInspection", {});

export const inspect =
  (grade: string): Deed =>
  async (drive) => {
    await eachUninspected(drive, "inspect", { grade });
    await drive.until("inspection.completed");
  };

async function eachUninspected({ floor: findFloor, rmaNumber }: Drive, deed: string, how: object): Promise<void> {
  const floor = await findFloor();
  const { receipts } = await floor.look(rmaNumber);
  for (const { warehouseReceiptNumber: receipt, lines } of receipts)
    for (const { line, inspections } of lines)
      if (inspections.length === 0) await floor.work(deed, { receipt, line, ...how });
}

/** The warehouse does what the disposition says, for each line as its instruction comes. */
export const putAway: Deed = async ({ floor: findFloor, rmaNumber, giveUp }) => {
  const floor = await findFloor();
  for (;;) {
    const { receipts, dispositions } = await floor.look(rmaNumber);
    for (const { key, state } of dispositions) if (state === "OPEN") await floor.work("executeDisposition", { key });
    if (dispositions.length >= receipts.flatMap(({ lines }) => lines).length) return;
    await after(100, undefined, { signal: giveUp });
  }
};

const approvals = /* GraphQL */ `
  query FirstReturnApprovals($id: ID!) {
    return(id: $id) {
      approvals {
        id
        kind
        status
      }
    }
  }
`;
const decideApproval = /* GraphQL */ `
  mutation FirstReturnApproval($input: DecideApprovalInput!) {
    decideApproval(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`;
const cancelReturn = /* GraphQL */ `
  mutation FirstReturnCancelled($input: CancelReturnInput!) {
    cancelReturn(input: $input) {
      userErrors {
        code
        message
      }
    }
  }
`;
type Approval = { id: string; kind: string; status: string };

/** Somebody is asked to approve. */
export const whenDue =
  (kind: string): Deed =>
  async (drive) =>
    void (await approvalOf(drive, kind));

async function approvalOf({ id, requester, until }: Drive, kind: string): Promise<Approval> {
  await until("approval.requested");
  const { data } = await requester.ask(approvals, { id });
  const found = (data.return.approvals as Approval[]).find((approval) => approval.kind === kind);
  if (!found) throw new Error(`nobody was asked for ${kind}`);
  return found;
}

/** Fin agrees to a credit. */
export const approve =
  (kind: string): Deed =>
  async (drive) => {
    const { id } = await approvalOf(drive, kind);
    await drive.finance.tell(decideApproval, { idempotencyKey: drive.key("approve"), id, decision: "APPROVE" });
  };

export const cancel: Deed = async ({ id, requester, key, until }) => {
  await requester.tell(cancelReturn, { idempotencyKey: key("cancel"), id, reason: "The customer keeps it." });
  await until("return.cancelled");
};

export const whenClosed: Deed = ({ until }) => until("return.closed");
