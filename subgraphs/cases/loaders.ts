import type { CrmCase, CrmPort } from "#adapters/crm/port.ts";
import { foreignIdOf, parseForeignId } from "#shared/ids.ts";
import { readThrough } from "#shared/snapshots.ts";
import type { RequestContext, SubgraphContext } from "../kit/context.ts";
import { type Answers, type Known, loaderOf } from "../kit/reading.ts";
import { returnStateById } from "../kit/returns.ts";
import { seesRecordsOf } from "../kit/scope.ts";

export const createLoaders = (context: RequestContext) => ({
  returnById: returnStateById(context),
  /** By `crm.case:US01:00001025`. */
  caseById: loaderOf<Known<CrmCase>>((ids) =>
    readCrms<CrmCase>(context, ids, {
      record: "crm.case",
      kind: "case",
      ask: (crm, numbers) => crm.findCases(numbers, context.call),
      modifiedAt: ({ modifiedAt }) => modifiedAt,
    }),
  ),
  /** By `erp.order:US01:SO-1`; an order without cases has an empty list. */
  casesByOrderId: loaderOf<Known<CrmCase[]>>((ids) =>
    readCrms<CrmCase[]>(context, ids, {
      record: "erp.order",
      kind: "cases-of-order",
      ask: (crm, numbers) => crm.findCasesOfOrders(numbers, context.call),
    }),
  ),
  returnIdsByCase: loaderOf<string[]>((ids) => findReturnIds(context, ids)),
});

export type Context = SubgraphContext<ReturnType<typeof createLoaders>>;

type CrmRead<Value> = {
  record: string;
  kind: string;
  ask: (crm: CrmPort, numbers: readonly string[]) => Promise<Map<string, Value>>;
  modifiedAt?: (value: Value) => string;
};

/** Records by our id of them: one call per company and batch, from the snapshot where the CRM doesn't answer (D-30). What the caller may not see is 'none'. */
async function readCrms<Value>(
  context: RequestContext,
  ids: readonly string[],
  { record, ask, ...read }: CrmRead<Value>,
): Promise<Answers<Value>> {
  const parsed = ids.flatMap((id) => parseForeignId(id) ?? []);
  const seen = parsed.filter((id) => id.record === record && seesRecordsOf(context.caller, id.company));
  const answers = await Promise.all(
    [...Map.groupBy(seen, ({ company }) => company)].map(async ([company, wanted]) => {
      const crm = context.systems.crmOf(company);
      if (!crm) return [];
      const keys = wanted.map(({ number }) => number);
      const asked = { ...read, system: crm.system, keys, ask: (numbers: readonly string[]) => ask(crm, numbers) };
      const found = await readThrough<Value>(context, asked);
      return [...found].map(([number, answer]) => [foreignIdOf(record, company, number), answer] as const);
    }),
  );
  return new Map(answers.flat());
}

async function findReturnIds({ db }: RequestContext, caseIds: readonly string[]): Promise<Map<string, string[]>> {
  const rows = await db
    .selectFrom("return_cases")
    .select(["case_id", "return_id"])
    .where("case_id", "in", caseIds)
    .orderBy("return_id", "desc")
    .execute();
  const byCase = Map.groupBy(rows, ({ case_id }) => case_id);
  return new Map([...byCase].map(([id, links]) => [id, links.map(({ return_id }) => return_id)]));
}
