import type { Answer, SandboxRequest } from "../http.ts";
import type { Item, SiteCode, Stock } from "../seed/types.ts";
import type { Vendor, VendorContext } from "../vendor.ts";
import { createOutbox } from "../webhooks.ts";
import { type Auth, authenticate, createLimiter, type Limits } from "./access.ts";
import { errorAnswer, Refusal, refusalOfStatus } from "./answers.ts";
import { createEventLog } from "./events.ts";
import { createFloor } from "./floor.ts";
import { createLedger } from "./ledger.ts";
import { createPlayer, type PlayOrder, summary } from "./player.ts";
import { answerRoute, kindOf } from "./routes.ts";
import { signedHeaders } from "./signature.ts";
import type { Site } from "./site.ts";
import { seedStock } from "./stock.ts";
import { openTables } from "./tables.ts";

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
/** 5 s, 30 s, 2, 10, 30 min, 1, 3, 6, 12, 24 h after a failed attempt (wires 1.3). */
const RETRY_DELAYS = [
  5 * SECOND,
  30 * SECOND,
  2 * MINUTE,
  10 * MINUTE,
  30 * MINUTE,
  ...[1, 3, 6, 12, 24].map((h) => h * HOUR),
];

export type WarehouseSettings = {
  site: SiteCode;
  companies: string[];
  /** The items and stock of the seed; of the stock, only this site's rows are taken. */
  seed: { items: Item[]; stock: Stock[] };
  auth: Auth;
  /** Where webhooks go (`null`: nowhere, only the feed); each is signed with all secrets, the current one first. */
  webhooks: { url: string | null; secrets: string[]; retryDelays?: number[]; timeoutMs?: number };
  /** True: the site answers a cancel later (D-33). */
  asksBeforeCancel?: boolean;
  limits?: Partial<Limits>;
  /** How long the feed keeps an event; 30 days. */
  retentionDays?: number;
  autoplay?: boolean;
  /** Pause before each deed of the player; 0 in tests. */
  paceMs?: number;
  now?: () => Date;
};

/** The JSON warehouse of one site (wires.md, section 1): the wire, its ledger, and the floor as controls. */
export function createWarehouse({ store }: VendorContext, settings: WarehouseSettings) {
  const { now = () => new Date(), webhooks, seed } = settings;
  const tables = openTables(store);
  let { url: hooksUrl, secrets } = webhooks;
  let asksBeforeCancel = settings.asksBeforeCancel ?? false;
  const outbox = createOutbox({
    store,
    headers: ({ messageId, body }) => signedHeaders(secrets, messageId, Math.floor(now().getTime() / 1000), body),
    judge: (status) => (status !== null && status >= 200 && status < 300 ? "delivered" : "again"),
    retryDelays: webhooks.retryDelays ?? RETRY_DELAYS,
    jitter: 0.2,
    timeoutMs: webhooks.timeoutMs ?? 10 * SECOND,
  });
  const events = createEventLog({
    site: settings.site,
    tables,
    outbox,
    hooksUrl: () => hooksUrl,
    now,
    retentionDays: settings.retentionDays ?? 30,
  });
  const site: Site = {
    code: settings.site,
    companies: new Set(settings.companies),
    items: new Map(seed.items.map((item) => [item.sku, item])),
    tables,
    events,
    now,
    transaction: store.transaction,
    asksBeforeCancel: () => asksBeforeCancel,
  };
  const floor = createFloor(site);
  const player = createPlayer({ site, floor, autoplay: settings.autoplay ?? false, paceMs: settings.paceMs ?? 0 });
  const limiter = createLimiter({ requestsPerMinute: 600, atOnce: 20, ...settings.limits }, now);
  store.open(() =>
    seedStock(
      tables,
      seed.stock.filter((row) => row.site === settings.site),
    ),
  );
  outbox.resume();
  void player.nudge();

  let requests = 0;
  const handle = async (request: SandboxRequest): Promise<Answer> => {
    const requestId = `req_${String((requests += 1)).padStart(6, "0")}`;
    try {
      const leave = limiter.enter(authenticate(settings.auth, request, now()));
      try {
        return await answerRoute(site, request);
      } finally {
        leave();
        if (request.method === "PUT") void player.nudge();
      }
    } catch (error) {
      if (error instanceof Refusal) return errorAnswer(error, requestId);
      throw error;
    }
  };

  const controls = {
    ...floor,
    play: (order: PlayOrder) => player.play(order),
    /** What the site has for an RMA number. */
    look: ({ rmaNumber }: { rmaNumber: string }) => summary(site, rmaNumber),
    /** Where webhooks go from now on, and what signs them. */
    hook: (to: { url?: string | null; secrets?: string[] }) => {
      if (to.url !== undefined) hooksUrl = to.url;
      if (to.secrets !== undefined) secrets = to.secrets;
    },
    /** Whether cancels are answered at once or later, by `answerCancel`. */
    askBeforeCancel: ({ on = true }: { on?: boolean }) => void (asksBeforeCancel = on),
  };

  const reset = () => {
    ({ url: hooksUrl, secrets } = webhooks);
    asksBeforeCancel = settings.asksBeforeCancel ?? false;
    limiter.clear();
    store.reset();
  };
  const vendor: Vendor<ReturnType<typeof createLedger>, typeof controls> = {
    handle,
    refusal: (status, code, message) => errorAnswer(refusalOfStatus(status, code, message), "req_armed"),
    kindOf,
    bodyLimit: 1024 * 1024,
    ledger: createLedger(site),
    outbox,
    controls,
    reset,
    async close() {
      events.close();
      await player.close();
      await outbox.close();
      store.close();
    },
  };
  return vendor;
}

export type Warehouse = ReturnType<typeof createWarehouse>;
