import type { ErpItem } from "#adapters/erp/port.ts";
import { whyNoReplacement } from "#orchestration/allowed-actions.ts";
import { currencyOfCompany, isForeign } from "#orchestration/exchange-rates.ts";
import { changeReturn } from "#orchestration/facts.ts";
import type { ExchangeRate, NewFact, ReplacementLine } from "#orchestration/facts-vocabulary.ts";
import { lineById } from "#orchestration/goods.ts";
import { openForReplacement, promisedToCredit } from "#orchestration/open-for-replacement.ts";
import { amountOf } from "#orchestration/receiving.ts";
import { requestReplacement as request } from "#orchestration/replacements.ts";
import type { LineState, ReturnState } from "#orchestration/return-state.ts";
import { isWithoutGoods } from "#orchestration/status.ts";
import { dayAt } from "#shared/calendar.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction, most, zero } from "#shared/decimal.ts";
import { coded, refuse, SystemFailure, type UserError } from "#shared/errors.ts";
import { fromBase } from "#shared/quantity.ts";
import { checkLines, checkNumber, checkQuantity, checkText } from "../../kit/checks.ts";
import { mutate, refused, type Refused, stampOf, unlessRole } from "../../kit/mutation.ts";
import { rowOf, seesRow } from "../../kit/scope.ts";
import type { Context } from "../loaders.ts";
import { payloadOf, refusedPayload, type Written, writtenBy } from "../payload.ts";
import type { MutationrequestReplacementArgs, RequestReplacementInput } from "../types.generated.ts";

/** What systems say of it: other items that are to go out, by their number as asked, and the rate of the day where thresholds need one. */
type Reading = { items: Map<string, ErpItem>; exchangeRate: ExchangeRate | null };

/** Asks for other goods in place of those that come back: they go out, free of charge, once these are accepted; their units are not credited (D-13). */
export async function requestReplacement(_: unknown, { input }: MutationrequestReplacementArgs, context: Context) {
  const notAllowed = unlessRole(context, "requestReplacement", "service", "supervisor");
  if (notAllowed) return refusedPayload(notAllowed);
  const problems = check(input);
  if (problems.length > 0) return refusedPayload({ userErrors: problems });
  if (input.shipBeforeReceipt) throw coded("NOT_AVAILABLE", { field: "shipBeforeReceipt" });
  const answer = await mutate<Written, Reading>(context, input, {
    name: "requestReplacement",
    read: () => readSystems(input, context),
    work: (tx, reading) => write(tx, input, reading, context),
  });
  return "userErrors" in answer ? refusedPayload(answer) : payloadOf(answer.result, context);
}

const check = ({ reason, lines }: RequestReplacementInput): UserError[] => [
  ...checkText(reason, ["reason"], { required: true }),
  ...checkLines(lines),
  ...lines.flatMap(({ sku, quantity }, i) => [
    ...(sku ? checkNumber(sku, ["lines", String(i), "sku"]) : []),
    ...checkQuantity(quantity, ["lines", String(i), "quantity"]),
  ]),
];

const noSuchReturn = (): Refused => refused("NOT_FOUND", "There is no such return.", ["returnId"]);

async function readSystems({ returnId, lines }: RequestReplacementInput, context: Context): Promise<Reading | Refused> {
  const state = await context.loaders.returnById.load(returnId);
  if (!state) return noSuchReturn();
  const { systems, call } = context;
  const skus = [...new Set(lines.flatMap(({ sku }) => sku ?? []))];
  const [items, exchangeRate] = await Promise.all([
    skus.length > 0 ? systems.erpOf(state.companyId).findItems(skus, call) : new Map<string, ErpItem>(),
    readRate(state, context),
  ]);
  return { items, exchangeRate };
}

/** Null where it is not known, also because the ERP does not answer: then every tier is asked (D-22). */
async function readRate(state: ReturnState, { systems, call, log }: Context): Promise<ExchangeRate | null> {
  const { companyId, currency } = state;
  if (!isForeign(state)) return null;
  const [erp, day] = [systems.erpOf(companyId), dayAt(companyId, new Date())];
  try {
    const found = (await erp.findExchangeRates([currency!], day, call)).get(currency!);
    if (!found) return null;
    const { rate, validFrom } = found;
    return { rate, currency: currencyOfCompany(companyId), day, validFrom, system: erp.system };
  } catch (error) {
    if (!(error instanceof SystemFailure)) throw error;
    log.warn({ err: error, companyId }, "a replacement is asked for while the ERP tells no exchange rate");
    return null;
  }
}

