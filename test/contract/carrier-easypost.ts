import type { CarrierPort } from "#adapters/carrier/port.ts";
import type { Action } from "#sandbox/faults.ts";
import type { Internals } from "#shared/internals.ts";
import { connectAnother, secrets, startConnected } from "../connected-systems.ts";

type Phase = "draft" | "look-up" | "read" | "buy" | "void" | "parcels";
const requests: Record<Phase, { method: string; path: string }> = {
  draft: { method: "POST", path: "/shipments$" },
  "look-up": { method: "GET", path: "/shipments\\?" },
  read: { method: "GET", path: "/shipments/" },
  buy: { method: "POST", path: "/buy$" },
  void: { method: "POST", path: "/refund$" },
  parcels: { method: "POST", path: "/trackers/batch$" },
};

/** The other side of a carrier's wire, as the contract test works it. */
export type CarrierHarness = Awaited<ReturnType<typeof startEasyPost>>;

/** The sandbox's EasyPost account, connected. */
export async function startEasyPost() {
  const patient = { breakerFailures: 1_000, breakerHalfOpenMs: 0 };
  // A quick machine asks more often in a second than an account may.
  const sandbox = { scale: 0, easypost: { requestsPerSecond: 1_000_000 } };
  const connected = await startConnected({ internals: patient, sandbox });
  const { ledger, faults, controls, requests: log } = connected.sandbox.servers.easypost;

  return {
    carrier: connected.systems.carrierOf("US01") as CarrierPort,
    webhookSecret: secrets["EASYPOST_WEBHOOK_SECRET"]!,
    carriers: controls,
    fault(phase: Phase, action: Action, times = 1) {
      const { id } = faults.arm({ match: requests[phase], times, action });
      return {
        release: () => faults.release(id),
        disarm: () => faults.disarm(id),
        fired: () => faults.whenFired(id),
      };
    },
    lag: (on: boolean) => faults.setLag(on),
    clearRequests: () => log.clear(),
    requests: () => log.read().counts,
    /** Labels that were paid for with this key. */
    bought: (key: string) => ledger.labels().filter(({ reference }) => reference === key),
    drafts: (key: string) => ledger.shipments().filter(({ reference }) => reference === key),
    async connectAgain(internals: Partial<Internals> = {}, change: (text: string) => string = (text) => text) {
      const another = connectAnother(connected, { internals: { ...patient, ...internals }, systems: change });
      return { carrier: another.systems.carrierOf("US01")!, close: another.stop };
    },
    stop: connected.stop,
  };
}
