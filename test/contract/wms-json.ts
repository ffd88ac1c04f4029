import type { Action } from "#sandbox/faults.ts";
import type { Internals } from "#shared/internals.ts";
import type { WmsPort } from "#adapters/wms/port.ts";
import { connectAnother, secrets, startConnected } from "../connected-systems.ts";

type Phase = "put" | "look-up" | "withdraw" | "stock" | "events";
const requests: Record<Phase, { method: string; path: string }> = {
  put: { method: "PUT", path: "/return-instructions/" },
  "look-up": { method: "GET", path: "/return-instructions/" },
  withdraw: { method: "POST", path: "/cancel$" },
  stock: { method: "POST", path: "/stock/query" },
  events: { method: "GET", path: "/events" },
};

/** The other side of a warehouse's wire, as the contract test works it. */
export type WmsHarness = Awaited<ReturnType<typeof startJsonWarehouse>>;

/** CHI1 of the sandbox, connected. */
export async function startJsonWarehouse() {
  const patient = { breakerFailures: 1_000, breakerHalfOpenMs: 0 };
  const connected = await startConnected({ internals: patient });
  const server = connected.sandbox.servers["wms-chi1"];
  const { ledger, faults, controls, requests: log } = server;

  return {
    wms: connected.systems.wmsOf("CHI1") as WmsPort,
    webhookSecret: secrets["WMS_WEBHOOK_SECRET"]!,
    floor: controls,
    fault(phase: Phase, action: Action, times = 1) {
      const { id } = faults.arm({ match: requests[phase], times, action });
      return {
        release: () => faults.release(id),
        disarm: () => faults.disarm(id),
        fired: () => faults.whenFired(id),
      };
    },
    clearRequests: () => log.clear(),
    requests: () => log.read().counts,
    instructions: (key: string) => ledger.returnInstructions().filter((each) => each.key === key).length,
    onHand: (sku: string, status: "AVAILABLE" | "QUARANTINE") => ledger.onHand(sku, status),
    /** Webhooks go there from now on. */
    hook: (url: string | null, signedWith?: string[]) =>
      controls.hook({ url, ...(signedWith ? { secrets: signedWith } : {}) }),
    async connectAgain(internals: Partial<Internals> = {}, change: (text: string) => string = (text) => text) {
      const another = connectAnother(connected, { internals: { ...patient, ...internals }, systems: change });
      return { wms: another.systems.wmsOf("CHI1"), close: another.stop };
    },
    stop: connected.stop,
  };
}
