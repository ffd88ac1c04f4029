import { findFacts } from "#orchestration/facts.ts";
import type { Fact } from "#orchestration/facts-vocabulary.ts";
import type { FeedEvent } from "#orchestration/feed.ts";
import { factKey } from "#orchestration/reading-facts.ts";
import { coded } from "#shared/errors.ts";
import { seesRow } from "../kit/scope.ts";
import type { Context } from "./loaders.ts";
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
  const frames = context.feed.follow({
    stream: returnId ? `milestones/${returnId}` : "milestones",
    after,
    ...(returnId ? { returnId, fromStart: true } : {}),
    matches: (event) => event.milestone && seesRow(context.caller, event) && fits(event, args.filter ?? {}),
    signal: over,
  });
  for await (const { cursor, event } of frames) yield { returnMilestones: await frameOf(cursor, event, context) };
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

function fits({ kind, warehouse, customerId, companyId }: FeedEvent, filter: MilestoneFilter): boolean {
  if (filter.types && !filter.types.includes(kind)) return false;
  if (filter.warehouse && filter.warehouse !== warehouse) return false;
  if (filter.customerId && filter.customerId !== customerId) return false;
  return !filter.companyId || filter.companyId === companyId;
}
