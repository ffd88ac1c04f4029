import type { Call } from "#adapters/port.ts";
import type {
  ErpCredit,
  ErpCustomer,
  ErpInvoice,
  ErpInvoiceLine,
  ErpItem,
  ErpOrder,
  ErpOrderLine,
  ErpPort,
  ErpShipment,
  ErpShipmentLine,
} from "#adapters/erp/port.ts";
import { dayAtSite, deliveryDay, endOfDayAtSite, monthsAfter } from "#shared/calendar.ts";
import { Fraction, most, sum, zero } from "#shared/decimal.ts";
import { foreignIdOf } from "#shared/ids.ts";
import { formatMoney } from "#shared/money.ts";
import { formatBase, toBase } from "#shared/quantity.ts";
import type { EvaluatedLine, PostedFacts } from "./facts-vocabulary.ts";
import type { Policies } from "./policies/policies.ts";

/** All that the ERP says of an order and that a decision on its return needs, read at one moment. */
export type OrderHistory = {
  order: ErpOrder;
  customer: ErpCustomer | null;
  items: Map<string, ErpItem>;
  credits: ErpCredit[];
};

/**
 * Reads an order with its items, customer and everybody's credits on its invoices; null when the ERP has no such order, and for one that is not for
 * who asks: no more is read of it, so that both take as long (G-13). Throws when the ERP does not answer in time.
 */
export async function readOrderHistory(
  erp: ErpPort,
  orderNumber: string,
  call: Call,
  isFor: (order: ErpOrder) => boolean = () => true,
): Promise<OrderHistory | null> {
  const order = (await erp.findOrders([orderNumber], call)).get(orderNumber);
  if (!order || !isFor(order)) return null;
  const [customers, items, credits] = await Promise.all([
    erp.findCustomers([order.customerNumber], call),
    erp.findItems([...new Set(order.lines.map(({ sku }) => sku))], call),
    erp.findCreditsOf(
      order.invoices.map(({ number }) => number),
      call,
    ),
  ]);
  return { order, customer: customers.get(order.customerNumber) ?? null, items, credits: [...credits.values()].flat() };
}

export type CreditedLine = {
  invoiceNumber: string;
  sku: string;
  unitFactors: Record<string, string>;
  installation: string;
};

/** What others credited of an invoice line, drafts of theirs too (D-14): memos whose key is none of ours. Base units and money. */
export function creditedElsewhere(
  credits: readonly ErpCredit[],
  { invoiceNumber, sku, unitFactors, installation }: CreditedLine,
): { base: string; net: string; tax: string } {
  const theirs = credits.filter(
    (memo) => memo.invoiceNumber === invoiceNumber && !memo.transactionKey?.startsWith(`${installation}-`),
  );
  const lines = theirs.flatMap((memo) =>
    memo.lines.filter((line) => line.sku === sku && line.quantity !== null).map((line) => ({ memo, line })),
  );
  const base = sum(lines.map(({ line }) => new Fraction(line.quantity!).mul(unitFactors[line.unit ?? ""] ?? 1)));
  const net = sum(lines.map(({ line }) => new Fraction(line.net)));
  const tax = sum(lines.map(({ memo, line }) => shareOfTax(memo, new Fraction(line.net))));
  return { base: formatBase(base), net: formatMoney(net), tax: formatMoney(tax) };
}

const shareOfTax = ({ net, tax }: ErpCredit, line: Fraction): Fraction =>
  new Fraction(net).equals(0) ? zero : new Fraction(tax).mul(line).div(net);

/** An order line with the invoice line that a return of it would be credited from; null while none is posted (D-04). */
export type PostedLine = { orderLine: ErpOrderLine; posted: PostedFacts };

/**
 * What is posted of an order line: the invoice line with room for `wantedBase`, else the one with the most room, with the shipment and the item's facts.
 * `taken` says what of an invoice line our own returns hold already, in base units.
 */
function postedLineOf(
  history: OrderHistory,
  sequence: number,
  want: { base: Fraction; installation: string; taken(invoiceNumber: string, line: number): Fraction },
): PostedLine | null {
  const orderLine = history.order.lines.find((line) => line.sequence === sequence);
  const item = orderLine && history.items.get(orderLine.sku);
  if (!orderLine || !item) return null;
  const candidates = history.order.invoices
    .filter(({ status }) => status !== "CANCELLED")
    .flatMap((invoice) =>
      invoice.lines
        .filter((line) => line.orderLine === sequence)
        .map((line) => ({ invoice, line, room: roomOf(history, invoice, line, want) })),
    );
  const chosen =
    candidates.find(({ room }) => room.gte(want.base)) ?? candidates.toSorted((a, b) => b.room.compare(a.room))[0];
  return chosen ? { orderLine, posted: postedFacts(history, orderLine, item, chosen, want.installation) } : null;
}

