import { type Db, inTransaction } from "#shared/database.ts";
import { changeReturn } from "../facts.ts";
import type { Fact, NewFact } from "../facts-vocabulary.ts";
import { effectKey } from "../goods.ts";
import type { ReturnState } from "../return-state.ts";
import type { Reactions } from "../starting-operations.ts";
import type { DecidingStep, DocumentStep, Flow, Guard, InstructionStep, Run, Step } from "../step.ts";
import type { FakeErp } from "./fake-erp.ts";

// Steps that leave `case.linked` behind: a fact that any return takes.

export const done = (name: string): NewFact => ({ kind: "case.linked", data: { caseId: name, originating: false } });
export const has = (state: ReturnState, name: string): boolean => state.caseIds.some(({ caseId }) => caseId === name);
const unlessDone =
  (name: string) =>
  (state: ReturnState, run: Run): Guard =>
    has(state, nameFor(name, run)) ? { skip: "done before" } : "go";
const nameFor = (name: string, { subject }: Run) => (subject ? `${name}/${subject}` : name);

/** `BH1-<RMA>-<letter>0001`: one effect per letter and return. */
export const keyOf = (state: ReturnState, letter: string) => `BH1-${state.rmaNumber.replace("-", "")}-${letter}0001`;

export const decideStep = (name: string, extra: Partial<DecidingStep> = {}): DecidingStep => ({
  ...{ kind: "decide", name, system: null, guard: unlessDone(name) },
  decide: (_, __, run) => ({ facts: [done(nameFor(name, run))] }),
  ...extra,
});

export const readStep = (name: string, read: () => Promise<unknown>, extra: Partial<DecidingStep> = {}): DecidingStep =>
  decideStep(name, { system: "erp", read, ...extra });

export function documentStep(
  erp: FakeErp,
  name: string,
  protocol: DocumentStep["protocol"],
  letter: string,
  extra: Partial<DocumentStep> = {},
): DocumentStep {
  return {
    ...{ kind: "effect", name, system: "erp", deed: `${protocol} ${letter}`, protocol, guard: unlessDone(name) },
    intent: (state) => ({ key: keyOf(state, letter), request: { rma: state.rmaNumber, letter } }),
    port: () => erp.documents,
    facts: (_, __, run) => [done(nameFor(name, run))],
    ...extra,
  };
}

export function instructionStep(
  erp: FakeErp,
  name: string,
  protocol: InstructionStep["protocol"],
  letter: string,
): InstructionStep {
  return {
    ...{ kind: "effect", name, system: "wms", deed: `${protocol} ${letter}`, protocol, guard: unlessDone(name) },
    intent: (state) => ({ key: keyOf(state, letter), request: { rma: state.rmaNumber, letter } }),
    port: () => erp.instructions,
    facts: (_, __, run) => [done(nameFor(name, run))],
  };
}

export const flowOf = (name: string, steps: Step[], extra: Partial<Flow> = {}): Flow => ({
  name,
  version: 1,
  lane: "money",
  ignoresCancel: false,
  steps,
  ...extra,
});

/** `return.requested` starts the first flow; `case.linked` of a flow's name starts that flow. */
export const reactionsOf = (...flows: Flow[]): Reactions => ({
  flows,
  react: (_, fact: Fact) => {
    if (fact.kind === "return.requested") return flows[0] ? [{ flow: flows[0].name, subject: "" }] : [];
    if (fact.kind !== "case.linked") return [];
    return flows.filter(({ name }) => name === fact.data.caseId).map(({ name }) => ({ flow: name, subject: "" }));
  },
});

/** Says that another number is counted now. */
export type Recount = (returnId: string) => Promise<void>;

/** The flow of the crash tests: a decision, a reading, a document that is drafted and posted, one that is counted again while its draft is made, an instruction. */
export const everyKindOfStep = (erp: FakeErp, recount: Recount): Flow =>
  flowOf("every-kind", [
    decideStep("decide"),
    readStep("compare", async () => "read"),
    documentStep(erp, "post", "draft-and-post", "C"),
    countedStep(erp, recount),
    instructionStep(erp, "instruct", "put", "W"),
  ]);

const countedStep = ({ documents }: FakeErp, recount: Recount): DocumentStep => ({
  ...documentStep({ documents } as FakeErp, "count", "draft-and-post", "R"),
  intent: (state, run) => ({
    key: effectKey(state, run, "R", 1),
    request: { counted: has(state, "recounted") ? 3 : 4 },
  }),
  port: (state) => ({
    ...documents,
    draft: async (key, request, call) => {
      const document = await documents.draft(key, request, call);
      await recount(state.id);
      return document;
    },
  }),
});

/** As a warehouse would, in a transaction of its own. */
export const recountIn =
  (db: Db): Recount =>
  (returnId) =>
    inTransaction(db, async (tx) => {
      const stamp = { correlationId: "corr-test", actor: warehouse, source: { system: "wms", reference: null } };
      await changeReturn(tx, returnId, stamp, (state) => ({
        facts: has(state, "recounted") ? [] : [done("recounted")],
        value: undefined,
      }));
    });
const warehouse = { id: "wms", displayName: "Warehouse", kind: "SYSTEM" as const };
