import type { Call, KeyedDocument, LookUp, TwoPhase } from "#adapters/port.ts";
import type { InstructionLookUp, InstructionState, Instructions } from "#adapters/wms/port.ts";
import { TransientFailure } from "#shared/errors.ts";
import type { EffectsTable } from "#shared/tables.ts";
import { isUndoKey, undoneKeyOf } from "#shared/transaction-key.ts";
import type { Selectable } from "kysely";
import { reached } from "./crash-points.ts";
import type { ReturnState } from "./return-state.ts";
import type { DocumentStep, InstructionStep, Run, UpsertStep } from "./step.ts";

// Intent ─► call ─► outcome. Nothing here touches the database: what it finds is recorded by settling.ts under the fence.

export type Effect = Selectable<EffectsTable>;
/** What is to be done about a committed intent. `fresh`: nothing was sent that has no outcome, so that no look-up need come first (W-05). */
export type Errand = {
  step: DocumentStep | InstructionStep | UpsertStep;
  effect: Effect;
  fresh: boolean;
  state: ReturnState;
  run: Run;
  /** For the labels of crash points: flow/step. */
  place: string;
  /** Makes sure that the lease outlasts a call, or throws; asked before every write (W-05). */
  keepLease(): Promise<void>;
};

export type Outcome =
  | { is: "drafted"; document: KeyedDocument }
  | { is: "posted"; document: KeyedDocument }
  | { is: "discarded"; document: KeyedDocument | null }
  | { is: "answered"; answer: { state: InstructionState | "ALREADY_RECEIVED" } }
  /** The look-up is authoritative and finds nothing that is ours. */
  | { is: "absent" }
  | { is: "unknown" }
  | { is: "two" }
  | { is: "differs" }
  /** Undoing came too late: it is posted, or the goods are there. */
  | { is: "too-late" }
  /** `wrote`: a write of this errand was answered before. */
  | { is: "failed"; during: "look-up" | "write"; wrote: boolean; error: unknown };

/** Does what the step's protocol says next of this effect; every failure is an Outcome, only a lost lease is thrown. */
export async function perform(errand: Errand): Promise<Outcome> {
  const trail: Trail = { during: "look-up", wrote: false };
  try {
    return await protocolOf(errand)(errand, trail);
  } catch (error) {
    if (error instanceof LeaseLost) throw error;
    return { is: "failed", ...trail, error };
  }
}

/** Another worker has taken the operation over: whatever this one still does is not recorded. */
export class LeaseLost extends Error {
  constructor() {
    super("the lease is lost");
    this.name = "LeaseLost";
  }
}

type Trail = { during: "look-up" | "write"; wrote: boolean };
type Protocol = (errand: Errand, trail: Trail) => Promise<Outcome>;

function protocolOf({ step, effect }: Errand): Protocol {
  if (step.protocol === "withdraw") return withdraw;
  if (step.protocol === "discard") return discard;
  if (undoesIntent(step, effect)) return step.protocol === "put" ? unlessPut : undraft;
  if (step.protocol === "put") return put;
  return effect.draft_id === null ? draft : post;
}

/** Whether this effect undoes an intent of the step's own, which nobody asks for any more (running/undoing.ts). */
export const undoesIntent = ({ protocol }: Errand["step"], { transaction_key }: Effect): boolean =>
  isUndoKey(transaction_key) && protocol !== "discard" && protocol !== "withdraw";

/** A second draft is harmless (W-01): where a look-up that can be believed finds none, we ask again. */
async function draft(errand: Errand, trail: Trail): Promise<Outcome> {
  const { effect, fresh } = errand;
  const port = documents(errand);
  if (!fresh) {
    const seen = judge(
      await ask(errand, "look-up", () => port.lookUp(effect.transaction_key, effect.request, callOf(errand))),
    );
    if (seen.is === "drafts") {
      const document = canonical(seen.drafts);
      if (document) return { is: "drafted", document };
      // Built by halves when we were cut off; nothing was committed of them, so they go and we begin again.
      for (const { id } of seen.drafts) await ask(errand, "discard-half", () => port.discard(id, callOf(errand)));
    } else if (seen.is !== "absent") return seen;
  }
  const document = await write(errand, trail, "draft", () =>
    port.draft(effect.transaction_key, effect.request, callOf(errand)),
  );
  return { is: "drafted", document };
}

/** Of several drafts with one key and our content one is the canonical one; the others are discarded before it is posted. */
const canonical = (drafts: KeyedDocument[]): KeyedDocument | undefined =>
  drafts.filter(({ sameContent }) => sameContent).toSorted((a, b) => (a.id < b.id ? -1 : 1))[0];

/**
 * Posts the committed draft and no other (W-01). The look-up comes first, always: it shows strays, and after a post without an answer whether that was done;
 * if our draft is still there, posting the same id again is right, for one id posts once.
 */
async function post(errand: Errand, trail: Trail): Promise<Outcome> {
  const { effect } = errand;
  const port = documents(errand);
  const look = () => ask(errand, "look-up", () => port.lookUp(effect.transaction_key, effect.request, callOf(errand)));
  const seen = judge(await look());
  if (seen.is === "unknown") return notSeen(errand);
  if (seen.is !== "drafts") return seen;
  const ours = seen.drafts.find(({ id }) => id === effect.draft_id);
  if (!ours) return { is: "absent" };
  if (!ours.sameContent) return { is: "differs" };
  for (const stray of seen.drafts)
    if (stray !== ours) await ask(errand, "discard-stray", () => port.discard(stray.id, callOf(errand)));
  await write(errand, trail, "post", () => port.post(ours.id, callOf(errand)));
  const document = await ask(errand, "read-back", () => port.read(ours.id, effect.request, callOf(errand)));
  if (document?.status === "POSTED") return { is: "posted", document };
  const after = judge(await look());
  return after.is === "drafts" ? { is: "absent" } : after;
}

