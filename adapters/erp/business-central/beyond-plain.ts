import type { ErpItem, MemoApplication } from "../port.ts";
import type { Beyond, ItemTraits } from "./beyond.ts";
import type { Client } from "./client.ts";
import { factorsAsPosted } from "./posted-units.ts";
import type { Settings } from "./settings.ts";
import type { WireItem, WireMemo } from "./wire.ts";

/** Plain v2.0: what it does not tell is concluded from what it does, said in systems.yml, or not known. */
export const beyondPlain = (client: Client, { itemTraits }: Pick<Settings, "itemTraits">): Beyond => ({
  factorsOf: (rows, known, call) => factorsAsPosted(client, rows, known, call),
  unitsOf: async () => new Map(),
  traitsOf: async () => (item) => traitsByCategory(item, itemTraits),
  shippedTrackings: async () => [],
  applicationOf: async (posted) => application(posted),
});

/** By the item's category; no category says which UN number, what is recalled, or how long a warranty runs. */
function traitsByCategory({ itemCategoryCode }: WireItem, traits: Settings["itemTraits"]): ItemTraits {
  const is = (trait: keyof Settings["itemTraits"]) => traits[trait].includes(itemCategoryCode);
  const hazard: ErpItem["hazard"] = null;
  return {
    serialized: is("serialized"),
    lotTracked: is("lotTracked"),
    hazardous: is("hazardous"),
    hazard,
    weightKg: null,
    returnable: !is("notReturnable"),
    supplierOwned: is("supplierOwned"),
    recalled: false,
    warrantyMonths: null,
  };
}

/** A memo that is paid was taken in full by the invoice it names; how much an invoice took of one that is still open is not told. */
function application({ status, invoiceNumber, totalAmountIncludingTax: total }: WireMemo): MemoApplication {
  const taken = status === "Paid" && invoiceNumber !== "" && total !== "0.00";
  return taken
    ? { applications: [{ invoiceNumber, amount: total }], onAccount: "0.00" }
    : { applications: [], onAccount: total };
}
