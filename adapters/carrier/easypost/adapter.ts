import type { Vendor } from "../../vendor.ts";
import type { CarrierPort } from "../port.ts";
import { createClient } from "./client.ts";
import { createLabels, createVoid } from "./labels.ts";
import { findParcels, translate } from "./parcels.ts";
import { settings, type Settings } from "./settings.ts";
import { verify } from "./signing.ts";

/** EasyPost: one account buys at many carriers, for one company or more (vendor-apis 3.5). */
export const easypost: Vendor<CarrierPort, Settings> = {
  leastSettleMs: 120_000,
  modes: [],
  auths: [],
  credentials: {
    apiKey: { required: true },
    webhookSecret: { required: true },
    webhookSecretPrevious: { required: false },
  },
  settings,
  connect(entry, http): CarrierPort {
    const client = createClient(entry, http);
    const parts = { client, settings: entry.settings, deadlineMs: entry.limits.deadlineMs };
    const webhookSecrets = ["webhookSecret", "webhookSecretPrevious"].flatMap((name) => entry.secrets[name] ?? []);
    return {
      system: entry.name,
      companies: entry.serves,
      settleMs: entry.settleMs,
      health: () => http.health(),
      labels: createLabels(parts),
      voidLabel: createVoid(parts),
      findParcels: (numbers, call) => findParcels(client, numbers, call),
      verify: (delivery) => verify(delivery, webhookSecrets),
      translate: (body) => translate(entry.name, body),
    };
  },
};
