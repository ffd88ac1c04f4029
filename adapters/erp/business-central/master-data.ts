import type { Call } from "../../port.ts";
import type { ErpCustomer, ErpItem } from "../port.ts";
import type { Beyond } from "./beyond.ts";
import type { Client } from "./client.ts";
import { askable } from "./odata.ts";
import type { Settings } from "./settings.ts";
import { customers, items, orNull, type WireCustomer } from "./wire.ts";

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
  { beyond, supplierProgrammes }: { beyond: Beyond } & Pick<Settings, "supplierProgrammes">,
  skus: readonly string[],
  call: Call,
): Promise<Map<string, ErpItem>> {
  const asked = askable(skus);
  const [rows, traitsOf, factors] = await Promise.all([
    client.listBy(items, "number", asked.keys(), { deed: "find-items" }, call),
    beyond.traitsOf(asked.keys(), call),
    beyond.unitsOf(asked.keys(), call),
  ]);
  return answerAsked(
    asked,
    rows,
    (row) => row.number,
    (row): ErpItem => ({
      sku: row.number,
      name: row.displayName,
      category: orNull(row.itemCategoryCode),
      baseUnit: row.baseUnitOfMeasureCode,
      units: factors.get(row.number) ?? { [row.baseUnitOfMeasureCode]: "1" },
      ...traitsOf(row),
      supplierProgramme: supplierProgrammes.includes(row.itemCategoryCode),
      blocked: row.blocked,
    }),
  );
}
