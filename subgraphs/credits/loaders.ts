import type { ErpCredit } from "#adapters/erp/port.ts";
import { readThrough } from "#shared/snapshots.ts";
import type { RequestContext, SubgraphContext } from "../kit/context.ts";
import { type Answers, loaderOf, type Known } from "../kit/reading.ts";
import { returnStateById } from "../kit/returns.ts";
import { mayBuyFrom } from "../kit/scope.ts";

export const createLoaders = (context: RequestContext) => ({
  returnById: returnStateById(context),
  returnIdByCredit: loaderOf<string>((ids) => findReturnIds(context, ids)),
  /** By `company/transaction key`: the memo as the ERP has it. */
  memoByKey: loaderOf<Known<ErpCredit>>((keys) => findMemos(context, keys)),
});

export type Context = SubgraphContext<ReturnType<typeof createLoaders>>;

async function findReturnIds({ db }: RequestContext, ids: readonly string[]): Promise<Map<string, string>> {
  const rows = await db.selectFrom("credits").select(["id", "return_id"]).where("id", "in", ids).execute();
  return new Map(rows.map(({ id, return_id }) => [id, return_id]));
}

async function findMemos(context: RequestContext, keys: readonly string[]): Promise<Answers<ErpCredit>> {
  const wanted = keys.map((key) => ({ company: key.slice(0, key.indexOf("/")), key: key.slice(key.indexOf("/") + 1) }));
  const byCompany = Map.groupBy(wanted, ({ company }) => company);
  const answers = await Promise.all(
    [...byCompany].map(([company, asked]) =>
      memosOf(
        context,
        company,
        asked.map(({ key }) => key),
      ),
    ),
  );
  return new Map(answers.flat());
}

async function memosOf(
  context: RequestContext,
  company: string,
  keys: readonly string[],
): Promise<[string, Known<ErpCredit> | Error][]> {
  if (!mayBuyFrom(context.caller, company)) return [];
  const erp = context.systems.erpOf(company);
  const ask = (asked: readonly string[]) => erp.findCreditsByKey(asked, context.call);
  const found = await readThrough(context, { system: erp.system, kind: "credit", keys, ask });
  return [...found].map(([key, answer]) => [`${company}/${key}`, answer]);
}
