import { allowedActions } from "#orchestration/allowed-actions.ts";
import { turnOf } from "#orchestration/next-step.ts";
import { slaClocks } from "#orchestration/sla-clocks.ts";
import type { ReturnState, SystemEntry } from "#orchestration/return-state.ts";
import { statusOf } from "#orchestration/status.ts";
import { categoryOf, isExceptionCode } from "#shared/exception-codes.ts";
import { foreignIdOf } from "#shared/ids.ts";
import { warehouseByCode } from "#shared/places.ts";
import { notAvailable } from "../kit/errors.ts";
import type { ResolverMap } from "../kit/context.ts";
import { seesAnything, seesSku } from "../kit/scope.ts";
import { linesSeen } from "./line.ts";
import { previewCredit } from "./credit-preview.ts";
import type { Context } from "./loaders.ts";
import { milestonesOf } from "./milestones.ts";
import { caseEntries } from "./their-status.ts";
import type { ExternalReference, SystemError, SystemState } from "./types.generated.ts";

type Reference = { id: string };

/** A return is told by its facts alone; what other systems own of it comes from their subgraphs. */
export const returnFields: ResolverMap[string] = {
  __resolveReference: ({ id }: Reference, { loaders }: Context) => loaders.returnById.load(id),
  externalReferences,
  status: statusOf,
  waitingOn: (state: ReturnState) => turnOf(state).waitingOn,
  nextStep: (state: ReturnState) => turnOf(state).nextStep,
  company: ({ companyId }: ReturnState) => ({ id: companyId }),
  customer: ({ customerId }: ReturnState) => customerId && { id: customerId },
  order: ({ orderId }: ReturnState) => ({ id: orderId }),
  lines: (state: ReturnState, _: unknown, { caller }: Context) =>
    linesSeen(state, caller).map((line) => ({ state, line })),
  warehouse: ({ warehouse }: ReturnState) => warehouse && { code: warehouse },
  returnAddress: ({ warehouse }: ReturnState) => (warehouse && warehouseByCode(warehouse)?.address) || null,
  senderAddress: ({ addressId }: ReturnState, _: unknown, { loaders }: Context) =>
    addressId ? loaders.addressById.load(addressId) : null,
  labels: ({ labels }: ReturnState) => labels.filter(({ kind }) => kind !== "NONE"),
  receipts: ({ receipts }: ReturnState, _: unknown, { caller }: Context) =>
    receipts.map((receipt) => ({ ...receipt, lines: receipt.lines.filter(({ sku }) => seesSku(caller, sku)) })),
  inspections: ({ inspections, receipts }: ReturnState, _: unknown, { caller }: Context) => {
    const seen = receipts.flatMap(({ lines }) => lines).filter(({ sku }) => seesSku(caller, sku));
    return inspections.filter(
      ({ superseded, receiptLineId }) => !superseded && seen.some((line) => line.receiptLineId === receiptLineId),
    );
  },
  creditPreview: (state: ReturnState, _: unknown, { policies }: Context) => previewCredit(state, policies),
  replacement: replacementOf,
  supplierClaims: notAvailable("supplierClaims"),
  approvals: (state: ReturnState, _: unknown, { caller }: Context) =>
    seesAnything(caller) ? state.approvals.map((approval) => ({ state, approval })) : [],
  notifications: ({ notifications }: ReturnState) => notifications,
  inventoryPostings: ({ postings }: ReturnState) => postings,
  milestones: ({ id }: ReturnState, args: Parameters<typeof milestonesOf>[1], context: Context) =>
    milestonesOf(id, args, context),
  slaClocks: (state: ReturnState) => slaClocks(state, new Date()),
  allowedActions: (state: ReturnState, _: unknown, { caller }: Context) => allowedActions(state, caller),
  systems: async (state: ReturnState, _: unknown, { loaders }: Context) => {
    const cases = caseEntries(state);
    const news = cases.length > 0 ? await loaders.crmSyncByReturn.load(state.id) : null;
    return [...state.systems, ...cases.map((entry) => ({ ...entry, ...news }))].map((entry) =>
      showSystem(state, entry),
    );
  },
};

function externalReferences({
  erpAuthorization,
  additions,
  receipts,
  credits,
  caseIds,
  companyId,
}: ReturnState): ExternalReference[] {
  const authorization =
    erpAuthorization && !erpAuthorization.deleted
      ? [{ system: `erp:${companyId}`, kind: "return order", value: erpAuthorization.number }]
      : [];
  const added = additions.flatMap(({ authorization: own }) => own?.number ?? []);
  return [
    ...authorization,
    ...added.map((value) => ({ system: `erp:${companyId}`, kind: "return order", value })),
    ...receipts.map(({ warehouse, warehouseReceiptNumber }) => ({
      system: `wms:${warehouse}`,
      kind: "receipt",
      value: warehouseReceiptNumber,
    })),
    ...credits.flatMap(({ number }) =>
      number ? [{ system: `erp:${companyId}`, kind: "credit memo", value: number }] : [],
    ),
    ...caseIds.map(({ caseId }) => ({ system: "crm", kind: "case", value: caseId })),
  ];
}

/** Null where nobody asked for one, or all of them were given up; its orders are the ERP's. */
function replacementOf({ replacements, companyId }: ReturnState) {
  const standing = replacements.filter(({ status }) => status !== "CANCELLED");
  if (standing.length === 0) return null;
  const orders = standing.flatMap(({ order }) =>
    order ? { id: foreignIdOf("erp.order", companyId, order.number) } : [],
  );
  return { orders, reason: [...new Set(standing.map(({ reason }) => reason))].join(" ") };
}

type Shown = Omit<SystemState, "theirStatus"> & Pick<SystemEntry, "transactionKey"> & { caseId?: string };

const showSystem = (state: ReturnState, entry: SystemEntry & { caseId?: string }): Shown => ({
  ...entry,
  lastError: lastErrorOf(state, entry),
});

/** In that system's own words: asked of a warehouse and the CRM, quoted from the last answer of the others (D-27). */
export const theirStatus = ({ transactionKey, caseId }: Shown, _: unknown, { loaders }: Context) => {
  if (caseId) return loaders.theirStatusByCase.load(caseId);
  return transactionKey === null ? null : loaders.theirStatusByKey.load(transactionKey);
};

/** The open task about a document that did not get through. */
function lastErrorOf({ exceptions }: ReturnState, { system, syncStatus }: SystemEntry): SystemError | null {
  if (syncStatus !== "AMBIGUOUS" && syncStatus !== "FAILED") return null;
  const open = exceptions.findLast((task) => isOf(task.system, system) && task.status !== "RESOLVED");
  if (!open) return null;
  return {
    category: syncStatus === "AMBIGUOUS" ? "AMBIGUOUS" : kindOf(open.code),
    code: open.code,
    message: open.summary,
  };
}

/** `erp-us01` is an `erp`. */
const isOf = (name: string | null, system: string): boolean =>
  name === system || name?.startsWith(`${system}-`) === true;

function kindOf(code: string): string {
  if (!isExceptionCode(code)) return "BUSINESS";
  const category = categoryOf(code);
  if (category === "BUG") return "BUG";
  return category === "API_TIMEOUT" ? (code === "RETRIES_EXHAUSTED" ? "TRANSIENT" : "AMBIGUOUS") : "BUSINESS";
}
