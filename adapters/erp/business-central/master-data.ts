import type { Call } from "../../port.ts";
import type { ErpCustomer, ErpItem } from "../port.ts";
import type { Client } from "./client.ts";
import { askable } from "./odata.ts";
import type { Settings } from "./settings.ts";
import { findFactors } from "./units.ts";
import { customers, items, itemTrackings, orNull, type WireCustomer } from "./wire.ts";

export async function findCustomers(
  client: Client,
  companyId: string,
  numbers: readonly string[],
  call: Call,
): Promise<Map<string, ErpCustomer>> {
  const asked = askable(numbers);
  const rows = await client.listBy(
    customers,
    "number",
    asked.keys(),
    { deed: "find-customers", expand: "defaultDimensions" },
    call,
  );
  return answerAsked(
    asked,
    rows,
    (row) => row.number,
    (row) => customerOf(companyId, row),
  );
}

/** Under each key as it was asked, however it was typed. */
export function answerAsked<Row, Answer>(
  asked: Map<string, string[]>,
  rows: Row[],
  codeOf: (row: Row) => string,
  answer: (row: Row) => Answer,
): Map<string, Answer> {
  return new Map(
    rows.flatMap((row) => (asked.get(codeOf(row)) ?? []).map((key): [string, Answer] => [key, answer(row)])),
  );
}

const blocked: Record<string, ErpCustomer["blocked"]> = { Ship: "SHIP", Invoice: "INVOICE", All: "ALL" };

function customerOf(companyId: string, row: WireCustomer): ErpCustomer {
  const dimension = (code: string) =>
    row.defaultDimensions.find(({ dimensionCode }) => dimensionCode === code)?.dimensionValueCode ?? null;
  return {
    companyId,
    number: row.number,
    name: row.displayName,
    email: orNull(row.email),
    tier: dimension("TIER"),
    segment: dimension("SEGMENT"),
    blocked: blocked[row.blocked.trim()] ?? "NONE",
    creditLimit: row.creditLimit === "0.00" ? "0" : row.creditLimit,
    balance: row.balanceDue,
    currency: row.currencyCode,
  };
}

export async function findItems(
  client: Client,
  settings: Settings,
  skus: readonly string[],
  call: Call,
): Promise<Map<string, ErpItem>> {
  const asked = askable(skus);
  const [rows, trackings, factors] = await Promise.all([
    client.listBy(items, "number", asked.keys(), { deed: "find-items" }, call),
    client.listBy(itemTrackings, "itemNumber", asked.keys(), { deed: "find-item-trackings" }, call),
    findFactors(client, asked.keys(), call),
  ]);
  const trackingOf = new Map(trackings.map((tracking) => [tracking.itemNumber, tracking]));
  return answerAsked(
    asked,
    rows,
    (row) => row.number,
    (row): ErpItem => {
      const tracking = trackingOf.get(row.number);
      const { unNumber = "", packingGroup = "", grossWeight = "0" } = tracking ?? {};
      return {
        sku: row.number,
        name: row.displayName,
        category: orNull(row.itemCategoryCode),
        baseUnit: row.baseUnitOfMeasureCode,
        units: factors.get(row.number) ?? { [row.baseUnitOfMeasureCode]: "1" },
        serialized: tracking?.serialRequired ?? false,
        lotTracked: tracking?.lotRequired ?? false,
        hazardous: tracking?.hazardous ?? false,
        weightKg: Number(grossWeight) > 0 ? grossWeight : null,
        hazard: unNumber === "" ? null : { unNumber, packingGroup },
        supplierOwned: tracking?.supplierOwned ?? false,
        returnable: tracking?.returnable ?? true,
        recalled: tracking?.recalled ?? false,
        warrantyMonths: tracking && tracking.warrantyMonths > 0 ? tracking.warrantyMonths : null,
        supplierProgramme: settings.supplierProgrammes.includes(row.itemCategoryCode),
        blocked: row.blocked,
      };
    },
  );
}
