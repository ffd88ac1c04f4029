import { companyById } from "#shared/places.ts";
import { money } from "./decimals.ts";
import { createRandom, type Random } from "./random.ts";
import type { Address, CompanyCode, Customer } from "./types.ts";

type Story = [number: string, name: string, more?: Partial<Customer>];

/** Customers that stories, demos and tests know by number. */
const STORIES: Story[] = [
  ["C-2000", "Halsted Machine Works"],
  ["C-2001", "Calumet Fabricators", { blocked: "Ship" }],
  ["C-2002", "Blue Island Presses", { blocked: "Invoice" }],
  ["C-2003", "Cicero Tube Company", { blocked: "All" }],
  ["C-2004", "Joliet Conveyor Systems", { segment: "OEM" }],
  ["C-2010", "Northside Pump & Motor"],
  ["C-2011", "Midwest Water Utilities", { tier: "PLATINUM", segment: "UTILITY", contract: "MWU-2025" }],
  ["C-2012", "Kedzie Gear"],
  ["C-2013", "Wabash Filtration"],
  ["C-2014", "Illinois Technical College", { taxCode: "EXEMPT" }],
  ["C-2015", "Pershing Crane Service"],
  ["C-2016", "Ashland Bottling"],
  ["C-2017", "Archer Packaging"],
  ["C-2018", "Elston Composites"],
  ["C-2019", "Damen Heating & Cooling", { segment: "CONTRACTOR" }],
  ["C-2020", "Boltco Industrial", { segment: "RESELLER", tier: "GOLD" }],
  ["C-2021", "Western Steel Service"],
  ["C-2022", "Goose Island Coatings"],
  ["C-2023", "Pilsen Sign & Paint"],
  ["C-2024", "Des Plaines Data Halls", { segment: "CONTRACTOR" }],
  ["C-2025", "Cermak Electric", { segment: "CONTRACTOR" }],
  ["C-2026", "Stockyards Truck Repair", { segment: "MRO" }],
  ["C-2027", "Throop Tool & Die", { segment: "OEM" }],
  ["C-2028", "Bridgeport Brewing Equipment"],
  ["C-2029", "Lake Michigan Ore Terminal", { tier: "PLATINUM" }],
  ["C-2030", "Englewood Elevators"],
  ["C-2031", "Back of the Yards Meat Packing"],
  ["C-2032", "Roseland Rail"],
];
const ABROAD: Record<"CA02" | "EU03", Story[]> = {
  CA02: [
    ["C-5000", "Etobicoke Hydraulics Ltd."],
    ["C-5001", "Mississauga Mill Supply"],
  ],
  EU03: [["C-7000", "Wilhelmsburger Werftbedarf GmbH"]],
};

/** Billed in another currency than the company's; they come last, from a source of their own, so that nobody else changes with them. */
const FOREIGN: [CompanyCode, Story][] = [
  ["US01", ["C-2033", "Rotterdam Offshore Supply B.V.", { currency: "EUR", taxCode: "EXEMPT" }]],
  ["US01", ["C-2034", "Antwerp Dredging N.V.", { currency: "EUR", taxCode: "EXEMPT" }]],
  ["US01", ["C-2035", "Zeebrugge Cranes N.V.", { currency: "EUR", taxCode: "EXEMPT" }]],
  ["EU03", ["C-7002", "Mobile Bay Shipyard LLC", { currency: "USD", taxCode: "EU-RC" }]],
  ["EU03", ["C-7001", "Galveston Marine Inc.", { currency: "USD", taxCode: "EU-RC" }]],
];

