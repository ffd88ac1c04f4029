import type { Label, ParcelCode } from "#adapters/carrier/port.ts";
import type { KeyedDocument } from "#adapters/port.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import { hashOf } from "#shared/hash.ts";
import { newId } from "#shared/ids.ts";
import { formatBase, toBase } from "#shared/quantity.ts";
import { drawRmaNumber } from "#shared/rma-number.ts";
import { parseTransactionKey, undoKeyOf } from "#shared/transaction-key.ts";
import { allowedActions, whyNoReplacement } from "../allowed-actions.ts";
import { type AmendedLine } from "../amended-eligibility.ts";
import { amendmentFacts, amendmentOf, knownCustomer, toJudge } from "../amending.ts";
import { decideApproval } from "../approving.ts";
import { tellParcel } from "../tell-parcel.ts";
import { changeDisposition as changeDispositionOf, executedAsTold } from "../changing-disposition.ts";
import { calculateCredits } from "../credit-calculation.ts";
import { instructedOf, settlingSubjects } from "../dispositions.ts";
import type { Actor, EvaluatedLine, Fact, NewFact, PostedFacts } from "../facts-vocabulary.ts";
import { flows } from "../flows/index.ts";
import { effectKey } from "../goods.ts";
import { recordInspection, type ToldInspection } from "../inspecting.ts";
import { openForReplacement, promisedToCredit } from "../open-for-replacement.ts";
import { labelById } from "../parcels.ts";
import type { Policies } from "../policies/policies.ts";
import { project } from "../project.ts";
import { react, type Reaction } from "../reactions.ts";
import { amountOf, recordReceipt, type ToldReceipt } from "../receiving.ts";
import { requestReplacement } from "../replacements.ts";
import type { ReceiptLine, ReturnState } from "../return-state.ts";
import { createFactLog, request, samplePosted, type FactLog } from "../sample-facts.ts";
import { goesOnAsCommitted } from "../running/intending.ts";
import { type Bound, toUndo } from "../running/undoing.ts";
import type { DecidingStep, DocumentStep, Guard, InstructionStep, Run, Step, Task } from "../step.ts";
import { calculateCredit } from "../steps/calculate-credit.ts";
import { decideOver, decideOverReceipt } from "../steps/decide-over-receipt.ts";
import { reEvaluate } from "../steps/re-evaluate.ts";

// The house without I/O: the real decisions, flows, reactions and fold over one order line, with systems that are a map of documents by key.

const NOW = new Date("2026-05-06T12:00:00Z");
const LATE = new Date("2027-05-06T12:00:00Z");
const person = (id: string): Actor => ({ id: `usr_${id}`, displayName: id, kind: "PERSON" });
const ada = person("ada");
const wilma = person("wilma");

export type World = {
  policies: Policies;
  /** Whether the ERP makes the memo from a stock document, and moves stock by documents of ours (D-02); else the memo brings the goods in and people move them. */
  stockBeforeCredit: boolean;
  posted: PostedFacts;
  returns: Member[];
  /** What the systems hold by transaction key: one key, one content (W-06). */
  documents: Map<string, Held>;
  /** Neither ERP nor warehouse can be reached: intents are committed, and their operations wait. */
  away: boolean;
};
export type Held = { request: unknown; document: KeyedDocument; posts: number };
export type Member = {
  log: FactLog;
  /** Operations that facts started, and that wait to be run or to go on. */
  waiting: Operation[];
  told: ToldReceipt[];
  inspected: ToldInspection[];
  effects: Map<string, Row>;
  /** An effect whose answer was lost. */
  lost: { operation: Operation; step: EffectStep; key: string } | null;
  /** Somebody has posted a draft of ours, which nobody knows before it is read. */
  postedByHand: boolean;
};
/** `index`: the step it is at. */
type Operation = Reaction & { id: string; index: number };
type EffectStep = DocumentStep | InstructionStep;
type Row = Bound & { operation_id: string; step: string; request: unknown };

export const createWorld = (policies: Policies, stockBeforeCredit: boolean, sold: Partial<PostedFacts>): World => ({
  policies,
  stockBeforeCredit,
  posted: samplePosted(sold),
  returns: [],
  documents: new Map(),
  away: false,
});

export const eachState = (world: World): ReturnState[] => world.returns.map(({ log }) => log.state);

/** Writes facts and notes what they start, as the append does. */
function write(member: Member, facts: readonly NewFact[], actor: Actor = ada): void {
  for (const fact of facts) {
    const before = member.log.facts.length > 0 ? member.log.state : null;
    member.log.append([fact], actor);
    start(member, react(before, member.log.facts.at(-1) as Fact, member.log.state));
  }
}

const start = (member: Member, reactions: readonly Reaction[]): void =>
  void member.waiting.push(...reactions.map((reaction) => ({ ...reaction, id: newId("op"), index: 0 })));

