import { dayAt } from "#shared/calendar.ts";
import { most, zero } from "#shared/decimal.ts";
import { foreignIdOf, withoutLine } from "#shared/ids.ts";
import { formatBase } from "#shared/quantity.ts";
import type { Database } from "#shared/tables.ts";
import type { Insertable } from "kysely";
import { base } from "./base-quantity.ts";
import { turnOf } from "./next-step.ts";
import { bucketsOf, receiptLines } from "./quantities.ts";
import { parcelStateOf } from "./parcels.ts";
import { isBreached, nextTelling } from "./sla-clocks.ts";
import type { LabelState, LineState, ReturnState } from "./return-state.ts";
import { creditStatusOf, lineRanks, statusOf } from "./status.ts";

type Row<Table extends keyof Database> = Insertable<Database[Table]>;

/** The rows that lists and look-ups read, as one return's facts make them: pure, written in the fact's transaction (W-28). */
export function project(state: ReturnState) {
  return {
    returns: returnRow(state),
    return_lines: state.lines.map((line, i) => lineRow(state, line, i)),
    return_parts: partIds(state).map((id): Row<"return_parts"> => ({ id, return_id: state.id })),
    return_cases: state.caseIds.map(({ caseId, originating }): Row<"return_cases"> => ({
      case_id: caseId,
      return_id: state.id,
      originating,
    })),
    receipts: state.receipts.map(({ id, warehouse, warehouseReceiptNumber }): Row<"receipts"> => ({
      warehouse,
      number: warehouseReceiptNumber,
      receipt_id: id,
      return_id: state.id,
    })),
    allocations: state.lines.flatMap((line) => allocationRows(state, line)),
    serials: state.lines.flatMap((line) => serialRows(state, line)),
    labels: state.labels.flatMap((label) => labelRow(state, label)),
    credits: creditRows(state),
    approvals: approvalRows(state),
    replacements: replacementRows(state),
  };
}

function returnRow(state: ReturnState): Row<"returns"> {
  return {
    id: state.id,
    version: state.version,
    company_id: state.companyId,
    rma_number: state.rmaNumber,
    status: statusOf(state),
    customer_id: state.customerId,
    customer_number: state.customerNumber,
    customer_name: state.customerName,
    order_id: state.orderId,
    order_number: state.orderNumber,
    channel: state.channel,
    order_channel: state.orderChannel ?? null,
    warehouse: state.warehouse,
    requested_at: state.requestedAt,
    updated_at: state.updatedAt,
    due_at: turnOf(state).waitingOn?.dueAt ?? null,
    expires_at: state.expiresAt,
    last_received_at: lastReceivedAt(state),
    correlation_id: state.correlationId,
    sla_due_at: nextTelling(state),
    sla_breached: isBreached(state),
  };
}

const lastReceivedAt = ({ receipts }: ReturnState): string | null =>
  receipts
    .map(({ receivedAt }) => receivedAt)
    .toSorted()
    .at(-1) ?? null;

function lineRow(state: ReturnState, line: LineState, position: number): Row<"return_lines"> {
  const { requested, authorized, received, accepted, credited } = bucketsOf(state, line);
  return {
    id: line.id,
    return_id: state.id,
    position,
    order_id: withoutLine(line.orderLineId),
    order_line_id: line.orderLineId,
    sku: line.posted?.sku ?? null,
    invoice_number: line.posted?.invoiceNumber ?? null,
    requested: formatBase(requested),
    authorized: formatBase(authorized),
    received: formatBase(received),
    accepted: formatBase(accepted),
    credited: formatBase(credited),
  };
}

/**
 * What a line takes of its order line and its invoice line (D-14): reserved while it is undecided or open, credited once posted; what was declined,
 * cancelled, expired or short-closed is released by no longer being there.
 */
