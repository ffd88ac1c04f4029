import { sql } from "kysely";
import { findFacts } from "#orchestration/facts.ts";
import type { Fact } from "#orchestration/facts-vocabulary.ts";
import type { FeedEvent } from "#orchestration/feed.ts";
import { factKey, toFact } from "#orchestration/reading-facts.ts";
import { coded } from "#shared/errors.ts";
import { seesRow } from "../kit/scope.ts";
import type { Context } from "./loaders.ts";
import { kindsSeenBy } from "./milestones.ts";
import type { MilestoneFilter, SubscriptionreturnMilestonesArgs } from "./types.generated.ts";

/** A milestone, or with nothing but a cursor a quiet stream moving on (G-21). */
export type MilestoneFrame = { cursor: string; fact: Fact | Error | null; returnId: string | null };

/**
 * Milestones in order, none lost and none twice (W-25): of one return from its first one, across returns from now, or from `after` on. What the
 * caller may see is asked for each event when it is delivered.
 */
export async function* returnMilestones(
  _: unknown,
  args: SubscriptionreturnMilestonesArgs,
  context: Context,
  over: AbortSignal,
) {
  const { returnId, after } = args;
  const kinds = new Set(kindsSeenBy(context.caller));
  const frames = context.feed.follow({
    stream: returnId ? `milestones/${returnId}` : "milestones",
    after,
    ...(returnId ? { returnId, fromStart: true } : {}),
    // A partner's cursor does not tell how much else there is (G-13).
    sealed: context.caller.kind === "PARTNER",
    matches: (event) =>
      event.milestone && kinds.has(event.kind) && seesRow(context.caller, event) && fits(event, args.filter ?? {}),
    signal: over,
  });
  let isFirst = true;
  for await (const { cursor, event } of frames) {
    yield { returnMilestones: await frameOf(cursor, event, context) };
    const forgotten =
      isFirst && returnId && !after ? await milestonesBeforeFeed(returnId, args.filter ?? {}, context) : [];
    for (const fact of forgotten) yield { returnMilestones: { cursor, fact, returnId } };
    isFirst = false;
  }
}

/**
 * The feed is dropped after its retention (W-28), the log is not: the first milestones of an old return come from there. Their cursor is the stream's
 * beginning, which is refused as expired by then, never passed over in silence.
 */
async function milestonesBeforeFeed(
  returnId: string,
  filter: MilestoneFilter,
  { db, loaders, caller }: Context,
): Promise<Fact[]> {
  const state = await loaders.returnById.load(returnId);
  if (!state) return [];
  const rows = await db
    .selectFrom("facts")
    .selectAll()
    .where("return_id", "=", returnId)
    .where(sql<boolean>`kind = any(${kindsSeenBy(caller)})`)
    .where(
      sql<boolean>`not exists (select from feed where feed.return_id = facts.return_id and feed.version = facts.version)`,
    )
    .where(
      sql<boolean>`not exists (select from feed_pending p where p.return_id = facts.return_id and p.version = facts.version)`,
    )
    .orderBy("version")
    .execute();
  const { warehouse, customerId, companyId } = state;
  return rows.map(toFact).filter(({ kind }) => fits({ kind, warehouse, customerId, companyId }, filter));
}

async function frameOf(cursor: string, event: FeedEvent | null, { db, log }: Context): Promise<MilestoneFrame> {
  if (!event) return { cursor, fact: null, returnId: null };
  const { returnId } = event;
  const fact = (await findFacts(db, [event])).get(factKey(event));
  if (!fact)
    log.error(
      { returnId, version: event.version, kind: event.kind },
      "a milestone can't be told by this version (W-22)",
    );
  return { cursor, fact: fact ?? coded("INTERNAL_SERVER_ERROR"), returnId };
}

function fits(
  { kind, warehouse, customerId, companyId }: Pick<FeedEvent, "kind" | "warehouse" | "customerId" | "companyId">,
  filter: MilestoneFilter,
): boolean {
  if (filter.types && !filter.types.includes(kind)) return false;
  if (filter.warehouse && filter.warehouse !== warehouse) return false;
  if (filter.customerId && filter.customerId !== customerId) return false;
  return !filter.companyId || filter.companyId === companyId;
}
