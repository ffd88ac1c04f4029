import type { PostalAddress } from "#adapters/carrier/port.ts";
import { findAddresses } from "#orchestration/return-addresses.ts";
import type { Fact } from "#orchestration/facts-vocabulary.ts";
import { findOperations, type Operation } from "#orchestration/operations.ts";
import { toFact } from "#orchestration/reading-facts.ts";
import type { RequestContext, SubgraphContext } from "../kit/context.ts";
import { loaderOf } from "../kit/reading.ts";
import { kindsSeenBy } from "./milestones.ts";
import { sql } from "kysely";
import { returnStateById } from "../kit/returns.ts";
import { returnsSeenBy } from "../kit/scope.ts";
import { type CrmSync, findCaseStatuses, findCrmSync, findTheirStatuses } from "./their-status.ts";

export const createLoaders = (context: RequestContext) => {
  const { db } = context;
  return {
    returnById: returnStateById(context),
    /** Of a line, an approval or another part. */
    returnIdByPart: loaderOf<string>(async (ids) => {
      const rows = await db.selectFrom("return_parts").selectAll().where("id", "in", ids).execute();
      return new Map(rows.map(({ id, return_id }) => [id, return_id]));
    }),
    returnIdsByOrder: loaderOf<string[]>((ids) => findReturnIds(context, ids)),
    /** By transaction key, and by the case's id: in the system's own words. */
    theirStatusByKey: loaderOf<string>((keys) => findTheirStatuses(context, keys)),
    theirStatusByCase: loaderOf<string>((ids) => findCaseStatuses(context, ids)),
    crmSyncByReturn: loaderOf<CrmSync>((ids) => findCrmSync(context, ids)),
    milestonesByReturn: loaderOf<Fact[]>((ids) => findMilestones(context, ids)),
    addressById: loaderOf<PostalAddress>((ids) => findAddresses(db, ids)),
    operationById: loaderOf<Operation>((ids) => findOperations(db, ids)),
  };
};

export type Context = SubgraphContext<ReturnType<typeof createLoaders>>;

/** Newest first. */
async function findReturnIds(
  { db, caller }: RequestContext,
  orderIds: readonly string[],
): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom("returns")
    .select(["id", "order_id"])
    .where("order_id", "in", orderIds)
    .where(returnsSeenBy(caller))
    .orderBy("requested_at", "desc")
    .orderBy("id", "desc")
    .execute();
  const byOrder = Map.groupBy(rows, ({ order_id }) => order_id);
  return new Map(orderIds.map((id) => [id, (byOrder.get(id) ?? []).map((row) => row.id)]));
}

async function findMilestones({ db, caller }: RequestContext, ids: readonly string[]): Promise<Map<string, Fact[]>> {
  const rows = await db
    .selectFrom("facts")
    .selectAll()
    .where("return_id", "in", ids)
    .where(sql<boolean>`kind = any(${kindsSeenBy(caller)})`)
    .orderBy("return_id")
    .orderBy("version")
    .execute();
  return Map.groupBy(rows.map(toFact), ({ returnId }) => returnId);
}
