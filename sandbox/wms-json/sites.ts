import type { CompanyCode, Distributor, SiteCode } from "../seed/types.ts";
import type { WarehouseSettings } from "./warehouse.ts";

type OwnSite = { server: string; site: SiteCode; company: CompanyCode; asksBeforeCancel: boolean };

/** The distributor's warehouses in the order of their ports; HAM4 is a third party's and asks before it cancels (D-33). */
export const warehouseSites: OwnSite[] = [
  { server: "wms-chi1", site: "CHI1", company: "US01", asksBeforeCancel: false },
  { server: "wms-dal2", site: "DAL2", company: "US01", asksBeforeCancel: false },
  { server: "wms-tor3", site: "TOR3", company: "CA02", asksBeforeCancel: false },
  { server: "wms-ham4", site: "HAM4", company: "EU03", asksBeforeCancel: true },
];

export type Installation = {
  token: string;
  /** `whsec_…`; the current one first. */
  webhookSecrets: string[];
  /** Where `/hooks/<server>` is, without a slash at the end; null: only the feed tells. */
  intakeUrl: string | null;
  autoplay: boolean;
  /** Pause before each deed of the player, so that people can watch. */
  paceMs: number;
};

/** The settings of one site's server in the sandbox. */
export function settingsOf(own: OwnSite, distributor: Distributor, installed: Installation): WarehouseSettings {
  const { token, webhookSecrets, intakeUrl, autoplay, paceMs } = installed;
  return {
    site: own.site,
    companies: [own.company],
    seed: distributor,
    auth: { kind: "bearer", token },
    webhooks: { url: intakeUrl === null ? null : `${intakeUrl}/hooks/${own.server}`, secrets: webhookSecrets },
    asksBeforeCancel: own.asksBeforeCancel,
    autoplay,
    paceMs,
  };
}
