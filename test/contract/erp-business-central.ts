import type { ErpPort } from "#adapters/erp/port.ts";
import type { Action } from "#sandbox/faults.ts";
import type { Internals } from "#shared/internals.ts";
import { connectAnother, secrets, startConnected } from "../connected-systems.ts";

type Documents = "authorization" | "stockIn" | "adjustment" | "creditMemo" | "replacementOrder";
type Phase = "read" | "draft" | "complete" | "post" | "look-up" | "discard";
export type ArmedFault = { release(): Promise<unknown>; disarm(): void; fired(): Promise<void>; waiting(): number };

/** The other side of an ERP's wire, as the contract test works it. */
export type ErpHarness = Awaited<ReturnType<typeof startBusinessCentral>>;

const sets: Record<Documents, string> = {
  authorization: "returnOrders",
  stockIn: "returnReceipts",
  adjustment: "inventoryAdjustments",
  creditMemo: "salesCreditMemos",
  replacementOrder: "salesOrders",
};
const locations: Record<string, string> = { quarantine: "QUARANTINE" };

type Mode = ErpPort["mode"];
/** The product's systems.yml with US01 in this mode; a company without the custom pages has what they tell by category. */
const inMode =
  (mode: Mode) =>
  (text: string): string =>
    mode === "return-order"
      ? text
      : text
          .replace("mode: return-order\n    companies: [US01]", `mode: ${mode}\n    companies: [US01]`)
          .replace("{ company: US01,", `{ company: US01, itemTraits: ${JSON.stringify(traits)},`);
const traits = {
  serialized: ["DRIVES"],
  hazardous: ["HAZMAT"],
  supplierOwned: ["CONSIGNED"],
  notReturnable: ["CUT-LENGTH"],
};

/** Which requests of Business Central's wire a phase is. */
function requestsOf(
  mode: Mode,
  record: Documents | "items" | "customers",
  phase: Phase,
): { method: string; path: string } {
  const set = sets[record as Documents] ?? record;
  if (phase === "read") return { method: "GET", path: `/${set}\\?` };
  if (phase === "look-up") return { method: "GET", path: `/${set}\\?.*externalDocumentNumber` };
  if (phase === "post" && record === "replacementOrder") return { method: "PATCH", path: "/salesOrderLines\\(" };
  if (phase === "post") return { method: "POST", path: `/${set}\\([^)]*\\)/Microsoft.NAV.post` };
  if (phase === "discard") return { method: "DELETE", path: `/${set}\\(` };
  if (phase === "complete") return { method: "PATCH", path: "/salesCreditMemoLines\\(" };
  const tied = record === "creditMemo" && mode === "return-order";
  return { method: "POST", path: tied ? "createCreditMemo" : `/${set}$` };
}

/** Business Central of the sandbox, with its company US01 connected; in credit-memo-only mode the custom pages are not installed there. */
export async function startBusinessCentral(mode: Mode) {
  const patient = { breakerFailures: 1_000, breakerHalfOpenMs: 0 };
  const connected = await startConnected({ internals: patient, systems: inMode(mode) });
  const server = connected.sandbox.servers["business-central"];
  const { ledger, faults, controls, requests } = server;
  const company = "US01";
  if (mode === "credit-memo-only") controls.settings({ plainCompanies: [company] });
  const dayOf = (shift: number) =>
    new Intl.DateTimeFormat("en-CA", { timeZone: "America/Chicago" }).format(Date.now() + shift * 86_400_000);
  const firstOpen = connected.sandbox.distributor.companies.find(({ code }) => code === company)!.postingAllowedFrom;
  const counts = () => requests.read().counts;

  return {
    erp: connected.systems.erpOf(company) as ErpPort,
    get today() {
      return dayOf(0);
    },
    get tomorrow() {
      return dayOf(1);
    },
    daysAgo: (days: number) => dayOf(-days),
    pushSecret: secrets["BC_WEBHOOK_STATE"]!,
    orderNumbers: (count: number) =>
      connected.sandbox.distributor.orders
        .filter((order) => order.company === company)
        .slice(0, count)
        .map(({ number }) => number),

    /** Arms a fault for the next so many requests of a phase; 0: until disarmed. */
    fault(record: Documents | "items" | "customers", phase: Phase, action: Action, times = 1): ArmedFault {
      const { id } = faults.arm({ match: requestsOf(mode, record, phase), times, action });
      return {
        release: () => faults.release(id),
        disarm: () => faults.disarm(id),
        fired: () => faults.whenFired(id),
        waiting: () => faults.get(id)!.waiting,
      };
    },
    pageSize: (kind: string, size: number) =>
      void faults.arm({
        match: requestsOf(mode, kind as Documents, "look-up"),
        times: 2,
        action: { kind: "page-size", size },
      }),

    clearRequests: () => requests.clear(),
    /** Requests by kind since the last clear, without those for access. */
    requests: () =>
      Object.fromEntries(
        Object.entries(counts()).filter(([kind]) => kind !== "POST token" && kind !== "GET companies"),
      ),
    writes: () =>
      Object.entries(counts())
        .filter(([kind]) => kind !== "POST token" && !kind.startsWith("GET "))
        .reduce((sum, [, count]) => sum + count, 0),
    accessRequests: () => counts()["POST token"] ?? 0,
    expireAccess: () => controls.expireTokens(),

    keysOf: (key: string) => ledger.byKey(key).map(({ externalDocumentNumber }) => externalDocumentNumber),
    /** The days that the documents with this key are for. */
    draftedFor: (key: string) => ledger.byKey(key).map(({ header }) => header["postingDate"]),
    documents(key: string) {
      const all = ledger.byKey(key);
      const drafts = all.filter(({ status }) => status === "Draft").length;
      return { posted: all.length - drafts, drafts };
    },
    /** Under a key: how many orders are open, with what may be shipped of their lines, and how many shipments were posted. */
    outgoing(key: string) {
      const { orders, shipments } = ledger.outgoing(key);
      const mayShip = orders.flatMap(({ lines }) => lines.map((line) => Number(line["shipQuantity"])));
      return { orders: orders.length, mayShip, shipments: shipments.length };
    },
    /** People ship an order; give what they can't. */
    ship: (number: string) => controls.shipOrder({ company, number }),
    stockAt: (sku: string, place: string) => Number(ledger.stockAt(company, sku, locations[place] ?? place)),
    differences: () => ledger.tieOut().differences,
    block: (number: string, blocked: "NONE" | "SHIP" | "ALL") =>
      controls.change({
        company,
        set: "customers",
        number,
        fields: { blocked: { NONE: " ", SHIP: "Ship", ALL: "All" }[blocked] },
      }),
    firstOpen,
    /** The first day that may be posted to, "" for the seed's, and the last, "" for none. */
    openPeriod: (from: string, to = "") => controls.allowPosting({ company, from: from || firstOpen, to }),
    draftIdSurvives: (draftIdSurvives: boolean) => controls.settings({ draftIdSurvives }),
    push: () => controls.notify(),
    down: () => server.down("refuse"),
    up: () => server.up(),

    /** Another process's connection to the same system, with a breaker and limits of its own. */
    async connectAgain(internals: Partial<Internals> = {}, change: (text: string) => string = (text) => text) {
      const another = connectAnother(connected, {
        internals: { ...patient, ...internals },
        systems: (text) => change(inMode(mode)(text)),
      });
      return { erp: another.systems.erpOf(company), close: another.stop };
    },
    stop: connected.stop,
  };
}
