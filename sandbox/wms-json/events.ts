import { createHash } from "node:crypto";
import type { Outbox } from "../webhooks.ts";
import { Refusal } from "./answers.ts";
import { type EventRow, nextNumber, type Tables } from "./tables.ts";
import type { EventType, WireEvent } from "./wire.ts";

const LETTERS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
const DAY = 86_400_000;

export type EventLog = ReturnType<typeof createEventLog>;
export type EventLogOptions = {
  site: string;
  tables: Tables;
  outbox: Outbox;
  hooksUrl: () => string | null;
  now: () => Date;
  /** How long the feed keeps an event. */
  retentionDays: number;
};

/** The site's events: appended once, sent as webhooks, and read back as the feed in the order of `sequence`. */
export function createEventLog({ site, tables, outbox, hooksUrl, now, retentionDays }: EventLogOptions) {
  const waiting = new Set<() => void>();
  const wake = () => {
    for (const go of waiting) go();
  };

  const toWire = ({ id, sequence, type, occurredAt, data }: EventRow): WireEvent => ({
    eventId: id,
    schemaVersion: 1,
    sequence,
    site,
    type,
    occurredAt,
    data,
  });

  const send = (event: EventRow, id = event.id) => {
    const url = hooksUrl();
    if (url !== null) outbox.send({ id, messageId: event.id, url, body: JSON.stringify(toWire(event)) });
  };

  const append = (type: EventType, data: EventRow["data"], occurredAt = now().toISOString()): EventRow => {
    const sequence = nextSequence(tables, site);
    const event = { id: eventId(site, sequence), sequence, type, occurredAt, recordedAt: now().getTime(), data };
    tables.events.put(event);
    send(event);
    queueMicrotask(wake);
    return event;
  };

  /** The sequence up to which events are forgotten: told by a test, or by age. */
  const forgotten = () => {
    const old = tables.events.find(({ recordedAt }) => recordedAt < now().getTime() - retentionDays * DAY).at(-1);
    return Math.max(tables.counters.get("forgotten")?.value ?? 0, old?.sequence ?? 0);
  };

  const read = (after: string | null, limit: number) => {
    const from = after === null ? forgotten() : sequenceOf(after);
    if (from < forgotten()) throw new Refusal("CURSOR_EXPIRED", `The feed goes back ${retentionDays} days.`);
    const newer = tables.events.find(({ sequence }) => sequence > from);
    const events = newer.slice(0, limit);
    return { events: events.map(toWire), next: cursorOf(events.at(-1)?.sequence ?? from), more: newer.length > limit };
  };

  /** Resolves when something was appended, the log closes, or the time is over. */
  const change = (milliseconds: number) =>
    new Promise<void>((resolve) => {
      const timer = setTimeout(done, milliseconds).unref();
      function done() {
        clearTimeout(timer);
        waiting.delete(done);
        resolve();
      }
      waiting.add(done);
    });

  let isClosed = false;
  return {
    append,
    /** A page of the feed after a cursor; an empty one is waited for, `wait` seconds at most. */
    async page({ after, limit, wait }: { after: string | null; limit: number; wait: number }) {
      const until = Date.now() + wait * 1000;
      for (;;) {
        const page = read(after, limit);
        const left = until - Date.now();
        if (page.events.length > 0 || left <= 0 || isClosed) return page;
        await change(left);
      }
    },
    /** Sends one event's webhook again, so often, with the same event id. */
    redeliver(id: string, times: number) {
      const event = found(tables, id);
      for (let n = 1; n <= times; n += 1) send(event, `${id}~${nextNumber(tables, "redelivery")}`);
    },
    /** The same data as a new event, as when a person keys it again. */
    repeat(id: string): EventRow {
      const { type, data, occurredAt } = found(tables, id);
      return append(type, data, occurredAt);
    },
    /** The feed forgets everything up to now: older cursors are expired. */
    forget: () => tables.counters.put({ id: "forgotten", value: tables.events.all().at(-1)?.sequence ?? 0 }),
    close() {
      isClosed = true;
      wake();
    },
  };
}

function found(tables: Tables, id: string): EventRow {
  const event = tables.events.get(id);
  if (!event) throw new Error(`no event ${id}`);
  return event;
}

/** Rises per site, and leaves a gap now and then, which nobody may take for a loss. */
function nextSequence(tables: Tables, site: string): number {
  const count = nextNumber(tables, "event");
  const first = createHash("sha256").update(site).digest().readUInt16BE(0);
  return first + count + Math.floor(count / 7);
}

function eventId(site: string, sequence: number): string {
  const hash = createHash("sha256").update(`${site}/${sequence}`).digest();
  return `evt_${Array.from(hash.subarray(0, 10), (byte) => LETTERS[byte % 32]).join("")}`;
}

const cursorOf = (sequence: number): string => Buffer.from(`s${sequence}`).toString("base64url");

function sequenceOf(cursor: string): number {
  const [, sequence] = /^s(\d+)$/.exec(Buffer.from(cursor, "base64url").toString()) ?? [];
  if (sequence === undefined) throw new Refusal("INVALID", "This is no cursor of this feed.", { field: "after" });
  return Number(sequence);
}
