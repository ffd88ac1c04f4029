import type { Store } from "./store.ts";
import type { Faults } from "./faults.ts";
import type { Answer, Handler } from "./http.ts";
import type { RequestLog } from "./request-log.ts";
import type { Outbox } from "./webhooks.ts";

/** What a vendor gives to the common ground: the wire, and what control and tests may see and do. */
export type Vendor<Ledger, Controls extends object = object> = {
  handle: Handler;
  refusal: (status: number, code: string, message: string) => Answer;
  kindOf: (request: { method: string; path: string }) => string;
  bodyLimit: number;
  /** Every document ever posted, entries and balances: the tests' judge. `read()` gives it as JSON for the control address. */
  ledger: Ledger;
  outbox: Outbox;
  /** The vendor's own deeds, in process and as `POST /_sandbox/<name>` with the body as argument. */
  controls: Controls;
  /** Back to the seed. */
  reset: () => void;
  close: () => Promise<void>;
};

/** The handle of one running sandbox server. */
export type SandboxServer<Ledger = unknown, Controls extends object = object> = {
  name: string;
  url: string;
  faults: Faults;
  ledger: Ledger;
  webhooks: Outbox;
  requests: RequestLog;
  controls: Controls;
  down(mode?: "reset" | "refuse"): Promise<void>;
  up(): Promise<void>;
  /** Seed again, no faults, no counts, up. */
  reset(): Promise<void>;
  close(): Promise<void>;
};

/** What each vendor is created from, with its settings beside it. It declares its tables, calls `store.open(seed)` and `outbox.resume()` itself. */
export type VendorContext = {
  name: string;
  store: Store;
  faults: Faults;
};
