import {
  findOperations,
  findOperationsOf,
  findSteps,
  type Operation,
  type OperationStep,
} from "#orchestration/operations.ts";
import { hasRole, seesCompany } from "#shared/caller.ts";
import type { ExceptionTask } from "#orchestration/exceptions.ts";
import type { RequestContext, SubgraphContext } from "../kit/context.ts";
import { loaderOf } from "../kit/reading.ts";
import { idsSeen } from "../kit/returns.ts";
import { partnerRows, seesAnything } from "../kit/scope.ts";
import type { TrailEntry } from "./types.generated.ts";

export const createLoaders = (context: RequestContext) => {
  const { db } = context;
  return {
    operationById: loaderOf<Operation>(async (ids) =>
      byId(await onlySeen(context, [...(await findOperations(db, ids)).values()])),
    ),
    operationsByReturn: loaderOf<Operation[]>(async (ids) =>
      byReturn(await onlySeen(context, [...(await findOperationsOf(db, ids)).values()].flat())),
    ),
    stepsByOperation: loaderOf<OperationStep[]>((ids) => findSteps(db, ids)),
    exceptionById: loaderOf<ExceptionTask>(async (ids) =>
      byId(await tasksSeen(context, await db.selectFrom("exceptions").selectAll().where("id", "in", ids).execute())),
    ),
    exceptionsByReturn: loaderOf<ExceptionTask[]>(async (ids) =>
      byReturn(
        await tasksSeen(context, await db.selectFrom("exceptions").selectAll().where("return_id", "in", ids).execute()),
      ),
    ),
    trailByException: loaderOf<TrailEntry[]>((ids) => findTrails(context, ids)),
    /** Whether the caller sees these returns: an empty list is 'none', null is 'not for you'. */
    isReturnSeen: loaderOf<true>(
      async (ids) => new Map([...(await seenReturns(context, ids))].map((id) => [id, true as const])),
    ),
  };
};

export type Context = SubgraphContext<ReturnType<typeof createLoaders>>;

type Row = { id: string; return_id: string | null; company_id: string | null };

const byId = <Found extends Row>(rows: readonly Found[]): Map<string, Found> =>
  new Map(rows.map((row) => [row.id, row]));
/** Newest first: ids rise with time. */
const byReturn = <Found extends Row>(rows: readonly Found[]): Map<string, Found[]> =>
  Map.groupBy(
    rows.toSorted((a, b) => (a.id < b.id ? 1 : -1)),
    ({ return_id }) => return_id ?? "",
  );

/** Rows of the caller's companies and sites; what belongs to no company is for those who run the house. */
async function onlySeen<Found extends Row>(context: RequestContext, rows: readonly Found[]): Promise<Found[]> {
  const { caller } = context;
  if (!seesAnything(caller) && !partnerRows(caller)) return [];
  const runsTheHouse = hasRole(caller, "operations", "supervisor");
  const ofCompany = rows.filter(({ company_id }) =>
    company_id === null ? runsTheHouse : seesCompany(caller, company_id),
  );
  if (caller.sites === null && caller.kind !== "PARTNER") return ofCompany;
  const seen = await seenReturns(
    context,
    ofCompany.flatMap(({ return_id }) => return_id ?? []),
  );
  return ofCompany.filter(({ return_id }) => return_id !== null && seen.has(return_id));
}

/** Tasks are for people of ours. */
const tasksSeen = async <Found extends Row>(context: RequestContext, rows: readonly Found[]): Promise<Found[]> =>
  seesAnything(context.caller) ? onlySeen(context, rows) : [];

const seenReturns = async (context: RequestContext, ids: readonly string[]): Promise<Set<string>> =>
  new Set(await idsSeen(context, ids));

async function findTrails({ db }: RequestContext, ids: readonly string[]): Promise<Map<string, TrailEntry[]>> {
  const rows = await db
    .selectFrom("exception_trail")
    .selectAll()
    .where("exception_id", "in", ids)
    .orderBy("at")
    .execute();
  const entries = Map.groupBy(rows, ({ exception_id }) => exception_id);
  return new Map(
    [...entries].map(([id, trail]) => [
      id,
      trail.map(({ at, actor, action, note }) => ({ at: at.toISOString(), actor, action, note })),
    ]),
  );
}
