import type { FactKind } from "./facts-vocabulary.ts";

type Kind = {
  /** Version of the kind's data that this code writes (W-15). */
  v: number;
  /** Whether a client may see it (vocabulary section 3). */
  milestone: boolean;
};

const shown: Kind = { v: 1, milestone: true };
const ours: Kind = { v: 1, milestone: false };

/** Every kind this code knows; a process that meets another kind, or a newer version, doesn't write that return (W-15). */
export const factKinds: Record<FactKind, Kind> = {
  "return.requested": shown,
  "return.awaiting-erp": ours,
  "policy.evaluated": ours,
  "return.authorized": shown,
  "return.declined": shown,
  "return.amended": shown,
  "return.held": shown,
  "return.released": shown,
  "return.cancel-requested": shown,
  "return.cancelled": shown,
  "return.expired": shown,
  "return.closed": shown,
  "return.reopened": shown,
  "erp-authorization.created": ours,
  "erp-authorization.amended": ours,
  "erp-authorization.exceeded": ours,
  "erp-authorization.deleted": ours,
  "warehouse.chosen": ours,
  "warehouse.instructed": shown,
  "warehouse.instruction-withdrawn": ours,
  "label.chosen": ours,
  "label.issued": shown,
  "label.refused": ours,
  "label.voided": ours,
  "shipment.picked-up": shown,
  "shipment.progressed": ours,
  "shipment.delivered": shown,
  "shipment.lost": shown,
  "shipment.sent-back": shown,
  "event.parked": ours,
  "event.released": ours,
  "receipt.recorded": shown,
  "receipt.corrected": shown,
  "receipt.matched": shown,
  "receipt.arrived-unauthorized": shown,
  "receipt.duplicate-suspected": ours,
  "discrepancy.raised": shown,
  "discrepancy.resolved": ours,
  "line.short-closed": shown,
  "inspection.started": ours,
  "inspection.reopened": ours,
  "inspection.disputed": shown,
  "inspection.completed": shown,
  "inspection.corrected": shown,
  "disposition.decided": shown,
  "disposition.changed": shown,
  "disposition.instructed": ours,
  "disposition.instruction-withdrawn": ours,
  "disposition.executed": shown,
  "inventory.received": shown,
  "inventory.adjusted": shown,
  "inventory.corrected": shown,
  "inventory.confirmed": ours,
  "credit.calculated": ours,
  "credit.approved": shown,
  "credit.declined": shown,
  "credit.queued": ours,
  "credit.drafted": ours,
  "credit.posted": shown,
  "credit.applied": ours,
  "credit.reversed": shown,
  "replacement.requested": shown,
  "replacement.ordered": shown,
  "replacement.shipped": shown,
  "replacement.cancelled": shown,
  "case.linked": ours,
  "customer.notified": ours,
  "customer.notification-failed": ours,
  "approval.requested": shown,
  "approval.decided": shown,
  "approval.voided": ours,
  "approval.expired": ours,
  "effect.ambiguous": ours,
  "effect.resolved": ours,
  "effect.undone": ours,
  "sla.breached": shown,
  "sla.escalated": ours,
  "exception.raised": shown,
  "exception.assigned": ours,
  "exception.resolved": shown,
  "exception.replayed": ours,
};

export const milestoneKinds: readonly string[] = Object.entries(factKinds).flatMap(([kind, { milestone }]) =>
  milestone ? [kind] : [],
);

/** What turns data of version n into data of version n + 1, at index n - 1. */
export const upcasters: { [Kind in FactKind]?: readonly ((data: unknown) => unknown)[] } = {};