const elsewhereOn = (history: OrderHistory, invoice: ErpInvoice, line: ErpInvoiceLine, installation: string) =>
  creditedElsewhere(history.credits, {
    invoiceNumber: invoice.number,
    sku: line.sku,
    unitFactors: { [line.unit]: line.unitFactor, [line.baseUnit]: "1" },
    installation,
  });

const roomOf = (
  history: OrderHistory,
  invoice: ErpInvoice,
  line: ErpInvoiceLine,
  { installation, taken }: { installation: string; taken(invoiceNumber: string, line: number): Fraction },
): Fraction =>
  new Fraction(toBase(line.quantity, line.unitFactor))
    .sub(elsewhereOn(history, invoice, line, installation).base)
    .sub(taken(invoice.number, line.sequence));

function postedFacts(
  history: OrderHistory,
  orderLine: ErpOrderLine,
  item: ErpItem,
  { invoice, line }: { invoice: ErpInvoice; line: ErpInvoiceLine },
  installation: string,
): PostedFacts {
  const shipments = history.order.shipments.flatMap((shipment) =>
    shipment.lines
      .filter((shipped) => shipped.orderLine === orderLine.sequence)
      .map((shipped) => ({ shipment, shipped })),
  );
  const last = shipments.at(-1);
  const delivered = last ? deliveredOn(last.shipment) : null;
  const tracked = shipments.flatMap(({ shipped }) => shipped.tracked);
  return {
    sku: line.sku,
    description: orderLine.description,
    baseUnit: line.baseUnit,
    unitFactor: item.units[orderLine.unit] ?? line.unitFactor,
    invoiceNumber: invoice.number,
    invoiceLine: line.sequence,
    invoiceTax: invoice.tax,
    invoicedBase: toBase(line.quantity, line.unitFactor),
    invoicedUnit: line.unit,
    invoicedUnitFactor: line.unitFactor,
    unitPrice: line.unitPrice,
    lineNet: line.net,
    taxCode: line.taxCode,
    taxRate: line.taxRate,
    creditedElsewhere: elsewhereOn(history, invoice, line, installation),
    shippedBase: shippedBase(
      shipments.map(({ shipped }) => shipped),
      unitsOf(history, orderLine.sequence, item),
    ),
    shipmentNumber: last?.shipment.number ?? null,
    shippedFrom: last?.shipped.location ?? line.location,
    deliveredOn: delivered,
    shippedSerials: tracked.flatMap(({ serialNumber }) => serialNumber ?? []),
    shippedLots: [...new Set(tracked.flatMap(({ lotNumber }) => lotNumber ?? []))],
    serialized: item.serialized,
    lotTracked: item.lotTracked,
    hazardous: item.hazardous,
    supplierOwned: item.supplierOwned,
    supplierProgramme: item.supplierProgramme,
    recalled: item.recalled,
    warrantyEndsOn: delivered && item.warrantyMonths ? monthsAfter(delivered, item.warrantyMonths) : null,
    hazard: item.hazard,
    weightKg: item.weightKg,
  };
}

const siteOf = (companyId: string, { shippedFrom }: PostedFacts) => ({ companyId, warehouse: shippedFrom });

export type WarrantyAt = { status: "IN" | "OUT" | "UNKNOWN"; endsAt: string | null };

/** How a line's warranty stood at an instant, by the day at the site that shipped it (EL-06). */
export function warrantyAt(companyId: string, posted: PostedFacts, instant: Date): WarrantyAt {
  const { warrantyEndsOn } = posted;
  if (!warrantyEndsOn) return { status: "UNKNOWN", endsAt: null };
  const site = siteOf(companyId, posted);
  const status = dayAtSite(site, instant) <= warrantyEndsOn ? "IN" : "OUT";
  return { status, endsAt: endOfDayAtSite(site, warrantyEndsOn) };
}

const deliveredOn = ({ companyId, deliveredOn: told, shippedOn }: ErpShipment): string | null =>
  told ?? (shippedOn && deliveryDay(companyId, shippedOn));

