import type { Distributor } from "../seed/types.ts";
import type { Vendor, VendorContext } from "../vendor.ts";
import { createOutbox } from "../webhooks.ts";
import { type Books, type CompanyInfo, createBooks, seededId } from "./books.ts";
import { type Controls, createControls } from "./controls.ts";
import { errorAnswer } from "./errors.ts";
import { createHandler } from "./handler.ts";
import { createLedger, type Ledger } from "./ledger.ts";
import { seedBooks } from "./seed.ts";
import { type Settings, standardSettings } from "./settings.ts";
import { createSubscriptions } from "./subscriptions.ts";
import { createTokens } from "./token.ts";

export type BusinessCentralOptions = VendorContext & {
  distributor: Distributor;
  settings: Pick<Settings, "clientId" | "clientSecret"> & Partial<Settings>;
  /** The clock of posting dates, expiries and modification times. */
  now?: () => Date;
};

/** Business Central with the distributor's companies in one tenant: API v2.0 and the custom pages. */
export function createBusinessCentral(options: BusinessCentralOptions): Vendor<Ledger, Controls> {
  const { store, faults, distributor, now = () => new Date() } = options;
  const settings: Settings = { ...standardSettings, ...options.settings };
  const companies = distributor.companies.map(({ code, name, currency, timeZone }): CompanyInfo => ({
    id: seededId("company", code),
    code,
    name,
    currency,
    timeZone,
  }));
  const findCompany = (wanted: string) =>
    companies.find(({ id, code }) => id === wanted.toLowerCase() || code === wanted);

  const tokens = createTokens(settings, now);
  const subscriptions = createSubscriptions({ store, outbox: () => outbox, settings, now, findCompany });
  const outbox = createOutbox({
    store,
    headers: () => ({}),
    judge: (status, { url }) => judge(status, () => subscriptions.dropAddress(url)),
    retryDelays: settings.retryDelays,
    timeoutMs: settings.handshakeMs,
  });
  const books = companies.map((company) =>
    createBooks({ store, company, faults, now, onChange: subscriptions.changed }),
  );
  const booksOf = (company: string): Books => {
    const found = books.find((each) => each.company.code === company);
    if (!found) throw new Error(`no company ${company}`);
    return found;
  };

  store.open(() => books.forEach((each) => seedBooks(each, distributor)));
  outbox.resume();
  subscriptions.resume();

  return {
    handle: createHandler({ settings, tokens, subscriptions, books }),
    refusal: errorAnswer,
    kindOf,
    bodyLimit: 4 * 1024 * 1024,
    ledger: createLedger(() => books),
    outbox,
    controls: createControls({
      companies: companies.map(({ code }) => code),
      booksOf,
      settings,
      tokens,
      subscriptions,
    }),
    reset() {
      store.reset();
      Object.assign(settings, standardSettings, options.settings);
    },
    async close() {
      subscriptions.close();
      await outbox.close();
      store.close();
    },
  };
}

/** Only 408, 429, 5xx and silence are worth a retry; any other refusal ends the subscriptions to the address. */
function judge(status: number | null, drop: () => void) {
  if (status !== null && status >= 200 && status < 300) return "delivered";
  if (status === null || status === 408 || status === 429 || status >= 500) return "again";
  drop();
  return "dropped";
}

/** `GET salesInvoices`, `GET salesInvoices(id)`, `POST salesCreditMemos.post`, `POST token`. */
function kindOf({ method, path }: { method: string; path: string }): string {
  const [pathname = ""] = path.split("?");
  if (pathname.endsWith("/token")) return `${method} token`;
  const below = pathname
    .replace(/^.*?\/companies\([^)]*\)\//, "")
    .replace(/^.*\/api\/(v2\.0|[^/]+\/[^/]+\/[^/]+)\//, "");
  return `${method} ${below.replaceAll(/\([^)]*\)/g, "(id)").replace(/\(id\)\/Microsoft\.NAV\./, ".")}`;
}
