import type { Db } from "#shared/database.ts";
import { coded, type CodedError } from "#shared/errors.ts";
import type { Log } from "#shared/log.ts";
import type { FeedTable } from "#shared/tables.ts";
import type { Selectable } from "kysely";
import { readEpoch } from "./epoch.ts";

/** A numbered fact: where it stands and whom it concerns; what it says is read from `facts`. */
export type FeedEvent = {
  seq: number;
  returnId: string;
  version: number;
  kind: string;
  /** Whether a client may see it. */
  milestone: boolean;
  companyId: string;
  warehouse: string | null;
  customerId: string | null;
  orderChannel: string | null;
  /** Of the return's lines. */
  skus: readonly string[];
  at: Date;
};

/** What this process has read of one epoch of the feed; readers share it. */
export type Tail = {
  readonly epoch: string;
  /** Everything up to here has been read. */
  readonly head: number;
  /** The epoch is over: readers of it are refused. */
  readonly over: CodedError | null;
  /** The recent events after `seq`; null when they are not kept any more. */
  recent(seq: number): FeedEvent[] | null;
  /** Calls once, when head moves or the epoch is over; gives how to take that back, for a quiet stream outlives many waits. */
  onMove(listener: () => void): () => void;
};

const page = 1_000;

/** The tail of the feed in this process: pulled on `pull`, one at a time, in the order of the numbers. */
export async function openTail(db: Db, log: Log, ringSize = 10_000) {
  let tail = await begin(db);
  let pulling: Promise<void> | null = null;
  let again = false;

  const readOnce = async () => {
    const head = await db.selectFrom("feed_head").select(["seq", "mark"]).executeTakeFirstOrThrow();
    if (head.mark !== tail.mark || head.seq < tail.head) return startOver();
    while (tail.head < head.seq) {
      const rows = await db
        .selectFrom("feed")
        .selectAll()
        .where("seq", ">", tail.head)
        .orderBy("seq")
        .limit(page)
        .execute();
      if (rows.length === 0) return;
      tail.add(rows.map(toEvent), ringSize);
    }
  };
  const startOver = async () => {
    log.warn("the feed has begun another epoch; readers of the old one are refused");
    const old = tail;
    tail = await begin(db);
    old.end();
  };
  const pull = (): Promise<void> => {
    again = true;
    pulling ??= (async () => {
      try {
        while (again) {
          again = false;
          await readOnce();
        }
      } finally {
        // Not a moment later: who pulls then would be told that it is done.
        pulling = null;
      }
    })();
    return pulling;
  };
  return { pull, current: (): Tail => tail, end: () => tail.end() };
}

async function begin(db: Db) {
  const epoch = await readEpoch(db);
  const { seq, mark } = await db.selectFrom("feed_head").select(["seq", "mark"]).executeTakeFirstOrThrow();
  return createTail(epoch, mark, seq);
}

function createTail(epoch: string, mark: string, from: number) {
  const ring: FeedEvent[] = [];
  let head = from;
  let over: CodedError | null = null;
  const listeners = new Set<() => void>();
  const tell = () => {
    const told = [...listeners];
    listeners.clear();
    for (const listener of told) listener();
  };
  return {
    epoch,
    mark,
    get head() {
      return head;
    },
    get over() {
      return over;
    },
    recent: (seq: number) =>
      seq >= head ? [] : seq + 1 < (ring[0]?.seq ?? Infinity) ? null : ring.slice(seq + 1 - ring[0]!.seq),
    onMove: (listener: () => void) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    add: (events: FeedEvent[], ringSize: number) => {
      ring.push(...events);
      if (ring.length > ringSize * 1.5) ring.splice(0, ring.length - ringSize);
      head = events.at(-1)!.seq;
      tell();
    },
    end: () => {
      over = coded("CURSOR_EXPIRED");
      tell();
    },
  };
}

export const toEvent = (row: Selectable<FeedTable>): FeedEvent => ({
  seq: row.seq,
  returnId: row.return_id,
  version: row.version,
  kind: row.kind,
  milestone: row.milestone,
  companyId: row.company_id,
  warehouse: row.warehouse,
  customerId: row.customer_id,
  orderChannel: row.order_channel,
  skus: row.skus,
  at: row.at,
});
