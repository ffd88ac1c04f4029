import type { Call } from "../../port.ts";
import type { ErpItem, MemoApplication } from "../port.ts";
import type { Factors } from "./units.ts";
import type { WireInvoice, WireItem, WireMemo, WireShipment, WireShippedTracking } from "./wire.ts";

type InvoiceLine = WireInvoice["salesInvoiceLines"][number];
/** Base units in one of an invoice line's unit (D-18); undefined where nothing tells. */
export type FactorOf = (row: WireInvoice, line: InvoiceLine) => string | undefined;
export type BaseUnits = ReadonlyMap<string, string>;

export type ItemTraits = Pick<
  ErpItem,
  | "serialized"
  | "lotTracked"
  | "hazardous"
  | "hazard"
  | "weightKg"
  | "returnable"
  | "supplierOwned"
  | "recalled"
  | "warrantyMonths"
>;
export type TraitsOf = (item: WireItem) => ItemTraits;

/** What API v2.0 has no field for, and where an installation has it: on the partner's pages, or nowhere but in what can be concluded. */
export type Beyond = {
  /** `shipments` are those of the invoices' orders, where they were read already. */
  factorsOf(
    rows: readonly WireInvoice[],
    known: { baseUnits: Promise<BaseUnits>; shipments: readonly WireShipment[] | null },
    call: Call,
  ): Promise<FactorOf>;
  unitsOf(skus: Iterable<string>, call: Call): Promise<Factors>;
  traitsOf(skus: Iterable<string>, call: Call): Promise<TraitsOf>;
  shippedTrackings(
    field: "shipmentNumber" | "orderNumber" | "serialNumber",
    values: Iterable<string>,
    call: Call,
  ): Promise<WireShippedTracking[]>;
  applicationOf(posted: WireMemo, call: Call): Promise<MemoApplication>;
};