function raise(member: Member, tasks: readonly Task[]): void {
  const open = new Set(
    member.log.state.exceptions.filter(({ status }) => status !== "RESOLVED").map(({ summary }) => summary),
  );
  const fresh = tasks.filter(({ summary }) => !open.has(summary));
  write(
    member,
    fresh.map(({ code, summary }) => ({
      kind: "exception.raised",
      data: {
        exceptionId: newId("exc"),
        category: "GOODS_DISCREPANCY",
        code,
        owner: "warehouse",
        summary,
        system: null,
        operationId: null,
        step: null,
        dueAt: NOW.toISOString(),
      },
    })),
  );
}

// ── What people and systems do ──────────────────────────────────────────────────────────────────────────────────────

export type Asked = {
  units: number;
  unit: string;
  reasonCode: string;
  requestException: boolean;
  isReplaced?: boolean;
};

/** A request as requestReturn takes it: evaluated against what all returns hold already, refused when policy says so (D-14, W-13). */
export function ask(world: World, { units, unit, reasonCode, requestException, isReplaced }: Asked): void {
  const factor = unit === world.posted.invoicedUnit ? world.posted.invoicedUnitFactor : "1";
  const base = new Fraction(toBase(String(units), factor));
  const returnable = new Fraction(world.posted.shippedBase)
    .sub(takenBy(world))
    .sub(world.posted.creditedElsewhere.base);
  const { invoicedUnitFactor } = world.posted;
  const verdict = world.policies.evaluateEligibility({
    companyId: "US01",
    customerNumber: "C-2001",
    item: { returnable: true },
    posted: world.posted,
    requested: base,
    returnable,
    reasonCode,
    conditionClaimed: null,
    serialNumbers: [],
    brokenCase: !base.divisible(invoicedUnitFactor),
    requestException,
    today: "2026-05-06",
  });
  if (verdict.decision === "REFUSED") return;
  const member: Member = {
    ...{ log: createFactLog(), waiting: [], told: [], inspected: [] },
    ...{ effects: new Map(), lost: null, postedByHand: false },
  };
  const lineId = newId("rln");
  const mayReplace = world.policies.mayReplace({ reasonCode, withoutGoods: false }).replace;
  const resolution = isReplaced && mayReplace ? "REPLACE" : "CREDIT";
  request(member.log, [{ id: lineId, quantity: String(units), unit, reasonCode, resolution }], drawRmaNumber(2026));
  start(member, [{ flow: "authorize-return", subject: "" }]);
  const line = {
    lineId,
    ...verdict,
    returnableBase: formatBase(returnable),
    posted: { ...world.posted, unitFactor: factor },
  };
  write(member, [
    {
      kind: "policy.evaluated",
      data: {
        policyVersion: world.policies.version,
        customerId: "erp.customer:US01:C-2001",
        customerNumber: "C-2001",
        customerName: "Northside Mill",
        currency: "USD",
        lines: [line],
      },
    },
  ]);
  world.returns.push(member);
}

/** The line is asked for otherwise, as amendReturn takes it: judged by policy where the ERP answers, by what is known where not (D-30). */
export function amend(world: World, member: Member, how: { units: number; reasonCode: string | null }): void {
  const { state } = member.log;
  const [line] = state.lines;
  const caller = { ...ada, kind: "PERSON" as const, roles: ["service" as const] };
  const may = allowedActions(state, caller).find(({ action }) => action === "amendReturn")!;
  if (!line || !may.allowed) return;
  const quantity = { value: String(how.units), unit: line.unit };
  const amendment = amendmentOf(state, { lines: [{ id: line.id, quantity, reasonCode: how.reasonCode }] });
  if ("userErrors" in amendment) return;
  const asked = toJudge(amendment);
  const judged = asked.map((one) => evaluateAgain(world, state, one));
  if (judged.some(({ decision }) => decision === "REFUSED")) return;
  const isOtherReason = asked.some((one) => one.line.authorizedAt && one.reasonCode !== line.reasonCode);
  if (isOtherReason && (world.away || judged.some(({ decision }) => decision === "APPROVAL"))) return;
  if (world.away && asked.some((one) => !one.line.authorizedAt)) return;
  const lines = world.away ? [] : judged;
  write(member, amendmentFacts(state, amendment, { lines, policyVersion: world.policies.version }));
}

/** evaluate-policy on the one line that was sold, of which this return's own part is there for it. */
function evaluateAgain(
  world: World,
  state: ReturnState,
  { line, base, reasonCode }: Pick<AmendedLine, "line" | "base" | "reasonCode">,
): EvaluatedLine {
  const { posted } = world;
  const own = takenIn([state]);
  const returnable = new Fraction(posted.shippedBase).sub(takenBy(world)).add(own).sub(posted.creditedElsewhere.base);
  const verdict = world.policies.evaluateEligibility({
    ...{ companyId: "US01", customerNumber: "C-2001", item: { returnable: true }, posted, requested: base, returnable },
    ...{ reasonCode, conditionClaimed: null, serialNumbers: [], requestException: line.requestException },
    brokenCase: !base.divisible(posted.invoicedUnitFactor),
    today: "2026-05-06",
  });
  const returnableBase = formatBase(returnable);
  return { lineId: line.id, ...verdict, returnableBase, posted: { ...posted, unitFactor: line.unitFactor } };
}

