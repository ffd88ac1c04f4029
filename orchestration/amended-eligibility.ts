import { Fraction, least, most, sum, zero } from "#shared/decimal.ts";
import { foreignIdOf, parseForeignId } from "#shared/ids.ts";
import { formatBase, fromBase } from "#shared/quantity.ts";
import type { Taken } from "./allocations.ts";
import { creditedElsewhere, type Evaluating, evaluateLines, type OrderHistory } from "./eligibility.ts";
import type { EvaluatedLine, PostedFacts } from "./facts-vocabulary.ts";
import { type HeldSerial, namesHeld, serialsOf, unlessHeld } from "./held-serials.ts";
import type { LineState, ReturnState } from "./return-state.ts";

// What policy makes of lines that are asked for otherwise than before (D-10, D-14, W-08). Fractions are base units.

/** A line as it is to be: its whole quantity, in base units, and its reason. */
export type AmendedLine = { line: LineState; base: Fraction; reasonCode: string };
/** `held`: serials that are open in a line by now; none are looked at where the mutation itself refuses them. */
export type Amending = Omit<Evaluating, "taken"> & {
  taken: ReadonlyMap<string, Taken[]>;
  held?: readonly HeldSerial[];
};

/** As it is asked for by now. */
export const asAsked = (line: LineState): AmendedLine => ({
  line,
  base: new Fraction(line.requested),
  reasonCode: line.reasonCode,
});

/** The keys of `allocations` that an amendment of these lines is decided on, without the ERP. */
export const knownKeys = ({ companyId }: ReturnState, lines: readonly LineState[]): string[] =>
  lines.flatMap(({ orderLineId, posted }) => [orderLineId, ...(posted ? [invoiceKey(companyId, posted)] : [])]);

const invoiceKey = (companyId: string, { invoiceNumber, invoiceLine }: PostedFacts): string =>
  foreignIdOf("erp.invoice", companyId, invoiceNumber, invoiceLine);

/**
 * Policy on each line as it is to be, by line; one that has nothing posted is missing (EL-01). What a line holds itself is there for it, what those before it
 * are to hold is not; those after it hold what they were granted. A line that was granted stays on its posted invoice line. Of undecided lines that name the same
 * serial the first has it (D-17). Pure.
 */
export function evaluateAmended(
  history: OrderHistory,
  lines: readonly AmendedLine[],
  { taken, held, ...context }: Amending,
): Map<string, EvaluatedLine> {
  const serials = [...(held ?? [])];
  const done = new Map<string, { keys: string[]; base: Fraction }>();
  const found = new Map<string, EvaluatedLine>();
  const undecided = new Set(lines.filter(({ line }) => !line.authorizedAt).map(({ line }) => line.id));
  for (const amended of lines) {
    const left = (key: string) => (taken.get(key) ?? []).filter(({ lineId }) => !undecided.has(lineId));
    const takenBy = (key: string) => takenByOthers(left(key), key, amended.line, done);
    const judged = evaluate(history, amended, { ...context, taken: takenBy });
    if (!judged) continue;
    const evaluated = undecided.has(amended.line.id) ? unlessHeld(judged, amended.line, serials) : judged;
    found.set(amended.line.id, evaluated);
    if (held && !namesHeld(evaluated)) serials.push(...serialsOf(amended.line, evaluated));
    // What is declined holds nothing.
    if (evaluated.decision === "REFUSED" && undecided.has(amended.line.id)) continue;
    const keys = [amended.line.orderLineId, invoiceKey(history.order.companyId, evaluated.posted)];
    done.set(amended.line.id, { keys, base: inBaseUnits(amended, evaluated) });
  }
  return found;
}

/** A line that policy did not know before counts in its own unit until it does (D-18). */
const inBaseUnits = ({ line, base }: AmendedLine, { posted }: EvaluatedLine): Fraction =>
  line.posted ? base : base.mul(posted.unitFactor);

function evaluate(
  history: OrderHistory,
  { line, base, reasonCode }: AmendedLine,
  context: Evaluating,
): EvaluatedLine | undefined {
  const { id: lineId, orderLineId, unit, unitFactor, conditionClaimed, serialNumbers, requestException } = line;
  const quantity = { value: fromBase(base, unitFactor), unit };
  const sequence = parseForeignId(orderLineId)?.line ?? 0;
  const asked = { lineId, sequence, quantity, reasonCode, conditionClaimed, serialNumbers, requestException };
  const [evaluated] = evaluateLines(history, [asked], context);
  return evaluated && line.authorizedAt && line.posted
    ? onItsInvoice(history, evaluated, { posted: line.posted, base }, context)
    : evaluated;
}

function onItsInvoice(
  { order, credits }: OrderHistory,
  evaluated: EvaluatedLine,
  { posted, base }: { posted: PostedFacts; base: Fraction },
  { taken, installation }: Evaluating,
): EvaluatedLine {
  const { invoiceNumber, sku, invoicedUnit, invoicedUnitFactor, baseUnit } = posted;
  const unitFactors = { [invoicedUnit]: invoicedUnitFactor, [baseUnit]: "1" };
  const theirs = creditedElsewhere(credits, { invoiceNumber, sku, unitFactors, installation });
  const left = new Fraction(posted.invoicedBase).sub(taken(invoiceKey(order.companyId, posted))).sub(theirs.base);
  const room = most(zero, least(left, new Fraction(evaluated.returnableBase)));
  const stays = { ...evaluated, posted, returnableBase: formatBase(room) };
  return base.lte(room) || evaluated.decision === "REFUSED"
    ? stays
    : { ...stays, decision: "REFUSED", approvalKinds: [], reasons: [beyond] };
}

const beyond = { code: "ALREADY_RETURNED", message: "More than may still come back.", ruleId: "EL-02" };

/** What may be returned on a line by what was known when policy was asked last, with all that our returns hold by now. */
export function knownRoom({ companyId }: ReturnState, line: LineState, taken: ReadonlyMap<string, Taken[]>): Fraction {
  const { posted, orderLineId } = line;
  if (!posted) throw new Error(`${line.id} has nothing posted`);
  const by = (key: string) => takenByOthers(taken.get(key) ?? [], key, line, new Map());
  const left = least(
    new Fraction(posted.shippedBase).sub(by(orderLineId)),
    new Fraction(posted.invoicedBase).sub(by(invoiceKey(companyId, posted))),
  );
  return most(zero, left.sub(posted.creditedElsewhere.base));
}

function takenByOthers(
  taken: readonly Taken[],
  key: string,
  { id }: LineState,
  done: ReadonlyMap<string, { keys: string[]; base: Fraction }>,
): Fraction {
  const others = taken.filter(({ lineId }) => lineId !== id && !done.has(lineId));
  const before = [...done.values()].filter(({ keys }) => keys.includes(key)).map(({ base }) => base);
  return sum([...others.map(({ reserved, credited }) => new Fraction(reserved).add(credited)), ...before]);
}
