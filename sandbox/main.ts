import { join } from "node:path";
import { sandboxServers } from "#shared/sandbox-address.ts";
import { createBusinessCentral } from "./business-central/server.ts";
import type { Settings } from "./business-central/settings.ts";
import { createEasyPost, type EasyPostSettings } from "./easypost/server.ts";
import { createFaults } from "./faults.ts";
import { rememberFirstStart } from "./first-start.ts";
import { createSalesforce } from "./salesforce/server.ts";
import type { Settings as SalesforceSettings } from "./salesforce/settings.ts";
import { makeDistributor } from "./seed/make-distributor.ts";
import type { Distributor } from "./seed/types.ts";
import { startServer } from "./server.ts";
import { startMailServer, type MailServer } from "./smtp/server.ts";
import { createStore } from "./store.ts";
import type { SandboxServer } from "./vendor.ts";
import { warehouseSites } from "./wms-json/sites.ts";
import { createWarehouse, type WarehouseSettings } from "./wms-json/warehouse.ts";

export type SandboxOptions = {
  /** Loopback only: the control address must not be reachable from elsewhere (G-17). */
  host?: string;
  /** The first server's port, the others follow in the order of `sandboxServers`; 0 takes free ones. */
  port: number;
  /** Where the journals are kept; null keeps everything in memory. */
  dataDir: string | null;
  credentials: {
    clientId: string;
    clientSecret: string;
    wmsToken: string;
    wmsWebhookSecret: string;
    /** The connected app of the Salesforce org; the certificate is the public key in PEM. */
    salesforce: { consumerKey: string; username: string; certificate: string };
    easypostKey: string;
    easypostWebhookSecret: string;
    smtpUser: string;
    smtpPassword: string;
  };
  /** Before `/hooks/<system>`, for the webhooks of warehouses and carriers; null: none until `controls.hook`. */
  hooks?: string | null;
  /** The day and size of the seed; those of the first start are remembered in dataDir. */
  today?: string;
  scale?: number | undefined;
  businessCentral?: Partial<Settings>;
  salesforce?: Partial<SalesforceSettings>;
  warehouses?: Partial<
    Pick<WarehouseSettings, "autoplay" | "paceMs" | "limits" | "retentionDays" | "asksBeforeCancel">
  > &
    Pick<WarehouseSettings["webhooks"], "retryDelays" | "timeoutMs">;
  easypost?: Partial<Pick<EasyPostSettings, "requestsPerSecond">> &
    Pick<EasyPostSettings["webhooks"], "retryDelays" | "timeoutMs">;
  now?: () => Date;
  progress?: (text: string) => void;
};

export type BusinessCentralServer = ReturnType<typeof businessCentral> extends Promise<infer S> ? S : never;
export type WarehouseServer = ReturnType<typeof warehouse> extends Promise<infer S> ? S : never;
export type SalesforceServer = ReturnType<typeof salesforce> extends Promise<infer S> ? S : never;
export type EasyPostServer = ReturnType<typeof easypost> extends Promise<infer S> ? S : never;
export type Sandbox = {
  servers: {
    "business-central": BusinessCentralServer;
    salesforce: SalesforceServer;
    easypost: EasyPostServer;
    smtp: MailServer;
  } & Record<`wms-${"chi1" | "dal2" | "tor3" | "ham4"}`, WarehouseServer>;
  distributor: Distributor;
  stop(): Promise<void>;
};

