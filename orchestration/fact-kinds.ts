import type { PartnerKind } from "#shared/caller.ts";
import type { FactKind } from "./facts-vocabulary.ts";

type Kind = {
  /** Version of the kind's data that this code writes (W-15). */
  v: number;
  /** Whether a client may see it (vocabulary section 3). */
  milestone: boolean;
  /** Which partners may see it, by the letters of vocabulary section 3: T third-party warehouses, C customers and marketplaces, S suppliers. An allow-list (G-13). */
  partners: string;
};

const shown: Kind = { v: 1, milestone: true, partners: "" };
const shownTo = (partners: string): Kind => ({ ...shown, partners });
const ours: Kind = { v: 1, milestone: false, partners: "" };

/** Every kind this code knows; a process that meets another kind, or a newer version, doesn't write that return (W-15). */
export const factKinds: Record<FactKind, Kind> = {
  "return.requested": shownTo("C"),
  "return.awaiting-erp": ours,
  "policy.evaluated": ours,
  "return.authorized": shownTo("CT"),
  "return.declined": shownTo("C"),
  "return.amended": shownTo("CT"),
  "return.held": shown,
  "return.released": shown,
  "return.cancel-requested": shownTo("T"),
  "return.cancelled": shownTo("CT"),
  "return.expired": shownTo("CT"),
  "return.closed": shownTo("CT"),
  "return.reopened": shown,
  "erp-authorization.created": ours,
  "erp-authorization.amended": ours,
  "erp-authorization.exceeded": ours,
  "erp-authorization.deleted": ours,
  "warehouse.chosen": ours,
  "warehouse.instructed": shownTo("T"),
  "warehouse.instruction-withdrawn": ours,
  "label.chosen": ours,
  "label.issued": shownTo("CT"),
  "label.refused": ours,
  "label.voided": ours,
  "shipment.picked-up": shownTo("CT"),
  "shipment.progressed": ours,
  "shipment.delivered": shownTo("CT"),
  "shipment.lost": shownTo("CT"),
  "shipment.sent-back": shownTo("CT"),
  "partner.reported": ours,
  "partner.report-read": ours,
  "event.parked": ours,
  "event.released": ours,
  "receipt.recorded": shownTo("CT"),
  "receipt.corrected": shownTo("T"),
  "receipt.matched": shownTo("T"),
  "receipt.arrived-unauthorized": shownTo("T"),
  "receipt.duplicate-suspected": ours,
  "discrepancy.raised": shownTo("T"),
  "discrepancy.resolved": ours,
  "line.short-closed": shownTo("CT"),
  "inspection.started": ours,
  "inspection.reopened": ours,
  "inspection.disputed": shownTo("C"),
  "inspection.completed": shownTo("T"),
  "inspection.corrected": shownTo("T"),
  "disposition.decided": shownTo("T"),
  "disposition.changed": shownTo("T"),
  "disposition.instructed": ours,
  "disposition.instruction-withdrawn": ours,
  "disposition.executed": shownTo("T"),
  "inventory.received": shown,
  "inventory.adjusted": shown,
  "inventory.corrected": shown,
  "inventory.confirmed": ours,
  "credit.calculated": ours,
  "credit.approved": shown,
  "credit.declined": shownTo("C"),
  "credit.queued": ours,
  "credit.drafted": ours,
  "credit.posted": shownTo("C"),
  "credit.applied": ours,
  "credit.reversed": shownTo("C"),
  "replacement.requested": shown,
  "replacement.ordered": shownTo("C"),
  "replacement.shipped": shownTo("C"),
  "replacement.cancelled": shownTo("C"),
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

const letters = { "third-party": "T", customer: "C", supplier: "S" } as const satisfies Record<PartnerKind, string>;

/** The milestones that a partner of this kind may see. */
export const milestoneKindsOf = (partner: PartnerKind): readonly string[] =>
  Object.entries(factKinds).flatMap(([kind, { milestone, partners }]) =>
    milestone && partners.includes(letters[partner]) ? [kind] : [],
  );

/** What turns data of version n into data of version n + 1, at index n - 1. */
export const upcasters: { [Kind in FactKind]?: readonly ((data: unknown) => unknown)[] } = {};