const shippedBase = (lines: ErpShipmentLine[], units: Record<string, string>): string =>
  formatBase(sum(lines.map(({ quantity, unit }) => new Fraction(toBase(quantity, units[unit] ?? "1")))));

/** A line of a request, or of an order that somebody asks about. */
export type AskedLine = {
  lineId: string;
  sequence: number;
  quantity: { value: string; unit: string };
  /** Null: whatever the reason may be. */
  reasonCode: string | null;
  conditionClaimed: string | null;
  serialNumbers: string[];
  requestException: boolean;
};
export type Evaluating = {
  policies: Policies;
  installation: string;
  /** Windows and warranties count in the days of the site that shipped (D-26). */
  now: Date;
  /** Base units that our returns hold or credited of an allocation key. */
  taken(key: string): Fraction;
};

export const orderLineKey = ({ companyId, number }: ErpOrder, sequence: number): string =>
  foreignIdOf("erp.order", companyId, number, sequence);
const invoiceLineKey = ({ companyId }: ErpOrder, invoiceNumber: string, line: number): string =>
  foreignIdOf("erp.invoice", companyId, invoiceNumber, line);

/** What to lock before deciding on a return of this order (W-13). */
export const allocationKeys = ({ order }: OrderHistory): string[] => [
  ...order.lines.map(({ sequence }) => orderLineKey(order, sequence)),
  ...order.invoices.flatMap((invoice) =>
    invoice.lines.map((line) => invoiceLineKey(order, invoice.number, line.sequence)),
  ),
];

/** The item's units, and those that the line was invoiced in: not every ERP tells the others. */
const unitsOf = ({ order }: OrderHistory, sequence: number, item: ErpItem): Record<string, string> => {
  const invoiced = order.invoices.flatMap(({ lines }) => lines).filter(({ orderLine }) => orderLine === sequence);
  return { ...Object.fromEntries(invoiced.map(({ unit, unitFactor }) => [unit, unitFactor])), ...item.units };
};

/** Policy on each asked line that has a posted line; one that has none is missing in the answer (EL-01). Pure. */
export const evaluateLines = (
  history: OrderHistory,
  asked: readonly AskedLine[],
  context: Evaluating,
): EvaluatedLine[] => asked.flatMap((line) => evaluateLine(history, line, context) ?? []);

function evaluateLine(
  history: OrderHistory,
  asked: AskedLine,
  { policies, installation, now, taken }: Evaluating,
): EvaluatedLine | null {
  const orderLine = history.order.lines.find(({ sequence }) => sequence === asked.sequence);
  const item = orderLine && history.items.get(orderLine.sku);
  const factor = item && unitsOf(history, asked.sequence, item)[asked.quantity.unit];
  if (!orderLine || !item || !factor) return null;
  const base = new Fraction(toBase(asked.quantity.value, factor));
  const found = postedLineOf(history, asked.sequence, {
    base,
    installation,
    taken: (number, line) => taken(invoiceLineKey(history.order, number, line)),
  });
  if (!found) return null;
  const posted = { ...found.posted, unitFactor: factor };
  const returnable = most(zero, returnableOf(posted, taken(orderLineKey(history.order, asked.sequence))));
  const broken = !base.div(posted.invoicedUnitFactor).divisible(1) && posted.invoicedUnit !== posted.baseUnit;
  const verdict = policies.evaluateEligibility({
    companyId: history.order.companyId,
    customerNumber: history.order.customerNumber,
    item,
    posted,
    requested: base,
    returnable,
    reasonCode: asked.reasonCode,
    conditionClaimed: asked.conditionClaimed,
    serialNumbers: asked.serialNumbers,
    brokenCase: broken,
    requestException: asked.requestException,
    today: dayAtSite(siteOf(history.order.companyId, posted), now),
    ...(posted.warrantyEndsOn ? { warrantyEndsOn: posted.warrantyEndsOn } : {}),
  });
  return { lineId: asked.lineId, ...verdict, returnableBase: formatBase(returnable), posted };
}

/** Base units that are left to return of an order line (D-14): shipped, less what our returns hold or credited, less what others credited. */
const returnableOf = ({ shippedBase: shipped, creditedElsewhere: theirs }: PostedFacts, taken: Fraction): Fraction =>
  new Fraction(shipped).sub(taken).sub(theirs.base);
