import type { ReturnState } from "#orchestration/return-state.ts";
import { normaliseRmaNumber } from "#shared/rma-number.ts";
import type { PageArgs } from "../kit/connection.ts";
import type { ResolverMap } from "../kit/context.ts";
import { notAvailable } from "../kit/errors.ts";
import { priced } from "../kit/prices.ts";
import { returnsSeenBy } from "../kit/scope.ts";
import type { Preview } from "./credit-preview.ts";
import { lineFields } from "./line.ts";
import {
  type ApprovalPage,
  countApprovals,
  countReturns,
  listApprovals,
  listReturns,
  type ReturnPage,
} from "./lists.ts";
import type { Context } from "./loaders.ts";
import { showMilestone } from "./milestones.ts";
import { type MilestoneFrame, returnMilestones } from "./following.ts";
import { amendReturn } from "./mutations/amend-return.ts";
import { cancelReturn } from "./mutations/cancel-return.ts";
import { changeDisposition } from "./mutations/change-disposition.ts";
import { decideApproval } from "./mutations/decide-approval.ts";
import { recordInspection } from "./mutations/record-inspection.ts";
import { recordReceipt } from "./mutations/record-receipt.ts";
import { reportPartnerStatus } from "./mutations/report-partner-status.ts";
import { requestReplacement } from "./mutations/request-replacement.ts";
import { requestReturn } from "./mutations/request-return.ts";
import { approvalById, partFields } from "./parts.ts";
import { returnFields, theirStatus } from "./return.ts";
import type { ApprovalFilter, ReturnFilter, ReturnOrder } from "./types.generated.ts";

type Reference = { id: string };

export const resolvers: ResolverMap = {
  Query: {
    return: (_, { id }: Reference, { loaders }: Context) => loaders.returnById.load(id),
    returnByRmaNumber,
    returns: (_, args: PageArgs & { filter?: ReturnFilter; orderBy?: ReturnOrder }, context: Context) =>
      listReturns(context, args),
    approvals: (_, args: PageArgs & { filter?: ApprovalFilter }, context: Context) => listApprovals(context, args),
    unmatchedReceipts: notAvailable("unmatchedReceipts"),
  },
  Mutation: {
    requestReturn,
    amendReturn,
    cancelReturn,
    decideApproval,
    recordReceipt,
    recordInspection,
    changeDisposition,
    requestReplacement,
    matchReceipt: notAvailable("matchReceipt"),
    reportPartnerStatus,
  },
  Subscription: { returnMilestones: { subscribe: returnMilestones } },
  MilestoneFrame: {
    milestone: ({ fact }: MilestoneFrame, _: unknown, context: Context) =>
      fact instanceof Error ? fact : fact && showMilestone(fact, context),
    return: ({ returnId }: MilestoneFrame, _: unknown, { loaders }: Context) =>
      returnId && loaders.returnById.load(returnId),
  },
  ReturnConnection: {
    totalCount: ({ filter }: ReturnPage, _: unknown, context: Context) => countReturns(context, filter),
  },
  ReturnEdge: { node: ({ node }: { node: string }, _: unknown, { loaders }: Context) => loaders.returnById.load(node) },
  ApprovalConnection: {
    totalCount: ({ filter }: ApprovalPage, _: unknown, context: Context) => countApprovals(context, filter),
  },
  ApprovalEdge: {
    node: ({ node }: { node: string }, _: unknown, context: Context) => approvalById({ id: node }, context),
  },
  Return: returnFields,
  ReturnLine: lineFields,
  CreditPreview: { total: priced(({ amount, currency }: Preview) => ({ amount, currency })) },
  SystemState: { theirStatus },
  Order: { __resolveReference: (reference: Reference) => reference, returns: returnsOfOrder },
  ...partFields,
};

/** A number that is not there, one of somebody else and one with a wrong check answer alike (G-13). */
async function returnByRmaNumber(
  _: unknown,
  { rmaNumber }: { rmaNumber: string },
  { db, loaders, caller }: Context,
): Promise<ReturnState | null> {
  const row = await db
    .selectFrom("returns")
    .select("id")
    .where("rma_number", "=", normaliseRmaNumber(rmaNumber))
    .where(returnsSeenBy(caller))
    .executeTakeFirst();
  return row ? loaders.returnById.load(row.id) : null;
}

async function returnsOfOrder(
  { id }: Reference,
  _: unknown,
  { loaders }: Context,
): Promise<(ReturnState | Error | null)[]> {
  const ids = (await loaders.returnIdsByOrder.load(id)) ?? [];
  return loaders.returnById.loadMany(ids);
}
