import { appendFileSync } from "node:fs";
import type { Internals } from "#shared/internals.ts";

// Tests run once to list the labels this process passes, then again to die (or stop) at each of them: the points are the code's own, not a list by hand.

type Plan = Pick<Internals, "crashAt" | "stopAt" | "crashPointsFile">;
let plan: Plan = {};
const passed = new Map<string, number>();

/** `crashAt` and `stopAt` are `<label>#<n>`: the n-th time, from 1, that this process comes by. `crashPointsFile` gets a line for each one passed. */
export function planCrash({ crashAt, stopAt, crashPointsFile }: Plan): void {
  plan = { crashAt, stopAt, crashPointsFile };
  passed.clear();
}

/** A place where the process may die: before and after each call to a system and each commit. */
export function reached(label: string): void {
  if (!plan.crashAt && !plan.stopAt && !plan.crashPointsFile) return;
  const times = (passed.get(label) ?? 0) + 1;
  passed.set(label, times);
  const point = `${label}#${times}`;
  if (plan.crashPointsFile) appendFileSync(plan.crashPointsFile, `${point}\n`);
  if (plan.crashAt === point) process.kill(process.pid, "SIGKILL");
  if (plan.stopAt === point) process.kill(process.pid, "SIGSTOP");
}