/** Some of the line is to be replaced, as requestReplacement takes it. */
export function replace(world: World, member: Member, units: number): void {
  const { state } = member.log;
  const [line] = state.lines;
  if (!line?.posted || whyNoReplacement(state)) return;
  const { replace: may } = world.policies.mayReplace({ reasonCode: line.reasonCode, withoutGoods: false });
  const quantity = amountOf(line, { value: String(units), unit: "EA" })!;
  const promised = world.stockBeforeCredit ? new Fraction(0) : promisedToCredit(state, line);
  if (!may || openForReplacement(state, line).sub(promised).lt(quantity.base)) return;
  const lines = [{ lineId: line.id, sku: line.posted.sku, quantity }];
  const at = { policies: world.policies, now: NOW };
  write(member, requestReplacement(state, { lines, reason: "They need them.", exchangeRate: null }, at));
}

/** The ERP's people ship what is ordered, and we hear of it. */
export function shipReplacements(world: World, member: Member): void {
  for (const { replacementId, status, order } of member.log.state.replacements) {
    if (status !== "ORDERED" || !order || !world.documents.has(order.transactionKey)) continue;
    const told = { orderNumber: order.number, shipments: ["PSS-1"], shippedOn: null };
    write(member, [{ kind: "replacement.shipped", data: { replacementId, ...told } }]);
  }
}

/** Base units of the invoice line that our returns hold or credited. */
export const takenBy = (world: World): Fraction => takenIn(eachState(world));
const takenIn = (states: readonly ReturnState[]): Fraction =>
  sum(
    states
      .flatMap((state) => project(state).allocations)
      .filter(({ key }) => key.startsWith("erp.invoice"))
      .map(({ reserved, credited }) => new Fraction(String(reserved)).add(String(credited ?? "0"))),
  );

/** A receipt of one line, new, told again, or told otherwise. */
export function deliver(
  member: Member,
  how: { units: number; unit: string; sku: string; again: number | null; revise: boolean },
): void {
  const old = how.again === null ? undefined : member.told[how.again % Math.max(1, member.told.length)];
  const before = old?.lines[0];
  const quantity = { value: String(how.units), unit: how.unit };
  const fresh = {
    line: 1,
    revision: 1,
    instructionLine: 1,
    returnLineId: null,
    sku: how.sku,
    quantity,
    condition: "UNOPENED",
    serialNumbers: [],
    lotNumber: null,
    expiresOn: null,
    bin: null,
  };
  const line = !before ? fresh : how.revise ? { ...before, revision: before.revision + 1, quantity } : before;
  const told: ToldReceipt = {
    warehouse: "CHI1",
    warehouseReceiptNumber: old?.warehouseReceiptNumber ?? `GR-${member.told.length + 1}`,
    receivedAt: "2026-05-05T09:00:00.000Z",
    trackingNumber: null,
    manual: false,
    lines: [line],
  };
  const { facts, tasks } = recordReceipt(member.log.state, told);
  write(member, facts, wilma);
  raise(member, tasks);
  if (!old) member.told.push(told);
  else if (how.revise) member.told = member.told.map((one) => (one === old ? told : one));
}

/** A parcel of the return, seen `hours` after it was first handed in, told again or out of order as it comes. */
export function moveParcel(member: Member, how: { code: ParcelCode; hours: number }): void {
  const label = member.log.state.labels.find(({ issued }) => issued !== null);
  if (!label) return;
  const at = new Date(Date.UTC(2026, 4, 5, how.hours)).toISOString();
  const known = label.events.map((event) => ({ ...event }));
  const events = [...known, { code: how.code, at, description: null, place: null }].toSorted(
    (a, b) => Date.parse(a.at) - Date.parse(b.at),
  );
  const parcel = { trackingNumber: label.issued!.trackingNumber, carrier: "USPS", estimatedDelivery: null, events };
  const { facts, tasks } = tellParcel(member.log.state, label, parcel);
  write(member, facts);
  raise(member, tasks);
  if (tellParcel(member.log.state, labelById(member.log.state, label.labelId)!, parcel).facts.length > 0)
    throw new Error("a parcel that is read again says something new (W-20)");
}

/** An inspection of a receipt line, new, told again, or corrected. Refused where more is inspected than came. */
export function inspectGoods(
  world: World,
  member: Member,
  how: { receipt: number; units: number; grade: string; again: number | null },
): void {
  const lines = member.log.state.receipts.flatMap((receipt) => receipt.lines);
  const line = lines[how.receipt % Math.max(1, lines.length)];
  const old = how.again === null ? undefined : member.inspected[how.again % Math.max(1, member.inspected.length)];
  if (!line) return;
  const told: ToldInspection = old
    ? { ...old, revision: old.revision + 1, grade: how.grade }
    : {
        receiptLineId: line.receiptLineId,
        number: member.inspected.length + 1,
        revision: 1,
        quantity: part(member.log.state, line, how.units),
        grade: how.grade,
        condition: null,
        findings: null,
        serialNumbers: [],
        lotNumber: null,
        inspector: wilma,
        manual: false,
        inspectedAt: NOW.toISOString(),
        photos: [],
      };
  const outcome = recordInspection(member.log.state, told, world.policies);
  if ("refused" in outcome) return;
  write(member, outcome.facts, wilma);
  raise(member, outcome.tasks);
  if (old) member.inspected = member.inspected.map((one) => (one === old ? told : one));
  else member.inspected.push(told);
}

