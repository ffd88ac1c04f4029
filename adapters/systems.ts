import type { Config } from "#shared/config.ts";
import type { ErpPort } from "./erp/port.ts";
import type { Health } from "./port.ts";
import type { WmsPort } from "./wms/port.ts";

/** The outside systems, connected: who asks says the company or site, never a vendor. */
export type Systems = {
  /** Throws SYSTEM_UNKNOWN where no ERP serves the company. */
  erpOf(companyId: string): ErpPort;
  /** Throws SYSTEM_UNKNOWN where no warehouse system serves the site. */
  wmsOf(site: string): WmsPort;
  erps(): ErpPort[];
  warehouses(): WmsPort[];
  /** By the name in systems.yml, as in `POST /hooks/<system>`. */
  bySystem(name: string): ErpPort | WmsPort | undefined;
  health(): Health[];
  close(): Promise<void>;
};

export type SystemsOptions = {
  config: Pick<Config, "systemsFile" | "secret" | "sandboxPort" | "internals">;
  /** Where the sandbox's servers listen when their ports don't count from SANDBOX_PORT (tests, PORT=0). */
  sandboxUrls?: Readonly<Record<string, string>> | undefined;
};
