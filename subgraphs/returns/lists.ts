import { type Expression, type RawBuilder, type SqlBool, sql } from "kysely";
import { coded } from "#shared/errors.ts";
import { normaliseRmaNumber } from "#shared/rma-number.ts";
import type { Caller } from "#shared/caller.ts";
import {
  COUNTED_UP_TO,
  moment,
  type Page,
  pageOf,
  type PageArgs,
  type Place,
  placeOf,
  sizeOf,
} from "../kit/connection.ts";
import type { RequestContext } from "../kit/context.ts";
import { returnsSeenBy, seesAnything } from "../kit/scope.ts";
import type { ApprovalFilter, ReturnFilter, ReturnOrder } from "./types.generated.ts";

// Lists read the narrow projections by keyset (W-28); each row's return is then told from its facts, all of a page in one batch.

export type ReturnPage = Page<string> & { filter: ReturnFilter };
export type ApprovalPage = Page<string> & { filter: ApprovalFilter };
type Row = { id: string; place: string };
const pagePlace = ({ id, place }: Row): Place => ({ value: place, id });

const columns = {
  REQUESTED_AT: sql<Date>`returns.requested_at`,
  UPDATED_AT: sql<Date>`returns.updated_at`,
  DUE_AT: sql<Date>`coalesce(returns.due_at, 'infinity')`,
} as const;

export async function listReturns(
  context: RequestContext,
  args: PageArgs & { filter?: ReturnFilter | null; orderBy?: ReturnOrder | null },
): Promise<ReturnPage> {
  const { field, direction } = args.orderBy ?? { field: "REQUESTED_AT", direction: "DESC" };
  const list = `returns:${field}:${direction}`;
  const size = sizeOf(args);
  const after = placeOf(args, list);
  const filter = args.filter ?? {};
  const column = columns[field];
  const way = direction === "ASC" ? sql`asc` : sql`desc`;
  let query = returnsThatFit(context, filter).select(["returns.id", sql<string>`${column}::text`.as("place")]);
  if (after)
    query = query.where(
      sql<boolean>`(${column}, returns.id) ${direction === "ASC" ? sql`>` : sql`<`} (${after.value}::timestamptz, ${after.id})`,
    );
  const rows = await query
    .orderBy(sql`${column} ${way}, returns.id ${way}`)
    .limit(size + 1)
    .execute();
  return { ...pageOf(rows, size, { list, after, place: pagePlace, node: ({ id }) => id }), filter };
}

