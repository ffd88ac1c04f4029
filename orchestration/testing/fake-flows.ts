import type { Fact, NewFact } from "../facts-vocabulary.ts";
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

/** The flow of the crash tests: a decision, a reading, a document that is drafted and posted, an instruction. */
export const everyKindOfStep = (erp: FakeErp): Flow =>
  flowOf("every-kind", [
    decideStep("decide"),
    readStep("compare", async () => "read"),
    documentStep(erp, "post", "draft-and-post", "C"),
    instructionStep(erp, "instruct", "put", "W"),
  ]);
