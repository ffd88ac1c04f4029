import type { Played } from "./acts.ts";
import type { House } from "./house.ts";
import type { Planted } from "./plan.ts";
import type { Due } from "./play.ts";

const DAY = 86_400_000;
/** So many days ago: goods nobody can say anything about. */
const BLIND = 4;

/** What people did in the ERP and on the floor without telling us (seed-stories): yesterday's proof is to find each of them, and one receipt is to be matched. */
export function planted(played: readonly Played[], house: House, now: number): Due[] {
  const noon = (daysAgo: number) => Math.floor(now / DAY - daysAgo) * DAY + 17 * (DAY / 24);
  const yesterday = async (): Promise<void> => {
    for (const one of played) if (one.plan.planted) await deeds[one.plan.planted](one, house);
  };
  const blind = async (): Promise<void> =>
    void house.floorOf("CHI1").receive({ blind: true, lines: [{ sku: "BRG-6209", quantity: "3" }] });
  return [
    { at: noon(BLIND), order: 0, work: blind },
    { at: noon(1), order: 0, work: yesterday },
  ];
}

/** Returns, and an account, where what is given away without goods goes. */
const ACCOUNT = "6910";

const deeds: Record<Planted, (one: Played, house: House) => Promise<void> | void> = {
  // Finance gave the task up, and nobody went on: the goods are back, the customer has no money.
  STOCK_WITHOUT_CREDIT: ({ id }, house) => house.giveUp(id, "CUSTOMER_BLOCKED"),
  // Somebody credited in the ERP what never came.
  CREDIT_WITHOUT_STOCK: (one, house) => void credit(one, house, 1),
  // Somebody took one out of quarantine by an item journal.
  STOCK_DIFFERENCE: ({ plan }, house) => {
    const { order, line } = plan.lines[0]!.sold;
    house.erp.bookItems({
      company: order.company,
      lines: [{ item: line.sku, location: "QUARANTINE", quantity: "-1" }],
    });
  },
  // Somebody credited half of it a second time.
  CREDIT_DIFFERENCE: (one, house) => void credit(one, house, 0.5),
};

function credit({ plan, rmaNumber }: Played, house: House, share: number) {
  const { sold, quantity } = plan.lines[0]!;
  const { company, invoices } = sold.order;
  const worth = (Number(sold.line.netAmount) / Number(sold.line.quantity)) * quantity * share;
  return house.erp.creditByHand({
    company,
    invoiceNumber: invoices[0]!.number,
    account: { number: ACCOUNT, amount: worth.toFixed(2) },
    externalDocumentNumber: rmaNumber,
  });
}