/** Counted up to 10,000, and only where it is asked for. */
export async function countReturns(context: RequestContext, filter: ReturnFilter): Promise<number> {
  const some = returnsThatFit(context, filter).select("returns.id").limit(COUNTED_UP_TO);
  const { count } = await context.db
    .selectFrom(some.as("some"))
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

const returnsThatFit = ({ db, caller }: RequestContext, filter: ReturnFilter) =>
  db
    .selectFrom("returns")
    .where(returnsSeenBy(caller))
    .where(allOf(returnConditions(filter)));

function returnConditions(filter: ReturnFilter): (RawBuilder<boolean> | null)[] {
  const {
    status,
    customerId,
    companyId,
    warehouse,
    channel,
    search,
    orderNumber,
    rmaNumber,
    serialNumber,
    invoiceNumber,
    trackingNumber,
    requestedFrom,
    requestedTo,
    slaBreached,
  } = filter;
  refuseUnbuilt(filter);
  return [
    status ? sql`status = any(${status})` : null,
    customerId ? sql`customer_id = ${customerId}` : null,
    companyId ? sql`company_id = ${companyId}` : null,
    warehouse ? sql`warehouse = ${warehouse}` : null,
    channel ? sql`channel = ${channel}` : null,
    search ? searched(search) : null,
    orderNumber ? sql`order_number = ${orderNumber.trim().toUpperCase()}` : null,
    rmaNumber ? sql`rma_number = ${normaliseRmaNumber(rmaNumber)}` : null,
    serialNumber
      ? sql`exists (select from serials where serials.return_id = returns.id and serial_number = ${serialNumber})`
      : null,
    invoiceNumber
      ? sql`exists (select from return_lines where return_lines.return_id = returns.id and invoice_number = ${invoiceNumber})`
      : null,
    trackingNumber
      ? sql`exists (select from labels where labels.return_id = returns.id and tracking_number = ${trackingNumber.trim()})`
      : null,
    typeof slaBreached === "boolean" ? sql`sla_breached = ${slaBreached}` : null,
    requestedFrom ? sql`requested_at >= ${moment(requestedFrom, "filter.requestedFrom")}` : null,
    requestedTo ? sql`requested_at < ${moment(requestedTo, "filter.requestedTo")}` : null,
  ];
}

/** The customer's own numbers are told by a part that has an issue of its own (G-23). */
function refuseUnbuilt(filter: ReturnFilter): void {
  if (filter.customerReference !== undefined && filter.customerReference !== null)
    throw coded("NOT_AVAILABLE", { field: "filter.customerReference" });
}

/** Longer than any number or name; a pattern costs each row its length. */
const LONGEST_SEARCH = 200;

function searched(text: string): RawBuilder<boolean> {
  if (text.length > LONGEST_SEARCH)
    throw coded("BAD_USER_INPUT", {
      problem: `filter.search has over ${LONGEST_SEARCH} characters.`,
      field: "filter.search",
    });
  const beginning = `${text.trim().replace(/[\\%_]/g, "\\$&")}%`;
  return sql`(rma_number ilike ${beginning} or rma_number = ${normaliseRmaNumber(text)} or order_number ilike ${beginning} or customer_number ilike ${beginning} or customer_name ilike ${beginning})`;
}

export async function listApprovals(
  context: RequestContext,
  args: PageArgs & { filter?: ApprovalFilter | null },
): Promise<ApprovalPage> {
  const size = sizeOf(args);
  const after = placeOf(args, "approvals");
  const filter = args.filter ?? {};
  let query = approvalsThatFit(context, filter).select([
    "approvals.id",
    sql<string>`approvals.requested_at::text`.as("place"),
  ]);
  if (after)
    query = query.where(
      sql<boolean>`(approvals.requested_at, approvals.id) < (${after.value}::timestamptz, ${after.id})`,
    );
  const rows = await query
    .orderBy("approvals.requested_at", "desc")
    .orderBy("approvals.id", "desc")
    .limit(size + 1)
    .execute();
  return { ...pageOf(rows, size, { list: "approvals", after, place: pagePlace, node: ({ id }) => id }), filter };
}

export async function countApprovals(context: RequestContext, filter: ApprovalFilter): Promise<number> {
  const some = approvalsThatFit(context, filter).select("approvals.id").limit(COUNTED_UP_TO);
  const { count } = await context.db
    .selectFrom(some.as("some"))
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

function approvalsThatFit(
  { db, caller }: { db: RequestContext["db"]; caller: Caller },
  { kind, status, role, companyId }: ApprovalFilter,
) {
  const conditions = [
    seesAnything(caller) ? null : sql<boolean>`false`, // approvals are for people of ours
    sql<boolean>`approvals.status = any(${status ?? ["PENDING"]})`,
    kind ? sql<boolean>`approvals.kind = any(${kind})` : null,
    role ? sql<boolean>`approvals.required_role = ${role}` : null,
    companyId ? sql<boolean>`approvals.company_id = ${companyId}` : null,
  ];
  const seen = db.selectFrom("returns").select("returns.id").where(returnsSeenBy(caller));
  return db.selectFrom("approvals").where("approvals.return_id", "in", seen).where(allOf(conditions));
}

function allOf(conditions: (RawBuilder<boolean> | null)[]): Expression<SqlBool> {
  const given = conditions.filter((condition) => condition !== null);
  return given.length === 0 ? sql<boolean>`true` : sql<boolean>`${sql.join(given, sql` and `)}`;
}
