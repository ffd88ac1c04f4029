import { BusinessRefusal, ProgramBug, TransientFailure } from "#shared/errors.ts";
import { Fraction } from "#shared/decimal.ts";
import { formatMoney } from "#shared/money.ts";
import { budget } from "../../budget.ts";
import type { Call, LookUp, TwoPhase } from "../../port.ts";
import type { CarrierPort, LabelDocument, LabelRequest, PostalAddress } from "../port.ts";
import type { Client } from "./client.ts";
import type { Settings } from "./settings.ts";
import { shipment, shipments, type WireRate, type WireShipment } from "./wire.ts";

type Parts = { client: Client; settings: Settings; deadlineMs: number };

/** A shipment created with our key as its reference, then bought by its id (W-01): a shipment has one postage. */
export function createLabels({ client, settings, deadlineMs }: Parts): TwoPhase<LabelRequest, LabelDocument> {
  const get = async (id: string, call: Call) =>
    rowOf(
      client,
      await client.ask(
        { deed: "read-shipment", method: "GET", path: `/shipments/${encodeURIComponent(id)}`, write: false },
        shipment,
        call,
      ),
    );

  return {
    async draft(key, request, call) {
      const body = { shipment: newShipment(client.system, key, request) };
      const row = await client.ask(
        { deed: "create-shipment", method: "POST", path: "/shipments", body, write: true },
        shipment,
        call,
      );
      return documentOf(rowOf(client, row), request);
    },

    async lookUp(key, request, call): Promise<LookUp<LabelDocument>> {
      try {
        const found = await shipmentsOf(client, key, settings, budget(call, deadlineMs));
        if (found.length === 0) return { answer: "absent" };
        const documents = found.map((row) => documentOf(row, request));
        return {
          answer: "found",
          posted: documents.filter(({ status }) => status === "POSTED"),
          drafts: documents.filter(({ status }) => status === "DRAFT"),
        };
      } catch (error) {
        if (error instanceof TransientFailure) return { answer: "unknown", reason: error.code };
        throw error;
      }
    },

    async read(id, request, call) {
      try {
        return documentOf(await get(id, call), request);
      } catch (error) {
        if (error instanceof BusinessRefusal && error.code === "NOT_FOUND") return null;
        throw error;
      }
    },

    async post(id, call) {
      const within = budget(call, deadlineMs);
      const row = await get(id, within);
      if (row.selected_rate) return;
      const rate = chosen(row.rates, settings) ?? noRate(client.system, row);
      await client.ask(
        {
          deed: "buy-label",
          method: "POST",
          path: `/shipments/${encodeURIComponent(id)}/buy`,
          body: { rate: { id: rate.id } },
          write: true,
        },
        shipment,
        within,
        // Bought before: by us, for nobody else has this id.
        ["SHIPMENT.POSTAGE.EXISTS"],
      );
    },

    /** There is nothing to delete: what is not bought costs nothing. */
    discard: async () => {},
  };
}

/** Asked once whatever happens: how the shipment stands is read first. */
export function createVoid({ client, deadlineMs }: Parts): CarrierPort["voidLabel"] {
  return async (id, call) => {
    const within = budget(call, deadlineMs);
    const path = `/shipments/${encodeURIComponent(id)}`;
    const row = rowOf(
      client,
      await client.ask({ deed: "read-shipment", method: "GET", path, write: false }, shipment, within),
    );
    const known = refundState(row);
    if (known) return { state: known };
    const answer = await client.ask(
      { deed: "void-label", method: "POST", path: `${path}/refund`, write: true },
      shipment,
      within,
      ["SHIPMENT.REFUND.UNAVAILABLE", "SHIPMENT.REFUND.EXISTS"],
    );
    if (answer === "SHIPMENT.REFUND.UNAVAILABLE") return { state: "IN_USE" };
    return { state: typeof answer === "string" ? "VOID_REQUESTED" : (refundState(answer) ?? "VOID_REQUESTED") };
  };
}

function refundState(row: WireShipment): "VOIDED" | "VOID_REQUESTED" | "IN_USE" | null {
  if (!row.selected_rate || row.refund_status === "refunded") return "VOIDED";
  if (row.refund_status === "rejected") return "IN_USE";
  return row.refund_status === "submitted" ? "VOID_REQUESTED" : null;
}