/** So many units, or what is left of the line where that is less; many are told as they are, to be refused. */
function part(state: ReturnState, line: ReceiptLine, units: number): { value: string; unit: string } {
  if (!line.returnLineId) return line.quantity;
  const left = new Fraction(line.quantity.base).sub(inspectedOf(state, line));
  const value = units <= 5 && left.gt(0) && left.lt(units) ? formatBase(left) : String(units);
  return { value, unit: "EA" };
}

const inspectedOf = (state: ReturnState, { receiptLineId }: ReceiptLine): Fraction =>
  sum(
    state.inspections
      .filter((one) => one.receiptLineId === receiptLineId && !one.superseded)
      .map(({ quantity }) => new Fraction(quantity.base)),
  );

/** Inspects all that nobody has inspected yet, as new. */
export function inspectRest(world: World, member: Member): void {
  const lines = member.log.state.receipts.flatMap((receipt) => receipt.lines);
  lines.forEach((line, receipt) => {
    const left = new Fraction(line.quantity.base).sub(inspectedOf(member.log.state, line));
    for (let rest = left; line.returnLineId && rest.gt(0); rest = rest.sub(5))
      inspectGoods(world, member, { receipt, units: Math.min(5, rest.valueOf()), grade: "A", again: null });
  });
}

/** Somebody decides the first approval that waits; whoever may not is refused (D-23, D-24). */
export function decideOne(member: Member, by: string, decision: "APPROVE" | "DECLINE"): void {
  const { state } = member.log;
  const pending = state.approvals.filter(({ status }) => status === "PENDING");
  for (const { approvalId } of pending) {
    const roles = by === "fin" ? ["finance"] : by === "sam" ? ["supervisor"] : ["supervisor", "finance"];
    const outcome = decideApproval(
      state,
      approvalId,
      decision,
      { id: `usr_${by}`, kind: "PERSON", roles },
      { note: null, now: NOW },
    );
    if ("refused" in outcome) continue;
    return write(member, outcome.facts, person(by));
  }
}

/** The warehouse does what it was told first and has not done yet. */
export function executeDisposition(member: Member): void {
  const { state } = member.log;
  const told = state.dispositions.flatMap((one) => instructedOf(state, one) ?? []).at(0);
  if (!told) return;
  const done = { executedAt: NOW.toISOString(), bin: null };
  write(member, executedAsTold(state, told, done).facts, wilma);
}

/** Somebody decides otherwise about goods that were not moved yet: about all of them, or one. */
export function changeDisposition(member: Member, code: string, isWhole: boolean): void {
  const { state } = member.log;
  const open = state.dispositions.find(({ superseded, executedAt }) => !superseded && !executedAt);
  if (!open) return;
  const { dispositionId } = open;
  const quantity = isWhole ? open.quantity : { value: "1", unit: "EA" };
  const changed = changeDispositionOf(state, { dispositionId, code, quantity, note: "Somebody decided otherwise." });
  if ("refused" in changed) return;
  const isMoveOf = ({ summary, code: task, status }: ReturnState["exceptions"][number]) =>
    task === "ERP_MOVE_BY_HAND" && status !== "RESOLVED" && summary.includes(`(${open.code},`);
  const moves = state.exceptions.filter((task) => open.adjusted === null && isMoveOf(task));
  write(member, [...moves.map(({ exceptionId }) => fellAway(exceptionId)), ...changed.facts]);
}
const fellAway = (exceptionId: string): NewFact => ({
  kind: "exception.resolved",
  data: { exceptionId, resolution: "CONVERGED", note: "The disposition was changed.", reference: null },
});

/** Somebody posts a draft of ours in the ERP. */
export function postByHand(world: World, member: Member): void {
  const drafted = [...member.effects.values()].find(
    ({ phase, step, transaction_key }) =>
      phase === "DRAFTED" &&
      draftsAndPosts.has(step) &&
      world.documents.get(transaction_key)?.document.status === "DRAFT",
  );
  if (!drafted) return;
  post(world.documents.get(drafted.transaction_key)!);
  member.postedByHand = true;
}
const draftsAndPosts = new Set(
  flows
    .flatMap(({ steps }): readonly Step[] => steps)
    .filter((step) => step.kind === "effect" && step.protocol === "draft-and-post")
    .map(({ name }) => name),
);

export function cancel(member: Member): void {
  const { cancelRequested } = member.log.state;
  if (!cancelRequested)
    write(member, [{ kind: "return.cancel-requested", data: { reason: "The customer keeps it." } }]);
}

