import { BusinessRefusal } from "#shared/errors.ts";
import type { Vendor } from "../../vendor.ts";
import type { MailPort } from "../port.ts";
import { createClient } from "./client.ts";
import { address, messageIdOf, settings, type Settings } from "./wire.ts";

/** Mail by SMTP; the Message-ID is our key, so that a message that is handed in twice is one to whoever gets it. */
export const smtp: Vendor<MailPort, Settings> = {
  leastSettleMs: 0,
  modes: [],
  auths: [],
  credentials: { user: { required: true }, password: { required: true } },
  settings,
  connect(entry): MailPort {
    const client = createClient(entry);
    const { from, fromName, replyTo } = entry.settings;
    return {
      system: entry.name,
      companies: entry.serves,
      settleMs: entry.settleMs,
      health: client.health,
      messages: {
        async put(key, { to, toName, subject, text }, call) {
          if (!address.safeParse(to).success)
            throw new BusinessRefusal({ system: entry.name, code: "NOTIFICATION_FAILED" });
          const messageId = messageIdOf(key, from);
          const headers = { "Auto-Submitted": "auto-generated" };
          const addresses = { from: { name: fromName, address: from }, to: { name: toName ?? "", address: to } };
          await client.send({ messageId, ...addresses, ...(replyTo ? { replyTo } : {}), subject, text, headers }, call);
          return { state: "SENT" };
        },
        lookUp: async () => ({ answer: "absent" }),
      },
    };
  },
};
