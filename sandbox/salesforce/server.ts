import type { Distributor } from "../seed/types.ts";
import type { Vendor, VendorContext } from "../vendor.ts";
import { createOutbox } from "../webhooks.ts";
import { type Controls, createControls } from "./controls.ts";
import { armedRefusal } from "./errors.ts";
import { createHandler, kindOf } from "./handler.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { createLimit } from "./limit.ts";
import { openOrg } from "./org.ts";
import { createQueries } from "./query.ts";
import { seedOrg } from "./seed.ts";
import { type Settings, standardSettings } from "./settings.ts";
import { createTokens } from "./token.ts";

export type SalesforceOptions = VendorContext & {
  distributor: Distributor;
  settings: Pick<Settings, "consumerKey" | "certificate" | "username"> & Partial<Settings>;
  now?: () => Date;
};

/** One Salesforce org of the whole distributor: its agents' cases, and our package's objects. */
export function createSalesforce(options: SalesforceOptions): Vendor<Ledger, Controls> {
  const { store, distributor, now = () => new Date() } = options;
  const settings: Settings = { ...standardSettings, ...options.settings };
  const org = openOrg(store, now);
  const integrationUser = () => org.by("User", "Username", settings.username)[0]!.id;
  const tokens = createTokens(settings, now, integrationUser);
  const limit = createLimit(settings);
  const queries = createQueries(org, settings);
  // It sends no webhooks: its events are pulled.
  const outbox = createOutbox({
    store,
    headers: () => ({}),
    judge: () => "delivered",
    retryDelays: [],
    timeoutMs: 1_000,
  });
  store.open(() => seedOrg(org, distributor, settings.username));

  return {
    handle: createHandler({ settings, tokens, limit, org, queries }),
    refusal: armedRefusal,
    kindOf,
    bodyLimit: 4 * 1024 * 1024,
    ledger: createLedger(org, integrationUser),
    outbox,
    controls: createControls({ org, tokens, limit, settings }),
    reset() {
      org.locked.clear();
      org.rules.clear();
      queries.clear();
      store.reset();
      Object.assign(settings, standardSettings, options.settings);
      limit.startDay();
    },
    async close() {
      await outbox.close();
      store.close();
    },
  };
}
