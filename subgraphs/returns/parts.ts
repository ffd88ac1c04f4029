import type {
  ApprovalState,
  DiscrepancyState,
  InspectionState,
  LabelState,
  NotificationState,
  PostingState,
  ReceiptLine,
  ReceiptState,
  ReturnState,
} from "#orchestration/return-state.ts";
import { labelStatusOf } from "#orchestration/parcels.ts";
import { withAmounts } from "#orchestration/summaries.ts";
import { codeWithLabel } from "#shared/codes.ts";
import { companyById } from "#shared/places.ts";
import type { ResolverMap } from "../kit/context.ts";
import { priced, seesPrices } from "../kit/prices.ts";
import { seesAnything } from "../kit/scope.ts";
import type { Context } from "./loaders.ts";
import type { Operation } from "#orchestration/operations.ts";
import type { Money } from "./types.generated.ts";

// Receipts, inspections, discrepancies, postings and approvals of a return, and the scalars of an operation that was just begun (G-04).

export type Approval = { state: ReturnState; approval: ApprovalState };
type Reference = { id: string };

export const partFields: ResolverMap = {
  Receipt: { warehouse: ({ warehouse }: ReceiptState) => ({ code: warehouse }) },
  ReceiptLine: {
    id: ({ receiptLineId }: ReceiptLine) => receiptLineId,
    condition: ({ condition }: ReceiptLine) => codeWithLabel("conditions", condition),
  },
  Inspection: {
    id: ({ inspectionId }: InspectionState) => inspectionId,
    photos: ({ photos }: InspectionState) => photos.map(({ url }) => ({ url, takenAt: null })),
  },
  Discrepancy: { id: ({ discrepancyId }: DiscrepancyState) => discrepancyId },
  Notification: { id: ({ notificationId }: NotificationState) => notificationId },
  ReturnLabel: {
    id: ({ labelId }: LabelState) => labelId,
    carrier: ({ issued }: LabelState) => issued?.carrier ?? null,
    trackingNumber: ({ issued }: LabelState) => issued?.trackingNumber ?? null,
    url: ({ issued }: LabelState) => issued?.url ?? null,
    status: (label: LabelState) => labelStatusOf(label),
  },
  InventoryPosting: { from: ({ from }: PostingState) => from, to: ({ to }: PostingState) => to },
  Approval: {
    __resolveReference: approvalById,
    id: ({ approval }: Approval) => approval.approvalId,
    kind: ({ approval }: Approval) => approval.kind,
    status: ({ approval }: Approval) => approval.status,
    tier: ({ approval }: Approval) => approval.tier,
    requiredRole: ({ approval }: Approval) => approval.requiredRole,
    amount: priced(({ state, approval }: Approval) => money(currencyOfApproval(state, approval), approval.amount)),
    threshold: priced(({ state, approval }: Approval) =>
      money(companyById(state.companyId)?.currency, approval.threshold),
    ),
    requestedBy: ({ approval }: Approval) => approval.requestedBy,
    requestedAt: ({ approval }: Approval) => approval.requestedAt,
    expiresAt: ({ approval }: Approval) => approval.expiresAt,
    decidedBy: ({ approval }: Approval) => approval.decidedBy,
    decidedAt: ({ approval }: Approval) => approval.decidedAt,
    note: ({ approval }: Approval) => approval.note,
    reasons: ({ approval }: Approval, _: unknown, { caller }: Context) =>
      approval.reasons.map(({ message: text, amounts, ...reason }) => ({
        ...reason,
        message: withAmounts({ text, amounts }, seesPrices(caller)),
      })),
    return: ({ state }: Approval) => state,
  },
  Operation: {
    kind: ({ flow }: Operation) => flow,
    correlationId: ({ correlation_id }: Operation) => correlation_id,
    createdAt: ({ created_at }: Operation) => created_at.toISOString(),
    updatedAt: ({ updated_at }: Operation) => updated_at.toISOString(),
  },
};

const money = (currency: string | null | undefined, amount: string | null): Money | null =>
  amount !== null && currency ? { amount, currency } : null;

/** Sums of credits are told in the company's currency, which may not be the return's (D-22). */
export const currencyOfApproval = (state: ReturnState, approval: ApprovalState): string | null =>
  approval.currency ?? state.currency;

/** Approvals are for people of ours. */
export async function approvalById({ id }: Reference, { loaders, caller }: Context): Promise<Approval | null> {
  if (!seesAnything(caller)) return null;
  const returnId = await loaders.returnIdByPart.load(id);
  const state = returnId && (await loaders.returnById.load(returnId));
  const approval = state && state.approvals.find(({ approvalId }) => approvalId === id);
  return state && approval ? { state, approval } : null;
}
