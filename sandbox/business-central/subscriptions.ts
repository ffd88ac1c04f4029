import { createHash, randomBytes } from "node:crypto";
import { etagOf } from "./books.ts";
import { type Api, setNamed } from "./entity-sets.ts";
import { badRequest, dialog, notThere, ODataError } from "./errors.ts";
import { fields, fromWire } from "./fields.ts";
import { createNotifier, isAlive, type NotifierOptions, pathOfApi, type Subscription } from "./notifications.ts";

type Wish = { notificationUrl?: string; resource?: string; clientState?: string };

const FIELDS = fields("notificationUrl t2048, resource t2048, clientState t2048");

export type Subscriptions = ReturnType<typeof createSubscriptions>;

/** Webhook subscriptions: handshake, three days, coalesced notifications without data. */
export function createSubscriptions(options: NotifierOptions) {
  const { store, settings, now, findCompany } = options;
  const notifier = createNotifier(options);
  const table = store.table<Subscription>("subscriptions");

  const renewed = () => ({
    expirationDateTime: new Date(now().getTime() + settings.subscriptionMs).toISOString(),
    lastModifiedDateTime: now().toISOString(),
  });

  const render = (subscription: Subscription) => {
    const { id, notificationUrl, resource, clientState, expirationDateTime, lastModifiedDateTime } = subscription;
    return {
      "@odata.etag": etagOf(subscription),
      subscriptionId: id,
      notificationUrl,
      resource,
      timestamp: subscription.version,
      userId: "00000000-0000-0000-0000-000000000000",
      clientState,
      expirationDateTime,
      lastModifiedDateTime,
    };
  };

  const target = (api: Api, resource: string) => {
    const [, companyId = "", name = ""] =
      new RegExp(`^/?(?:${escape(pathOfApi(api, settings))}/)?companies\\(([0-9a-fA-F-]{36})\\)/([A-Za-z]+)$`).exec(
        pathOf(resource),
      ) ?? [];
    const company = findCompany(companyId);
    const set = setNamed(name);
    if (!company || !set || set.api !== api || !set.hasWebhooks)
      throw dialog(`The resource ${resource} does not support webhook notifications.`);
    return { company: company.code, set: name };
  };

  const get = (api: Api, id: string) => {
    const found = table.get(id);
    if (!found || found.api !== api || !isAlive(found, now))
      throw notThere(`The subscription does not exist. Identification fields and values: subscriptionId='${id}'`);
    return found;
  };

  const matched = (api: Api, id: string, ifMatch: string | undefined) => {
    const found = get(api, id);
    if (!ifMatch)
      throw new ODataError(
        400,
        "BadRequest_InvalidToken",
        "Could not validate the client concurrency token required by the service. Please provide a valid token in the client request.",
      );
    if (ifMatch !== "*" && ifMatch !== etagOf(found))
      throw new ODataError(409, "Request_EntityChanged", "Another user has already changed the record.");
    return found;
  };

  return {
    ...notifier,
    list: (api: Api) =>
      table.find((subscription) => subscription.api === api && isAlive(subscription, now)).map(render),
    read: (api: Api, id: string) => render(get(api, id)),
    async create(api: Api, body: unknown) {
      const { notificationUrl = "", resource = "", clientState = "" } = readBody(body);
      const { company, set } = target(api, resource);
      if (!URL.canParse(notificationUrl)) throw badRequest("notificationUrl must be an absolute URL.");
      const id = createHash("sha256").update(`${notificationUrl} ${company} ${set}`).digest("hex").slice(0, 32);
      const existing = table.get(id);
      if (existing && isAlive(existing, now))
        throw new ODataError(
          400,
          "Internal_EntityWithSameKeyExists",
          `The subscription already exists. Identification fields and values: subscriptionId='${id}'`,
        );
      await handshake(notificationUrl, settings.handshakeMs);
      return render(
        table.put({
          id,
          version: (existing?.version ?? 0) + 1,
          api,
          notificationUrl,
          resource,
          company,
          set,
          clientState,
          ...renewed(),
        }),
      );
    },
    async renew(api: Api, id: string, body: unknown, ifMatch: string | undefined) {
      const found = matched(api, id, ifMatch);
      const { notificationUrl = found.notificationUrl, clientState = found.clientState, resource } = readBody(body);
      if (resource !== undefined && resource !== found.resource)
        throw dialog('The value for "resource" cannot be modified.');
      await handshake(notificationUrl, settings.handshakeMs);
      return render(table.put({ ...found, version: found.version + 1, notificationUrl, clientState, ...renewed() }));
    },
    remove: (api: Api, id: string, ifMatch: string | undefined) => table.delete(matched(api, id, ifMatch).id),
    /** An answer that isn't worth a retry ends the subscriptions to that address. */
    dropAddress(url: string) {
      for (const { id } of table.by("notificationUrl", url)) table.delete(id);
    },
    expireAll: () => void table.all().forEach(({ id }) => table.delete(id)),
  };
}

function readBody(body: unknown): Wish {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badRequest("Invalid Request Body");
  const wish: Record<string, string> = {};
  for (const [name, value] of Object.entries(body)) {
    if (name.startsWith("@odata.")) continue;
    const field = FIELDS.find((each) => each.name === name);
    if (!field) throw badRequest(`The property '${name}' does not exist on type 'Microsoft.NAV.subscription'.`);
    wish[name] = String(fromWire(field, value));
  }
  return wish;
}

/** The subscriber must answer 200 with the token as body. */
async function handshake(notificationUrl: string, timeoutMs: number) {
  const token = randomBytes(24).toString("base64url");
  const url = new URL(notificationUrl);
  url.searchParams.set("validationToken", token);
  const answer = await fetch(url, {
    method: "POST",
    headers: { "content-length": "0" },
    signal: AbortSignal.timeout(timeoutMs),
    redirect: "manual",
  })
    .then(async (response) => ({ status: response.status, text: await response.text() }))
    .catch(() => null);
  if (answer?.status !== 200 || answer.text !== token)
    throw badRequest(`The notification url '${notificationUrl}' is not valid: the validationToken did not come back.`);
}

const escape = (text: string) => text.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
const pathOf = (resource: string) => (URL.canParse(resource) ? new URL(resource).pathname : resource);
