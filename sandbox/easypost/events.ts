import type { Outbox } from "../webhooks.ts";
import { stamp } from "./account.ts";
import { withFloatWeights } from "./signature.ts";
import { nextNumber, vendorId, type Tables, type TrackerRow } from "./tables.ts";
import { trackerView } from "./trackers.ts";

export type EventLog = ReturnType<typeof createEventLog>;
type Options = { name: string; tables: Tables; outbox: Outbox; hooksUrl: () => string | null; now: () => Date };

/** Webhooks: told late, merged, empty or through a proxy that rewrites numbers, as a test wishes. Nothing is promised of order or completeness. */
export function createEventLog({ name, tables, outbox, hooksUrl, now }: Options) {
  let isMerging = false;
  const merged = new Set<string>();
  let toEmpty = 0;
  let rewrites = false;

  const send = (id: string, body: string, messageId = id) => {
    const url = hooksUrl();
    if (url !== null) outbox.send({ id, messageId, url, body });
  };

  const append = (description: string, result: unknown, previous: object | null, trackerId: string | null) => {
    const number = nextNumber(tables, "event");
    const id = vendorId("evt", name, number);
    const at = stamp(now());
    const isEmpty = toEmpty > 0;
    if (isEmpty) toEmpty -= 1;
    const event = {
      id,
      object: "Event",
      mode: "test",
      description,
      previous_attributes: previous ?? {},
      status: "pending",
      created_at: at,
      updated_at: at,
      result: isEmpty ? null : result,
    };
    const json = JSON.stringify(event);
    const body = rewrites ? json : withFloatWeights(json);
    tables.events.put({ id, number, description, body, trackerId });
    send(id, body);
    return id;
  };

  return {
    append,
    /** Tells of a tracker, or remembers to while events are merged. */
    tracker(description: "tracker.created" | "tracker.updated", row: TrackerRow, previous: string | null) {
      if (isMerging) return void merged.add(row.id);
      append(description, trackerView(row), previous === null ? null : { status: previous }, row.id);
    },
    /** While on, changes are kept back; ending it tells each tracker that changed once, as it is by then. */
    merge(on: boolean) {
      isMerging = on;
      if (on) return;
      for (const id of merged) {
        const row = tables.trackers.get(id);
        if (row) append("tracker.updated", trackerView(row), null, id);
      }
      merged.clear();
    },
    /** The next `count` events come without their data. */
    empty: (count: number) => void (toEmpty += count),
    /** From now on bodies come as a proxy rewrote them: `10.0` is sent as `10`, the signature is over what was meant. */
    rewrite: (on: boolean) => void (rewrites = on),
    /** The same event again. */
    redeliver(id: string, times: number) {
      const event = tables.events.get(id);
      if (!event) throw new Error(`no event ${id}`);
      for (let n = 1; n <= times; n += 1) send(`${id}~${nextNumber(tables, "redelivery")}`, event.body, id);
    },
    clear() {
      isMerging = rewrites = false;
      toEmpty = 0;
      merged.clear();
    },
  };
}
