import { type Cast, lookAt, openApprovals, openTasks, type Seen } from "./drive.ts";
import { handOut, nameOf } from "./hand-out.ts";
import type { Played } from "./play-one.ts";

/** Nothing is left to happen. */
const CONVERGED = ["CLOSED", "SETTLED", "DECLINED", "CANCELLED", "EXPIRED", "REFUSED"];

export type Waits = { what: string; who: string; since: string };
/** Where one return stands at the end of the day. It is done when it converged or a person is asked to do something. */
export type Stand = Played & { status: string; waits: Waits[]; done: boolean };

export async function standOf(played: Played, people: Cast): Promise<Stand> {
  if (!played.made) {
    const status = played.trouble === null ? "REFUSED" : "NOT MADE";
    return { ...played, status, waits: [], done: CONVERGED.includes(status) };
  }
  await handOut(played.made.id, people);
  const seen = await lookAt({ id: played.made.id, people });
  const waits = waitsOf(seen);
  return { ...played, status: seen.status, waits, done: CONVERGED.includes(seen.status) || waits.length > 0 };
}

const waitsOf = (seen: Seen): Waits[] => [
  ...openApprovals(seen).map(({ kind, requiredRole, requestedAt }) => ({
    what: `approval ${kind}`,
    who: nameOf(requiredRole),
    since: requestedAt,
  })),
  ...openTasks(seen).map(({ code, owner, raisedAt }) => ({
    what: `task ${code}`,
    who: nameOf(owner?.displayName ?? "operations"),
    since: raisedAt,
  })),
];

/** The day's table: how many of each kind reached what; then who is waited for, and what went otherwise than it should. */
export function report(stands: readonly Stand[]): string[] {
  const kinds = [...Map.groupBy(stands, ({ kind }) => kind.name)];
  const width = Math.max(...kinds.map(([name]) => name.length));
  const rows = kinds.map(
    ([name, all]) => `  ${name.padEnd(width)}  ${String(all.length).padStart(2)}  ${reached(all)}`,
  );
  const waiting = stands.filter(({ waits }) => waits.length > 0);
  const wrong = stands.filter((stand) => !stand.done || !isAsMeant(stand));
  return [
    ...rows,
    ...section(
      "Waiting for a person:",
      waiting.flatMap((stand) => stand.waits.map((each) => waitLine(stand, each, width))),
    ),
    ...section(
      "Otherwise than meant:",
      wrong.map((stand) => wrongLine(stand, width)),
    ),
  ];
}

/** Whether it came to where its kind ends. */
export const isAsMeant = ({ kind, status, waits }: Stand): boolean =>
  status === kind.ends ||
  (kind.ends === "REFUSED" && status === "DECLINED") ||
  waits.some(({ what }) => what.endsWith(` ${kind.ends}`));

function reached(all: Stand[]): string {
  const ways = Map.groupBy(all, ({ status, waits: [first] }) => (first ? `${status}, waits for ${first.who}` : status));
  return [...ways].map(([way, those]) => `${those.length} ${way}`).join("; ");
}

const section = (title: string, lines: string[]): string[] => (lines.length > 0 ? ["", title, ...lines] : []);

const numberOf = ({ made, goods }: Stand): string => made?.rmaNumber ?? goods.order;
const waitLine = (stand: Stand, { what, who, since }: Waits, width: number): string =>
  `  ${numberOf(stand)}  ${stand.kind.name.padEnd(width)}  ${what.padEnd(28)}  ${who.padEnd(10)}  since ${since.slice(11, 19)}`;
const wrongLine = (stand: Stand, width: number): string =>
  `  ${numberOf(stand)}  ${stand.kind.name.padEnd(width)}  ${stand.status}${stand.done ? "" : ", and nobody has anything to do"}: ${stand.trouble ?? `meant to be ${stand.kind.ends}`}`;
