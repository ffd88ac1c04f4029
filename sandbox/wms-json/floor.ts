import { correctLine } from "./floor-correct.ts";
import { inspectLine, startInspecting } from "./floor-inspect.ts";
import { moveGoods } from "./floor-move.ts";
import { receiveGoods } from "./floor-receive.ts";
import { answerCancel } from "./instructions.ts";
import { receiptData, receiptOf } from "./receipts.ts";
import type { Site } from "./site.ts";
import type { EventType } from "./wire.ts";

export type { CorrectOrder } from "./floor-correct.ts";
export type { ReceiveOrder } from "./floor-receive.ts";
export type { InspectOrder } from "./floor-inspect.ts";

export type Floor = ReturnType<typeof createFloor>;

/**
 * What people do on the warehouse floor, each deed whole or not at all. Tests call it in process, anybody else by
 * `POST /_sandbox/<deed>` with the argument as body. A deed that can't be done throws (400 at the control address).
 */
export function createFloor(site: Site) {
  const inOne =
    <Order, Result>(deed: (site: Site, order: Order) => Result) =>
    (order: Order) =>
      site.transaction(() => deed(site, order));
  return {
    receive: inOne(receiveGoods),
    correct: inOne(correctLine),
    startInspection: inOne(startInspecting),
    inspect: inOne(inspectLine),
    executeDisposition: inOne(moveGoods),
    /** Answers a CANCEL_REQUESTED. */
    answerCancel: inOne((_, { key, refused = false, reason }: { key: string; refused?: boolean; reason?: string }) =>
      answerCancel(site, key, refused, reason ?? null),
    ),
    /** Tells of a receipt that was received with `tell: false`: late, after its inspection. */
    tellReceipt: inOne((_, { receipt: number }: { receipt: string }) => {
      const receipt = receiptOf(site, number);
      return {
        eventId: site.events.append("receipt.recorded", receiptData(receipt, receipt.lines), receipt.receivedAt).id,
      };
    }),
    /** The same webhook again, `times` times, with the same event id. */
    redeliver: inOne((_, { eventId, times = 1 }: { eventId: string; times?: number }) =>
      site.events.redeliver(eventId, times),
    ),
    /** The same data with a new event id, as when a person keys it again. */
    repeat: inOne((_, { eventId }: { eventId: string }) => ({ eventId: site.events.repeat(eventId).id })),
    /** An event with any data, as a warehouse with a fault of its own would tell it: the same revision with other content, say. */
    say: inOne((_, { type, data }: { type: EventType; data: Record<string, unknown> }) => ({
      eventId: site.events.append(type, data).id,
    })),
    /** The feed forgets what it has, as after its 30 days: older cursors are expired. */
    forgetEvents: inOne(() => void site.events.forget()),
  };
}