const HOMES: Record<CompanyCode, { taxCode: string; address: Address }[]> = {
  US01: [
    {
      taxCode: "IL-COOK",
      address: { line1: "S Halsted St", city: "Chicago", state: "IL", postalCode: "60608", country: "US" },
    },
    {
      taxCode: "TX-DALLAS",
      address: { line1: "Irving Blvd", city: "Dallas", state: "TX", postalCode: "75207", country: "US" },
    },
    {
      taxCode: "WI-MILW",
      address: { line1: "W Canal St", city: "Milwaukee", state: "WI", postalCode: "53233", country: "US" },
    },
  ],
  CA02: [
    {
      taxCode: "ON-HST",
      address: { line1: "Dixon Rd", city: "Toronto", state: "ON", postalCode: "M9W 1J8", country: "CA" },
    },
    {
      taxCode: "QC-GSTQST",
      address: { line1: "Rue Notre-Dame E", city: "Montreal", state: "QC", postalCode: "H1N 2C5", country: "CA" },
    },
  ],
  EU03: [
    {
      taxCode: "DE-19",
      address: { line1: "Industriestr.", city: "Hamburg", state: "", postalCode: "21107", country: "DE" },
    },
    {
      taxCode: "EU-RC",
      address: { line1: "Havenstraat", city: "Rotterdam", state: "", postalCode: "3011", country: "NL" },
    },
  ],
};
const GENERATED: Record<CompanyCode, { count: number; first: number }> = {
  US01: { count: 220, first: 2100 },
  CA02: { count: 44, first: 5100 },
  EU03: { count: 36, first: 7100 },
};
const FIRST = [
  "Acorn",
  "Badger",
  "Cardinal",
  "Delta",
  "Eagle",
  "Fulton",
  "Granite",
  "Harbor",
  "Iron Ridge",
  "Juniper",
  "Keystone",
  "Lincoln",
  "Monarch",
  "North Star",
  "Orchard",
  "Pioneer",
];
const SECOND = [
  "Foundry",
  "Machine",
  "Plastics",
  "Foods",
  "Mining",
  "Paper",
  "Aggregates",
  "Automation",
  "Hydraulics",
  "Mechanical",
  "Marine",
  "Milling",
  "Stamping",
  "Brewing",
];
const PEOPLE = [
  "Dana Ortiz",
  "Chris Novak",
  "Robin Meyer",
  "Alex Tran",
  "Jamie Kowalski",
  "Sasha Lindgren",
  "Pat Okafor",
  "Morgan Dubois",
];

/** Story customers first, then generated ones: 300 and more in all, times the scale. */
export function makeCustomers(random: Random, scale: number): Customer[] {
  const companies: CompanyCode[] = ["US01", "CA02", "EU03"];
  const customers = companies.flatMap((company) => [
    ...(company === "US01" ? STORIES : ABROAD[company]).map((story) => makeStoryCustomer(company, story, random)),
    ...Array.from({ length: GENERATED[company].count * scale }, (_, i) => makeGenerated(company, i, random)),
  ]);
  const own = createRandom(FOREIGN.length);
  return [...customers, ...FOREIGN.map(([company, story]) => makeStoryCustomer(company, story, own))];
}

/** A story's customer lives where the company's first tax code holds: US01 in Cook County. */
function makeStoryCustomer(company: CompanyCode, [number, name, more]: Story, random: Random): Customer {
  return {
    ...makeCustomer(company, number, name, 0, random),
    blocked: "",
    creditLimit: "0.00",
    tier: "SILVER",
    segment: "MRO",
    ...more,
  };
}

function makeGenerated(company: CompanyCode, index: number, random: Random): Customer {
  const name = `${FIRST[index % FIRST.length]} ${SECOND[Math.floor(index / FIRST.length) % SECOND.length]}`;
  const again = Math.floor(index / (FIRST.length * SECOND.length));
  const home = random.between(0, HOMES[company].length - 1);
  const number = `C-${GENERATED[company].first + index + (index < 900 ? 0 : 100_000)}`;
  return makeCustomer(company, number, again > 0 ? `${name} ${again + 1}` : name, home, random);
}

function makeCustomer(company: CompanyCode, number: string, name: string, home: number, random: Random): Customer {
  const place = HOMES[company][home];
  if (!place) throw new Error(`${company} has no home ${home}`);
  const contact = random.pick(PEOPLE);
  return {
    company,
    number,
    name,
    contact,
    email: `purchasing@${number.toLowerCase()}.example`,
    phone: `+1 312 555 0${random.between(100, 199)}`,
    address: { ...place.address, line1: `${random.between(100, 9900)} ${place.address.line1}` },
    tier: random.pick(["PLATINUM", "GOLD", "GOLD", "SILVER", "SILVER", "SILVER", "BRONZE", "BRONZE"]),
    segment: random.pick(["OEM", "MRO", "MRO", "CONTRACTOR", "RESELLER", "UTILITY"]),
    blocked: random.chance(2) ? random.pick(["Ship", "Invoice", "All"]) : "",
    creditLimit: random.chance(70) ? money(random.between(5, 200) * 100_000) : "0.00",
    currency: companyById(company)!.currency,
    taxCode: random.chance(8) ? "EXEMPT" : place.taxCode,
    paymentTermDays: random.pick([14, 30, 30, 30, 60]),
    contract: null,
  };
}
