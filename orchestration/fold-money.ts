import type { Fact, FactData } from "./facts-vocabulary.ts";
import { changeOne, confirmed, withSystem, type HandlersOf } from "./fold-handlers.ts";
import type { ApprovalState, CreditState, ExceptionState, ReturnState } from "./return-state.ts";

// Credits, approvals, effects whose outcome is not known, tasks.

export const foldMoney: HandlersOf<
  | "credit.calculated"
  | "credit.approved"
  | "credit.declined"
  | "credit.queued"
  | "credit.drafted"
  | "credit.posted"
  | "credit.applied"
  | "credit.reversed"
  | "approval.requested"
  | "approval.decided"
  | "approval.voided"
  | "approval.expired"
  | "effect.ambiguous"
  | "effect.resolved"
  | "effect.undone"
  | "sla.breached"
  | "sla.escalated"
  | "exception.raised"
  | "exception.assigned"
  | "exception.resolved"
  | "exception.replayed"
> = {
  "credit.calculated": (state, data, fact) => ({
    ...withSystem(state, data.transactionKey, { syncStatus: "PENDING" }),
    credits: [...state.credits, calculated(data, fact)],
  }),
  "credit.approved": (state, { creditId }, fact) =>
    changeCredit(state, creditId, () => ({ status: "APPROVED", approvedBy: fact.actor }), fact),
  "credit.declined": (state, { creditId }, fact) => {
    const declined = changeCredit(state, creditId, () => ({ status: "DECLINED" }), fact);
    return withSystem(declined, keyOf(state, creditId), { syncStatus: "NOT_REQUIRED" });
  },
  "credit.queued": (state, { creditId, since }, fact) =>
    changeCredit(state, creditId, () => ({ status: "QUEUED", queuedSince: since }), fact),
  "credit.drafted": (state, { creditId, documentId }, fact) =>
    changeCredit(state, creditId, () => ({ status: "DRAFTED", draftId: documentId, queuedSince: null }), fact),
  "credit.posted": (state, { creditId, transactionKey, net, tax, total, ...posted }, fact) => {
    const erp = { net, tax, total };
    const change = (): Partial<CreditState> => ({
      status: "POSTED",
      ...posted,
      postedAt: fact.occurredAt,
      queuedSince: null,
      erp,
    });
    return changeCredit(confirmed(state, transactionKey, posted.number, fact), creditId, change, fact);
  },
  "credit.applied": (state, { creditId, applications, onAccount }, fact) =>
    changeCredit(state, creditId, () => ({ applications, onAccount }), fact),
  "credit.reversed": (state, { creditId }, fact) => {
    const reversed = changeCredit(state, creditId, () => ({ status: "REVERSED" }), fact);
    return withSystem(reversed, keyOf(state, creditId), { syncStatus: "COMPENSATED" });
  },

  "approval.requested": (state, data, fact) => ({ ...state, approvals: [...state.approvals, requested(data, fact)] }),
  "approval.decided": (state, { approvalId, decision, note }, fact) =>
    changeApproval(
      state,
      approvalId,
      () => ({
        status: decision === "APPROVE" ? "APPROVED" : "DECLINED",
        decidedBy: fact.actor,
        decidedAt: fact.occurredAt,
        note,
      }),
      fact,
    ),
  "approval.voided": (state, { approvalId, reason }, fact) =>
    changeApproval(state, approvalId, () => ({ status: "VOIDED", note: reason }), fact),
  "approval.expired": (state, { approvalId }, fact) =>
    changeApproval(state, approvalId, () => ({ status: "EXPIRED" }), fact),

  "effect.ambiguous": (state, { transactionKey, ...effect }, fact) => ({
    ...withSystem(state, transactionKey, { syncStatus: "AMBIGUOUS", system: effect.system }),
    ambiguous: { ...state.ambiguous, [transactionKey]: { ...effect, since: fact.occurredAt } },
  }),
  "effect.resolved": (state, { transactionKey, outcome }, fact) => {
    const { [transactionKey]: _, ...ambiguous } = state.ambiguous;
    const found =
      outcome === "ABSENT"
        ? { syncStatus: "PENDING" as const }
        : { syncStatus: "CONFIRMED" as const, confirmedAt: fact.recordedAt };
    return { ...withSystem(state, transactionKey, found), ambiguous };
  },
  "effect.undone": (state, { transactionKey }, fact) => ({
    ...withSystem(state, transactionKey, { syncStatus: "COMPENSATED" }),
    undone: { ...state.undone, [transactionKey]: fact.version },
  }),

  "sla.breached": (state, { clock }) => ({ ...state, breaches: [...(state.breaches ?? []), { clock, level: 1 }] }),
  "sla.escalated": (state, { clock, level, owner, task: escalated }) => ({
    ...state,
    breaches: (state.breaches ?? []).map((one) => (one.clock === clock ? { clock, level } : one)),
    exceptions: state.exceptions.map((task) => (task.exceptionId === escalated ? { ...task, owner } : task)),
  }),

  "exception.raised": (state, data, fact) => ({
    ...state,
    exceptions: [
      ...state.exceptions,
      { ...data, status: "OPEN", raisedAt: fact.occurredAt, resolution: null, reference: null },
    ],
  }),
  "exception.assigned": (state, { exceptionId }, fact) =>
    changeException(state, exceptionId, { status: "ASSIGNED" }, fact),
  "exception.resolved": (state, { exceptionId, resolution, reference }, fact) =>
    changeException(state, exceptionId, { status: "RESOLVED", resolution, reference }, fact),
  "exception.replayed": (state, { exceptionId }, fact) =>
    changeException(state, exceptionId, { status: "REPLAYING" }, fact),
};

const calculated = (data: FactData["credit.calculated"], fact: Fact): CreditState => ({
  ...data,
  version: fact.version,
  status: data.approvals.length > 0 ? "PENDING_APPROVAL" : "CALCULATED",
  calculatedAt: fact.occurredAt,
  approvedBy: null,
  queuedSince: null,
  draftId: null,
  documentId: null,
  number: null,
  postedOn: null,
  postedAt: null,
  erp: null,
  applications: [],
  onAccount: null,
});

const requested = (data: FactData["approval.requested"], fact: Fact): ApprovalState => ({
  ...data,
  status: "PENDING",
  requestedAt: fact.occurredAt,
  requestedBy: fact.actor,
  decidedBy: null,
  decidedAt: null,
  note: null,
});

const changeCredit = (state: ReturnState, id: string, change: () => Partial<CreditState>, fact: Fact): ReturnState => ({
  ...state,
  credits: changeOne(state.credits, ({ creditId }) => creditId === id, change, fact, `credit ${id}`),
});

const changeApproval = (
  state: ReturnState,
  id: string,
  change: () => Partial<ApprovalState>,
  fact: Fact,
): ReturnState => ({
  ...state,
  approvals: changeOne(state.approvals, ({ approvalId }) => approvalId === id, change, fact, `approval ${id}`),
});

const changeException = (state: ReturnState, id: string, change: Partial<ExceptionState>, fact: Fact): ReturnState => ({
  ...state,
  exceptions: changeOne(
    state.exceptions,
    ({ exceptionId }) => exceptionId === id,
    () => change,
    fact,
    `exception ${id}`,
  ),
});

const keyOf = (state: ReturnState, id: string): string =>
  state.credits.find(({ creditId }) => creditId === id)?.transactionKey ?? "";
