import { codeWithLabel } from "#shared/codes.ts";
import { warehouseByCode } from "#shared/places.ts";
import type { Fact, FactData, FactKind } from "./facts-vocabulary.ts";
import type { ReturnState } from "./return-state.ts";

// What the customer reads, told from the fact and the return alone: no name or address of a person, which are added when it is sent.

type Told = { subject: string; lines: string[] };
type Text<Kind extends FactKind> = (data: FactData[Kind], state: ReturnState) => Told;

const amount = ({ value, unit }: { value: string; unit: string }): string => `${value} ${unit}`;
const itemOf = ({ lines }: ReturnState, lineId: string | null): string =>
  lines.find(({ id }) => id === lineId)?.posted?.sku ?? "goods";
const ofLines = (state: ReturnState, lines: readonly { lineId: string; quantity: { value: string; unit: string } }[]) =>
  lines.map(({ lineId, quantity }) => `- ${amount(quantity)} of ${itemOf(state, lineId)}`);
const goingOut = (lines: readonly { sku: string; quantity: { value: string; unit: string } }[]) =>
  lines.map(({ sku, quantity }) => `- ${amount(quantity)} of ${sku}`);
const day = (instant: string): string => instant.slice(0, 10);

function siteOf({ warehouse }: ReturnState): string[] {
  const address = warehouse === null ? undefined : warehouseByCode(warehouse)?.address;
  return address ? [address.name, address.line1, `${address.city} ${address.postalCode}`, address.country] : [];
}

/** The kinds of which customers hear (vocabulary section 3, ✉). */
const texts: { [Kind in FactKind]?: Text<Kind> } = {
  "return.authorized": ({ lines, expiresAt }, state) => ({
    subject: "may come back",
    lines: ["These goods may come back:", ...ofLines(state, lines), "", `We expect them until ${day(expiresAt)}.`],
  }),
  "return.declined": ({ lines }, state) => ({
    subject: "was declined",
    lines: lines.map(
      ({ lineId, reason }) => `- ${itemOf(state, lineId)}: ${codeWithLabel("declineReasons", reason).label}`,
    ),
  }),
  "return.cancelled": (_, state) => ({
    subject: "was cancelled",
    lines: [`What had not come of order ${state.orderNumber} is cancelled. Please do not send it.`],
  }),
  "return.expired": (_, state) => ({
    subject: "has expired",
    lines: [
      `What had not come of order ${state.orderNumber} is not expected any more. Please ask us before you send it.`,
    ],
  }),
  "label.issued": ({ carrier, trackingNumber, url }, state) => ({
    subject: "has its label",
    lines: [`Print it from ${url}`, `${carrier}, ${trackingNumber}`, "", "The parcel goes to", ...siteOf(state)],
  }),
  "receipt.recorded": ({ lines }, state) => ({
    subject: "has arrived",
    lines: [
      "We received:",
      ...lines.map(
        ({ quantity, returnLineId, sku }) =>
          `- ${amount(quantity)} of ${returnLineId ? itemOf(state, returnLineId) : sku}`,
      ),
    ],
  }),
  "replacement.ordered": ({ orderNumber, lines }) => ({
    subject: "gets a replacement",
    lines: [`Order ${orderNumber}, free of charge:`, ...goingOut(lines)],
  }),
  "replacement.shipped": ({ orderNumber, replacementId }, { replacements }) => ({
    subject: "has a replacement on its way",
    lines: [
      `Order ${orderNumber} has shipped:`,
      ...goingOut(replacements.find((one) => one.replacementId === replacementId)!.lines),
    ],
  }),
  "credit.posted": ({ number, total }, state) => ({
    subject: "was credited",
    lines: [`Credit memo ${number}: ${total} ${state.currency ?? ""}.`],
  }),
};

export const isForCustomer = ({ kind }: Pick<Fact, "kind">): boolean => Object.hasOwn(texts, kind);

/** Subject and text of a fact that customers hear of. */
export function customerText(fact: Fact, state: ReturnState): { subject: string; text: string } {
  const write = texts[fact.kind] as Text<FactKind>;
  const { subject, lines } = write(fact.data as never, state);
  const text = [...lines, "", `Return ${state.rmaNumber}, order ${state.orderNumber}.`].join("\n");
  return { subject: `Your return ${state.rmaNumber} ${subject}`, text };
}
