import type { Account } from "./account.ts";
import { trackerView } from "./trackers.ts";
import { shipmentView } from "./shipments.ts";

/** Everything the account was ever asked for: the tests' judge. */
export function createLedger(account: Account) {
  const { tables } = account;
  const shipments = () => tables.shipments.all().map((row) => shipmentView(account, row));
  /** Every label that was bought, what it cost, and whether the money was asked back. */
  const labels = () =>
    tables.shipments.all().flatMap(({ id, content, bought, refund }) =>
      bought
        ? [
            {
              shipmentId: id,
              reference: content.reference,
              trackingCode: bought.trackingCode,
              carrier: bought.rate.carrier,
              cost: bought.rate.rate,
              currency: bought.rate.currency,
              boughtAt: bought.at,
              refund: refund?.status ?? null,
            },
          ]
        : [],
    );
  const trackers = () => tables.trackers.all().map(trackerView);
  /** In dollars, without what was refunded. */
  const cost = () =>
    (
      labels()
        .filter(({ refund }) => refund !== "refunded")
        .reduce((cents, label) => cents + Math.round(Number(label.cost) * 100), 0) / 100
    ).toFixed(2);
  return {
    shipments,
    labels,
    trackers,
    cost,
    events: () => tables.events.all(),
    read: () => ({ shipments: shipments(), labels: labels(), trackers: trackers(), cost: cost() }),
  };
}