function allocationRows(state: ReturnState, line: LineState): Row<"allocations">[] {
  const { requested, authorized, credited } = bucketsOf(state, line);
  const open = line.declined
    ? zero
    : line.authorizedAt
      ? authorized.add(base(line.pendingIncrease))
      : requested.sub(base(line.cancelled)).sub(base(line.expired));
  const taken = { reserved: formatBase(most(zero, open.sub(credited))), credited: formatBase(credited) };
  const { posted } = line;
  const keys = [
    line.orderLineId,
    ...(posted ? [foreignIdOf("erp.invoice", state.companyId, posted.invoiceNumber, posted.invoiceLine)] : []),
  ];
  return keys.map((key) => ({ key, return_id: state.id, line_id: line.id, ...taken }));
}

/** Every part that a client or a system may name without naming its return. */
const partIds = (state: ReturnState): string[] => [
  ...state.lines.map(({ id }) => id),
  ...state.receipts.map(({ id }) => id),
  ...receiptLines(state).map(({ receiptLineId }) => receiptLineId),
  ...state.inspections.map(({ inspectionId }) => inspectionId),
  ...state.dispositions.map(({ dispositionId }) => dispositionId),
  ...state.discrepancies.map(({ discrepancyId }) => discrepancyId),
  ...state.postings.map(({ id }) => id),
  ...state.labels.map(({ labelId }) => labelId),
  ...state.credits.map(({ creditId }) => creditId),
  ...state.approvals.map(({ approvalId }) => approvalId),
  ...state.replacements.map(({ replacementId }) => replacementId),
];

/** A serial is open while its line has quantity that is not settled (D-17). Known once the item is. */
function serialRows(state: ReturnState, line: LineState): Row<"serials">[] {
  const sku = line.posted?.sku;
  if (!sku) return [];
  const open = lineRanks(state, line).ranks.some((rank) => rank < 11);
  return [...new Set(line.serialNumbers)].map((serial) => ({
    company_id: state.companyId,
    sku,
    serial_number: serial,
    return_id: state.id,
    line_id: line.id,
    open,
  }));
}

/** A label that was bought; its parcel may move until it is delivered or the return is over. */
function labelRow(state: ReturnState, label: LabelState): Row<"labels">[] {
  if (!label.issued) return [];
  const { system, trackingNumber } = label.issued;
  const times = label.events.map(({ at }) => at).toSorted((a, b) => Date.parse(a) - Date.parse(b));
  const open = label.status !== "VOIDED" && parcelStateOf(label) !== "DELIVERED" && state.closedAt === null;
  return [
    {
      id: label.labelId,
      return_id: state.id,
      system,
      tracking_number: trackingNumber,
      open,
      events: label.events.length,
      last_event_at: times.at(-1) ?? null,
    },
  ];
}

/** Credits are calculated when the customer is known. */
function creditRows(state: ReturnState): Row<"credits">[] {
  const { customerId } = state;
  if (!customerId) return [];
  return state.credits.map((credit) => ({
    id: credit.creditId,
    return_id: state.id,
    company_id: state.companyId,
    customer_id: customerId,
    transaction_key: credit.transactionKey,
    decided_on: dayAt(state.companyId, new Date(credit.calculatedAt)),
    net: credit.net,
    total: credit.total,
    currency: credit.currency,
    status: creditStatusOf(state, credit),
    number: credit.number,
  }));
}

const approvalRows = (state: ReturnState): Row<"approvals">[] =>
  state.approvals.map((approval) => ({
    id: approval.approvalId,
    return_id: state.id,
    company_id: state.companyId,
    kind: approval.kind,
    status: approval.status,
    tier: approval.tier,
    required_role: approval.requiredRole,
    requested_at: approval.requestedAt,
    expires_at: approval.expiresAt,
  }));

/** A replacement that stands in the ERP; open until it has shipped or is cancelled. */
const replacementRows = (state: ReturnState): Row<"replacements">[] =>
  state.replacements.flatMap(({ replacementId, order, status }) =>
    order
      ? {
          id: replacementId,
          return_id: state.id,
          company_id: state.companyId,
          order_number: order.number,
          open: status === "ORDERED",
        }
      : [],
  );