/** Time passes: what never came expires, what is missing is short-closed. */
export function timePasses(member: Member, propose: (state: ReturnState, now: Date) => NewFact[]): void {
  write(member, propose(member.log.state, LATE));
}

/** A person reverses a posted memo in the ERP, and the proof says so. */
export function reverse(member: Member): void {
  const posted = member.log.state.credits.find(({ status }) => status === "POSTED");
  if (posted)
    write(member, [{ kind: "credit.reversed", data: { creditId: posted.creditId, reason: "By Pat in the ERP." } }]);
}

export function resolveTasks(member: Member): void {
  const open = member.log.state.exceptions.filter(({ status }) => status !== "RESOLVED");
  const isMove = (code: string) => code === "ERP_MOVE_BY_HAND";
  write(
    member,
    open.map(({ exceptionId, code }) => ({
      kind: "exception.resolved",
      data: isMove(code)
        ? { exceptionId, resolution: "FIXED_OUTSIDE", note: "Booked.", reference: `IJ-${exceptionId}` }
        : { exceptionId, resolution: "WAIVED", note: "Looked at.", reference: null },
    })),
  );
  // The operations that waited for a move go on.
  if (open.some(({ code }) => isMove(code)))
    start(
      member,
      member.log.state.inspections.flatMap(({ inspectionId }) => settling(member.log.state, inspectionId)),
    );
}
const settling = (state: ReturnState, inspectionId: string): Reaction[] =>
  settlingSubjects(state, inspectionId).map((subject) => ({ flow: "settle-inspection", subject }));

// ── Operations ──────────────────────────────────────────────────────────────────────────────────────────────────────

export type Fault = "none" | "lost" | "away-after-draft";

/** Runs one operation that waits, any of them, from where it is; a fault befalls its next effect. An unknown outcome stops all but its look-up. */
export function work(world: World, member: Member, pick: number, fault: Fault): void {
  if (member.lost) return;
  const [operation] = member.waiting.splice(pick % Math.max(1, member.waiting.length), 1);
  const flow = flows.find(({ name }) => name === operation?.flow);
  if (!operation || !flow) return;
  const run = runFor(world, operation);
  for (let step = flow.steps[operation.index]; step; step = flow.steps[operation.index]) {
    if (member.log.state.cancelRequested && !flow.ignoresCancel) return;
    const then = decisions.get(step)?.(world, member, run) ?? perform(world, member, step, run, fault);
    if (then === "waits") return void member.waiting.push(operation);
    if (then === "lost") return void (member.lost = { ...member.lost!, operation });
    if (then === "over") return;
    if (then === "next") operation.index += 1;
  }
}

/** What comes after a step was tried: the next, the same again, nothing (until a fact starts another operation), or the system comes first. */
type Then = "next" | "again" | "over" | "waits" | "lost";

/** The look-up of the lost effect: the system did it, with what was committed. */
export function lookUp(world: World, member: Member): void {
  if (!member.lost) return;
  const { operation, step, key } = member.lost;
  const run = runFor(world, operation);
  member.lost = null;
  write(member, [{ kind: "effect.resolved", data: { transactionKey: key, outcome: "DONE" } }]);
  if (tellDone(world, member, step, run, key) === "next") operation.index += 1;
  member.waiting.push(operation);
}

const runFor = ({ policies, stockBeforeCredit }: World, { id, flow, subject }: Operation): Run =>
  ({
    operationId: id,
    flow,
    subject,
    correlationId: "corr-model",
    systems: {
      erpOf: () => ({
        system: "erp",
        mode: stockBeforeCredit ? "return-order" : "credit-memo-only",
        stockBeforeCredit,
        movesStock: stockBeforeCredit,
      }),
      wmsOf: () => ({ system: "wms" }),
      carrierOf: () => ({ system: "carrier" }),
      mailOf: () => null,
    },
    policies,
    installation: "BH1",
    now: NOW,
    call: { correlationId: "corr-model" },
  }) as unknown as Run;

/** What steps that ask a system are told: all is as it should be. */
const readings: Record<string, unknown> = {
  "confirm-stock": { found: true },
  "read-back-move": { moved: [{ sku: "BRG-6204", quantity: "-1000" }] },
  "apply-memo": { applications: [], onAccount: "0.00" },
  "check-replacement": {
    customer: { blocked: "NONE", creditLimit: "0", balance: "0.00" },
    items: { get: () => ({ blocked: false, units: {} }) },
    stock: { get: () => ({ byStatus: { AVAILABLE: "1000" } }) },
  },
};
const notModelled = new Set([
  "recheck-invoice",
  "compare-totals",
  "read-back-memo",
  "read-back-stock",
  "read-back-credit",
  "read-back-replacement",
]);

