import type { z } from "zod";
import type { Health } from "./port.ts";
import type { Http } from "./http.ts";

/** What is said of one system in systems.yml, checked: addresses resolved, secrets looked up, defaults filled in. */
export type SystemEntry<Settings = unknown> = {
  name: string;
  kind: Kind;
  vendor: string;
  /** Companies of an ERP, CRM or carrier, sites of a warehouse. */
  serves: string[];
  address: string;
  mode: string | undefined;
  auth: string | undefined;
  limits: { concurrency: number; requestsPerMinute: number; deadlineMs: number };
  settleMs: number;
  windows: Window[];
  /** By the vendor's names; an optional one that is not set is missing. */
  secrets: Record<string, string>;
  settings: Settings;
};

export type Kind = "erp" | "wms" | "crm" | "carrier" | "mail";
export type Window = { name: string; block: "writes" | "everything"; cron: string; for: number; zone: string };

/** What a vendor's folder gives to systems.ts, the only file that names vendors. */
export type Vendor<Port extends { health(): Health }, Settings = unknown> = {
  /** The least `settleMs` for an address that is not loopback (W-02, W-30). */
  leastSettleMs: number;
  modes: readonly string[];
  auths: readonly string[];
  /** The credentials it takes; `for` names the auth that needs one. */
  credentials: Record<string, { required: boolean; for?: string }>;
  settings: z.ZodType<Settings>;
  connect(entry: SystemEntry<Settings>, http: Http): Port;
};
