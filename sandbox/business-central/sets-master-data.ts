import type { SetSpec } from "./set-spec.ts";

/** v2.0 resources that are read only here. Lengths are those of the tables behind the pages. */
export const masterData: SetSpec[] = [
  {
    name: "companies",
    type: "company",
    fields: "id guid!, systemVersion t250!, name t30!, displayName t250!, businessProfileId t250!",
  },
  {
    name: "accounts",
    type: "account",
    fields:
      "id guid!, number c20!, displayName t100!, category t30!, subCategory t80!, blocked boolean!, accountType o(Posting|Heading|Total|Begin Total|End Total)!, directPosting boolean!, netChange decimal!, lastModifiedDateTime datetime!",
    hasWebhooks: true,
  },
  {
    name: "customers",
    type: "customer",
    fields:
      "id guid!, number c20!, displayName t100!, type o(Company|Person)!, addressLine1 t100!, addressLine2 t50!, city t30!, state t30!, country c10!, postalCode c20!, phoneNumber t30!, email t80!, website t80!, salespersonCode c20!, balanceDue decimal!, creditLimit decimal!, taxLiable boolean!, taxAreaId guid!, taxAreaDisplayName t100!, taxRegistrationNumber t20!, currencyId guid!, currencyCode c10!, paymentTermsId guid!, shipmentMethodId guid!, paymentMethodId guid!, blocked o( |Ship|Invoice|All)!, lastModifiedDateTime datetime!",
    one: { customerFinancialDetail: { set: "customerFinancialDetails", from: "id" } },
    many: { defaultDimensions: { set: "defaultDimensions", to: "parentId" } },
    hasWebhooks: true,
  },
  {
    name: "customerFinancialDetails",
    type: "customerFinancialDetail",
    rowsOf: "customers",
    fields: "id guid!, number c20!, balance decimal!, totalSalesExcludingTax decimal!, overdueAmount decimal!",
  },
  {
    name: "currencyExchangeRates",
    type: "currencyExchangeRate",
    fields:
      "id guid!, currencyCode c10!, startingDate date!, exchangeRateAmount decimal!, relationalCurrencyCode c10!, relationalExchangeRateAmount decimal!, lastModifiedDateTime datetime!",
  },
  { name: "customerReturnReasons", type: "customerReturnReason", fields: "id guid!, code c10!, description t100!" },
  {
    name: "generalLedgerSetup",
    type: "generalLedgerSetup",
    fields:
      "id guid!, allowPostingFrom date!, allowPostingTo date!, additionalReportingCurrency c10!, localCurrencyCode c10!, localCurrencySymbol t10!, shortcutDimension1Code c20!, shortcutDimension2Code c20!, lastModifiedDateTime datetime!",
  },
  {
    name: "defaultDimensions",
    type: "defaultDimension",
    fields:
      "id guid!, parentType o( |Item|Customer|Vendor|Employee)!, parentId guid!, dimensionId guid!, dimensionCode c20!, dimensionValueId guid!, dimensionValueCode c20!, postingValidation o( |Code Mandatory|Same Code|No Code)!, lastModifiedDateTime datetime!",
  },
  {
    name: "itemCategories",
    type: "itemCategory",
    fields: "id guid!, code c20!, displayName t100!, lastModifiedDateTime datetime!",
    hasWebhooks: true,
  },
  {
    name: "items",
    type: "item",
    fields:
      "id guid!, number c20!, displayName t100!, type o(Inventory|Service|Non-Inventory)!, itemCategoryId guid!, itemCategoryCode c20!, blocked boolean!, gtin c14!, inventory decimal!, unitPrice decimal!, priceIncludesTax boolean!, unitCost decimal!, taxGroupId guid!, taxGroupCode c20!, baseUnitOfMeasureId guid!, baseUnitOfMeasureCode c10!, lastModifiedDateTime datetime!",
    one: {
      itemCategory: { set: "itemCategories", from: "itemCategoryId" },
      unitOfMeasure: { set: "unitsOfMeasure", from: "baseUnitOfMeasureId" },
    },
    hasWebhooks: true,
  },
  {
    // No location, lot, serial, unit or remaining quantity (D-05).
    name: "itemLedgerEntries",
    type: "itemLedgerEntry",
    fields:
      "id guid!, entryNumber int!, itemNumber c20!, postingDate date!, entryType o(Purchase|Sale|Positive Adjmt.|Negative Adjmt.|Transfer)!, sourceNumber c20!, sourceType o( |Customer|Vendor|Item)!, documentNumber c20!, documentType o( |Sales Shipment|Sales Invoice|Sales Return Receipt|Sales Credit Memo|Purchase Receipt)!, description t100!, quantity decimal!, salesAmountActual decimal!, costAmountActual decimal!, lastModifiedDateTime datetime!",
    one: {
      item: { set: "items", from: "itemNumber", to: "number" },
      customer: { set: "customers", from: "sourceNumber", to: "number" },
    },
  },
  {
    name: "locations",
    type: "location",
    fields: "id guid!, code c10!, displayName t100!, lastModifiedDateTime datetime!",
  },
  {
    name: "taxGroups",
    type: "taxGroup",
    fields: "id guid!, code c20!, displayName t100!, taxType o(Sales Tax|VAT)!, lastModifiedDateTime datetime!",
  },
  {
    name: "unitsOfMeasure",
    type: "unitOfMeasure",
    fields:
      "id guid!, code c10!, displayName t50!, internationalStandardCode c10!, symbol t10!, lastModifiedDateTime datetime!",
    hasWebhooks: true,
  },
];