/** As running/advancing.ts does it. */
function perform(world: World, member: Member, step: Step, run: Run, fault: Fault): Then {
  const { state } = member.log;
  const guard =
    notModelled.has(step.name) && !endsThere(step, state, run) ? { skip: "not modelled" } : step.guard(state, run);
  if (step.kind === "effect" && !(typeof guard === "object" && "task" in guard)) {
    const undone = undoFirst(world, member, step as EffectStep, run, guard === "go");
    if (undone) return undone;
  }
  if (guard !== "go") return passes(member, guard);
  if (step.kind === "decide") return decideStep(member, step, run);
  return effect(world, member, step as EffectStep, run, fault);
}

/** recheck-invoice holds up what isn't approved; its look at the ERP is not modelled. */
function endsThere(step: Step, state: ReturnState, run: Run): boolean {
  const guard = step.name === "recheck-invoice" ? step.guard(state, run) : "go";
  return guard !== "go" && "end" in guard;
}

function passes(member: Member, guard: Exclude<Guard, "go">): Then {
  if ("task" in guard) raise(member, [guard.task]);
  return "skip" in guard ? "next" : "over";
}

function decideStep(member: Member, step: DecidingStep, run: Run): Then {
  const decision = step.decide(member.log.state, readings[step.name], run, null as never);
  if (decision instanceof Promise) throw new Error(`${step.name} decides with I/O`);
  write(member, decision.facts);
  raise(member, decision.tasks ?? []);
  return (decision.then ?? "on") === "on" ? "next" : "over";
}

/** As running/undoing.ts does it: what is undone is a draft, or is not there; what somebody has posted counts as it was committed. */
function undoFirst(world: World, member: Member, step: EffectStep, run: Run, isAsked: boolean): Then | null {
  const intent = isAsked ? step.intent(member.log.state, run) : null;
  const row = toUndo(step, {
    asked: intent && { key: intent.key, hash: hashOf(intent.request) },
    known: intent ? member.effects.get(intent.key) : undefined,
    undoing: intent !== null && member.effects.has(undoKeyOf(intent.key)),
    own: [...member.effects.values()].filter((one) => one.operation_id === run.operationId && one.step === step.name),
  });
  if (!row) return null;
  const key = row.transaction_key;
  member.effects.set(undoKeyOf(key), { ...row, transaction_key: undoKeyOf(key), phase: "INTENDED" });
  if (world.away) return "waits";
  if (world.documents.get(key)?.document.status === "POSTED") {
    tellDone(world, member, step, run, key);
    return "again";
  }
  undo(world, member, key);
  return "again";
}

function undo(world: World, member: Member, key: string): void {
  world.documents.delete(key);
  const row = member.effects.get(key);
  if (row) member.effects.set(key, { ...row, phase: "UNDONE" });
  write(member, [{ kind: "effect.undone", data: { transactionKey: key } }]);
}

/** The intent is committed; then the system does it, unless it is away or its answer is lost. */
function effect(world: World, member: Member, step: EffectStep, run: Run, fault: Fault): Then {
  const { key, request } = step.intent(member.log.state, run);
  const undoes = step.protocol === "discard" || step.protocol === "withdraw";
  const row = commit(member, step, run, { key: undoes ? undoKeyOf(key) : key, request });
  if (row.phase === "DONE") return tellDone(world, member, step, run, row.transaction_key);
  if (world.away) return "waits";
  if ((step.protocol === "draft" || step.protocol === "draft-and-post") && row.draft_id === null) {
    const { document } = hold(world, row, "DRAFT");
    member.effects.set(key, { ...row, phase: "DRAFTED", draft_id: document.id });
    if (step.protocol === "draft") return tellDone(world, member, step, run, key);
    world.away = fault === "away-after-draft";
    return "again";
  }
  const held = undoes ? null : (world.documents.get(key) ?? hold(world, row, "POSTED"));
  if (held && step.protocol !== "put") post(held);
  if (step.protocol === "discard") undo(world, member, key);
  return fault === "lost" ? lose(member, step, run, row) : tellDone(world, member, step, run, row.transaction_key);
}

function commit(member: Member, step: EffectStep, run: Run, intent: { key: string; request: unknown }): Row {
  const { key, request } = intent;
  const known = member.effects.get(key);
  const request_hash = hashOf(request);
  if (known && known.request_hash !== request_hash && !goesOnAsCommitted(step))
    throw new Error(`${key} is asked for with other content (W-06): ${hashed(known.request)} / ${hashed(request)}`);
  if (known?.phase === "UNDONE") throw new Error(`${key} was undone and is asked for again (W-06)`);
  const blank = { phase: "INTENDED" as const, request, request_hash, sent_at: null, draft_id: null };
  const row = { ...blank, ...known, transaction_key: key, operation_id: run.operationId, step: step.name };
  member.effects.set(key, row);
  return row;
}
const hashed = (request: unknown): string => JSON.stringify(request);

function lose(member: Member, step: EffectStep, run: Run, row: Row): Then {
  const { transaction_key: key } = row;
  member.effects.set(key, { ...row, phase: "AMBIGUOUS", sent_at: NOW });
  member.lost = { operation: null as never, step, key };
  const data = { transactionKey: key, system: step.system, operationId: run.operationId, lane: "goods" as const };
  write(member, [{ kind: "effect.ambiguous", data }]);
  return "lost";
}

