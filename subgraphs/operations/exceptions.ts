import { type Expression, type SqlBool, sql } from "kysely";
import type { ExceptionTask } from "#orchestration/exceptions.ts";
import { type Caller, hasRole } from "#shared/caller.ts";
import type { RequestContext } from "../kit/context.ts";
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
import { seesAnything } from "../kit/scope.ts";
import type { ExceptionFilter } from "./types.generated.ts";

const LIST = "exceptions";
export type ExceptionPage = Page<ExceptionTask> & { filter: ExceptionFilter };

/** To the microsecond, which a Date has not. */
const exactly = sql<string>`raised_at::text`.as("exact");

/** Tasks that fit a filter and that the caller may see, newest first, by keyset (W-28). */
export async function listExceptions(
  context: RequestContext,
  args: PageArgs & { filter?: ExceptionFilter | null },
): Promise<ExceptionPage> {
  const size = sizeOf(args);
  const after = placeOf(args, LIST);
  const filter = args.filter ?? {};
  let query = context.db.selectFrom("exceptions").selectAll().select(exactly).where(fits(context.caller, filter));
  if (after) query = query.where(sql<boolean>`(raised_at, id) < (${after.value}::timestamptz, ${after.id})`);
  const rows = await query
    .orderBy("raised_at", "desc")
    .orderBy("id", "desc")
    .limit(size + 1)
    .execute();
  const place = ({ exact, id }: ExceptionTask & { exact: string }): Place => ({ value: exact, id });
  return { ...pageOf(rows, size, { list: LIST, after, place, node: (row) => row }), filter };
}

/** Counted up to 10,000, and only where it is asked for. */
export async function countExceptions({ db, caller }: RequestContext, filter: ExceptionFilter): Promise<number> {
  const some = db.selectFrom("exceptions").select("id").where(fits(caller, filter)).limit(COUNTED_UP_TO);
  const { count } = await db
    .selectFrom(some.as("some"))
    .select(({ fn }) => fn.countAll<number>().as("count"))
    .executeTakeFirstOrThrow();
  return Number(count);
}

/** Ids of all tasks that fit, for replayExceptions. */
export async function idsOfExceptions(
  { db, caller }: RequestContext,
  filter: ExceptionFilter,
  most: number,
): Promise<string[]> {
  const rows = await db
    .selectFrom("exceptions")
    .select("id")
    .where(fits(caller, filter))
    .orderBy("raised_at")
    .orderBy("id")
    .limit(most)
    .execute();
  return rows.map(({ id }) => id);
}

function fits(caller: Caller, filter: ExceptionFilter): Expression<SqlBool> {
  const { category, status, ownerId, returnId, system, companyId, raisedFrom, raisedTo } = filter;
  const conditions = [
    seen(caller),
    category ? sql<boolean>`category = any(${category})` : null,
    status ? sql<boolean>`status = any(${status})` : null,
    ownerId ? sql<boolean>`(owner_id = ${ownerId} or owner_role = ${ownerId.replace(/^role:/, "")})` : null,
    returnId ? sql<boolean>`return_id = ${returnId}` : null,
    system ? sql<boolean>`system = ${system}` : null,
    companyId ? sql<boolean>`company_id = ${companyId}` : null,
    raisedFrom ? sql<boolean>`raised_at >= ${moment(raisedFrom, "filter.raisedFrom")}` : null,
    raisedTo ? sql<boolean>`raised_at < ${moment(raisedTo, "filter.raisedTo")}` : null,
  ].filter((condition) => condition !== null);
  return sql<boolean>`${sql.join(conditions, sql` and `)}`;
}

function seen(caller: Caller): Expression<SqlBool> {
  if (!seesAnything(caller)) return sql<boolean>`false`;
  const house = hasRole(caller, "operations", "supervisor") ? sql<boolean>`company_id is null` : sql<boolean>`false`;
  const companies =
    caller.companies === "*"
      ? sql<boolean>`company_id is not null`
      : sql<boolean>`company_id = any(${caller.companies})`;
  if (caller.sites === null) return sql<boolean>`(${companies} or ${house})`;
  return sql<boolean>`(${companies} and exists (select from returns where returns.id = exceptions.return_id and returns.warehouse = any(${caller.sites})))`;
}
