import type { ExceptionTask } from "#orchestration/exceptions.ts";
import type { Operation, OperationStep } from "#orchestration/operations.ts";
import { withAmounts } from "#orchestration/summaries.ts";
import type { ResolverMap } from "../kit/context.ts";
import { notAvailable } from "../kit/errors.ts";
import type { PageArgs } from "../kit/connection.ts";
import { seesPrices } from "../kit/prices.ts";
import { seesAnything } from "../kit/scope.ts";
import { countExceptions, type ExceptionPage, listExceptions } from "./exceptions.ts";
import type { Context } from "./loaders.ts";
import { assignException } from "./mutations/assign-exception.ts";
import { replayExceptions } from "./mutations/replay-exceptions.ts";
import { resolveException } from "./mutations/resolve-exception.ts";
import type { Actor, ExceptionFilter, OperationStep as ShownStep } from "./types.generated.ts";

type Reference = { id: string };
const operationById = ({ id }: Reference, { loaders }: Context) => loaders.operationById.load(id);
const exceptionById = ({ id }: Reference, { loaders }: Context) => loaders.exceptionById.load(id);
const returnOf = ({ return_id }: { return_id: string | null }) => return_id && { id: return_id };

export const resolvers: ResolverMap = {
  Query: {
    operation: (_, reference: Reference, context: Context) => operationById(reference, context),
    exceptions: (_, args: PageArgs & { filter?: ExceptionFilter }, context: Context) => listExceptions(context, args),
    operationsOverview: notAvailable("operationsOverview"),
  },
  Mutation: { assignException, resolveException, replayExceptions },
  Subscription: {
    operationsOverviewChanged: {
      subscribe: () => once({ operationsOverviewChanged: null }),
      resolve: notAvailable("operationsOverviewChanged"),
    },
    workChanged: { subscribe: () => once({ workChanged: null }), resolve: notAvailable("workChanged") },
  },
  Return: {
    __resolveReference: (reference: Reference) => reference,
    operations: ({ id }: Reference, _: unknown, { loaders }: Context) =>
      ofSeenReturn(id, loaders, loaders.operationsByReturn),
    exceptions: ({ id }: Reference, _: unknown, { loaders, caller }: Context) =>
      seesAnything(caller) ? ofSeenReturn(id, loaders, loaders.exceptionsByReturn) : null,
  },
  Operation: {
    __resolveReference: operationById,
    kind: ({ flow }: Operation) => flow,
    correlationId: ({ correlation_id }: Operation) => correlation_id,
    createdAt: ({ created_at }: Operation) => created_at.toISOString(),
    updatedAt: ({ updated_at }: Operation) => updated_at.toISOString(),
    steps: async ({ id }: Operation, _: unknown, { loaders }: Context) =>
      ((await loaders.stepsByOperation.load(id)) ?? []).map(showStep),
    return: returnOf,
  },
  ExceptionConnection: {
    totalCount: ({ filter }: ExceptionPage, _: unknown, context: Context) => countExceptions(context, filter),
  },
  ExceptionTask: {
    __resolveReference: exceptionById,
    owner: ownerOf,
    summary: ({ summary: text, amounts }: ExceptionTask, _: unknown, { caller }: Context) =>
      withAmounts({ text, amounts }, seesPrices(caller)),
    raisedAt: ({ raised_at }: ExceptionTask) => raised_at.toISOString(),
    dueAt: ({ due_at }: ExceptionTask) => due_at.toISOString(),
    return: returnOf,
    operation: ({ operation_id }: ExceptionTask, _: unknown, context: Context) =>
      operation_id && operationById({ id: operation_id }, context),
    trail: async ({ id }: ExceptionTask, _: unknown, { loaders }: Context) =>
      (await loaders.trailByException.load(id)) ?? [],
  },
};

/** None yet is an empty list; a return that the caller may not see has null. */
async function ofSeenReturn<Found>(
  id: string,
  { isReturnSeen }: Context["loaders"],
  rows: { load(id: string): Promise<Found[] | null> },
): Promise<Found[] | null> {
  const [isSeen, found] = await Promise.all([isReturnSeen.load(id), rows.load(id)]);
  return isSeen ? (found ?? []) : null;
}

/** The person who has it, or the role that should take it. */
function ownerOf({ owner_id, owner_role }: ExceptionTask): Actor {
  return owner_id === null
    ? { id: `role:${owner_role}`, displayName: owner_role, kind: "SYSTEM" }
    : { id: owner_id, displayName: owner_id, kind: "PERSON" };
}

const showStep = ({
  name,
  system,
  status,
  attempts,
  last_error,
  reference,
  started_at,
  finished_at,
}: OperationStep): ShownStep => ({
  ...{ name, system, status, attempts, lastError: last_error, reference },
  ...{ startedAt: started_at?.toISOString() ?? null, finishedAt: finished_at?.toISOString() ?? null },
});

async function* once<Event>(event: Event): AsyncGenerator<Event> {
  yield event;
}
