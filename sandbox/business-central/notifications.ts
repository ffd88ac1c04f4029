import type { Row, Store } from "../store.ts";
import type { Outbox } from "../webhooks.ts";
import { type ChangeType, type CompanyInfo, newId } from "./books.ts";
import type { Api } from "./entity-sets.ts";
import type { Settings } from "./settings.ts";

export type Subscription = Row & {
  version: number;
  api: Api;
  notificationUrl: string;
  resource: string;
  company: string;
  set: string;
  clientState: string;
  expirationDateTime: string;
  lastModifiedDateTime: string;
};
/** A change that is to be told: one for each subscription and record, the first due time, the sum of what happened. */
export type Pending = Row & {
  subscriptionId: string;
  recordId: string;
  changeType: ChangeType;
  dueAt: number;
  changedAt: string;
};

export type NotifierOptions = {
  store: Store;
  outbox: () => Outbox;
  settings: Settings;
  now: () => Date;
  findCompany: (id: string) => CompanyInfo | undefined;
};

export const pathOfApi = (api: Api, settings: Settings) => (api === "v2.0" ? "api/v2.0" : `api/${settings.customApi}`);
export const isAlive = (subscription: Subscription, now: () => Date) =>
  Date.parse(subscription.expirationDateTime) > now().getTime();

/** Gathers changes for a while and tells each subscriber what changed, not how. */
export function createNotifier({ store, outbox, settings, now, findCompany }: NotifierOptions) {
  const table = store.table<Subscription>("subscriptions");
  const pending = store.table<Pending>("pendingNotifications", ["subscriptionId"]);
  let timer: NodeJS.Timeout | null = null;

  const plan = () => {
    if (timer || pending.size === 0) return;
    const due = Math.min(...pending.all().map(({ dueAt }) => dueAt));
    timer = setTimeout(flush, Math.max(0, due - Date.now())).unref();
  };

  const flush = () => {
    if (timer) clearTimeout(timer);
    timer = null;
    store.transaction(() => {
      const bodies = new Map<string, object[]>();
      for (const subscription of table.all()) {
        const due = pending.by("subscriptionId", subscription.id);
        for (const { id } of due) pending.delete(id);
        if (due.length > 0 && isAlive(subscription, now))
          bodies.set(subscription.notificationUrl, [
            ...(bodies.get(subscription.notificationUrl) ?? []),
            ...notifications(subscription, due),
          ]);
      }
      for (const [url, value] of bodies) outbox().send({ id: newId(), url, body: JSON.stringify({ value }) });
    });
    plan();
  };

  const notifications = (subscription: Subscription, due: Pending[]) => {
    const { id, clientState, expirationDateTime } = subscription;
    const company = findCompany(subscription.company)!;
    const resource = `${pathOfApi(subscription.api, settings)}/companies(${company.id})/${subscription.set}`;
    const common = { subscriptionId: id, clientState, expirationDateTime };
    if (due.length <= settings.collectionOver)
      return due.map(({ recordId, changeType, changedAt }) => ({
        ...common,
        resource: `${resource}(${recordId})`,
        changeType,
        lastModifiedDateTime: changedAt,
      }));
    const since = due.map(({ changedAt }) => changedAt).sort()[0]!;
    const before = new Date(Date.parse(since) - 1000).toISOString();
    return [
      {
        ...common,
        resource: `/${resource}?$filter=lastModifiedDateTime%20gt%20${before}`,
        changeType: "collection",
        lastModifiedDateTime: now().toISOString(),
      },
    ];
  };

  return {
    /** A record changed; the change of a line is one of its header. */
    changed(company: CompanyInfo, setName: string, recordId: string, changeType: ChangeType) {
      const subscribed = table.find(({ company: code, set }) => code === company.code && set === setName);
      for (const subscription of subscribed) {
        const id = `${subscription.id}/${recordId}`;
        const before = pending.get(id);
        const sum = before?.changeType === "created" && changeType === "updated" ? "created" : changeType;
        pending.put({
          id,
          subscriptionId: subscription.id,
          recordId,
          changeType: sum,
          dueAt: before?.dueAt ?? Date.now() + settings.notifyAfterMs,
          changedAt: now().toISOString(),
        });
      }
      if (subscribed.length > 0) plan();
    },
    /** Notifies now. */
    flush,
    resume: plan,
    close: () => (timer ? clearTimeout(timer) : undefined),
  };
}