async function write(tx: Transaction, input: RequestReplacementInput, reading: Reading, context: Context) {
  const known = await tx.selectFrom("returns").select("id").where("id", "=", input.returnId).executeTakeFirst();
  if (!known) return noSuchReturn();
  const changed = await changeReturn<Refused | null>(tx, input.returnId, stampOf(context), (state, { now }) => {
    if (!seesRow(context.caller, rowOf(state))) return { facts: [], value: noSuchReturn() };
    const decided = decide(state, input, reading, { context, now });
    return "userErrors" in decided ? { facts: [], value: decided } : { facts: decided.facts, value: null };
  });
  return changed.value ?? { result: writtenBy(input.returnId, changed), changed };
}

function decide(
  state: ReturnState,
  input: RequestReplacementInput,
  { items, exchangeRate }: Reading,
  { context, now }: { context: Context; now: Date },
): { facts: NewFact[] } | Refused {
  const conflict = whyNoReplacement(state);
  if (conflict) return refused("CONFLICT", conflict, ["returnId"]);
  const { policies, systems } = context;
  const byMemo = !systems.erpOf(state.companyId).stockBeforeCredit;
  const [lines, problems]: [ReplacementLine[], UserError[]] = [[], []];
  const taken = new Map<string, Fraction>();
  input.lines.forEach((wanted, i) => {
    const at = ["lines", String(i)];
    const line = lineById(state, wanted.returnLineId);
    if (!line) return problems.push(refuse("NOT_FOUND", "This return has no such line.", [...at, "returnLineId"]));
    const before = taken.get(line.id) ?? zero;
    const found = judge(state, { line, wanted, items, policies, before, byMemo }, at);
    if ("problem" in found) return problems.push(found.problem);
    taken.set(line.id, before.add(found.quantity.base));
    return lines.push(found);
  });
  if (problems.length > 0) return { userErrors: problems };
  return { facts: request(state, { lines, reason: input.reason, exchangeRate }, { policies, now }) };
}

type Judged = {
  line: LineState;
  wanted: RequestReplacementInput["lines"][number];
  items: Reading["items"];
  policies: Context["policies"];
  /** Asked for by earlier lines of the request. */
  before: Fraction;
  byMemo: boolean;
};

function judge(
  state: ReturnState,
  { line, wanted, items, policies, before, byMemo }: Judged,
  at: string[],
): ReplacementLine | { problem: UserError } {
  const { ruleId, replace } = policies.mayReplace({
    reasonCode: line.reasonCode,
    withoutGoods: isWithoutGoods(line),
  });
  if (!replace) return { problem: refuse("POLICY_REFUSED", `Policy does not replace these goods (${ruleId}).`, at) };
  const { value, unit } = wanted.quantity;
  const quantity = amountOf(line, { value, unit });
  const open = openForReplacement(state, line).sub(before);
  if (!quantity || open.lt(quantity.base)) {
    const isUnit = quantity || !line.posted;
    const left = fromBase(most(zero, open), line.unitFactor);
    return {
      problem: isUnit
        ? refuse("QUANTITY_EXCEEDED", `Only ${left} ${line.unit} of this line may be replaced.`, [
            ...at,
            "quantity",
            "value",
          ])
        : refuse("INVALID_INPUT", `This line is not counted by ${unit}.`, [...at, "quantity", "unit"]),
    };
  }
  if (byMemo && open.sub(promisedToCredit(state, line)).lt(quantity.base))
    return { problem: refuse("CONFLICT", "What becomes of these goods is decided: they are credited.", at) };
  const own = line.posted!.sku;
  if (!wanted.sku || wanted.sku.trim().toUpperCase() === own) return { lineId: line.id, sku: own, quantity };
  const item = items.get(wanted.sku);
  if (!item || item.blocked) return { problem: refuse("NOT_FOUND", "There is no such item.", [...at, "sku"]) };
  if (!Object.hasOwn(item.units, unit))
    return { problem: refuse("INVALID_INPUT", `${item.sku} is not sold by ${unit}.`, [...at, "quantity", "unit"]) };
  return { lineId: line.id, sku: item.sku, quantity };
}
