import { isTold } from "#orchestration/dispositions.ts";
import { warrantyAt } from "#orchestration/eligibility.ts";
import { lineStatuses } from "#orchestration/line-statuses.ts";
import { lineQuantities } from "#orchestration/quantities.ts";
import type { ApprovalState, DispositionState, LineState, ReturnState } from "#orchestration/return-state.ts";
import type { Caller } from "#shared/caller.ts";
import { codeWithLabel, isCode, reasonOf } from "#shared/codes.ts";
import { withoutLine } from "#shared/ids.ts";
import type { ResolverMap } from "../kit/context.ts";
import { priced } from "../kit/prices.ts";
import { seesSku } from "../kit/scope.ts";
import type { Context } from "./loaders.ts";
import type { Code, Disposition, ReturnReason } from "./types.generated.ts";

export type Line = { state: ReturnState; line: LineState };
type Reference = { id: string };

export const lineFields: ResolverMap[string] = {
  __resolveReference: lineById,
  id: ({ line }: Line) => line.id,
  order: ({ line }: Line) => ({ id: withoutLine(line.orderLineId) }),
  orderLineId: ({ line }: Line) => line.orderLineId,
  invoiceLine: ({ line: { posted } }: Line) =>
    posted && { invoiceNumber: posted.invoiceNumber, lineNumber: posted.invoiceLine },
  item: ({ line: { posted } }: Line) => posted && { sku: posted.sku },
  reason: ({ line }: Line) => showReason(line.reasonCode),
  declineReason: ({ line: { declined } }: Line) => declined && codeWithLabel("declineReasons", declined.reason),
  conditionClaimed: ({ line }: Line) => condition(line.conditionClaimed),
  conditionFound,
  authorizationStatus: ({ state, line }: Line) => lineStatuses(state, line).authorizationStatus,
  logisticsStatus: ({ state, line }: Line) => lineStatuses(state, line).logisticsStatus,
  receiptStatus: ({ state, line }: Line) => lineStatuses(state, line).receiptStatus,
  inspectionStatus: ({ state, line }: Line) => lineStatuses(state, line).inspectionStatus,
  settlementStatus: ({ state, line }: Line) => lineStatuses(state, line).settlementStatus,
  quantities: ({ state, line }: Line) => lineQuantities(state, line).unit,
  unitPrice: priced(({ state, line: { posted } }: Line) =>
    posted && state.currency ? { amount: posted.unitPrice, currency: state.currency } : null,
  ),
  tax: ({ line: { posted } }: Line) => posted && { code: posted.taxCode, rate: posted.taxRate },
  serialNumbers: ({ line }: Line) => line.serialNumbers,
  lotNumbers: ({ line }: Line) => line.lotNumbers,
  /** As it was when the return was asked for. */
  warranty: ({ state, line: { posted } }: Line) =>
    posted && warrantyAt(state.companyId, posted, new Date(state.requestedAt)),
  dispositions: ({ state, line }: Line) =>
    state.dispositions
      .filter((disposition) => !disposition.superseded && disposition.returnLineId === line.id)
      .map((disposition) => showDisposition(state, disposition)),
};

/** A supplier sees of a return the lines with its items (D-40). */
export const linesSeen = ({ lines }: ReturnState, caller: Caller): LineState[] =>
  lines.filter(({ posted }) => seesSku(caller, posted?.sku ?? null));

async function lineById({ id }: Reference, { loaders, caller }: Context): Promise<Line | null> {
  const returnId = await loaders.returnIdByPart.load(id);
  const state = returnId && (await loaders.returnById.load(returnId));
  const line = state && linesSeen(state, caller).find((candidate) => candidate.id === id);
  return state && line ? { state, line } : null;
}

function showReason(code: string): ReturnReason {
  if (!isCode("reasons", code)) return { code, label: code, faultParty: "UNKNOWN" };
  const { label, fault } = reasonOf(code);
  return { code, label, faultParty: fault };
}

const condition = (code: string | null): Code | null => (code === null ? null : codeWithLabel("conditions", code));

/** What the last inspection found, or before one how the goods came. */
function conditionFound({ state, line }: Line): Code | null {
  const came = state.receipts.flatMap(({ lines }) => lines).filter(({ returnLineId }) => returnLineId === line.id);
  const ids = new Set(came.map(({ receiptLineId }) => receiptLineId));
  const inspected = state.inspections.findLast(
    ({ superseded, receiptLineId }) => !superseded && ids.has(receiptLineId),
  );
  return condition(inspected?.condition ?? came.at(-1)?.condition ?? null);
}

const showDisposition = (state: ReturnState, disposition: DispositionState): Disposition => {
  const { dispositionId, code, quantity, warehouse, bin, decidedBy, decidedAt, ruleId, executedAt } = disposition;
  return {
    id: dispositionId,
    code,
    quantity,
    state: stateOf(state, disposition),
    warehouse: { code: warehouse },
    bin,
    decidedBy,
    decidedAt,
    ruleId,
    executedAt,
  };
};

function stateOf(state: ReturnState, disposition: DispositionState): string {
  const { executedAt, inspectionId } = disposition;
  if (executedAt) return "EXECUTED";
  if (state.approvals.some((approval) => isWaitingFor(approval, inspectionId))) return "AWAITING_APPROVAL";
  return isTold(state, disposition) ? "INSTRUCTED" : "DECIDED";
}

const isWaitingFor = ({ status, kind, subject }: ApprovalState, inspectionId: string): boolean =>
  status === "PENDING" &&
  kind === "DAMAGED_GOODS" &&
  "inspectionId" in subject &&
  subject.inspectionId === inspectionId;
