import { BusinessRefusal } from "#shared/errors.ts";
import { Fraction, toPlain } from "#shared/decimal.ts";
import type { Call } from "../../port.ts";
import type { Vendor } from "../../vendor.ts";
import type { ReceivedLine, StockOfItem, WmsPort } from "../port.ts";
import { createClient, type Client } from "./client.ts";
import { createTranslation } from "./events.ts";
import { createInstructions, dispositionBody, returnBody } from "./instructions.ts";
import { settings, type Settings } from "./settings.ts";
import { verify } from "./signing.ts";
import { page, receipt, stock } from "./wire.ts";

/** The JSON warehouse (wires section 1), one server per site. */
export const jsonWarehouse: Vendor<WmsPort, Settings> = {
  leastSettleMs: 60_000,
  modes: [],
  auths: ["bearer", "hmac"],
  credentials: {
    token: { required: true, for: "bearer" },
    signingSecret: { required: true, for: "hmac" },
    webhookSecret: { required: true },
    webhookSecretPrevious: { required: false },
  },
  settings,
  connect(entry, http): WmsPort {
    const client = createClient(entry, http);
    const site = entry.serves[0]!;
    const translation = createTranslation(entry.name, site, entry.settings);
    const webhookSecrets = ["webhookSecret", "webhookSecretPrevious"].flatMap((name) => entry.secrets[name] ?? []);
    return {
      system: entry.name,
      site,
      settleMs: entry.settleMs,
      health: () => http.health(),
      returns: createInstructions(client, "return-instructions", returnBody),
      dispositions: createInstructions(client, "disposition-instructions", dispositionBody),
      findStock: (skus, call) => findStock(client, skus, call),
      findReceipt: (number, call) => findReceipt(client, number, translation.line, call),
      readEvents: (after, options, call) => readEvents(client, after, options, call),
      verify: (delivery) => verify(delivery, webhookSecrets),
      translate: translation.translate,
    };
  },
};

/** The most keys that one stock query takes. */
const batch = 500;

async function findStock(client: Client, skus: readonly string[], call: Call): Promise<Map<string, StockOfItem>> {
  const wanted = [...new Set(skus)];
  const batches = Array.from({ length: Math.ceil(wanted.length / batch) }, (_, i) =>
    wanted.slice(i * batch, (i + 1) * batch),
  );
  const found = new Map<string, StockOfItem>();
  const ask = (body: { skus: string[] }) =>
    client.ask({ deed: "find-stock", method: "POST", path: "/stock/query", body, write: false }, stock, call);
  for (const answer of await Promise.all(batches.map((some) => ask({ skus: some })))) {
    if (typeof answer === "string") continue;
    for (const { sku, status, quantity } of answer.stock) {
      const one = found.get(sku) ?? { sku, asOf: answer.asOf, byStatus: {}, unit: quantity.unit };
      const sum = new Fraction(one.byStatus[status] ?? "0").add(quantity.value);
      found.set(sku, { ...one, byStatus: { ...one.byStatus, [status]: toPlain(sum, 5) } });
    }
  }
  return found;
}

async function findReceipt(
  client: Client,
  number: string,
  line: (wire: any) => ReceivedLine,
  call: Call,
): Promise<ReceivedLine[] | null> {
  const path = `/receipts/${encodeURIComponent(number)}`;
  const answer = await client.ask({ deed: "find-receipt", method: "GET", path, write: false }, receipt, call, [
    "NOT_FOUND",
  ]);
  return typeof answer === "string" ? null : answer.lines.map(line);
}

type Page = Awaited<ReturnType<WmsPort["readEvents"]>>;

async function readEvents(
  client: Client,
  after: string | null,
  { limit, waitSeconds }: { limit: number; waitSeconds: number },
  call: Call,
): Promise<Page> {
  // The caller's deadline holds for the wait, too: half of it is left for the answer.
  const wait = Math.min(waitSeconds, 30, Math.floor((call.deadlineMs ?? Infinity) / 2_000));
  const query = new URLSearchParams({ limit: String(limit), wait: String(wait), ...(after === null ? {} : { after }) });
  const ask = {
    deed: "read-events",
    method: "GET",
    path: `/events?${query.toString()}`,
    write: false,
    waitMs: wait * 1_000,
  } as const;
  const answer = await client.ask(ask, page, call, ["CURSOR_EXPIRED"]);
  if (typeof answer === "string") throw new BusinessRefusal({ system: client.system, code: "CURSOR_EXPIRED" });
  const events = answer.events.map((each) => ({ eventId: each.eventId, body: JSON.stringify(each) }));
  return { events, next: answer.next, more: answer.more };
}
