import type { CrmPort } from "#adapters/crm/port.ts";
import type { Action } from "#sandbox/faults.ts";
import type { Internals } from "#shared/internals.ts";
import { connectAnother, startConnected } from "../connected-systems.ts";

type Phase = "log-in" | "read" | "next page" | "write";
const requests: Record<Phase, { method: string; path: string }> = {
  "log-in": { method: "POST", path: "/oauth2/token$" },
  read: { method: "GET", path: "/query\\?q=" },
  "next page": { method: "GET", path: "/query/01g" },
  write: { method: "POST", path: "/composite$" },
};

/** The other side of a CRM's wire, as the contract test works it. */
export type CrmHarness = Awaited<ReturnType<typeof startSalesforce>>;

/** The org of the sandbox, connected for US01. */
export async function startSalesforce() {
  const patient = { breakerFailures: 1_000, breakerHalfOpenMs: 0 };
  const connected = await startConnected({ sandbox: { scale: 0 }, internals: patient });
  const server = connected.sandbox.servers.salesforce;
  const { ledger, faults, controls, requests: log } = server;

  return {
    crm: connected.systems.crmOf("US01") as CrmPort,
    people: controls,
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
    /** A case as the CRM has it. */
    caseOf: (number: string) => ledger.caseByNumber(number),
    cases: () => ledger.records("Case"),
    /** What the CRM has of a return under a key's beginning. */
    returnOf: (key: string) => ledger.returns().find((each) => (each as { Key__c?: unknown })["Key__c"] === key),
    /** What we wrote, and nobody else. */
    writes: () => ledger.ownWrites(),
    async connectAgain(
      internals: Partial<Internals> = {},
      change: (text: string) => string = (text) => text,
      company = "US01",
    ) {
      const another = connectAnother(connected, { internals: { ...patient, ...internals }, systems: change });
      return { crm: another.systems.crmOf(company) as CrmPort, close: another.stop };
    },
    reset: () => server.reset(),
    stop: connected.stop,
  };
}