/** All pages of the list, newest first: nothing of the API finds a shipment by its reference for certain. */
async function shipmentsOf(client: Client, key: string, { lookBack }: Settings, call: Call): Promise<WireShipment[]> {
  const found: WireShipment[] = [];
  const start = new Date(Date.now() - lookBack).toISOString();
  for (let before: string | undefined; ;) {
    const query = new URLSearchParams({
      page_size: "100",
      start_datetime: start,
      ...(before ? { before_id: before } : {}),
    });
    const answer = await client.ask(
      { deed: "look-up-shipment", method: "GET", path: `/shipments?${query.toString()}`, write: false },
      shipments,
      call,
    );
    if (typeof answer === "string") throw new ProgramBug({ system: client.system, code: "RESPONSE_INVALID" });
    found.push(...answer.shipments.filter(({ reference }) => reference === key));
    const last = answer.shipments.at(-1);
    if (!answer.has_more || !last) return found;
    before = last.id;
  }
}

/** EasyPost swaps a return's addresses: the label goes from `to_address` to `from_address`. */
function newShipment(system: string, key: string, { rmaNumber, from, to, weightKg }: LabelRequest) {
  if (!from || !from.country || !from.postalCode || !from.line1)
    throw new BusinessRefusal({ system, code: "ADDRESS_INCOMPLETE" });
  return {
    is_return: true,
    reference: key,
    to_address: addressOf(from),
    from_address: addressOf(to),
    parcel: { weight: ounces(weightKg) },
    options: { label_format: "PDF", print_custom_1: rmaNumber },
  };
}

const addressOf = (address: PostalAddress) => ({
  name: address.name,
  street1: address.line1,
  street2: address.line2,
  city: address.city,
  state: address.region,
  zip: address.postalCode,
  country: address.country,
});

/** Tenths of an ounce, rounded up: who understates is billed for it later. */
const ounces = (kg: string): number => new Fraction(kg).div("0.028349523125").mul(10).ceil().div(10).valueOf();

/** The key is in the reference; the rest of what was asked for shows in the parcel, where it goes and the RMA number on the label. */
const isSame = (row: WireShipment, { rmaNumber, to, weightKg }: LabelRequest): boolean =>
  row.is_return === true &&
  row.options["print_custom_1"] === rmaNumber &&
  row.parcel?.weight === ounces(weightKg) &&
  row.from_address?.zip === to.postalCode;

function documentOf(row: WireShipment, request: LabelRequest): LabelDocument {
  const { selected_rate: rate, postage_label: label, tracking_code: trackingNumber } = row;
  // Bought and not printed yet is not bought for us: it is looked at again until it has its label.
  const bought = rate && label?.label_url && trackingNumber;
  const issued = bought
    ? {
        carrier: rate.carrier,
        service: rate.service,
        trackingNumber,
        url: label.label_url!,
        estimatedDelivery: rate.est_delivery_date ?? row.tracker?.est_delivery_date ?? null,
        cost: { amount: formatMoney(new Fraction(rate.rate)), currency: rate.currency },
      }
    : null;
  const cost = issued?.cost.amount;
  return {
    id: row.id,
    number: issued?.trackingNumber ?? row.id,
    status: issued ? "POSTED" : "DRAFT",
    ...(row.tracker?.status ? { theirStatus: row.tracker.status } : {}),
    sameContent: isSame(row, request),
    totals: cost === undefined ? null : { net: cost, tax: "0.00", total: cost },
    postingDate: label?.label_date?.slice(0, 10) ?? null,
    lines: [],
    label: issued,
  };
}

/** The cheapest of what may be bought. */
function chosen(rates: readonly WireRate[], { services }: Settings): WireRate | undefined {
  const allowed = rates.filter(
    ({ carrier, service }) => services.length === 0 || services.includes(`${carrier}/${service}`),
  );
  return allowed.toSorted((a, b) => new Fraction(a.rate).compare(b.rate))[0];
}

/** Nobody takes the parcel; the answer was a 201 all the same. */
function noRate(system: string, { messages }: WireShipment): never {
  const vendorText = JSON.stringify(messages ?? []).slice(0, 4_000);
  throw new BusinessRefusal({ system, code: "LABEL_REFUSED", vendorText });
}

function rowOf(client: Client, answer: WireShipment | string): WireShipment {
  if (typeof answer === "object") return answer;
  // POSTAGE.EXISTS is asked for by `post` alone, which does not read the row.
  throw new ProgramBug({ system: client.system, code: "RESPONSE_INVALID", vendorText: answer });
}
