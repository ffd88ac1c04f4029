import type { Config } from "#shared/config.ts";
import type { Db } from "#shared/database.ts";
import { coded } from "#shared/errors.ts";
import type { Log } from "#shared/log.ts";
import { createCursors, cursorSecret } from "./feed/cursors.ts";
import { openTail, toEvent, type FeedEvent, type Tail } from "./feed/tail.ts";
import { listenForFeed } from "./feed/waking.ts";

export type { FeedEvent } from "./feed/tail.ts";

/** An event, or, with `event` null, a checkpoint: resume from `cursor` and nothing is missed or repeated. */
export type FeedFrame = { cursor: string; event: FeedEvent | null };
export type FollowOptions = {
  /** Names the kind of stream and, where it is one, the return: `milestones`, `milestones/ret_…`. A cursor is good for its own stream only. */
  stream: string;
  /** The last cursor seen; without one the stream begins now. */
  after?: string | null | undefined;
  /** Only this return's facts. */
  returnId?: string;
  /** Without a cursor the stream begins with the first fact that is kept, not now. */
  fromStart?: boolean;
  /** Asked for each event at delivery, so that a scope that has changed counts at once (W-25). */
  matches?: (event: FeedEvent) => boolean;
  /** Whether its cursors hide where they stand: whoever has two of them can't tell how much came between. */
  sealed?: boolean;
  signal?: AbortSignal;
};
export type Feed = {
  /**
   * Catches up and goes on live without a gap or a repeat; the first frame is a checkpoint, and there are more while nothing matches (W-25).
   * Throws CURSOR_INVALID for a forged cursor or another stream's, CURSOR_EXPIRED for what is no longer kept and after an epoch change (W-24).
   */
  follow(options: FollowOptions): AsyncGenerator<FeedFrame, void>;
  stop(): Promise<void>;
};

type Parts = {
  db: Db;
  log: Log;
  config: Pick<Config, "cursorSecret" | "redisUrl" | "internals"> & { databaseUrl: string };
};
const page = 500;

/** Opens the feed for the readers of this process: one listener and one tail for all of them. */
export async function openFeed({ db, log, config }: Parts): Promise<Feed> {
  const cursors = createCursors(await cursorSecret(db, config.cursorSecret));
  const { feedPollMs, checkpointMs, retryFirstMs } = config.internals;
  const tails = await openTail(db, log);
  const pull = () =>
    void tails
      .pull()
      .catch((err: unknown) => log.warn({ err }, "the feed could not be read; the next poll tries again"));
  const wake = listenForFeed({
    url: config.databaseUrl,
    redisUrl: config.redisUrl,
    log,
    onWake: pull,
    againMs: retryFirstMs,
  });
  const poll = setInterval(pull, feedPollMs);

  async function* follow({
    stream,
    after,
    returnId,
    fromStart = false,
    matches = () => true,
    sealed = false,
    signal,
  }: FollowOptions): AsyncGenerator<FeedFrame, void> {
    await tails.pull();
    const tail = tails.current();
    let seq = after != null ? await startAfter(after, stream, tail) : fromStart ? 0 : tail.head;
    const frame = (event: FeedEvent | null): FeedFrame => ({
      cursor: cursors.write({ stream, epoch: tail.epoch, seq }, sealed),
      event,
    });
    yield frame(null);
    let told = performance.now();
    while (!signal?.aborted) {
      if (tail.over) throw tail.over;
      const { events, upTo } = await eventsAfter(tail, seq, returnId);
      for (const event of events) {
        seq = event.seq;
        if (signal?.aborted) return;
        if ((returnId !== undefined && event.returnId !== returnId) || !matches(event)) continue;
        yield frame(event);
        told = performance.now();
      }
      seq = upTo;
      const left = told + checkpointMs - performance.now();
      if (seq >= tail.head && !tail.over && left > 0) await movement(tail, left, signal);
      if (performance.now() - told < checkpointMs || signal?.aborted) continue;
      yield frame(null);
      told = performance.now();
    }
  }

  /** From the ring where that reaches back far enough, else from the log, a page at a time. */
  async function eventsAfter(
    tail: Tail,
    seq: number,
    returnId: string | undefined,
  ): Promise<{ events: FeedEvent[]; upTo: number }> {
    const head = tail.head;
    const recent = tail.recent(seq);
    if (recent) return { events: recent, upTo: recent.at(-1)?.seq ?? seq };
    let query = db.selectFrom("feed").selectAll().where("seq", ">", seq).where("seq", "<=", head);
    if (returnId !== undefined) query = query.where("return_id", "=", returnId);
    const events = (await query.orderBy("seq").limit(page).execute()).map(toEvent);
    return { events, upTo: events.length < page ? head : events.at(-1)!.seq };
  }

  async function startAfter(cursor: string, stream: string, tail: Tail): Promise<number> {
    const { epoch, seq } = cursors.read(cursor, stream);
    if (epoch !== tail.epoch || seq > tail.head) throw coded("CURSOR_EXPIRED", { field: "after" });
    if (tail.recent(seq)) return seq;
    const oldest = await db.selectFrom("feed").select("seq").orderBy("seq").limit(1).executeTakeFirst();
    if (seq + 1 < (oldest?.seq ?? tail.head + 1)) throw coded("CURSOR_EXPIRED", { field: "after" });
    return seq;
  }

  return {
    follow,
    stop: async () => {
      clearInterval(poll);
      tails.end();
      await wake.stop();
    },
  };
}

/** Until the tail moves, the time is over, or the signal comes. */
async function movement(tail: Tail, ms: number, signal: AbortSignal | undefined): Promise<void> {
  if (signal?.aborted) return;
  const { promise, resolve } = Promise.withResolvers<void>();
  const done = () => resolve();
  const timer = setTimeout(done, ms);
  const forget = tail.onMove(done);
  signal?.addEventListener("abort", done);
  await promise;
  clearTimeout(timer);
  forget();
  signal?.removeEventListener("abort", done);
}
