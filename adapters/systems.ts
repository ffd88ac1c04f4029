import type { Config } from "#shared/config.ts";
import { coded } from "#shared/errors.ts";
import { sandboxAddress, sandboxServers } from "#shared/sandbox-address.ts";
import { easypost } from "./carrier/easypost/adapter.ts";
import type { CarrierPort } from "./carrier/port.ts";
import type { CrmPort } from "./crm/port.ts";
import { salesforce } from "./crm/salesforce/adapter.ts";
import { businessCentral } from "./erp/business-central/adapter.ts";
import type { ErpPort } from "./erp/port.ts";
import { connectHttp, type Http } from "./http.ts";
import type { MailPort } from "./mail/port.ts";
import { smtp } from "./mail/smtp/adapter.ts";
import type { Health } from "./port.ts";
import { readSystemsFile, type Catalogue } from "./systems-file.ts";
import type { SystemEntry } from "./vendor.ts";
import { jsonWarehouse } from "./wms/json/adapter.ts";
import type { WmsPort } from "./wms/port.ts";

/** The vendors that are built; this is the only file that names them. */
export const catalogue = {
  erp: { "business-central": businessCentral },
  wms: { json: jsonWarehouse },
  crm: { salesforce },
  carrier: { easypost },
  mail: { smtp },
} satisfies Catalogue;

/** The outside systems, connected: who asks says the company or site, never a vendor. */
export type Systems = {
  /** Throws SYSTEM_UNKNOWN where no ERP serves the company. */
  erpOf(companyId: string): ErpPort;
  /** Throws SYSTEM_UNKNOWN where no warehouse system serves the site. */
  wmsOf(site: string): WmsPort;
  /** Null where the company has no CRM: one can do without. */
  crmOf(companyId: string): CrmPort | null;
  /** Null where nobody buys labels for the company. */
  carrierOf(companyId: string): CarrierPort | null;
  /** Null where nobody sends mail for the company. */
  mailOf(companyId: string): MailPort | null;
  erps(): ErpPort[];
  warehouses(): WmsPort[];
  crms(): CrmPort[];
  carriers(): CarrierPort[];
  /** By the name in systems.yml, as in `POST /hooks/<system>`. */
  bySystem(name: string): ErpPort | WmsPort | CrmPort | CarrierPort | MailPort | undefined;
  health(): Health[];
  close(): Promise<void>;
};

export type SystemsOptions = {
  config: Pick<Config, "systemsFile" | "secret" | "sandboxPort" | "internals">;
  /** Where the sandbox's servers listen when their ports don't count from SANDBOX_PORT (tests, PORT=0). */
  sandboxUrls?: Readonly<Record<string, string>> | undefined;
};

/** The systems of systems.yml, each valid by itself and beside the others; throws ConfigMistakes with all that is wrong. */
export const readSystems = ({ config, sandboxUrls = {} }: SystemsOptions): SystemEntry[] =>
  readSystemsFile(config.systemsFile, {
    catalogue,
    secret: config.secret,
    sandboxUrl: (server) => sandboxUrls[server] ?? sandboxAddress(server, config.sandboxPort),
    sandboxServers,
    onLoopback: config.internals,
  });

/** Reads systems.yml (ConfigMistakes if it is wrong) and makes the adapters; nothing is sent before the first call. */
export function connectSystems({ config, sandboxUrls = {} }: SystemsOptions): Systems {
  const entries = readSystems({ config, sandboxUrls });
  const https: Http[] = [];
  const wire = (entry: SystemEntry): Http => {
    const http = connectHttp(entry, config.internals);
    https.push(http);
    return http;
  };
  const erps = entries.filter(({ kind }) => kind === "erp").map((entry) => connectErp(entry, wire(entry)));
  const warehouses = entries.filter(({ kind }) => kind === "wms").map((entry) => connectWms(entry, wire(entry)));
  const crms = entries.filter(({ kind }) => kind === "crm").map((entry) => connectCrm(entry, wire(entry)));
  const carriers = entries.filter(({ kind }) => kind === "carrier").map((entry) => connectCarrier(entry, wire(entry)));
  const byCompany = new Map(erps.map((erp) => [erp.companyId, erp]));
  const bySite = new Map(warehouses.map((wms) => [wms.site, wms]));
  const crmByCompany = new Map(crms.map((crm) => [crm.companyId, crm]));
  const carrierByCompany = new Map(
    carriers.flatMap((carrier) => carrier.companies.map((company) => [company, carrier] as const)),
  );
  const mails = entries.filter(({ kind }) => kind === "mail").map((entry) => connectMail(entry, wire(entry)));
  const mailByCompany = new Map(mails.flatMap((mail) => mail.companies.map((company) => [company, mail] as const)));
  const byName = new Map(
    [...erps, ...warehouses, ...crms, ...carriers, ...mails].map((port) => [port.system, port] as const),
  );
  return {
    erpOf: (companyId) => byCompany.get(companyId) ?? unserved(`erp of company ${companyId}`),
    wmsOf: (site) => bySite.get(site) ?? unserved(`wms of site ${site}`),
    crmOf: (companyId) => crmByCompany.get(companyId) ?? null,
    carrierOf: (companyId) => carrierByCompany.get(companyId) ?? null,
    mailOf: (companyId) => mailByCompany.get(companyId) ?? null,
    erps: () => erps,
    warehouses: () => warehouses,
    crms: () => crms,
    carriers: () => carriers,
    bySystem: (name) => byName.get(name),
    health: () => [...byName.values()].map((port) => port.health()),
    close: async () => void (await Promise.all(https.map((http) => http.close()))),
  };
}

const connectErp = (entry: SystemEntry<any>, http: Http): ErpPort =>
  catalogue.erp[entry.vendor as keyof typeof catalogue.erp].connect(entry, http);
const connectWms = (entry: SystemEntry<any>, http: Http): WmsPort =>
  catalogue.wms[entry.vendor as keyof typeof catalogue.wms].connect(entry, http);
const connectCrm = (entry: SystemEntry<any>, http: Http): CrmPort =>
  catalogue.crm[entry.vendor as keyof typeof catalogue.crm].connect(entry, http);
const connectCarrier = (entry: SystemEntry<any>, http: Http): CarrierPort =>
  catalogue.carrier[entry.vendor as keyof typeof catalogue.carrier].connect(entry, http);
const connectMail = (entry: SystemEntry<any>, http: Http): MailPort =>
  catalogue.mail[entry.vendor as keyof typeof catalogue.mail].connect(entry, http);

function unserved(system: string): never {
  throw coded("SYSTEM_UNKNOWN", { system });
}
