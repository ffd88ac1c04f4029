import type { Row, Store } from "./store.ts";

/** One webhook: `body` is sent as it is; the vendor adds signatures when it goes out. A doubled one has the same messageId. */
export type Webhook = Row & { messageId: string; url: string; body: string; attempt: number; dueAt: number };
export type Verdict = "delivered" | "again" | "dropped";

export type OutboxOptions = {
  store: Store;
  /** Headers of this attempt (a new timestamp and signature each time). */
  headers: (webhook: Webhook) => Record<string, string>;
  /** What an answer means; `status` is null where none came in time. */
  judge: (status: number | null, webhook: Webhook) => Verdict;
  /** Milliseconds to wait after the n-th failed attempt; past the end the webhook is given up. */
  retryDelays: number[];
  /** Share by which a delay may be longer or shorter; 0 unless given. A `Retry-After` that is longer wins. */
  jitter?: number;
  timeoutMs: number;
};

export type Sending = { id: string; messageId?: string; url: string; body: string; delayMs?: number };
export type Outbox = ReturnType<typeof createOutbox>;

/** Outgoing webhooks in the store, so that a restart goes on with them; a test can hold, lose, double and reorder them. */
export function createOutbox({ store, headers, judge, retryDelays, jitter = 0, timeoutMs }: OutboxOptions) {
  const queue = store.table<Webhook>("webhooks");
  const timers = new Map<string, NodeJS.Timeout>();
  const running = new Set<Promise<void>>();
  const closing = new AbortController();
  let isHolding = false;
  let toLose = 0;
  let toDouble = 0;

  const plan = (webhook: Webhook) => {
    if (closing.signal.aborted) return;
    clearTimeout(timers.get(webhook.id));
    const wait = Math.max(0, webhook.dueAt - Date.now());
    timers.set(webhook.id, setTimeout(() => due(webhook.id), Math.min(wait, 2 ** 31 - 1)).unref());
  };

  const due = (id: string) => {
    timers.delete(id);
    const webhook = queue.get(id);
    if (webhook && !isHolding) track(deliver(webhook));
  };

  const track = (work: Promise<void>) => {
    running.add(work);
    void work.finally(() => running.delete(work));
  };

  const deliver = async (webhook: Webhook) => {
    const { status, retryAfterMs } = await post(webhook);
    const verdict = judge(status, webhook);
    if (closing.signal.aborted || !isSame(queue.get(webhook.id), webhook)) return;
    const delay = retryDelays[webhook.attempt - 1];
    if (verdict !== "again" || delay === undefined) return queue.delete(webhook.id);
    plan(
      queue.put({
        ...webhook,
        attempt: webhook.attempt + 1,
        dueAt: Date.now() + Math.max(spread(delay), retryAfterMs),
      }),
    );
  };

  /** After a reset another webhook may have the id of one that is still under way. */
  const isSame = (now: Webhook | undefined, sent: Webhook) =>
    now !== undefined && now.url === sent.url && now.attempt === sent.attempt && now.dueAt === sent.dueAt;

  const spread = (delay: number) => delay * (1 + jitter * (2 * Math.random() - 1));

  const post = async (webhook: Webhook): Promise<{ status: number | null; retryAfterMs: number }> => {
    try {
      const signal = AbortSignal.any([closing.signal, AbortSignal.timeout(timeoutMs)]);
      const all = { "content-type": "application/json", ...headers(webhook) };
      const response = await fetch(webhook.url, {
        method: "POST",
        headers: all,
        body: webhook.body,
        signal,
        redirect: "manual",
      });
      await response.arrayBuffer();
      const retryAfter = Number(response.headers.get("retry-after") ?? 0);
      return { status: response.status, retryAfterMs: Number.isFinite(retryAfter) ? retryAfter * 1000 : 0 };
    } catch {
      return { status: null, retryAfterMs: 0 };
    }
  };

  return {
    /** Queues a webhook, after a test's wish to lose or double it. `messageId` is what it carries, where that is not its id here. */
    send({ id, messageId = id, url, body, delayMs = 0 }: Sending) {
      if (toLose > 0) {
        toLose -= 1;
        return;
      }
      const copies = toDouble > 0 ? [id, `${id}#2`] : [id];
      if (copies.length === 2) toDouble -= 1;
      for (const copy of copies)
        plan(queue.put({ id: copy, messageId, url, body, attempt: 1, dueAt: Date.now() + delayMs }));
    },
    /** Picks up what an earlier process left. */
    resume: () => queue.all().forEach(plan),
    hold: () => void (isHolding = true),
    lose: (count: number) => void (toLose += count),
    double: (count: number) => void (toDouble += count),
    /** Ends a hold: sends what waits one after the other, in order, reversed, or as the ids say; resolves when all were answered. */
    async release(order: "given" | "reverse" | string[] = "given") {
      isHolding = false;
      const waiting = queue.all();
      const chosen = Array.isArray(order)
        ? order.flatMap((id) => queue.get(id) ?? [])
        : order === "reverse"
          ? waiting.reverse()
          : waiting;
      for (const { id } of waiting) clearTimeout(timers.get(id));
      for (const webhook of chosen) await deliver(webhook);
      for (const webhook of queue.all()) plan(webhook);
    },
    list: () => queue.all(),
    /** Forgets what waits and what a test wished for. */
    clear() {
      for (const timer of timers.values()) clearTimeout(timer);
      timers.clear();
      isHolding = false;
      toLose = toDouble = 0;
      for (const { id } of queue.all()) queue.delete(id);
    },
    async close() {
      closing.abort();
      for (const timer of timers.values()) clearTimeout(timer);
      await Promise.allSettled(running);
    },
  };
}
