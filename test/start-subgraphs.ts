import type { ErpPort } from "#adapters/erp/port.ts";
import type { Systems } from "#adapters/systems.ts";
import type { CrmPort } from "#adapters/crm/port.ts";
import type { WmsPort } from "#adapters/wms/port.ts";
import { openReturn, startReturn, type Stamp } from "#orchestration/facts.ts";
import type { Fact, NewFact } from "#orchestration/facts-vocabulary.ts";
import { createFactLog, type FactLog } from "#orchestration/sample-facts.ts";
import {
  type Caller,
  createCaller,
  createInternalKeys,
  createInternalSigner,
  INTERNAL_HEADER,
  type Role,
} from "#shared/caller.ts";
import { readConfig, type SubgraphName } from "#shared/config.ts";
import { connectDatabase, inTransaction } from "#shared/database.ts";
import { TransientFailure } from "#shared/errors.ts";
import { createLog } from "#shared/log.ts";
import { drawRmaNumber } from "#shared/rma-number.ts";
import { startSubgraphs } from "#subgraphs/index.ts";
import { beforeDrop, createTestDatabase } from "./database.ts";

export type Answer = {
  status: number;
  data: any;
  errors: { message: string; path: (string | number)[]; extensions: Record<string, unknown> }[];
};

/** A person of one role; `companies` and `sites` as in the token. */
export const person = (
  id: string,
  role: Role,
  scope: { companies?: string[] | "*"; sites?: string[] | null } = {},
): Caller =>
  createCaller({
    ...{
      kind: "PERSON",
      id,
      name: id,
      roles: [role],
      companies: "*",
      sites: null,
      partner: null,
      scope: [],
      client: `person:test:${id}`,
    },
    ...scope,
  });

/** Subgraphs on a database of their own, asked as the gateway would; `systems` are ports of the test. */
export async function startTestSubgraphs(names: SubgraphName[], systems: Systems, env: Record<string, string> = {}) {
  const log = createLog({ level: env["LOG_LEVEL"] ?? "fatal", name: "test" });
  const { url } = await createTestDatabase();
  const { db, stop: disconnect } = connectDatabase({ url, log, name: "test" });
  const keys = await createInternalKeys();
  const sign = await createInternalSigner(keys.privateKey);
  const config = readConfig({
    PORT: "0",
    DATABASE_URL: url,
    CURSOR_SECRET: Buffer.alloc(32, 7).toString("base64"),
    INTERNAL_PUBLIC_KEYS: JSON.stringify(keys.publicKeys),
    ...env,
  });
  const rung: string[] = [];
  const ring = (operations: readonly ({ lane: string } | null)[]) =>
    void rung.push(...operations.flatMap((operation) => operation?.lane ?? []));
  const announce = {
    committed: ({ started }: { started: readonly { lane: string }[] }) => ring(started),
    resumed: ring,
  };
  /** Another process over the same database. */
  const again = (which: SubgraphName[]) => startSubgraphs({ config, log, db, systems, announce }, which);
  const subgraphs = await again(names);
  const ask = async (name: SubgraphName, caller: Caller, query: string, variables: object = {}): Promise<Answer> => {
    const response = await fetch(String(subgraphs.urls[name]), {
      method: "POST",
      headers: { "content-type": "application/json", [INTERNAL_HEADER]: await sign(caller, name) },
      body: JSON.stringify({ query, variables }),
    });
    const { data, errors = [] } = (await response.json()) as Partial<Answer>;
    return { status: response.status, data, errors };
  };
  beforeDrop(async () => {
    await subgraphs.stop();
    await disconnect();
  });
  return { db, config, again, ask, sign, rung, urls: subgraphs.urls };
}

export const stamp: Stamp = {
  correlationId: "test",
  actor: { id: "ada", displayName: "Ada", kind: "PERSON" },
  source: { system: "backhaul", reference: null },
  reactions: { flows: [], react: () => [] },
};

/** Writes a sample log as a return of its own, under an RMA number of its own. */
export async function writeReturn(db: Parameters<typeof inTransaction>[0], log: FactLog): Promise<string> {
  const { returnId } = log.facts[0]!;
  const rma = drawRmaNumber(2026);
  const text = JSON.stringify(log.facts).replaceAll("R26-7Q3KX2M", rma).replaceAll("R267Q3KX2M", rma.replace("-", ""));
  const facts = (JSON.parse(text) as Fact[]).map(({ kind, data, occurredAt, actor }) => ({
    fact: { kind, data, occurredAt } as NewFact,
    actor,
  }));
  await inTransaction(db, async (tx) => {
    const [first, ...others] = facts;
    await startReturn(tx, returnId, { ...stamp, actor: first!.actor }, [first!.fact]);
    const open = await openReturn(tx, returnId);
    for (const { fact, actor } of others) open.add({ ...stamp, actor }, [fact]);
    await open.save();
  });
  return returnId;
}
export { createFactLog };

/** Ports of a test: what is not given throws. Every call is written down as `erp-us01 findOrders 3`. */
export function testSystems(
  erps: (Partial<ErpPort> & { companyId: string })[],
  warehouses: (Partial<WmsPort> & { site: string })[] = [],
  crms: (Partial<CrmPort> & { companyId: string })[] = [],
) {
  const calls: string[] = [];
  const connectedErps = erps.map((erp) =>
    watched(
      {
        system: `erp-${erp.companyId.toLowerCase()}`,
        mode: "return-order",
        stockBeforeCredit: true,
        settleMs: 0,
        ...erp,
      } as unknown as ErpPort,
      calls,
    ),
  );
  const connectedWarehouses = warehouses.map((wms) =>
    watched({ system: `wms-${wms.site.toLowerCase()}`, settleMs: 0, ...wms } as unknown as WmsPort, calls),
  );
  const connectedCrms = crms.map((crm) =>
    watched({ system: `crm-${crm.companyId.toLowerCase()}`, settleMs: 0, ...crm } as unknown as CrmPort, calls),
  );
  const systems: Systems = {
    erpOf: (company) => found(connectedErps.find(({ companyId }) => companyId === company)),
    wmsOf: (site) => found(connectedWarehouses.find((wms) => wms.site === site)),
    carrierOf: () => null,
    mailOf: () => null,
    carriers: () => [],
    erps: () => connectedErps,
    warehouses: () => connectedWarehouses,
    crmOf: (company) => connectedCrms.find(({ companyId }) => companyId === company) ?? null,
    crms: () => connectedCrms,
    bySystem: (name) =>
      [...connectedErps, ...connectedWarehouses, ...connectedCrms].find(({ system }) => system === name),
    health: () => [],
    close: async () => undefined,
  };
  return { systems, calls };
}

function watched<Port extends { system: string }>(port: Port, calls: string[]): Port {
  return new Proxy(port, {
    get: (target, name) => {
      const value: unknown = Reflect.get(target, name);
      if (typeof value !== "function") return value;
      return (...args: unknown[]) => {
        calls.push(`${target.system} ${String(name)} ${Array.isArray(args[0]) ? args[0].length : 1}`);
        return (value as (...all: unknown[]) => unknown)(...args);
      };
    },
  });
}

function found<Port>(port: Port | undefined): Port {
  if (!port) throw new Error("the test has no such system");
  return port;
}

/** A read that fails as an unreachable system does. */
export const down = (system: string) => () =>
  Promise.reject(new TransientFailure({ system, code: "CONNECTION_REFUSED", vendorText: "host 10.0.0.9" }));
