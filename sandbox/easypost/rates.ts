import type { Rate, ShipmentRow } from "./tables.ts";
import type { NewShipment } from "./wire.ts";

type Service = { carrier: string; service: string; base: number; perOunce: number; days: number; mostOunces: number };

/** Cents, and the heaviest parcel that each takes. */
const american: Service[] = [
  { carrier: "USPS", service: "GroundAdvantage", base: 620, perOunce: 4, days: 4, mostOunces: 1_120 },
  { carrier: "UPSDAP", service: "Ground", base: 980, perOunce: 2, days: 3, mostOunces: 2_400 },
  { carrier: "FedExDefault", service: "FEDEX_GROUND", base: 1_010, perOunce: 2, days: 3, mostOunces: 2_400 },
];
const european: Service[] = [
  { carrier: "DHLPaket", service: "DHLPaket", base: 690, perOunce: 1, days: 2, mostOunces: 1_111 },
  { carrier: "UPSDAP", service: "Standard", base: 1_190, perOunce: 2, days: 2, mostOunces: 2_400 },
];

type Quoted = Pick<ShipmentRow, "rates" | "messages">;

/** What each service asks for a parcel, in the order of the list; who does not take it says so in `messages`, and the answer is a 201 all the same. */
export function quote({ to_address, from_address, parcel }: NewShipment, rateId: (index: number) => string): Quoted {
  const services = to_address.country === "US" || to_address.country === "CA" ? american : european;
  if (to_address.country !== from_address.country)
    return {
      rates: [],
      messages: services.map(({ carrier }) => rateError(carrier, "A return across a border needs customs data.")),
    };
  const taking = services.filter(({ mostOunces }) => parcel.weight <= mostOunces);
  return {
    rates: taking.map((service, index) => rateOf(service, parcel.weight, rateId(index))),
    messages: services
      .filter(({ mostOunces }) => parcel.weight > mostOunces)
      .map(({ carrier, mostOunces }) => rateError(carrier, `The parcel is over ${mostOunces} oz.`)),
  };
}

const rateError = (carrier: string, message: string) => ({ carrier, type: "rate_error", message });

const rateOf = ({ carrier, service, base, perOunce, days }: Service, ounces: number, id: string): Rate => ({
  id,
  carrier,
  service,
  rate: ((base + Math.ceil(ounces) * perOunce) / 100).toFixed(2),
  currency: "USD",
  delivery_days: days,
});
