import type { Vendor } from "../../vendor.ts";
import type { CrmPort } from "../port.ts";
import { createCases } from "./cases.ts";
import { createClient } from "./client.ts";
import { createMilestones } from "./milestones.ts";
import { createOpening } from "./open-case.ts";
import { type Settings, settings } from "./settings.ts";

/** Salesforce: the cases of one company in an org, and our package's objects beside them. */
export const salesforce: Vendor<CrmPort, Settings> = {
  leastSettleMs: 600_000,
  modes: [],
  auths: [],
  credentials: {
    consumerKey: { required: true },
    username: { required: true },
    privateKey: { required: true },
  },
  settings,
  connect(entry, http): CrmPort {
    const client = createClient(entry, http);
    const companyId = entry.serves[0]!;
    const { company } = entry.settings;
    const options = { client, company, companyId, deadlineMs: entry.limits.deadlineMs };
    return {
      system: entry.name,
      companyId,
      settleMs: entry.settleMs,
      health: () => http.health(),
      ...createCases(client, entry.settings),
      cases: createOpening(options),
      milestones: createMilestones(options),
    };
  },
};
