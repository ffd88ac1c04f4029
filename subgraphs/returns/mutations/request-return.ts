import { lockAllocations } from "#orchestration/allocations.ts";
import { allocationKeys, type OrderHistory } from "#orchestration/eligibility.ts";
import { startReturn } from "#orchestration/facts.ts";
import { caseWanted } from "#orchestration/opening-case.ts";
import type { FactData, NewFact } from "#orchestration/facts-vocabulary.ts";
import type { ErpOrder } from "#adapters/erp/port.ts";
import { type Caller, seesCompany } from "#shared/caller.ts";
import { dayAt } from "#shared/calendar.ts";
import type { Transaction } from "#shared/database.ts";
import { coded, refuse, SystemUnavailable, type UserError } from "#shared/errors.ts";
import { foreignIdOf, newId } from "#shared/ids.ts";
import { drawRmaNumber } from "#shared/rma-number.ts";
import { mutate, refused, type Refused, stampOf, unlessRole } from "../../kit/mutation.ts";
import { isCustomer, seesSold } from "../../kit/scope.ts";
import { readHistory } from "../erp-history.ts";
import type { Context } from "../loaders.ts";
import type { MutationrequestReturnArgs, RequestReturnInput } from "../types.generated.ts";
import { payloadOf, refusedPayload, type Written, writtenBy } from "../payload.ts";
import { checkRequest, type Requested } from "../requested.ts";
import { judgeLines } from "../judging.ts";
import { checkCase, isOfAnother, ofAnotherCustomer } from "../linked-case.ts";
import { openElsewhere } from "../open-serials.ts";

/** Null: the ERP has no such order. `down`: it did not answer in time; `order` is what was kept of a partner's own. */
type History = OrderHistory | null | Down;
type Down = { down: true; order: ErpOrder | null };
const isDown = (history: OrderHistory | Down): history is Down => "down" in history;

/** By which people of ours ask. */
const OURS = "inside-sales";
/** By which a partner asks: its orders' own channel where that is what makes them its own, the portal else. */
const channelOf = ({ rows }: Caller, order: ErpOrder | null): string => {
  if (!rows) return OURS;
  return rows.channels === null ? "portal" : (order?.channel ?? "portal").toLowerCase();
};
/** Marketplaces and EDI can't be asked back: what policy refuses is recorded and declined (vocabulary section 5). */
const declines = (channel: string): boolean => channel === "marketplace" || channel === "edi";

/** Asks for goods to come back: validated against the ERP while it answers, awaiting it else (D-30); the RMA number is there at once (D-28). */
export async function requestReturn(_: unknown, { input }: MutationrequestReturnArgs, context: Context) {
  const notAllowed = unlessMayAsk(context);
  if (notAllowed) return refusedPayload(notAllowed);
  const requested = checkRequest(input);
  if ("userErrors" in requested) return refusedPayload(requested);
  if (!isServed(requested, context)) return refusedPayload(noSuchOrder());
  refuseUnbuilt(input);
  const unreplaced = checkReplaced(requested, context);
  if (unreplaced.length > 0) return refusedPayload({ userErrors: unreplaced });
  const answer = await mutate<Written, History>(context, input, {
    name: "requestReturn",
    read: () => readSystems(input, requested, context),
    work: (tx, history) => write(tx, { input, requested, history }, context),
  });
  return "userErrors" in answer ? refusedPayload(answer) : payloadOf(answer.result, context);
}

/** Of partners, customers and marketplaces ask themselves (vocabulary section 9). */
const unlessMayAsk = (context: Context): Refused | null =>
  isCustomer(context.caller) && context.caller.scope.includes("returns:request")
    ? null
    : unlessRole(context, "requestReturn", "service", "supervisor");

async function readSystems(
  { caseId }: RequestReturnInput,
  requested: Requested,
  context: Context,
): Promise<History | Refused> {
  const [history, linked] = await Promise.all([
    readHistory(requested, context),
    checkCase(caseId, requested.companyId, context),
  ]);
  if (linked.userErrors.length > 0) return { userErrors: linked.userErrors };
  if (history === "down") return { down: true, order: await orderOfPartner(requested, context) };
  return history && isOfAnother(linked, history.order.customerNumber) ? { userErrors: [ofAnotherCustomer()] } : history;
}

/**
 * While the ERP is away a partner may ask for what is known to be its own by the order's last snapshot; whose any other order is can't be told, so that one of
 * somebody else and none are both SYSTEM_UNAVAILABLE (G-13, D-30). People see their companies' orders whosever they are.
 */
async function orderOfPartner(
  { companyId, orderNumber }: Requested,
  { caller, db, systems }: Context,
): Promise<ErpOrder | null> {
  if (caller.kind !== "PARTNER") return null;
  const { system } = systems.erpOf(companyId);
  const kept = await db
    .selectFrom("snapshots")
    .select("data")
    .where("system", "=", system)
    .where("kind", "=", "order")
    .where("key", "=", orderNumber)
    .executeTakeFirst();
  const order = kept?.data as ErpOrder | undefined;
  if (!order || !seesSold(caller, order)) throw new SystemUnavailable(system);
  return order;
}

const noSuchOrder = (): Refused => refused("NOT_FOUND", "There is no such order.", ["lines", "0", "orderLineId"]);