/** The facts of what was committed; whether the step is asked for something else by now, as running/recording.ts has it. */
function tellDone(world: World, member: Member, step: EffectStep, run: Run, key: string): Then {
  const { state } = member.log;
  const row = member.effects.get(key)!;
  const intent = { key: key.replace(/-U$/, ""), request: row.request };
  const state_ = { state: step.protocol === "withdraw" ? ("CANCELLED" as const) : ("OPEN" as const) };
  const facts =
    step.protocol === "put" || step.protocol === "withdraw"
      ? (step as InstructionStep).facts(state, state_, run, intent)
      : (step as DocumentStep).facts(state, world.documents.get(key)?.document ?? documentOf(row), run, intent);
  member.effects.set(key, { ...row, phase: step.protocol === "draft" ? "DRAFTED" : "DONE", sent_at: null });
  write(member, facts);
  if (step.protocol !== "draft-and-post" || step.guard(member.log.state, run) !== "go") return "next";
  return step.intent(member.log.state, run).key === key ? "next" : "again";
}

type AskedLine = { ref?: string; sku?: string; quantity?: string | object };

function hold(world: World, row: Row, status: "DRAFT" | "POSTED"): Held {
  const held = { request: row.request, document: { ...documentOf(row), status }, posts: 0 };
  world.documents.set(row.transaction_key, held);
  return held;
}

/** Posting one id twice makes one document (W-01). */
function post(held: Held): void {
  if (held.document.status === "DRAFT") held.posts += 1;
  held.document.status = "POSTED";
}

function documentOf({ transaction_key: name, request }: Row): KeyedDocument & { label?: Label } {
  const lines = ((request as { lines?: AskedLine[] }).lines ?? []).map((line, i) => ({
    ...{ id: `${name}#${i}`, ref: line.ref ?? null, sku: line.sku ?? null },
    ...{ quantity: null, net: null, tax: null },
  }));
  const of = { id: `id-${name}`, number: `NO-${name}`, status: "POSTED" as const };
  const label = parseTransactionKey(name)?.letter === "L" ? { label: sampleLabel(name) } : {};
  return { ...of, sameContent: true, totals: null, postingDate: "2026-05-06", lines, ...label };
}

const sampleLabel = (name: string): Label => ({
  carrier: "USPS",
  service: "Ground",
  trackingNumber: `94-${name}`,
  url: "https://labels.example/1",
  estimatedDelivery: null,
  cost: { amount: "7.50", currency: "USD" },
});

/** Drafts of stock documents that nobody will ever post or delete. */
export const strayDrafts = ({ documents }: World): string[] =>
  [...documents]
    .filter(([key, { document }]) => document.status === "DRAFT" && stockLetters.has(parseTransactionKey(key)!.letter))
    .map(([key]) => key);
const stockLetters = new Set<string>(["R", "J", "D", "S"]);

/** Base units that the ERP took in for a receipt line, by its posted documents. */
export function inErp({ documents, posted }: World, { rmaNumber }: ReturnState, receiptLineId: string): Fraction {
  const stock = [...documents].filter(([key, { document }]) => {
    const { about, letter } = parseTransactionKey(key)!;
    return about === rmaNumber.replace("-", "") && /[RJ]/.test(letter) && document.status === "POSTED";
  });
  const lines = stock.flatMap(([, { request }]) => (request as { lines: StockLine[] }).lines);
  const factors: Record<string, string> = { [posted.invoicedUnit]: posted.invoicedUnitFactor };
  return sum(
    lines
      .filter(({ ref }) => ref === receiptLineId)
      .map(({ quantity, unit, direction }) =>
        new Fraction(toBase(quantity, factors[unit] ?? "1")).mul(direction === "OUT" ? -1 : 1),
      ),
  );
}

/** Base units of each line that a document or an instruction says. */
export const toldUnits = ({ documents, posted }: World, key: string): string[] =>
  ((documents.get(key)?.request as { lines: ToldLine[] } | undefined)?.lines ?? []).map((line) =>
    baseOf(posted, line).toFraction(),
  );
type ToldLine = { quantity: string | { value: string; unit: string }; unit?: string };
const baseOf = (posted: PostedFacts, { quantity, unit }: ToldLine): Fraction => {
  const told = typeof quantity === "string" ? { value: quantity, unit: unit! } : quantity;
  return new Fraction(toBase(told.value, told.unit === posted.invoicedUnit ? posted.invoicedUnitFactor : "1"));
};

