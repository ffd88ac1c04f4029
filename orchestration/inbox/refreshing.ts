import type { ErpNotice, ErpPort } from "#adapters/erp/port.ts";
import type { Call } from "#adapters/port.ts";
import type { Systems } from "#adapters/systems.ts";
import type { Db } from "#shared/database.ts";
import { SystemFailure } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import type { Log } from "#shared/log.ts";
import { saveSnapshots } from "#shared/snapshots.ts";

type Read = (erp: ErpPort, keys: readonly string[], call: Call) => Promise<Map<string, unknown>>;

/** What is kept of each kind of record, by the kind of notice. */
const reads: Partial<Record<ErpNotice["record"], { kind: string; read: Read }>> = {
  order: { kind: "order", read: (erp, keys, call) => erp.findOrders(keys, call) },
  invoice: { kind: "invoice", read: (erp, keys, call) => erp.findInvoices(keys, call) },
  customer: { kind: "customer", read: (erp, keys, call) => erp.findCustomers(keys, call) },
  item: { kind: "item", read: (erp, keys, call) => erp.findItems(keys, call) },
  creditMemo: { kind: "credit", read: (erp, keys, call) => erp.findCreditsByKey(keys, call) },
};
/** The ERP names records by ids of its own, so the ones that were asked for last are read again. */
const recent = 200;

export type Refreshing = {
  onNotices(system: string, notices: readonly Pick<ErpNotice, "record">[]): void;
  idle(): Promise<void>;
};

/** Reads again what notices say has changed (W-20), one kind of record of one system at a time; notices that come meanwhile are joined. Best effort. */
export function startRefreshing({ db, log, systems }: { db: Db; log: Log; systems: Systems }): Refreshing {
  const wanted = new Set<string>();
  let working: Promise<void> | null = null;
  const all = async () => {
    for (let next = first(wanted); next !== undefined; next = first(wanted)) {
      wanted.delete(next);
      const [system, record] = next.split(" ") as [string, ErpNotice["record"]];
      await refresh(db, systems, system, record).catch((err: unknown) => {
        const level = err instanceof SystemFailure ? "info" : "warn";
        log[level]({ err, system, record }, "snapshots could not be read again");
      });
    }
  };
  return {
    onNotices: (system, notices) => {
      for (const { record } of notices) wanted.add(`${system} ${record}`);
      working ??= all().finally(() => (working = null));
    },
    idle: async () => void (await working),
  };
}

const first = (set: Set<string>): string | undefined => set.values().next().value;

async function refresh(db: Db, systems: Systems, system: string, record: ErpNotice["record"]): Promise<void> {
  const port = systems.bySystem(system);
  const how = reads[record];
  if (!port || !how || !("stockBeforeCredit" in port)) return;
  const { kind, read } = how;
  const rows = await db
    .selectFrom("snapshots")
    .select("key")
    .where("system", "=", system)
    .where("kind", "=", kind)
    .orderBy("as_of", "desc")
    .limit(recent)
    .execute();
  if (rows.length === 0) return;
  const asOf = new Date();
  const records = await read(
    port,
    rows.map(({ key }) => key),
    { correlationId: newId("inb") },
  );
  await saveSnapshots(db, { system, kind, asOf, records });
}
