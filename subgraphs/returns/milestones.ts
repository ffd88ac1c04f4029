import type { Caller } from "#shared/caller.ts";
import type { Fact } from "#orchestration/facts-vocabulary.ts";
import { coded } from "#shared/errors.ts";
import type { Context } from "./loaders.ts";
import { milestoneKinds, milestoneKindsOf } from "#orchestration/fact-kinds.ts";
import { summaryOf } from "#orchestration/summaries.ts";
import type { Milestone, MilestoneConnection } from "./types.generated.ts";
import { seesPrices } from "../kit/prices.ts";
import { partnerRows, seesAnything } from "../kit/scope.ts";

/** A fact as a client sees it; who sees no prices reads the sentence without them. */
export function showMilestone(fact: Fact, { caller }: Pick<Context, "caller">): Milestone {
  const { id, kind, occurredAt, recordedAt, source } = fact;
  return { id, type: kind, occurredAt, recordedAt, summary: summaryOf(fact, seesPrices(caller)), source };
}

/** The kinds that this caller may see: people all of them, partners those of their allow-list (G-13). */
export function kindsSeenBy(caller: Caller): readonly string[] {
  if (seesAnything(caller)) return milestoneKinds;
  const rows = partnerRows(caller);
  return rows ? milestoneKindsOf(rows.kind) : [];
}

type Args = { first?: number | null; after?: string | null; last?: number | null; before?: string | null };
const MOST = 100;

/** A return's milestones in order: the first after a cursor, or the last before one; all of them, at most 100, where neither is said. */
export async function milestonesOf(returnId: string, args: Args, context: Context): Promise<MilestoneConnection> {
  const { first, last } = args;
  for (const [field, size] of [
    ["first", first],
    ["last", last],
  ] as const) {
    if (typeof size === "number" && (size < 1 || size > MOST))
      throw coded("BAD_USER_INPUT", { problem: `${field}: ${size} is not from 1 to ${MOST}.`, field });
  }
  const all = (await context.loaders.milestonesByReturn.load(returnId)) ?? [];
  const after = placeOf(args.after, all, "after") ?? -1;
  const before = placeOf(args.before, all, "before") ?? all.length;
  const between = all.slice(after + 1, before);
  const page =
    typeof last === "number" && typeof first !== "number" ? between.slice(-last) : between.slice(0, first ?? MOST);
  const [start, end] = [page[0], page.at(-1)];
  return {
    edges: page.map((fact) => ({ cursor: cursorOf(fact), node: showMilestone(fact, context) })),
    pageInfo: {
      hasNextPage: end !== undefined && all.some(({ version }) => version > end.version),
      hasPreviousPage: start !== undefined && all.some(({ version }) => version < start.version),
      startCursor: start ? cursorOf(start) : null,
      endCursor: end ? cursorOf(end) : null,
    },
  };
}

/** It names the milestone and not its number in the return, which would tell a partner how much it doesn't see (G-13). */
const cursorOf = ({ id }: Fact): string => Buffer.from(`milestone:${id}`).toString("base64url");

function placeOf(cursor: string | null | undefined, all: readonly Fact[], field: string): number | null {
  if (cursor === null || cursor === undefined) return null;
  const place = all.findIndex((fact) => cursorOf(fact) === cursor);
  if (place < 0) throw coded("CURSOR_INVALID", { field });
  return place;
}
