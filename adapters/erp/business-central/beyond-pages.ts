import { Fraction, sum, toFixed } from "#shared/decimal.ts";
import type { Beyond } from "./beyond.ts";
import type { Client } from "./client.ts";
import { text } from "./odata.ts";
import { findFactors } from "./units.ts";
import { applications, itemTrackings, shippedTrackings } from "./wire.ts";

/** The custom pages that a partner installs tell what v2.0 does not (wires section 2, docs/seed.md). */
export const beyondOnPages = (client: Client): Beyond => ({
  async factorsOf(rows, _known, call) {
    const lines = rows.flatMap(({ salesInvoiceLines }) => salesInvoiceLines);
    const skus = lines.filter(({ lineType }) => lineType === "Item").map(({ lineObjectNumber }) => lineObjectNumber);
    const factors = await findFactors(client, skus, call);
    return (_row, line) => factors.get(line.lineObjectNumber)?.[line.unitOfMeasureCode];
  },

  unitsOf: (skus, call) => findFactors(client, skus, call),

  async traitsOf(skus, call) {
    const rows = await client.listBy(itemTrackings, "itemNumber", skus, { deed: "find-item-trackings" }, call);
    const bySku = new Map(rows.map((tracking) => [tracking.itemNumber, tracking]));
    return ({ number }) => {
      const tracking = bySku.get(number);
      const { unNumber = "", packingGroup = "", grossWeight = "0" } = tracking ?? {};
      return {
        serialized: tracking?.serialRequired ?? false,
        lotTracked: tracking?.lotRequired ?? false,
        hazardous: tracking?.hazardous ?? false,
        hazard: unNumber === "" ? null : { unNumber, packingGroup },
        weightKg: Number(grossWeight) > 0 ? grossWeight : null,
        supplierOwned: tracking?.supplierOwned ?? false,
        returnable: tracking?.returnable ?? true,
        recalled: tracking?.recalled ?? false,
        warrantyMonths: tracking && tracking.warrantyMonths > 0 ? tracking.warrantyMonths : null,
      };
    };
  },

  shippedTrackings: (field, values, call) =>
    client.listBy(shippedTrackings, field, values, { deed: "find-shipped-trackings" }, call),

  async applicationOf(posted, call) {
    const filter = `creditMemoNumber eq ${text(posted.number)}`;
    const rows = await client.list(applications, filter, { deed: "find-application" }, call);
    const applied = sum(rows.map(({ amount }) => new Fraction(amount)));
    return {
      applications: rows.map(({ invoiceNumber, amount }) => ({ invoiceNumber, amount })),
      onAccount: toFixed(new Fraction(posted.totalAmountIncludingTax).sub(applied), 2),
    };
  },
});