/** Another company's order, one of a company nobody serves and one that is not there answer alike. */
const isServed = ({ companyId }: Requested, { caller, systems }: Context): boolean =>
  seesCompany(caller, companyId) && systems.erps().some((erp) => erp.companyId === companyId);

/** What the goods are settled with, other than money, has an issue of its own (G-23). */
function refuseUnbuilt({ resolution, lines }: RequestReturnInput): void {
  const built: readonly string[] = ["CREDIT", "REPLACE"];
  const other = [resolution, ...lines.map((line) => line.resolution)].find(
    (wanted) => wanted && !built.includes(wanted),
  );
  if (other) throw coded("NOT_AVAILABLE", { field: `resolution ${other}` });
}

/** What is to be replaced must be what policy replaces; known without the ERP. */
const checkReplaced = ({ lines }: Requested, { policies }: Context): UserError[] =>
  lines.flatMap(({ resolution, reasonCode }, i) => {
    if (resolution !== "REPLACE") return [];
    const { replace, ruleId } = policies.mayReplace({ reasonCode, withoutGoods: reasonCode === "PRICE_ERROR" });
    const why = `Policy does not replace what comes back for this reason (${ruleId}).`;
    return replace ? [] : [refuse("POLICY_REFUSED", why, ["lines", String(i), "resolution"])];
  });

type Request = { input: RequestReturnInput; requested: Requested; history: History };

async function write(tx: Transaction, request: Request, context: Context) {
  const { input, requested, history } = request;
  if (history === null) return noSuchOrder();
  const caseGiven = typeof input.caseId === "string";
  const now = new Date();
  const lines = requested.lines.map((line) => ({ ...line, lineId: newId("rln") }));
  const order = history.order;
  const channel = channelOf(context.caller, order);
  const judged = isDown(history)
    ? null
    : await judge(tx, { history, requested, caseGiven, channel, now }, lines, context);
  if (judged && "userErrors" in judged) return judged;
  const id = newId("ret");
  const facts: NewFact[] = [
    { kind: "return.requested", data: await requestedFact(tx, { ...request, order, channel }, lines, now) },
    ...(judged
      ? [{ kind: "policy.evaluated" as const, data: judged }]
      : [{ kind: "return.awaiting-erp" as const, data: { since: now.toISOString() } }]),
  ];
  const changed = await startReturn(tx, id, stampOf(context), facts);
  return { result: writtenBy(id, changed), changed };
}

type Line = Requested["lines"][number] & { lineId: string };

/** Under the locks of everything that could be taken of the order (W-13), so that two requests for the last unit are one after the other. */
async function judge(
  tx: Transaction,
  {
    history,
    requested,
    caseGiven,
    channel,
    now,
  }: { history: OrderHistory; requested: Requested; caseGiven: boolean; channel: string; now: Date },
  lines: Line[],
  { policies, config }: Context,
): Promise<FactData["policy.evaluated"] | Refused> {
  const taken = await lockAllocations(tx, allocationKeys(history));
  const judged = judgeLines(history, lines, { policies, installation: config.installation, now, taken });
  const wrong = declines(channel) ? judged.problems.filter(({ code }) => !ofPolicy.has(code)) : judged.problems;
  const problems = [...wrong, ...(await openElsewhere(tx, history, lines, ["lines"]))];
  if (problems.length > 0) return { userErrors: problems };
  const { order, customer } = history;
  return {
    policyVersion: policies.version,
    customerId: foreignIdOf("erp.customer", requested.companyId, order.customerNumber),
    customerNumber: order.customerNumber,
    customerName: customer?.name ?? order.customerNumber,
    currency: order.currency,
    orderChannel: order.channel,
    lines: judged.lines,
    ...caseWanted(policies, { channel, caseGiven }),
  };
}

const ofPolicy: ReadonlySet<string> = new Set(["POLICY_REFUSED", "QUANTITY_EXCEEDED"]);

async function requestedFact(
  tx: Transaction,
  { input, requested, history, order, channel }: Request & { order: ErpOrder | null; channel: string },
  lines: Line[],
  now: Date,
): Promise<FactData["return.requested"]> {
  const { companyId, orderNumber, orderId } = requested;
  const customer = history && !isDown(history) ? history.customer : null;
  return {
    rmaNumber: await freeRmaNumber(tx, Number(dayAt(companyId, now).slice(0, 4))),
    companyId,
    channel,
    orderId,
    orderNumber,
    orderChannel: order?.channel ?? null,
    customerId: order && foreignIdOf("erp.customer", companyId, order.customerNumber),
    customerNumber: order?.customerNumber ?? null,
    customerName: customer?.name ?? null,
    currency: order?.currency ?? null,
    resolution: input.resolution ?? "CREDIT",
    caseId: input.caseId ?? null,
    note: input.note ?? null,
    lines: lines.map(({ sequence: _, ...line }) => line),
  };
}

/** A number that is taken is drawn again (D-28). */
async function freeRmaNumber(tx: Transaction, year: number): Promise<string> {
  for (;;) {
    const number = drawRmaNumber(year);
    const taken = await tx.selectFrom("returns").select("id").where("rma_number", "=", number).executeTakeFirst();
    if (!taken) return number;
  }
}
