import { factKinds } from "./fact-kinds.ts";
import type { Fact } from "./facts-vocabulary.ts";
import type { ReturnState } from "./return-state.ts";

/** The steps that tell others what happened. */
const messageSteps: ReadonlySet<string> = new Set(["find-or-create-case", "write-milestone", "notify-customer"]);

/** Whether a task is about a message: it holds up no goods, no money and no closing (W-11), and is itself no news. */
export const isAboutMessage = ({ step }: { step: string | null }): boolean => step !== null && messageSteps.has(step);

/** A task that people look after while everything goes on: about a message, or that a stage is late. */
export const holdsUpNothing = (task: { step: string | null; category: string }): boolean =>
  isAboutMessage(task) || task.category === "SLA";

/** Whether the CRM is to hear of a fact: milestones of a return with a case, and the policy's wish for one. */
export function isForCrm(fact: Fact, after: ReturnState): boolean {
  if (fact.kind === "policy.evaluated") return fact.data.opensCase !== undefined && after.caseIds.length === 0;
  if (after.caseIds.length === 0 || isOwnNews(fact, after)) return false;
  return factKinds[fact.kind].milestone || fact.kind === "case.linked";
}

/** Else a CRM that refuses would be told that it refused, without end. */
function isOwnNews(fact: Fact, { exceptions }: ReturnState): boolean {
  if (fact.kind === "exception.raised") return isAboutMessage(fact.data);
  const about = taskOf(fact);
  if (!about) return false;
  const task = exceptions.find(({ exceptionId }) => exceptionId === about);
  return task !== undefined && isAboutMessage(task);
}

/** The task that a fact is about, itself or that it is late. */
function taskOf(fact: Fact): string | null {
  if (fact.kind === "exception.resolved") return fact.data.exceptionId;
  return fact.kind === "sla.breached" && fact.data.stage === "EXCEPTION" ? fact.data.clock.split(":")[1]! : null;
}
