import type { UserErrorCode } from "#shared/errors.ts";
import { Fraction } from "#shared/decimal.ts";
import { newId } from "#shared/ids.ts";
import { dispositionById, instructedFor, type Instructed } from "./dispositions.ts";
import type { DispositionData, NewFact } from "./facts-vocabulary.ts";
import { lineById } from "./goods.ts";
import { amountOf } from "./receiving.ts";
import type { DispositionState, LineState, ReturnState } from "./return-state.ts";
import { voidedByDisposition } from "./voiding.ts";

/** Another code for some or all of the goods of a disposition. */
export type AskedChange = {
  dispositionId: string;
  code: string;
  quantity: { value: string; unit: string };
  note: string;
};
export type ChangedDisposition =
  | { facts: NewFact[] }
  | { refused: { code: UserErrorCode; message: string; field: string[] } };

/** These say that nothing is decided; or they need a place to go that nobody can name here. */
const NO_DECISION: readonly string[] = ["PENDING", "HOLD"];
const NO_PLACE: readonly string[] = ["TRANSFER", "DONATE"];
/** Places where goods are valued as ours. */
const OUR_STOCK: readonly string[] = ["RESTOCK", "RESTOCK_B_GRADE", "REPAIR", "REFURBISH"];

/**
 * What asking for another disposition means: disposition.changed, and approvals that were given for the old one are void (W-08). Goods that the warehouse
 * has moved stay where they are: a later, correcting decision moves them (W-07). Pure.
 */
export function changeDisposition(state: ReturnState, asked: AskedChange): ChangedDisposition {
  const old = dispositionById(state, asked.dispositionId);
  if (!old) return refuse("NOT_FOUND", "There is no such disposition.", "dispositionId");
  const why = whyNotChange(state, old) ?? whyNotTo(state, old, asked.code);
  if (why) return why;
  const line = lineById(state, old.returnLineId)!;
  const quantity = amountOf(line, asked.quantity);
  if (!quantity)
    return refuse("INVALID_INPUT", `${asked.quantity.unit} is not a unit of this line.`, "quantity", "unit");
  if (new Fraction(quantity.base).gt(old.quantity.base))
    return refuse(
      "QUANTITY_EXCEEDED",
      `This decision is about ${old.quantity.value} ${old.quantity.unit}.`,
      "quantity",
      "value",
    );
  const { code, note } = asked;
  return { facts: [changed(old, { code, quantity, ruleId: null, policyVersion: null }, note), ...voided(state, old)] };
}

const voided = (state: ReturnState, { inspectionId, receiptLineId }: DispositionState): NewFact[] =>
  voidedByDisposition(state, inspectionId, receiptLineId);

function whyNotChange(state: ReturnState, old: DispositionState): ChangedDisposition | null {
  const at = "dispositionId";
  if (old.superseded) return refuse("CONFLICT", "This disposition was changed before; change what stands now.", at);
  if (old.executedAt)
    return refuse(
      "CONFLICT",
      `The warehouse has done this (${old.code}); only a later, correcting decision moves the goods.`,
      at,
    );
  return instructedFor(state, old)?.instruction.refused
    ? refuse("CONFLICT", `${old.warehouse} has refused to let go of this; it is done as it was told.`, at)
    : null;
}

function whyNotTo(state: ReturnState, old: DispositionState, code: string): ChangedDisposition | null {
  if (NO_DECISION.includes(code))
    return refuse("INVALID_INPUT", `${code} decides nothing; say what becomes of the goods.`, "code");
  if (NO_PLACE.includes(code))
    return refuse("INVALID_INPUT", `${code} needs a place to go to, which can't be named yet.`, "code");
  if (code === old.code) return refuse("INVALID_INPUT", `That is decided already: ${code}.`, "code");
  return whyNotByRule(lineById(state, old.returnLineId)!, gradeOf(state, old), code);
}

/** The rules of the disposition table that no person may change: hazardous waste, and goods that are not ours (D-11). */
function whyNotByRule({ posted }: LineState, grade: string, code: string): ChangedDisposition | null {
  if (posted?.hazardous && (grade === "E" || grade === "H") && code !== "HAZMAT_DISPOSAL")
    return refuse("POLICY_REFUSED", `Hazardous goods of grade ${grade} go to HAZMAT_DISPOSAL alone.`, "code");
  return posted?.supplierOwned && OUR_STOCK.includes(code)
    ? refuse("POLICY_REFUSED", `These goods are the supplier's; ${code} would make them ours (D-11).`, "code")
    : null;
}

const gradeOf = ({ inspections }: ReturnState, { inspectionId }: DispositionState): string =>
  inspections.find((one) => one.inspectionId === inspectionId)?.grade ?? "";

const refuse = (code: UserErrorCode, message: string, ...field: string[]): ChangedDisposition => ({
  refused: { code, message, field },
});

type New = Pick<DispositionData, "code" | "quantity" | "ruleId" | "policyVersion">;

function changed(old: DispositionState, { code, quantity, ruleId, policyVersion }: New, note?: string): NewFact {
  const { inspectionId, receiptLineId, returnLineId, warehouse, dispositionId: replaces } = old;
  const goods = {
    ...{ inspectionId, receiptLineId, returnLineId, warehouse },
    ...(old.replaced ? { replaced: true as const } : {}),
  };
  const what = { dispositionId: newId("dsp"), replaces, code, quantity, ruleId, policyVersion };
  return { kind: "disposition.changed", data: { ...goods, ...what, ...(note === undefined ? {} : { note }) } };
}

/** Its change is taken back: what was decided first stands, under an id of its own. */
const asBefore = (one: DispositionState, { code, ruleId, policyVersion }: DispositionState) =>
  changed(one, { code, quantity: one.quantity, ruleId, policyVersion }) as Extract<
    NewFact,
    { kind: "disposition.changed" }
  >;

/** The warehouse does not let go of what it was told: changes of that are taken back. */
export function keptAsTold(state: ReturnState, { holder, instruction, covered }: Instructed): NewFact[] {
  const { transactionKey, quantity } = instruction;
  const others = covered.filter(({ code }) => code !== holder.code);
  return [
    ...others.map((one) => asBefore(one, holder)),
    ...(others.length > 0 ? voided(state, holder) : []),
    { kind: "disposition.instructed", data: { dispositionId: holder.dispositionId, transactionKey, quantity } },
  ];
}

/** The warehouse has done what it was told of `holder`, whatever it was changed to meanwhile: `overruled` are the codes that it was to be. */
export function executedAsTold(
  state: ReturnState,
  { holder, covered }: Pick<Instructed, "holder" | "covered">,
  done: { executedAt: string; bin: string | null },
): { facts: NewFact[]; overruled: string[] } {
  const executed = (dispositionId: string): NewFact => ({
    kind: "disposition.executed",
    data: { dispositionId, ...done },
    occurredAt: done.executedAt,
  });
  const open = covered.filter(({ executedAt }) => executedAt === null);
  const others = open.filter(({ code }) => code !== holder.code);
  const facts = open.flatMap((one) => {
    if (one.code === holder.code) return [executed(one.dispositionId)];
    const kept = asBefore(one, holder);
    return [kept, executed(kept.data.dispositionId)];
  });
  if (open.length === 0 && !holder.executedAt && covered.length === 0) facts.push(executed(holder.dispositionId));
  return {
    facts: [...facts, ...(others.length > 0 ? voided(state, holder) : [])],
    overruled: [...new Set(others.map(({ code }) => code))],
  };
}
