import type { Customer, Distributor, Item } from "../seed/types.ts";
import { type Books, seededId } from "./books.ts";
import type { Sow } from "./sow.ts";

/** Setup, codes, items with their units and tracking, customers. */
export function seedMasterData(books: Books, distributor: Distributor, into: Sow) {
  const { code, currency } = books.company;
  const { today } = distributor;
  const company = distributor.companies.find((each) => each.code === code)!;
  into(
    "generalLedgerSetup",
    "setup",
    {
      allowPostingFrom: company.postingAllowedFrom,
      allowPostingTo: "",
      localCurrencyCode: currency,
      localCurrencySymbol: currency === "EUR" ? "€" : "$",
      shortcutDimension1Code: "CHANNEL",
      shortcutDimension2Code: "SEGMENT",
    },
    today,
  );
  for (const row of distributor.accounts)
    into(
      "accounts",
      row.code,
      {
        number: row.code,
        displayName: row.name,
        category: "Income",
        accountType: "Posting",
        directPosting: true,
        blocked: false,
      },
      today,
    );
  for (const row of distributor.itemCharges)
    into("itemCharges", row.code, { number: row.code, displayName: row.name }, today);
  for (const row of distributor.categories)
    into("itemCategories", row.code, { code: row.code, displayName: row.name }, today);
  for (const row of distributor.reasonCodes)
    into("customerReturnReasons", row.code, { code: row.code, description: row.name }, today);
  for (const row of distributor.units)
    into(
      "unitsOfMeasure",
      row.code,
      { code: row.code, displayName: row.name, internationalStandardCode: row.code },
      today,
    );
  for (const row of distributor.locations.filter((each) => each.company === code))
    into("locations", row.code, { code: row.code, displayName: row.name }, today);
  for (const row of distributor.taxCodes.filter((each) => each.company === code))
    into(
      "taxGroups",
      row.code,
      { code: row.code, displayName: row.name, taxType: code === "EU03" ? "VAT" : "Sales Tax", percent: row.percent },
      today,
    );
  for (const row of distributor.exchangeRates.filter((each) => each.company === code))
    into(
      "currencyExchangeRates",
      `${row.currency}/${row.from}`,
      {
        currencyCode: row.currency,
        startingDate: row.from,
        exchangeRateAmount: row.amount,
        relationalCurrencyCode: row.relative,
        relationalExchangeRateAmount: row.relativeAmount,
      },
      today,
    );
  for (const item of distributor.items) seedItem(books, item, today, into);
  for (const customer of distributor.customers.filter((each) => each.company === code))
    seedCustomer(books, customer, today, into);
}

function seedItem(books: Books, item: Item, day: string, into: Sow) {
  const { code } = books.company;
  const { unitPrice, unitCost } = item.prices[code as keyof Item["prices"]];
  const row = into(
    "items",
    item.sku,
    {
      number: item.sku,
      displayName: item.name,
      type: "Inventory",
      itemCategoryId: seededId(code, "itemCategories", item.category),
      itemCategoryCode: item.category,
      blocked: false,
      unitPrice,
      unitCost,
      baseUnitOfMeasureId: seededId(code, "unitsOfMeasure", item.baseUnit),
      baseUnitOfMeasureCode: item.baseUnit,
    },
    day,
  );
  const link = { itemId: row.id, itemNumber: item.sku };
  for (const unit of item.units)
    into(
      "itemUnitsOfMeasure",
      `${item.sku}/${unit.code}`,
      { ...link, code: unit.code, qtyPerUnitOfMeasure: unit.factor },
      day,
    );
  into(
    "itemTrackings",
    item.sku,
    {
      ...link,
      itemTrackingCode: item.tracking === "SERIAL" ? "SNALL" : item.tracking === "LOT" ? "LOTALL" : "",
      serialRequired: item.tracking === "SERIAL",
      lotRequired: item.tracking === "LOT",
      hazardous: item.hazardous,
      unNumber: item.hazard?.unNumber ?? "",
      packingGroup: item.hazard?.packingGroup ?? "",
      grossWeight: item.weightKg,
      returnable: item.returnable,
      supplierOwned: item.supplierOwned,
      recalled: item.recalled,
      warrantyMonths: item.warrantyMonths ?? 0,
    },
    day,
  );
}

function seedCustomer(books: Books, customer: Customer, day: string, into: Sow) {
  const { address } = customer;
  const row = into(
    "customers",
    customer.number,
    {
      number: customer.number,
      displayName: customer.name,
      type: "Company",
      addressLine1: address.line1,
      city: address.city,
      state: address.state,
      country: address.country,
      postalCode: address.postalCode,
      phoneNumber: customer.phone,
      email: customer.email,
      creditLimit: customer.creditLimit,
      taxLiable: true,
      taxCode: customer.taxCode,
      segment: customer.segment,
      currencyCode: customer.currency,
      blocked: customer.blocked || " ",
    },
    day,
  );
  const dimension = (dimensionCode: string, dimensionValueCode: string) =>
    into(
      "defaultDimensions",
      `${customer.number}/${dimensionCode}`,
      { parentType: "Customer", parentId: row.id, dimensionCode, dimensionValueCode },
      day,
    );
  dimension("TIER", customer.tier);
  dimension("SEGMENT", customer.segment);
}
