import type { Answer, SandboxRequest } from "../http.ts";
import type { Vendor, VendorContext } from "../vendor.ts";
import { createOutbox } from "../webhooks.ts";
import { authenticate, createLimiter } from "./access.ts";
import type { Account } from "./account.ts";
import { createActs } from "./acts.ts";
import { armedRefusal, EasyPostError, errorAnswer } from "./answers.ts";
import { createEventLog } from "./events.ts";
import { createLedger } from "./ledger.ts";
import { answerRoute, kindOf } from "./routes.ts";
import { signedHeaders } from "./signature.ts";
import { openTables } from "./tables.ts";

const MINUTE = 60_000;
const RETRY_DELAYS = [1, 2, 4, 8, 16, 32, 64].map((minutes) => minutes * MINUTE);

export type EasyPostSettings = {
  apiKey: string;
  /** Where webhooks go (`null`: nowhere) and what signs them. */
  webhooks: { url: string | null; secret: string; retryDelays?: number[]; timeoutMs?: number };
  requestsPerSecond?: number;
  now?: () => Date;
};

/** EasyPost's REST v2: return shipments, labels, trackers and webhooks; its ledger, and what carriers do as controls. */
export function createEasyPost({ name, store, faults }: VendorContext, settings: EasyPostSettings) {
  const { now = () => new Date(), webhooks, apiKey } = settings;
  const tables = openTables(store);
  let { url: hooksUrl, secret } = webhooks;
  const outbox = createOutbox({
    store,
    headers: ({ body }) => signedHeaders(secret, body),
    judge: (status) => (status !== null && status >= 200 && status < 300 ? "delivered" : "again"),
    retryDelays: webhooks.retryDelays ?? RETRY_DELAYS,
    timeoutMs: webhooks.timeoutMs ?? 7_000,
  });
  const events = createEventLog({ name, tables, outbox, hooksUrl: () => hooksUrl, now });
  const account: Account = { name, tables, events, faults, now, transaction: store.transaction };
  const limit = createLimiter(settings.requestsPerSecond ?? 200);
  store.open(() => {});
  outbox.resume();

  const handle = (request: SandboxRequest): Answer => {
    try {
      authenticate(apiKey, request);
      limit();
      return answerRoute(account, request);
    } catch (error) {
      if (error instanceof EasyPostError) return errorAnswer(error);
      throw error;
    }
  };

  const controls = {
    ...createActs(account),
    /** Where webhooks go from now on, and what signs them. */
    hook: (to: { url?: string | null; secret?: string }) => {
      if (to.url !== undefined) hooksUrl = to.url;
      if (to.secret !== undefined) secret = to.secret;
    },
  };

  const vendor: Vendor<ReturnType<typeof createLedger>, typeof controls> = {
    handle,
    refusal: (status, code, message) => errorAnswer(armedRefusal(status, code, message)),
    kindOf,
    bodyLimit: 1024 * 1024,
    ledger: createLedger(account),
    outbox,
    controls,
    reset() {
      ({ url: hooksUrl, secret } = webhooks);
      events.clear();
      store.reset();
    },
    async close() {
      await outbox.close();
      store.close();
    },
  };
  return vendor;
}