/** Starts the other side of every wire: one server for each system, seeded with the distributor. */
export async function startSandbox(options: SandboxOptions): Promise<Sandbox> {
  const { host = "127.0.0.1", dataDir, progress = () => {} } = options;
  if (!/^(localhost|::1|127\.\d+\.\d+\.\d+)$/.test(host))
    throw new Error(`The sandbox listens on loopback only, not on ${host}; set HOST to 127.0.0.1.`);
  const wanted = { today: options.today ?? new Date().toISOString().slice(0, 10), scale: options.scale };
  progress("Sandbox: making the distributor");
  const folder = dataDir === null ? null : join(dataDir, "sandbox");
  const distributor = seededDistributor(rememberFirstStart(folder, wanted));
  const servers: Record<string, SandboxServer> = {};
  const place = (name: string, index: number): Place => {
    const port = options.port === 0 ? 0 : options.port + index;
    return { name, host, port, folder, distributor, servers: () => servers };
  };
  const stop = async () => {
    for (const server of Object.values(servers).toReversed()) await server.close();
  };
  try {
    for (const [index, name] of sandboxServers.entries()) {
      progress(`Sandbox: starting ${name}`);
      const start = vendors[name as keyof typeof vendors] ?? warehouse;
      servers[name] = (await start(place(name, index), options)) as unknown as SandboxServer;
    }
  } catch (error) {
    await stop();
    throw error;
  }
  return { servers: servers as unknown as Sandbox["servers"], distributor, stop };
}

type Place = {
  name: string;
  host: string;
  port: number;
  folder: string | null;
  distributor: Distributor;
  servers: () => Record<string, SandboxServer>;
};

function businessCentral(place: Place, { credentials, businessCentral: settings, now }: SandboxOptions) {
  const { clientId, clientSecret } = credentials;
  const vendorContext = context(place);
  const vendor = createBusinessCentral({
    ...vendorContext,
    ...clock(now),
    distributor: place.distributor,
    settings: { clientId, clientSecret, ...settings },
  });
  return startServer({ ...place, faults: vendorContext.faults, vendor });
}

function salesforce(place: Place, { credentials, salesforce: settings, now }: SandboxOptions) {
  const vendorContext = context(place);
  const vendor = createSalesforce({
    ...vendorContext,
    ...clock(now),
    distributor: place.distributor,
    settings: { ...credentials.salesforce, ...settings },
  });
  return startServer({ ...place, faults: vendorContext.faults, vendor });
}

/** What is no warehouse, by its server's name. */
const vendors = { "business-central": businessCentral, salesforce, easypost, smtp };

function warehouse(place: Place, { credentials, hooks, warehouses = {}, now }: SandboxOptions) {
  const { retryDelays, timeoutMs, ...settings } = warehouses;
  const vendorContext = context(place);
  const vendor = createWarehouse(vendorContext, {
    ...warehouseSites[place.name]!,
    ...settings,
    ...clock(now),
    seed: place.distributor,
    auth: { kind: "bearer", token: credentials.wmsToken },
    webhooks: {
      url: hooks ? `${hooks}/hooks/${place.name}` : null,
      secrets: [credentials.wmsWebhookSecret],
      ...(retryDelays ? { retryDelays } : {}),
      ...(timeoutMs ? { timeoutMs } : {}),
    },
  });
  return startServer({ ...place, faults: vendorContext.faults, vendor });
}

function easypost(place: Place, { credentials, hooks, easypost: wishes = {}, now }: SandboxOptions) {
  const { retryDelays, timeoutMs, ...settings } = wishes;
  const vendorContext = context(place);
  const vendor = createEasyPost(vendorContext, {
    ...settings,
    ...clock(now),
    apiKey: credentials.easypostKey,
    webhooks: {
      url: hooks ? `${hooks}/hooks/${place.name}` : null,
      secret: credentials.easypostWebhookSecret,
      ...(retryDelays ? { retryDelays } : {}),
      ...(timeoutMs ? { timeoutMs } : {}),
    },
  });
  return startServer({ ...place, faults: vendorContext.faults, vendor });
}

function smtp({ name, host, port, folder }: Place, { credentials, now }: SandboxOptions) {
  return startMailServer({
    ...{ name, host, port, folder },
    ...clock(now),
    user: credentials.smtpUser,
    password: credentials.smtpPassword,
  });
}

const context = ({ name, folder }: Place) => ({
  name,
  store: createStore({ name, folder }),
  faults: createFaults(),
});
const clock = (now: (() => Date) | undefined) => (now ? { now } : {});

const made = new Map<string, Distributor>();

/** Plain data that nobody changes: made once for a day and size in a process. */
function seededDistributor(start: { today: string; scale: number }): Distributor {
  const key = JSON.stringify(start);
  const distributor = made.get(key) ?? makeDistributor(start);
  made.set(key, distributor);
  return distributor;
}
