import { codeWithLabel } from "#shared/codes.ts";
import type { Amount, Fact, FactData, FactKind } from "./facts-vocabulary.ts";

// The sentence of each milestone, told from the fact alone.

type Sentence<Kind extends FactKind> = (data: FactData[Kind], shows: { prices: boolean; actor: string }) => string;

const amount = ({ value, unit }: { value: string; unit: string }): string => `${value} ${unit}`;
const amounts = (lines: readonly { quantity: Amount | { value: string; unit: string } }[]): string => {
  const texts = lines.map(({ quantity }) => amount(quantity));
  return texts.length > 3 ? `${texts.length} lines` : texts.join(", ");
};
const label = (set: Parameters<typeof codeWithLabel>[0], code: string): string => codeWithLabel(set, code).label;
const lower = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1);
const upper = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
const kindText = (kind: string): string => kind.toLowerCase().replaceAll("_", " ");
const at = (place: string | null): string => (place ? ` at ${place}` : "");
const money = (text: string, prices: boolean): string => (prices ? ` of ${text}` : "");

const sentences: { [Kind in FactKind]?: Sentence<Kind> } = {
  "return.requested": ({ lines, orderNumber }) =>
    lines.length
      ? `A return of ${amounts(lines)} from order ${orderNumber} was requested.`
      : "Goods came that no return was requested for.",
  "return.authorized": ({ lines }) => `${amounts(lines)} may come back.`,
  "return.declined": ({ lines }) =>
    `Declined: ${[...new Set(lines.map(({ reason }) => lower(label("declineReasons", reason))))].join(", ")}.`,
  "return.amended": ({ added = [] }) =>
    added.length > 0 ? "The return was changed: more lines of its order are to come." : "The return was changed.",
  "return.held": ({ reason }) => `The return is on hold: ${reason}`,
  "return.released": ({ reason }) => `The hold was lifted: ${reason}`,
  "return.cancel-requested": () => "The cancellation was asked for.",
  "return.cancelled": () => "What had not come was cancelled.",
  "return.expired": () => "What had not come in time is expired.",
  "return.closed": () => "The return is closed.",
  "return.reopened": ({ reason }) => `The return was reopened: ${reason}`,
  "warehouse.instructed": ({ warehouse }) => `${warehouse} was told to expect the goods.`,
  "label.issued": ({ carrier, trackingNumber }) => `A label of ${carrier} is ready (${trackingNumber}).`,
  "shipment.picked-up": ({ trackingNumber, place }) => `Parcel ${trackingNumber} was handed in${at(place)}.`,
  "shipment.delivered": ({ trackingNumber, place }) => `Parcel ${trackingNumber} was delivered${at(place)}.`,
  "shipment.lost": ({ trackingNumber }) => `The carrier has lost parcel ${trackingNumber}.`,
  "shipment.sent-back": ({ trackingNumber }) => `Parcel ${trackingNumber} goes back to its sender.`,
  "receipt.recorded": ({ warehouse, warehouseReceiptNumber, lines }) =>
    `${warehouse} received ${amounts(lines)} (${warehouseReceiptNumber}).`,
  "receipt.corrected": ({ quantity, before }) =>
    `A receipt was corrected from ${amount(before)} to ${amount(quantity)}.`,
  "receipt.matched": ({ lines }) =>
    `${lines.length} received line${lines.length === 1 ? " was" : "s were"} matched to this return.`,
  "receipt.arrived-unauthorized": ({ warehouse, warehouseReceiptNumber }) =>
    `${warehouse} received goods that were not authorized (${warehouseReceiptNumber}).`,
  "discrepancy.raised": ({ kind, expected, actual }) =>
    `${label("discrepancies", kind)}${expected || actual ? `: ${expected ?? "nothing"} was due, ${actual ?? "nothing"} came` : ""}.`,
  "line.short-closed": ({ quantity }) => `${amount(quantity)} will not come any more.`,
  "inspection.disputed": () => "The customer disputes the inspection.",
  "inspection.completed": ({ quantity, grade }) =>
    `${amount(quantity)} inspected, grade ${grade}: ${lower(label("grades", grade))}.`,
  "inspection.corrected": ({ quantity, grade }) => `An inspection was corrected: ${amount(quantity)}, grade ${grade}.`,
  "disposition.decided": ({ quantity, code }) => `${amount(quantity)}: ${lower(label("dispositions", code))}.`,
  "disposition.changed": ({ quantity, code }) =>
    `Changed for ${amount(quantity)}: ${lower(label("dispositions", code))}.`,
  "disposition.executed": () => "The warehouse did what was decided about the goods.",
  "inventory.received": ({ documentNumber, location }) => `The ERP has the goods at ${location} (${documentNumber}).`,
  "inventory.adjusted": ({ kind, quantity, documentNumber }) =>
    `The ERP ${kind === "SCRAP" ? "scrapped" : "moved"} ${amount(quantity)} (${documentNumber}).`,
  "inventory.corrected": ({ delta, documentNumber }) =>
    `The ERP's stock was corrected by ${amount(delta)} (${documentNumber}).`,
  "credit.approved": () => "The credit was approved.",
  "credit.declined": () => "The credit was declined.",
  "credit.posted": ({ number, total }, { prices }) =>
    `Credit memo ${number}${money(total, prices)} was posted in the ERP.`,
  "credit.reversed": ({ reason }) => `The credit was reversed: ${reason}`,
  "replacement.requested": ({ lines, reason }) => `A replacement of ${amounts(lines)} was asked for: ${reason}`,
  "replacement.ordered": ({ orderNumber, lines }) => `${amounts(lines)} are replaced by order ${orderNumber}.`,
  "replacement.shipped": ({ orderNumber }) => `The replacement has shipped (${orderNumber}).`,
  "replacement.cancelled": ({ reason }) => `The replacement was cancelled: ${reason}`,
  "case.linked": () => "The return was linked to a case.",
  "approval.requested": ({ kind, requiredRole, tier }) =>
    `An approval (${kindText(kind)}${tier > 1 ? `, tier ${tier}` : ""}) was asked of ${requiredRole}.`,
  "approval.decided": ({ decision }, { actor }) => `${actor} ${decision === "APPROVE" ? "approved" : "declined"}.`,
  "sla.breached": ({ stage, owner }) => `${upper(kindText(stage))} is overdue; it is with ${owner}.`,
  "exception.raised": ({ summary, amounts, owner }, { prices }) =>
    `${withAmounts({ text: summary, amounts }, prices)} It is with ${owner}.`,
  "exception.resolved": () => "A task was resolved.",
};

/** A sentence of ours with the one that names its amounts, for who sees prices. */
export const withAmounts = (said: { text: string; amounts?: string | null | undefined }, prices: boolean): string =>
  prices && said.amounts ? `${said.text} ${said.amounts}` : said.text;

/** The sentence people read of a milestone; a kind without one of its own is named. No amount is in it without `prices`. */
export function summaryOf(fact: Fact, prices: boolean): string {
  const sentence = sentences[fact.kind] as Sentence<FactKind> | undefined;
  return (
    sentence?.(fact.data as never, { prices, actor: fact.actor.displayName }) ??
    `${kindText(fact.kind.replaceAll(".", " "))}.`
  );
}

/** For the test that every milestone has one. */
export const kindsWithSentence: readonly string[] = Object.keys(sentences);
