import assert from "node:assert/strict";
import type { Db } from "#shared/database.ts";
import type { Answer, Frames } from "./clients.ts";

/** Every milestone with the return as it then stands, and which milestones that return already knows. */
export const WITH_HISTORY = `subscription ($returnId: ID, $filter: MilestoneFilter, $after: String) {
  returnMilestones(returnId: $returnId, filter: $filter, after: $after) {
    cursor
    milestone { id type }
    return { id company { id } milestones(last: 100) { edges { node { id } } } }
  }
}`;

export type Seen = { companies?: string[]; sites?: string[]; returnId?: string; afterSeq?: number };

/** The oracle (W-26): ids of the milestones that a caller of these companies and sites may see, in the order of the log. */
export async function logSeenBy(db: Db, { companies, sites, returnId, afterSeq = 0 }: Seen): Promise<string[]> {
  let log = db
    .selectFrom("feed")
    .innerJoin("facts", (join) =>
      join.onRef("facts.return_id", "=", "feed.return_id").onRef("facts.version", "=", "feed.version"),
    )
    .select("facts.id")
    .where("feed.milestone", "=", true)
    .where("feed.seq", ">", afterSeq);
  if (companies) log = log.where("feed.company_id", "in", companies);
  if (sites) log = log.where("feed.warehouse", "in", sites);
  if (returnId) log = log.where("feed.return_id", "=", returnId);
  return (await log.orderBy("feed.seq").execute()).map(({ id }) => id);
}

/** Every fact has its number and nothing more is coming: resolves with the head of the feed. */
export const allNumbered = (
  db: Db,
  until: <Value>(what: string, look: () => Promise<Value | null>) => Promise<Value>,
): Promise<number> =>
  until("every fact to be numbered", async () => {
    const pending = await db.selectFrom("feed_pending").select("version").limit(1).executeTakeFirst();
    const { seq } = await db.selectFrom("feed_head").select("seq").executeTakeFirstOrThrow();
    return pending ? null : seq;
  });

export const frameOf = ({ data }: Answer) =>
  data?.returnMilestones as
    | { cursor: string; milestone: { id: string; type: string } | null; return: any }
    | null
    | undefined;
export const idsOf = (frames: readonly Answer[]): string[] =>
  frames.flatMap((frame) => frameOf(frame)?.milestone?.id ?? []);
export const typesOf = (frames: readonly Answer[]): string[] =>
  frames.flatMap((frame) => frameOf(frame)?.milestone?.type ?? []);
export const isCheckpoint = (frame: Answer): boolean => frameOf(frame)?.milestone === null;

/** Where a cursor stands. Clients can't know; the oracle looks inside. */
export const seqOf = (cursor: string): number =>
  JSON.parse(Buffer.from(cursor.split(".")[0]!, "base64url").toString())[2];

/** What holds for the frames of one connection that asked for `after`: W-25 (2), (6), (7), G-21. */
export function checkPiece(frames: readonly Answer[], after?: string): void {
  if (frames.length === 0) return;
  const [first] = frames;
  assert.ok(isCheckpoint(first!), `the first frame is no checkpoint: ${JSON.stringify(first)}`);
  if (after !== undefined) assert.equal(frameOf(first!)!.cursor, after, "a stream begins where it was left");
  for (const frame of frames) {
    const { milestone, return: told } = frameOf(frame) ?? assert.fail(JSON.stringify(frame));
    if (!milestone) assert.equal(told, null);
    const known = told?.milestones?.edges.map(({ node }: { node: { id: string } }) => node.id);
    if (milestone && known) assert.ok(known.includes(milestone.id), `the return is older than its ${milestone.type}`);
  }
  const at = frames.map((frame) => seqOf(frameOf(frame)!.cursor));
  for (const [index, frame] of frames.entries()) {
    if (index === 0) continue;
    const moved = at[index]! - at[index - 1]!;
    assert.ok(isCheckpoint(frame) ? moved >= 0 : moved > 0, `${at.join()} goes back or repeats at ${index}`);
  }
}

export type Follower = {
  /** Ids of every milestone seen, over all connections, in the order in which they came. */
  readonly ids: string[];
  readonly pieces: number;
  /** Resolves when `id` was seen. */
  finish(id: string): Promise<void>;
};
type Ways = {
  /** Opens a connection that goes on after this cursor. */
  open(after: string | undefined): Promise<Frames>;
  /** Frames until the client hangs up, asked for each connection; at least 2, for the first is a checkpoint. */
  cutAfter(): number;
  /** Resolves when there is somebody to connect to. */
  ready?(): Promise<unknown>;
};

const MOST_IN_VAIN = 100;

/** A client that is cut off again and again, by itself or by others, and goes on from its last cursor until it has seen all. */
export function followInPieces({ open, cutAfter, ready = async () => undefined }: Ways): Follower {
  const ids: string[] = [];
  let pieces = 0;
  let inVain = 0;
  let goal: string | undefined;
  let stream: Frames | undefined;
  const isDone = () => goal !== undefined && (ids.includes(goal) || idsOf(stream?.seen ?? []).includes(goal));
  const onePiece = async (after: string | undefined) => {
    await ready();
    const current = (stream = await open(after));
    const most = cutAfter();
    await current
      .until("its cut", () => isDone() || (goal === undefined && current.seen.length >= most))
      .catch((error: Error) => {
        if (Array.isArray(error.cause)) throw error; // refused; anything else is a cut by others
      });
    current.cut();
    await current.ended;
    await current.stop();
    checkPiece(current.seen, after);
    ids.push(...idsOf(current.seen));
    stream = undefined;
    pieces += 1;
    const last = current.seen.at(-1);
    inVain = last ? 0 : inVain + 1;
    if (inVain > MOST_IN_VAIN) throw new Error(`${inVain} connections in a row brought nothing`);
    return last ? frameOf(last)!.cursor : after;
  };
  const run = async () => {
    for (let cursor: string | undefined; !isDone();) cursor = await onePiece(cursor);
  };
  const running = run();
  running.catch(() => undefined); // told by finish
  return {
    ids,
    get pieces() {
      return pieces;
    },
    finish: (id) => {
      goal = id;
      if (isDone()) stream?.cut();
      return running;
    },
  };
}