/** Deletes every draft of the key that is undone (W-07); a posted one is not undone. */
async function discard(errand: Errand, trail: Trail): Promise<Outcome> {
  const outcome = await undraft(errand, trail);
  const tooLate = outcome.is === "posted" || outcome.is === "two" || outcome.is === "differs";
  return tooLate ? { is: "too-late" } : outcome;
}

/** The same for an intent that nobody asks for any more: should it be posted after all, that is its outcome. */
async function undraft(errand: Errand, trail: Trail): Promise<Outcome> {
  const { effect } = errand;
  const port = documents(errand);
  const key = undoneKeyOf(effect.transaction_key);
  const seen = judge(await ask(errand, "look-up", () => port.lookUp(key, effect.request, callOf(errand))));
  if (seen.is === "unknown") return notSeen(errand);
  if (seen.is !== "drafts" && seen.is !== "absent") return seen;
  const drafts = seen.is === "drafts" ? seen.drafts : [];
  for (const { id } of drafts) await write(errand, trail, "discard", () => port.discard(id, callOf(errand)));
  return { is: "discarded", document: drafts.find(({ id }) => id === effect.draft_id) ?? drafts[0] ?? null };
}

/** Idempotent by key (wires 1.1): after a lost answer we look, then put the same again. */
async function put(errand: Errand, trail: Trail): Promise<Outcome> {
  const { effect, fresh } = errand;
  const port = instructions(errand);
  if (!fresh) {
    const seen = await instructed(errand, effect.transaction_key);
    if (seen.is !== "absent") return seen;
  }
  const answer = await write(errand, trail, "put", () =>
    port.put(effect.transaction_key, effect.request, callOf(errand)),
  );
  return { is: "answered", answer };
}

/** An instruction that was never sent is undone by knowing that it is not there; should it be there after all, that is its outcome. */
async function unlessPut(errand: Errand): Promise<Outcome> {
  const seen = await instructed(errand, undoneKeyOf(errand.effect.transaction_key));
  if (seen.is === "unknown") return notSeen(errand);
  return seen.is === "absent" ? { is: "discarded", document: null } : seen;
}

async function instructed(errand: Errand, key: string): Promise<Outcome> {
  const seen = await ask(errand, "look-up", () =>
    instructions(errand).lookUp(key, errand.effect.request, callOf(errand)),
  );
  if (seen.answer === "unknown") return { is: "unknown" };
  if (seen.answer === "absent") return { is: "absent" };
  return seen.sameContent ? { is: "answered", answer: toldBy(seen) } : { is: "differs" };
}

/** What the put would have answered: all that the look-up tells beside its verdict. */
function toldBy({ answer: _, sameContent: __, ...told }: Extract<InstructionLookUp, { answer: "found" }>) {
  return told;
}

async function withdraw(errand: Errand, trail: Trail): Promise<Outcome> {
  const port = instructions(errand);
  const answer = await write(errand, trail, "withdraw", () =>
    port.withdraw(undoneKeyOf(errand.effect.transaction_key), callOf(errand)),
  );
  return answer.state === "ALREADY_RECEIVED" ? { is: "too-late" } : { is: "answered", answer };
}

/** The look-up before the first write was not answered: nothing is unknown, for nothing was sent (W-05). */
function notSeen({ fresh, effect: { system } }: Errand): Outcome {
  if (fresh) throw new TransientFailure({ system, code: "NO_ANSWER" });
  return { is: "unknown" };
}

type Seen =
  | { is: "drafts"; drafts: KeyedDocument[] }
  | Extract<Outcome, { is: "absent" | "unknown" | "two" | "differs" | "posted" }>;

/** W-03: one posted document of our content is the outcome; two, or other content, are for people. */
function judge(seen: LookUp): Seen {
  if (seen.answer === "unknown") return { is: "unknown" };
  if (seen.answer === "absent") return { is: "absent" };
  if (seen.posted.length > 1) return { is: "two" };
  const [document] = seen.posted;
  if (document) return document.sameContent ? { is: "posted", document } : { is: "differs" };
  return seen.drafts.length === 0 ? { is: "absent" } : { is: "drafts", drafts: seen.drafts };
}

async function ask<Answer>({ place, keepLease }: Errand, verb: string, work: () => Promise<Answer>): Promise<Answer> {
  await keepLease();
  reached(`call ${place} ${verb} before`);
  const answer = await work();
  reached(`call ${place} ${verb} after`);
  return answer;
}

/** From here until the answer is in, a failure may be one of a work that is done. */
async function write<Answer>(errand: Errand, trail: Trail, verb: string, work: () => Promise<Answer>): Promise<Answer> {
  return ask(errand, verb, async () => {
    trail.during = "write";
    const answer = await work();
    trail.during = "look-up";
    trail.wrote = true;
    return answer;
  });
}

const documents = ({ step, state, run }: Errand): TwoPhase<unknown> => (step as DocumentStep).port(state, run);
/** A withdrawal's port has no more than `withdraw`, a CRM's no `withdraw`: all that their protocols ask for. */
const instructions = ({ step, state, run }: Errand): Instructions<unknown> =>
  (step as InstructionStep).port(state, run) as Instructions<unknown>;
const callOf = ({ run }: Errand): Call => run.call;
