import { companies } from "#shared/places.ts";
import { addDays } from "./days.ts";
import type {
  Company,
  CompanyCode,
  Day,
  ExchangeRate,
  Location,
  Named,
  SiteCode,
  Supplier,
  TaxCode,
  UnitOfMeasure,
} from "./types.ts";

const HEAD_OFFICES: Record<CompanyCode, Company["address"]> = {
  US01: { line1: "4400 S Pulaski Rd", city: "Chicago", state: "IL", postalCode: "60632", country: "US" },
  CA02: { line1: "75 Carlingview Dr", city: "Toronto", state: "ON", postalCode: "M9W 5E4", country: "CA" },
  EU03: { line1: "Am Windhukkai 5", city: "Hamburg", state: "", postalCode: "20457", country: "DE" },
};

/** The companies of this installation, as their ERP knows them. */
export function makeCompanies(today: Day): Company[] {
  const postingAllowedFrom = addDays(today, -14);
  return companies.map(({ id, name, currency, timeZone, transitDays }) => {
    const code = id as CompanyCode;
    return {
      code,
      name,
      currency: currency as Company["currency"],
      timeZone,
      address: HEAD_OFFICES[code],
      transitDays,
      postingAllowedFrom,
    };
  });
}

/** Prices and costs of the item master are in USD; thousandths to the other currencies. */
export const PRICE_FACTORS: Record<CompanyCode, number> = { US01: 1000, CA02: 1360, EU03: 920 };

/** What the ERP knows of other currencies; the Canadian dollar's rate in US01 is by way of the euro. */
export function makeExchangeRates(today: Day): ExchangeRate[] {
  const since = (company: CompanyCode, currency: string, relative: string, rates: [daysAgo: number, worth: string][]) =>
    rates.map(([daysAgo, relativeAmount]) => ({
      ...{ company, currency, relative, relativeAmount },
      from: addDays(today, -daysAgo),
      amount: "100",
    }));
  return [
    ...since("US01", "EUR", "", [
      [540, "107.50"],
      [30, "109.00"],
    ]),
    ...since("US01", "CAD", "EUR", [[540, "67.50"]]),
    ...since("CA02", "USD", "", [[540, "136.00"]]),
    ...since("EU03", "USD", "", [
      [540, "93.00"],
      [30, "92.00"],
    ]),
  ];
}

export const SITES: Record<CompanyCode, [SiteCode, ...SiteCode[]]> = {
  US01: ["CHI1", "DAL2"],
  CA02: ["TOR3"],
  EU03: ["HAM4"],
};

const SITE_NAMES: Record<SiteCode, string> = {
  CHI1: "Chicago distribution centre",
  DAL2: "Dallas distribution centre",
  TOR3: "Toronto warehouse",
  HAM4: "Hamburg third-party warehouse",
};

const AREAS: [string, string, Location["kind"]][] = [
  ["QUARANTINE", "Returned goods, not yet decided", "QUARANTINE"],
  ["CONSIGN", "Supplier-owned stock", "CONSIGNMENT"],
  ["BGRADE", "B-grade stock", "B_GRADE"],
  ["REPAIR", "Repair and refurbishing", "REPAIR"],
  ["TOVENDOR", "Waiting for return to vendor", "TO_VENDOR"],
];

/** Sites first, then the areas that the ERP has as locations of their own. */
export function makeLocations(companies: Company[]): Location[] {
  return companies.flatMap(({ code: company, timeZone }) => [
    ...SITES[company].map((code): Location => ({ company, code, name: SITE_NAMES[code], kind: "SITE", timeZone })),
    ...AREAS.map(([code, name, kind]): Location => ({ company, code, name, kind, timeZone })),
  ]);
}

const unit = (code: string, name: string, decimals: 0 | 3): UnitOfMeasure => ({ code, name, decimals });
export const UNITS: UnitOfMeasure[] = [
  unit("EA", "Each", 0),
  unit("CS", "Case", 0),
  unit("BX", "Box", 0),
  unit("PK", "Pack", 0),
  unit("PR", "Pair", 0),
  unit("SET", "Set", 0),
  unit("M", "Metre", 3),
  unit("FT", "Foot", 3),
  unit("KG", "Kilogram", 3),
  unit("LB", "Pound", 3),
  unit("L", "Litre", 3),
  unit("GAL", "Gallon", 3),
];

const tax = (company: CompanyCode, code: string, name: string, percent: string): TaxCode => ({
  company,
  code,
  name,
  percent,
});
const untaxed = (company: CompanyCode): TaxCode[] => [
  tax(company, "EXEMPT", "Exempt", "0"),
  tax(company, "FEE-NT", "Fees, not taxed", "0"),
  tax(company, "CORE-NT", "Core deposits, not taxed", "0"),
];
export const TAX_CODES: TaxCode[] = [
  tax("US01", "IL-COOK", "Illinois, Cook County", "10.25"),
  tax("US01", "TX-DALLAS", "Texas, Dallas", "8.25"),
  tax("US01", "WI-MILW", "Wisconsin, Milwaukee", "7.9"),
  ...untaxed("US01"),
  tax("CA02", "ON-HST", "Ontario HST", "13"),
  tax("CA02", "QC-GSTQST", "Quebec GST and QST", "14.975"),
  ...untaxed("CA02"),
  tax("EU03", "DE-19", "Germany, standard rate", "19"),
  tax("EU03", "EU-RC", "EU, reverse charge", "0"),
  ...untaxed("EU03"),
];

const named = (rows: Record<string, string>): Named[] => Object.entries(rows).map(([code, name]) => ({ code, name }));

/** The ERP's own reason codes; `systems.yml` maps ours to them. */
export const REASON_CODES = named({
  DEFECT: "Defective goods",
  DAMAGED: "Damaged goods",
  WRONGITEM: "Wrong item delivered",
  LATE: "Late delivery",
  RECALL: "Recalled",
  NOTNEEDED: "Not needed",
  CORE: "Core returned",
  PRICE: "Price correction",
  MOVE: "Move between locations",
  SCRAP: "Scrapped",
  CORRECT: "Correction of a receipt",
});

export const ACCOUNTS = named({
  "2310": "Accounts receivable",
  "6110": "Sales",
  "6850": "Freight charged to customers",
  "6910": "Sales returns and allowances",
});

export const ITEM_CHARGES = named({ RESTOCKING: "Restocking fee" });

const supplier = (
  number: string,
  name: string,
  line1: string,
  city: string,
  state: string,
  postalCode: string,
): Supplier => ({
  number,
  name,
  address: { line1, city, state, postalCode, country: "US" },
});
export const SUPPLIERS: Supplier[] = [
  supplier("V-9000", "SupplyCo Manufacturing", "1 Foundry Way", "Gary", "IN", "46402"),
  supplier("V-9001", "Great Plains Bearing Works", "2200 E 12th St", "Davenport", "IA", "52803"),
  supplier("V-9002", "Allegheny Valve & Fitting", "310 River Ave", "Pittsburgh", "PA", "15212"),
  supplier("V-9003", "Volta Drives and Motors", "88 Technology Dr", "Dayton", "OH", "45402"),
  supplier("V-9004", "Prairie Coatings", "915 Industrial Pkwy", "Omaha", "NE", "68110"),
];
