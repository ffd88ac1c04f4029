import { createHash, timingSafeEqual } from "node:crypto";
import { z } from "zod";
import { ProgramBug } from "#shared/errors.ts";
import type { Call, Delivery, Verdict } from "../../port.ts";
import type { ErpNotice } from "../port.ts";
import type { Client } from "./client.ts";

const notice = z.object({
  subscriptionId: z.string(),
  clientState: z.string().default(""),
  resource: z.string(),
  changeType: z.enum(["created", "updated", "deleted", "collection"]),
  lastModifiedDateTime: z.string().optional(),
});
type Notice = z.output<typeof notice>;
const body = z.object({ value: z.array(notice) });

/** Business Central signs nothing: its handshake is answered, and every notice must carry our state (G-18). */
export function verify(delivery: Delivery, state: string): Verdict {
  const token = delivery.query.get("validationToken");
  if (token !== null) {
    if (/^[A-Za-z0-9._~-]{1,512}$/.test(token)) return { verdict: "challenge", text: token };
    return {
      verdict: "refused",
      code: "BODY_INVALID",
      message: "The validation token is not one of Business Central's.",
    };
  }
  const notices = read(delivery.body);
  if (!notices) return { verdict: "refused", code: "BODY_INVALID", message: "The body is not a list of notices." };
  if (notices.length === 0 || !notices.every(({ clientState }) => isSame(clientState, state)))
    return { verdict: "refused", code: "SIGNATURE_INVALID", message: "A notice's clientState is not ours." };
  return { verdict: "accepted", eventIds: [...new Set(notices.map(eventId))] };
}

/** Notices have no id: the same change of the same record, told twice, is one. */
const eventId = ({ subscriptionId, resource, changeType, lastModifiedDateTime = "" }: Notice): string =>
  createHash("sha256")
    .update(JSON.stringify([subscriptionId, resource, changeType, lastModifiedDateTime]))
    .digest("hex")
    .slice(0, 40);

const records: Record<string, ErpNotice["record"]> = {
  customers: "customer",
  items: "item",
  salesOrders: "order",
  salesInvoices: "invoice",
  salesCreditMemos: "creditMemo",
};
const changes = { created: "CREATED", updated: "UPDATED", deleted: "DELETED", collection: "UPDATED" } as const;

/** Which records changed; no address of the body is ever fetched. A `collection` says only that many did. */
export function translate(system: string, raw: Buffer): ErpNotice[] {
  const notices = read(raw);
  if (!notices)
    throw new ProgramBug({ system, code: "BAD_DOCUMENT", vendorText: raw.toString("utf8").slice(0, 1_000) });
  return notices.map(({ resource, changeType, lastModifiedDateTime = null }) => {
    const [, set = "", id] = /\/([A-Za-z]+)(?:\(([0-9a-fA-F-]{36})\))?(?:\?.*)?$/.exec(resource) ?? [];
    const isMany = changeType === "collection" || id === undefined;
    return {
      record: records[set] ?? "other",
      ids: isMany ? "many" : [id.toLowerCase()],
      changed: changes[changeType],
      modifiedAt: lastModifiedDateTime,
    };
  });
}

function read(raw: Buffer): Notice[] | null {
  try {
    return body.parse(JSON.parse(raw.toString("utf8"))).value;
  } catch {
    return null;
  }
}

/** Equal, in a time that tells nothing of where they differ. */
function isSame(a: string, b: string): boolean {
  const [left, right] = [a, b].map((text) => createHash("sha256").update(text).digest());
  return timingSafeEqual(left!, right!);
}

const subscription = z.object({
  "@odata.etag": z.string(),
  subscriptionId: z.string(),
  notificationUrl: z.string(),
  resource: z.string(),
  expirationDateTime: z.string(),
});
type Subscription = z.output<typeof subscription>;

/** Subscribes to what we keep snapshots of, or renews; answers when the first of them ends (3 days in the real one). */
export async function keepSubscribed(
  client: Client,
  notificationUrl: string,
  clientState: string,
  call: Call,
): Promise<{ expiresAt: string | null }> {
  const root = client.root("v2.0");
  const known = await root.list("subscriptions", subscription, "list-subscriptions", call);
  const ends: string[] = [];
  for (const set of Object.keys(records)) {
    const resource = await client.resource("v2.0", set, call);
    const own = known.find((each) => each.notificationUrl === notificationUrl && sameResource(each, resource));
    const content = { notificationUrl, resource, clientState };
    const kept = own
      ? await root.patch(
          "subscriptions",
          own.subscriptionId,
          subscription,
          "renew-subscription",
          { etag: own["@odata.etag"], body: content },
          call,
        )
      : await root.create("subscriptions", subscription, "subscribe", content, call);
    ends.push(kept.expirationDateTime);
  }
  return { expiresAt: ends.sort()[0] ?? null };
}

const sameResource = (own: Subscription, resource: string) =>
  own.resource.replace(/^\//, "").toLowerCase() === resource.toLowerCase();
