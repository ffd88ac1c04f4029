import { type Db, inTransaction } from "#shared/database.ts";
import { Fraction, most, zero } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import { sql } from "kysely";
import { type Changed, changeReturn, type Stamp } from "./facts.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { exactAmount } from "./goods.ts";
import { authorizedOf, bucketsOf } from "./quantities.ts";
import type { LineState, ReturnState } from "./return-state.ts";
import { isBegun, undecidedQuantity } from "./status.ts";
import { voidedByExpiry } from "./voiding.ts";

/** Calendar days after the last receipt until what has not come is short-closed (vocabulary section 9). */
const SHORT_CLOSE_DAYS = 14;
const AT_ONCE = 100;

const system = { id: "timers", displayName: "Backhaul", kind: "SYSTEM" as const };
const stamp = (): Stamp => ({
  correlationId: newId("op"),
  actor: system,
  source: { system: "backhaul", reference: "timers" },
});

/** Timers only propose (W-14): a query finds candidates, the return's own facts decide under its lock, and expiry is a fact. Gives what changed. */
export async function proposeByTime(db: Db): Promise<Changed[]> {
  const expired = await eachReturn(db, await pastExpiry(db), expire);
  return [...expired, ...(await eachReturn(db, await pastLastReceipt(db), shortClose))];
}

const pastExpiry = (db: Db) =>
  db
    .selectFrom("returns")
    .select("id")
    .where("expires_at", "<", sql<Date>`clock_timestamp()`)
    .where("status", "in", ["AUTHORIZED", "PARTIALLY_AUTHORIZED", "AWAITING_RECEIPT"])
    .orderBy("expires_at")
    .limit(AT_ONCE)
    .execute();

const pastLastReceipt = (db: Db) =>
  db
    .selectFrom("returns")
    .select("id")
    .where("status", "=", "PARTIALLY_RECEIVED")
    .where("last_received_at", "<", sql<Date>`clock_timestamp() - make_interval(days => ${SHORT_CLOSE_DAYS})`)
    .orderBy("last_received_at")
    .limit(AT_ONCE)
    .execute();

async function eachReturn(
  db: Db,
  rows: { id: string }[],
  propose: (state: ReturnState, now: Date) => NewFact[],
): Promise<Changed[]> {
  const changes: Changed[] = [];
  for (const { id } of rows) {
    const change = await inTransaction(db, (tx) =>
      changeReturn(tx, id, stamp(), (state, { now }) => ({ facts: propose(state, now), value: undefined })),
    );
    if (change.facts.length > 0) changes.push(change);
  }
  return changes;
}

/** Nothing came by the day it was good for. A return with goods on its way in is short-closed instead. */
export function expire(state: ReturnState, now: Date): NewFact[] {
  const anything = state.receipts.length > 0 || state.cancelRequested !== null || state.hold !== null;
  if (anything || !state.expiresAt || new Date(state.expiresAt) >= now) return [];
  const open = (line: LineState) => (line.authorizedAt ? missing(state, line) : undecidedSince(state, line));
  const lines = state.lines.filter((line) => open(line).gt(0));
  if (lines.length === 0) return [];
  const expired = lines.map((line) => ({ lineId: line.id, quantity: exactAmount(line, open(line)) }));
  return [
    { kind: "return.expired", data: { lines: expired } },
    ...voidedByExpiry(
      state,
      lines.map(({ id }) => id),
    ),
  ];
}

/** A line that was added to what expires, and that nobody decided on meanwhile. */
const undecidedSince = (state: ReturnState, line: LineState): Fraction =>
  isBegun(state) ? undecidedQuantity(line) : zero;

export function shortClose(state: ReturnState, now: Date): NewFact[] {
  const last = Math.max(...state.receipts.map(({ receivedAt }) => new Date(receivedAt).getTime()));
  const isDue = (line: LineState) => Math.max(last, grantedSince(line)) + SHORT_CLOSE_DAYS * 86_400_000 < now.getTime();
  if (state.hold) return [];
  return state.lines
    .filter((line) => isDue(line) && missing(state, line).gt(0))
    .map((line) => ({
      kind: "line.short-closed",
      data: { lineId: line.id, quantity: exactAmount(line, missing(state, line)) },
    }));
}

/** What an amendment brought has its own time, however long ago the others came. */
const grantedSince = ({ addedAt, authorizedAt, increasedAt }: LineState): number =>
  Math.max(0, ...[addedAt && authorizedAt, increasedAt].flatMap((at) => (at ? Date.parse(at) : [])));

const missing = (state: ReturnState, line: LineState): Fraction =>
  most(zero, authorizedOf(line).sub(bucketsOf(state, line).received));
