import DataLoader from "dataloader";
import type { ErpPort } from "#adapters/erp/port.ts";
import type { Call } from "#adapters/port.ts";
import { parseForeignId } from "#shared/ids.ts";
import { type Answers, type Known, readThrough } from "#shared/snapshots.ts";
import type { RequestContext } from "./context.ts";
import type { Caller } from "#shared/caller.ts";
import { mayBuyFrom, seesRecordsOf } from "./scope.ts";

export type { Known } from "#shared/snapshots.ts";

/** A loader whose batch answers with a map: absent is null, an Error fails that key alone. */
export const loaderOf = <Value>(read: (keys: readonly string[]) => Promise<Map<string, Value | Error>>) =>
  new DataLoader<string, Value | null>(async (keys) => {
    const answers = await read(keys);
    return keys.map((key) => answers.get(key) ?? null);
  });

export type ErpRead<Value> = {
  /** As in the ids: `erp.order`. */
  record: string;
  kind: string;
  ask: (erp: ErpPort, numbers: readonly string[], call: Call) => Promise<Map<string, Value>>;
  /** Which of them a customer or a marketplace sees (D-40); without, none. */
  ofPartner?: (caller: Caller, value: Value) => boolean;
};

/** Records of the ERPs by our id of them (`erp.order:US01:SO-1`): one call per company and batch. What the caller may not see is 'none'. */
export function erpRecordsById<Value>(
  context: RequestContext,
  { record, kind, ask, ofPartner }: ErpRead<Value>,
): DataLoader<string, Known<Value> | null> {
  const { systems, caller, call } = context;
  const mayAsk = ofPartner ? mayBuyFrom : seesRecordsOf;
  const isTheirs = (company: string, answer: Known<Value> | Error): boolean =>
    answer instanceof Error || seesRecordsOf(caller, company) || ofPartner?.(caller, answer.value) === true;
  const isConnected = (company: string) => systems.erps().some(({ companyId }) => companyId === company);
  return loaderOf<Known<Value>>(async (ids) => {
    const wanted = ids.flatMap((id) => {
      const parsed = parseForeignId(id);
      const isSeen = parsed?.record === record && mayAsk(caller, parsed.company) && isConnected(parsed.company);
      return isSeen ? [{ id, company: parsed.company, number: parsed.number }] : [];
    });
    const byCompany = Map.groupBy(wanted, ({ company }) => company);
    const answers = await Promise.all(
      [...byCompany].map(async ([company, records]): Promise<[string, Known<Value> | Error][]> => {
        const erp = systems.erpOf(company);
        const keys = records.map(({ number }) => number);
        const found = await readThrough(context, {
          system: erp.system,
          kind,
          keys,
          ask: (numbers) => ask(erp, numbers, call),
        });
        return records
          .flatMap(({ id, number }) => entryOf(id, found.get(number)))
          .filter(([, answer]) => isTheirs(company, answer));
      }),
    );
    return new Map(answers.flat());
  });
}

const entryOf = <Value>(id: string, answer: Known<Value> | Error | undefined): [string, Known<Value> | Error][] =>
  answer ? [[id, answer]] : [];

export type { Answers };
