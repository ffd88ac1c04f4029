import type { PostalAddress } from "#adapters/carrier/port.ts";
import type { Upserts } from "#adapters/crm/port.ts";
import type { Call, KeyedDocument, TwoPhase } from "#adapters/port.ts";
import type { Systems } from "#adapters/systems.ts";
import type { Instructions, InstructionState } from "#adapters/wms/port.ts";
import type { Transaction } from "#shared/database.ts";
import type { ExceptionCode } from "#shared/errors.ts";
import type { Answers, Asked } from "#shared/snapshots.ts";
import type { Fact, Lane, NewFact } from "./facts-vocabulary.ts";
import type { Policies } from "./policies/policies.ts";
import type { ReturnState } from "./return-state.ts";

// What a flow is made of. Flows and steps say what; worker.ts and effects.ts do it, and own every transaction, call, retry and crash point.

/** One run of a flow: what a step knows besides the folded return. */
export type Run = {
  operationId: string;
  flow: string;
  /** What in the return it is about: a receipt's, inspection's or credit's id; "" for the return itself. */
  subject: string;
  /** The fact that is told, in flows that tell of one. */
  fact?: Fact;
  correlationId: string;
  systems: Systems;
  policies: Policies;
  /** Prefix of transaction keys. */
  installation: string;
  /** Where partners' mappings are. */
  partnersDir?: string | undefined;
  /** Where goods are sent from; null where it was deleted. Personal: no fact or intent holds it. */
  readAddress(addressId: string): Promise<PostalAddress | null>;
  /** Of the database (W-16). */
  now: Date;
  call: Call;
};

/** A task with an owner; category and owner follow from the code (vocabulary section 5). */
export type Task = {
  code: ExceptionCode;
  /** For everybody who sees tasks: it names no amount. */
  summary: string;
  /** The amounts, in a further sentence: only for who sees prices. */
  amounts?: string;
  system?: string | null;
  /** Default: the operation and step. */ cause?: string;
};

export type Guard =
  | "go"
  /** Nothing to do here (done before, or not for this return): the step is SKIPPED, the flow goes on. */
  | { skip: string }
  /** A person, goods or a system must come first: the operation ends, the fact that comes starts a new one. */
  | { end: string }
  | { task: Task };

export type Decision = {
  facts: NewFact[];
  tasks?: Task[];
  /** "stop": one of `tasks` must be resolved first. Default "on". */
  then?: "on" | "end" | "stop";
};

/** Reads what changes seldom: kept, and told from what was kept where the system doesn't answer (D-30). */
export type ReadThrough = <Value>(asked: Asked<Value>) => Promise<Answers<Value>>;

/** A step of ours: reads what it needs without a lock, then decides on the folded state under the return's row lock. */
export type DecidingStep<Reading = unknown> = {
  kind: "decide";
  name: string;
  /** The system `read` asks, null if none; an unreachable one delays the step. */
  system: "erp" | "wms" | null;
  guard(state: ReturnState, run: Run): Guard;
  /** Whether there is anything to read for this return; without, always. Where not, `decide` gets undefined. */
  mustRead?(state: ReturnState, run: Run): boolean;
  read?(state: ReturnState, run: Run, readThrough: ReadThrough): Promise<Reading>;
  /** `tx` only for reads and allocations; facts, tasks and operations are written by the runner. */
  decide(state: ReturnState, reading: Reading, run: Run, tx: Transaction): Decision | Promise<Decision>;
  /** Facts to write, once, when the system is unreachable (return.awaiting-erp, credit.queued; D-30); the step is HELD until it is back. */
  onUnavailable?(state: ReturnState, run: Run): NewFact[];
};

/**
 * The intent of an effect: pure, taken under the lock, committed before the call (W-05). Its key is bound to its content for ever (W-06): where the state asks for
 * something else meanwhile, an intent that was perhaps sent is settled first and counts as it was committed; one that was not, or is a draft only, is undone, and
 * what is asked for now gets a key of its own (running/undoing.ts).
 */
export type Intent<Request> = { key: string; request: Request };

type EffectBase<Request> = {
  kind: "effect";
  name: string;
  system: "erp" | "wms" | "crm" | "carrier" | "mail";
  /** What is done, for spans, metrics and `effects.deed`: "create credit memo". */
  deed: string;
  guard(state: ReturnState, run: Run): Guard;
  intent(state: ReturnState, run: Run): Intent<Request>;
  /** What a refusal of the system means; the default is POSTING_REFUSED or INSTRUCTION_REJECTED. */
  refused?(code: string, state: ReturnState, run: Run): Task;
  /** Facts that a refusal writes, where the return is to know of it. */
  refusedFacts?(code: string, state: ReturnState, run: Run): NewFact[];
  /** "on": the task is raised and the flow goes on (vocabulary section 4). Default "stop". */
  afterRefusal?: "on" | "stop";
  /** As for a deciding step. */
  onUnavailable?(state: ReturnState, run: Run): NewFact[];
  /** The key and its content are a decision's own (an approved credit, W-08): a committed intent is carried through, never undone for another content. */
  asCommitted?: true;
};

/** Draft by key, post by id, both, or delete the draft of that key (W-01, W-07). `discard` and `withdraw` use the key they undo and record `-U`. */
export type DocumentStep<Request = unknown, Document extends KeyedDocument = KeyedDocument> = EffectBase<Request> & {
  protocol: "draft" | "post" | "draft-and-post" | "discard";
  port(state: ReturnState, run: Run): TwoPhase<Request, Document>;
  /** Of the committed intent, and of nothing that the state may have said otherwise since. */
  facts(state: ReturnState, document: Document, run: Run, intent: Intent<Request>): NewFact[];
};

/** An idempotent put by key, or its withdrawal (wires 1.1). */
export type InstructionStep<Content = unknown> = EffectBase<Content> &
  (
    | { protocol: "put"; port(state: ReturnState, run: Run): Instructions<Content> }
    | { protocol: "withdraw"; port(state: ReturnState, run: Run): Pick<Instructions<Content>, "withdraw"> }
  ) & {
    /** `intent` is the committed one. */
    facts(state: ReturnState, answer: { state: InstructionState }, run: Run, intent: Intent<Content>): NewFact[];
  };

/** A put by key of what is so by then: the first intent counts, and what has come since is another key's to tell. */
export type UpsertStep<
  Content = unknown,
  Written extends { state: string } = { state: string },
> = EffectBase<Content> & {
  protocol: "put";
  asCommitted: true;
  port(state: ReturnState, run: Run): Upserts<Content, Written>;
  /** `intent` is the committed one. */
  facts(state: ReturnState, written: Written, run: Run, intent: Intent<Content>): NewFact[];
};

export type Step = DecidingStep<any> | DocumentStep<any, any> | InstructionStep<any> | UpsertStep<any, any>;

/** One process, one file: ordered steps, no I/O. */
export type Flow = {
  name: string;
  /** Rises when steps change in a way that a running operation must not meet (W-15). */
  version: number;
  lane: Lane;
  /** Whether it goes on while a cancel is asked for: goods that came are finished (vocabulary section 4). */
  ignoresCancel: boolean;
  /** Its subject is the version of a fact, which its steps find as `run.fact`. */
  tellsFacts?: true;
  steps: readonly Step[];
};
