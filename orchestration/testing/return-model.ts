import type { KeyedDocument } from "#adapters/port.ts";
import { Fraction, sum } from "#shared/decimal.ts";
import { canonical } from "#shared/hash.ts";
import { newId } from "#shared/ids.ts";
import { formatBase, toBase } from "#shared/quantity.ts";
import { drawRmaNumber } from "#shared/rma-number.ts";
import { decideApproval } from "../approving.ts";
import { calculateCredits } from "../credit-calculation.ts";
import type { Actor, Fact, NewFact, PostedFacts } from "../facts-vocabulary.ts";
import { flows } from "../flows/index.ts";
import { effectKey } from "../goods.ts";
import { recordInspection, type ToldInspection } from "../inspecting.ts";
import type { Policies } from "../policies/policies.ts";
import { project } from "../project.ts";
import { react, type Reaction } from "../reactions.ts";
import { recordReceipt, type ToldReceipt } from "../receiving.ts";
import type { ReceiptLine, ReturnState } from "../return-state.ts";
import { createFactLog, request, samplePosted, type FactLog } from "../sample-facts.ts";
import type { DecidingStep, DocumentStep, Guard, InstructionStep, Run, Step, Task } from "../step.ts";
import { calculateCredit } from "../steps/calculate-credit.ts";

// The house without I/O: the real decisions, flows, reactions and fold over one order line, with systems that are a map of documents by key.

const NOW = new Date("2026-05-06T12:00:00Z");
const LATE = new Date("2027-05-06T12:00:00Z");
const person = (id: string): Actor => ({ id: `usr_${id}`, displayName: id, kind: "PERSON" });
const ada = person("ada");
const wilma = person("wilma");

export type World = {
  policies: Policies;
  posted: PostedFacts;
  returns: Member[];
  /** What the systems hold by transaction key: one key, one content (W-06). */
  documents: Map<string, { content: string; document: KeyedDocument; posts: number }>;
};
export type Member = {
  log: FactLog;
  /** Operations that facts started and nobody has run yet. */
  waiting: Reaction[];
  told: ToldReceipt[];
  inspected: ToldInspection[];
  /** An effect whose answer was lost, with what it did. */
  lost: { key: string; facts: NewFact[] } | null;
};

export const createWorld = (policies: Policies, sold: Partial<PostedFacts>): World => ({
  policies,
  posted: samplePosted(sold),
  returns: [],
  documents: new Map(),
});

export const eachState = (world: World): ReturnState[] => world.returns.map(({ log }) => log.state);

/** Writes facts and notes what they start, as the append does. */
function write(member: Member, facts: readonly NewFact[], actor: Actor = ada): void {
  for (const fact of facts) {
    const before = member.log.facts.length > 0 ? member.log.state : null;
    member.log.append([fact], actor);
    member.waiting.push(...react(before, member.log.facts.at(-1) as Fact, member.log.state));
  }
}

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

export type Asked = { units: number; unit: string; reasonCode: string; requestException: boolean };