/** Of each return order: the base units that it is for, and those that were taken in on it. */
export function authorizations(
  world: World,
  { rmaNumber }: ReturnState,
): Map<string, { held: Fraction; taken: Fraction }> {
  const own = [...world.documents].filter(([key]) => parseTransactionKey(key)!.about === rmaNumber.replace("-", ""));
  const unitsOf = (key: string) => sum(toldUnits(world, key).map((units) => new Fraction(units)));
  const receipts = own.filter(
    ([key, { document }]) => parseTransactionKey(key)!.letter === "R" && document.status === "POSTED",
  );
  const taken = (id: string) =>
    sum(
      receipts
        .filter(([, { request }]) => (request as { authorizationId: string }).authorizationId === id)
        .map(([key]) => unitsOf(key)),
    );
  return new Map(
    own
      .filter(([key]) => /^[AM]$/.test(parseTransactionKey(key)!.letter))
      .map(([key, { document }]) => [key, { held: unitsOf(key), taken: taken(document.id) }]),
  );
}
type StockLine = { ref: string; quantity: string; unit: string; direction?: "IN" | "OUT" };

/** Steps that read allocations or other returns in their transaction: the same decision on what the world holds. */
const decisions = new Map<Step, (world: World, member: Member, run: Run) => Then>([
  [calculateCredit, calculate],
  [decideOverReceipt, decideOverUnits],
  [reEvaluate, evaluateIncrease],
]);

/** re-evaluate without its look at the ERP. */
function evaluateIncrease(world: World, member: Member, run: Run): Then {
  const { state } = member.log;
  const guard = reEvaluate.guard(state, run);
  if (guard !== "go") return passes(member, guard);
  if (world.away) return "waits";
  const [line] = state.lines;
  const evaluated = evaluateAgain(world, state, {
    line: line!,
    base: new Fraction(line!.requested),
    reasonCode: line!.reasonCode,
  });
  const policy = { lines: [evaluated], policyVersion: world.policies.version };
  write(member, [{ kind: "policy.evaluated", data: { ...knownCustomer(state), ...policy } }]);
  return "next";
}

/** decide-over-receipt without its transaction and its look at the ERP. */
function decideOverUnits(world: World, member: Member, run: Run): Then {
  const { state } = member.log;
  const guard = decideOverReceipt.guard(state, run);
  if (guard !== "go") return passes(member, guard);
  const room = new Fraction(world.posted.shippedBase).sub(takenBy(world));
  const { facts, tasks = [] } = decideOver(state, run, () => room);
  write(member, facts);
  raise(member, tasks);
  return "next";
}

/** calculate-credit without its transaction: the same gate, calculation and thresholds. */
function calculate(world: World, member: Member, run: Run): Then {
  const { state } = member.log;
  const guard = calculateCredit.guard(state, run);
  if (guard !== "go") return passes(member, guard);
  const others = eachState(world)
    .filter((other) => other !== state)
    .flatMap(liveLines);
  const credits = calculateCredits(state, run.subject, {
    policyVersion: run.policies.version,
    fromStockIn: run.systems.erpOf("US01").stockBeforeCredit,
    creditedByOthers: (invoice, line) =>
      others.filter((one) => one.invoiceNumber === invoice && one.invoiceLine === line),
    feeFor: ({ reasonCode }, { grade }) => run.policies.chooseFee({ customerNumber: "C-2001", reasonCode, grade }),
    repackingFor: ({ reasonCode }) => run.policies.chooseRepacking({ reasonCode, brokenCase: true }),
  });
  for (const credit of credits) propose(world, member, credit, run);
  return "next";
}

const liveLines = (state: ReturnState) =>
  state.credits.filter(({ status }) => status !== "DECLINED" && status !== "REVERSED").flatMap(({ lines }) => lines);

function propose(
  world: World,
  member: Member,
  { invoiceNumber: _, ...credit }: ReturnType<typeof calculateCredits>[number],
  run: Run,
): void {
  const { state } = member.log;
  const day = sum(
    eachState(world).flatMap((one) =>
      one.credits
        .filter(({ status }) => status !== "DECLINED" && status !== "REVERSED")
        .map(({ net }) => new Fraction(net)),
    ),
  );
  const approvals = run.policies
    .requiredApprovals({ kind: "HIGH_VALUE_CREDIT", net: day.add(credit.net) })
    .map(({ tier, requiredRole, threshold, ruleId }) => ({
      tier,
      requiredRole,
      threshold: threshold ?? "0.00",
      ruleId,
    }));
  const creditId = newId("crd");
  const transactionKey = effectKey(state, run, "C", state.version + 1);
  const asked: NewFact[] = approvals.map(({ tier, requiredRole, threshold }) => ({
    kind: "approval.requested",
    data: {
      approvalId: newId("apr"),
      kind: "HIGH_VALUE_CREDIT",
      tier,
      requiredRole,
      amount: credit.net,
      threshold,
      subject: { creditId },
      decisionHash: credit.decisionHash,
      reasons: [],
      expiresAt: "2027-01-01T00:00:00.000Z",
    },
  }));
  write(member, [
    {
      kind: "credit.calculated",
      data: {
        creditId,
        receiptId: run.subject,
        transactionKey,
        ...credit,
        currency: "USD",
        policyVersion: run.policies.version,
        approvals,
      },
    },
    ...(asked.length > 0 ? asked : [{ kind: "credit.approved" as const, data: { creditId } }]),
  ]);
}
