import type { WarehouseSettings } from "./warehouse.ts";

type OwnSite = Pick<WarehouseSettings, "site" | "companies" | "asksBeforeCancel">;

/** The distributor's warehouses by server name; HAM4 is a third party's and asks before it cancels (D-33). */
export const warehouseSites: Record<string, OwnSite> = {
  "wms-chi1": { site: "CHI1", companies: ["US01"] },
  "wms-dal2": { site: "DAL2", companies: ["US01"] },
  "wms-tor3": { site: "TOR3", companies: ["CA02"] },
  "wms-ham4": { site: "HAM4", companies: ["EU03"], asksBeforeCancel: true },
};