/** A request as requestReturn takes it: evaluated against what all returns hold already, refused when policy says so (D-14, W-13). */
export function ask(world: World, { units, unit, reasonCode, requestException }: Asked): void {
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
  const member: Member = { log: createFactLog(), waiting: [], told: [], inspected: [], lost: null };
  const lineId = newId("rln");
  request(member.log, [{ id: lineId, quantity: String(units), unit, reasonCode }], drawRmaNumber(2026));
  member.waiting.push({ flow: "authorize-return", subject: "" });
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

/** Base units of the invoice line that our returns hold or credited. */
export const takenBy = (world: World): Fraction =>
  sum(
    eachState(world)
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
    manual: false,
    lines: [line],
  };
  const { facts, tasks } = recordReceipt(member.log.state, told);
  write(member, facts, wilma);
  raise(member, tasks);
  if (!old) member.told.push(told);
  else if (how.revise) member.told = member.told.map((one) => (one === old ? told : one));
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

export function executeDisposition(member: Member): void {
  const open = member.log.state.dispositions.find(
    ({ superseded, executedAt, code }) => !superseded && !executedAt && code !== "HOLD",
  );
  if (open)
    write(
      member,
      [
        {
          kind: "disposition.executed",
          data: { dispositionId: open.dispositionId, executedAt: NOW.toISOString(), bin: null },
        },
      ],
      wilma,
    );
}

export function cancel(member: Member): void {
  const { cancelRequested } = member.log.state;
  if (!cancelRequested)
    write(member, [{ kind: "return.cancel-requested", data: { reason: "The customer keeps it." } }]);
}

/** Time passes: what never came expires, what is missing is short-closed. */
export function timePasses(member: Member, propose: (state: ReturnState, now: Date) => NewFact[]): void {
  write(member, propose(member.log.state, LATE));
}

/** A supervisor lets over units in, as far as they are returnable (D-10). */
export function allowOver(world: World, member: Member): void {
  const { state } = member.log;
  const [line] = state.lines;
  const over = sum(
    project(state).return_lines.map(({ received, authorized }) =>
      new Fraction(String(received)).sub(String(authorized)),
    ),
  );
  const room = new Fraction(world.posted.shippedBase).sub(takenBy(world));
  const open = state.discrepancies.find(({ kind, status }) => kind === "OVER" && status === "OPEN");
  if (!line?.authorizedAt || !open || over.lte(0) || over.gt(room)) return;
  const quantity = { value: formatBase(over), unit: world.posted.baseUnit, base: formatBase(over) };
  write(member, [
    {
      kind: "return.authorized",
      data: {
        lines: [{ lineId: line.id, quantity }],
        expiresAt: state.expiresAt ?? NOW.toISOString(),
        policyVersion: world.policies.version,
      },
    },
    { kind: "discrepancy.resolved", data: { discrepancyId: open.discrepancyId, status: "ACCEPTED" } },
  ]);
  member.waiting.push(...state.receipts.map(({ id }) => ({ flow: "take-in-receipt" as const, subject: id })));
  member.waiting.push(
    ...state.inspections.map(({ inspectionId }) => ({ flow: "settle-inspection" as const, subject: inspectionId })),
  );
  member.waiting.push(...state.receipts.map(({ id }) => ({ flow: "post-credit" as const, subject: id })));
}

/** A person reverses a posted memo in the ERP, and the proof says so. */
export function reverse(member: Member): void {
  const posted = member.log.state.credits.find(({ status }) => status === "POSTED");
  if (posted)
    write(member, [{ kind: "credit.reversed", data: { creditId: posted.creditId, reason: "By Pat in the ERP." } }]);
}

export function resolveTasks(member: Member): void {
  const open = member.log.state.exceptions.filter(({ status }) => status !== "RESOLVED");
  write(
    member,
    open.map(({ exceptionId }) => ({
      kind: "exception.resolved",
      data: { exceptionId, resolution: "WAIVED", note: "Looked at.", reference: null },
    })),
  );
}

// ── Operations ──────────────────────────────────────────────────────────────────────────────────────────────────────

/** Runs one operation that waits, any of them; `lose` loses the answer of its first effect. An unknown outcome stops all but its look-up. */
export function work(world: World, member: Member, pick: number, lose: boolean): void {
  if (member.lost) return;
  const [reaction] = member.waiting.splice(pick % Math.max(1, member.waiting.length), 1);
  const flow = flows.find(({ name }) => name === reaction?.flow);
  if (!reaction || !flow) return;
  const run = runFor(world, reaction);
  if (member.log.state.cancelRequested && !flow.ignoresCancel) return;
  let losing = lose;
  for (const step of flow.steps) {
    const goesOn = step === calculateCredit ? calculate(world, member, run) : perform(world, member, step, run, losing);
    if (!goesOn) return;
    if (step.kind === "effect") losing = false;
  }
}

/** The look-up of the lost effect: the system did it. */
export function lookUp(member: Member): void {
  if (!member.lost) return;
  const { key, facts } = member.lost;
  member.lost = null;
  write(member, [{ kind: "effect.resolved", data: { transactionKey: key, outcome: "DONE" } }, ...facts]);
  // The operation goes on: what it had still to do is done by its flow again, whose done steps are skipped.
  const { receipts, inspections } = member.log.state;
  member.waiting.push(
    ...receipts.flatMap(({ id }): Reaction[] => [
      { flow: "take-in-receipt", subject: id },
      { flow: "post-credit", subject: id },
    ]),
  );
  member.waiting.push(
    ...inspections.map(({ inspectionId }): Reaction => ({ flow: "settle-inspection", subject: inspectionId })),
  );
  member.waiting.push({ flow: "authorize-return", subject: "" });
  if (member.log.state.cancelRequested) member.waiting.push({ flow: "cancel-return", subject: "" });
}

const runFor = ({ policies }: World, { flow, subject }: Reaction): Run =>
  ({
    operationId: "op_model",
    flow,
    subject,
    correlationId: "corr-model",
    systems: {
      erpOf: () => ({ system: "erp", mode: "return-order", stockBeforeCredit: true }),
      wmsOf: () => ({ system: "wms" }),
    },
    policies,
    installation: "BH1",
    now: NOW,
    call: { correlationId: "corr-model" },
  }) as unknown as Run;

/** What steps that ask a system are told: all is as it should be. */
const readings: Record<string, unknown> = {
  "confirm-stock": { found: true },
  "apply-memo": { applications: [], onAccount: "0.00" },
};
const notModelled = new Set([
  "recheck-invoice",
  "compare-totals",
  "read-back-memo",
  "read-back-stock",
  "read-back-credit",
]);

/** Whether the flow goes on to its next step. */
function perform(world: World, member: Member, step: Step, run: Run, lose: boolean): boolean {
  const { state } = member.log;
  const guard =
    notModelled.has(step.name) && !endsThere(step, state, run) ? { skip: "not modelled" } : step.guard(state, run);
  if (guard !== "go") return passes(member, guard);
  if (step.kind === "decide") return decideStep(member, step, run);
  return effect(world, member, step, run, lose);
}

/** recheck-invoice holds up what isn't approved; its look at the ERP is not modelled. */
function endsThere(step: Step, state: ReturnState, run: Run): boolean {
  const guard = step.name === "recheck-invoice" ? step.guard(state, run) : "go";
  return guard !== "go" && "end" in guard;
}

function passes(member: Member, guard: Exclude<Guard, "go">): boolean {
  if ("task" in guard) raise(member, [guard.task]);
  return "skip" in guard;
}

function decideStep(member: Member, step: DecidingStep, run: Run): boolean {
  const decision = step.decide(member.log.state, readings[step.name], run, null as never);
  if (decision instanceof Promise) throw new Error(`${step.name} decides with I/O`);
  write(member, decision.facts);
  raise(member, decision.tasks ?? []);
  return (decision.then ?? "on") === "on";
}

function effect(world: World, member: Member, step: DocumentStep | InstructionStep, run: Run, lose: boolean): boolean {
  const { state } = member.log;
  const intent = step.intent(state, run);
  const document = documentOf(world, step, intent.key, intent.request);
  const answer = step.protocol === "withdraw" ? { state: "CANCELLED" as const } : { state: "OPEN" as const };
  const facts =
    step.protocol === "put" || step.protocol === "withdraw"
      ? (step as InstructionStep).facts(state, answer, run, intent)
      : (step as DocumentStep).facts(state, document, run, intent);
  if (lose) {
    member.lost = { key: intent.key, facts };
    write(member, [
      {
        kind: "effect.ambiguous",
        data: { transactionKey: intent.key, system: step.system, operationId: run.operationId, lane: "goods" },
      },
    ]);
    return false;
  }
  write(member, facts);
  return true;
}

type AskedLine = { ref?: string; sku?: string; quantity?: string | object };

/** The document of a key; the same key with other content would be another document under one name. */
function documentOf(world: World, step: DocumentStep | InstructionStep, key: string, asked: unknown): KeyedDocument {
  const name = step.protocol === "discard" || step.protocol === "withdraw" ? `${key}-U` : key;
  const content = canonical(asked);
  const known = world.documents.get(name);
  if (known) {
    const mayChange = step.name === "fix-erp-authorization";
    if (known.content !== content && !mayChange)
      throw new Error(`${name} is asked for with other content (W-06): ${known.content} / ${content}`);
    known.posts += posting(step);
    return known.document;
  }
  const lines = ((asked as { lines?: AskedLine[] }).lines ?? []).map((line, i) => ({
    id: `${name}#${i}`,
    ref: line.ref ?? null,
    sku: line.sku ?? null,
    quantity: null,
    net: null,
    tax: null,
  }));
  const document: KeyedDocument = {
    id: `id-${name}`,
    number: `NO-${name}`,
    status: "POSTED",
    sameContent: true,
    totals: null,
    postingDate: "2026-05-06",
    lines,
  };
  world.documents.set(name, { content, document, posts: posting(step) });
  return document;
}

/** An instruction may be put as often as one likes, a draft made again; a document is posted once. */
const posting = ({ protocol }: DocumentStep | InstructionStep): number =>
  protocol === "post" || protocol === "draft-and-post" ? 1 : 0;

/** calculate-credit without its transaction: the same gate, calculation and thresholds. */
function calculate(world: World, member: Member, run: Run): boolean {
  const { state } = member.log;
  const guard = calculateCredit.guard(state, run);
  if (guard !== "go") return passes(member, guard);
  const others = eachState(world)
    .filter((other) => other !== state)
    .flatMap(liveLines);
  const credits = calculateCredits(state, run.subject, {
    policyVersion: run.policies.version,
    creditedByOthers: (invoice, line) =>
      others.filter((one) => one.invoiceNumber === invoice && one.invoiceLine === line),
    feeFor: ({ reasonCode }, { grade }) => run.policies.chooseFee({ customerNumber: "C-2001", reasonCode, grade }),
    repackingFor: ({ reasonCode }) => run.policies.chooseRepacking({ reasonCode, brokenCase: true }),
  });
  for (const credit of credits) propose(world, member, credit, run);
  return true;
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
