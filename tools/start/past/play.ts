import type { CompanyCode } from "#sandbox/seed/types.ts";
import { isWorkday } from "#shared/holidays.ts";
import { newId } from "#shared/ids.ts";
import type { Log } from "#shared/log.ts";
import type { Act, Played } from "./acts.ts";
import type { Clock } from "./clock.ts";
import type { House, RequestInput } from "./house.ts";
import type { Line, Plan } from "./plan.ts";

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
/** Hours of a working day in which people and floors of a company do things, UTC; what falls into one happens at once. */
const hoursOf: Record<CompanyCode, readonly number[]> = {
  US01: [14, 16, 18, 20],
  CA02: [14, 16, 18],
  EU03: [8, 10, 12, 14],
};
/** The last things were done so long ago, at least. */
const LATELY = 30 * MINUTE;

/** `order`: what has another one waits until the house is quiet. */
export type Due = { at: number; order: number; work: () => Promise<void> };
export type Parts = {
  house: House;
  clock: Clock;
  log: Log;
  now: number;
  progress: (done: number, all: number) => void;
  /** What else happens, once it is known which returns there are. */
  also: (played: readonly Played[]) => Due[];
};

/** Plays all plans through the house, hour by hour from the first request until now; each return as far as its plan goes. Gives those that were made. */
export async function play(
  plans: readonly Plan[],
  { house, clock, log, now, progress, also }: Parts,
): Promise<Played[]> {
  const played: Played[] = [];
  let done = 0;
  const due = plans.flatMap((plan) => script(plan, played, { house, log, now, ended: () => void (done += 1) }));
  const hours = [...Map.groupBy([...due, ...also(played)], ({ at }) => at)].toSorted(([a], [b]) => a - b);
  let night = startOfDay(hours[0]?.[0] ?? now) + DAY;
  const untilDayOf = async (at: number) => {
    for (; night <= at; night += DAY) {
      await clock.goTo(night);
      await house.lookAtTheClock();
    }
  };
  for (const [at, together] of hours) {
    await untilDayOf(at);
    await clock.goTo(at);
    await inOrder(together, house);
    progress(done, plans.length);
  }
  await untilDayOf(now);
  await clock.goTo(now - LATELY);
  await house.lookAtTheClock();
  return played;
}

/** What stands in one another's way has another order: the house is quiet before the next. */
async function inOrder(together: readonly Due[], house: House): Promise<void> {
  for (const [, same] of [...Map.groupBy(together, ({ order }) => order)].toSorted(([a], [b]) => a - b)) {
    for (let i = 0; i < same.length; i += AT_ONCE)
      await Promise.all(same.slice(i, i + AT_ONCE).map(({ work }) => work()));
    await house.settle();
  }
}
const AT_ONCE = 20;

type Ground = Pick<Parts, "house" | "log" | "now"> & { ended: () => void };

/** A plan's acts at working hours, one after the other. A return that can't be had is logged and left out. */
function script(plan: Plan, played: Played[], { house, log, now, ended }: Ground): Due[] {
  let one: Played | null = null;
  const times = workingTimes(
    plan.lines[0]!.sold.order.company,
    [plan.requestedDaysAgo, ...plan.acts.map(({ daysAgo }) => daysAgo)].map((days) => now - days * DAY),
    now,
  );
  const guarded = (work: () => Promise<void>, isLast: boolean) => async () => {
    await work().catch((err: unknown) => {
      log.warn(
        { err, stage: plan.stage, order: plan.lines[0]!.sold.order.number },
        "a return of the past goes no further",
      );
      one = null;
    });
    if (isLast) ended();
  };
  const request = async () => {
    one = await ask(plan, house);
    played.push(one);
  };
  const deeds = [request, ...plan.acts.map(({ act }) => doing(act))];
  function doing(act: Act) {
    return async () => {
      if (one) await act(one, house);
    };
  }
  // A system that refuses is asked for this return alone.
  const order = plan.refusal || plan.rmaNumber ? Math.random() : 0;
  return deeds.map((work, i) => ({
    at: times[i]!,
    order: i === 0 ? order : 0,
    work: guarded(work, i === deeds.length - 1),
  }));
}

async function ask(plan: Plan, house: House): Promise<Played> {
  const relent = plan.refusal && house.refuse(plan.refusal, plan.lines[0]!.sold.order);
  try {
    const asked = inputOf(plan);
    const id = await (plan.rmaNumber ? house.requestAs(plan.rmaNumber, plan.by, asked) : house.request(plan.by, asked));
    if (relent) await house.settle();
    return { plan, id, rmaNumber: await house.numberOf(id) };
  } finally {
    await relent?.();
  }
}

export function inputOf({ lines, note }: Plan): RequestInput {
  const { number: orderNumber, company: companyId } = lines[0]!.sold.order;
  return {
    idempotencyKey: newId("op"),
    orderNumber,
    companyId,
    ...(note ? { note } : {}),
    lines: lines.map(lineOf),
  } as RequestInput;
}

const lineOf = ({ sold: { order, line }, quantity, reason, condition, exception }: Line) => ({
  orderLineId: `erp.order:${order.company}:${order.number}/${line.sequence}`,
  quantity: { value: String(quantity), unit: line.unit },
  reasonCode: reason,
  ...(condition ? { conditionCode: condition } : {}),
  ...(exception ? { requestException: true } : {}),
});

/** Each at a working hour near to when it is wanted, never on a weekend or a holiday, one after the other, and all of them over by now. */
function workingTimes(company: CompanyCode, wanted: readonly number[], now: number): number[] {
  const times: number[] = [];
  let latest = now - LATELY;
  // From the last one back: how old it is matters most.
  for (const at of wanted.toReversed()) {
    latest = workingHour(company, Math.min(at, latest));
    times.unshift(latest);
    latest -= HOUR;
  }
  return times;
}

/** The last working hour that is not after it. */
function workingHour(company: CompanyCode, at: number): number {
  let day = startOfDay(at);
  for (;;) {
    const open = isWorkday(company, new Date(day).toISOString().slice(0, 10));
    const fits = open ? hoursOf[company].filter((hour) => day + hour * HOUR + minutesOf(day, hour) <= at) : [];
    const hour = fits.at(-1);
    if (hour !== undefined) return day + hour * HOUR + minutesOf(day, hour);
    day -= DAY;
  }
}

/** Nobody is on time. */
const minutesOf = (day: number, hour: number): number => (((day / DAY) * 17 + hour * 7) % 50) * MINUTE;
const startOfDay = (at: number): number => Math.floor(at / DAY) * DAY;
