import { PRICE_FACTORS } from "./companies.ts";
import { divide, money } from "./decimals.ts";
import type { Random } from "./random.ts";
import type { CompanyCode, Hazard, Item, Named } from "./types.ts";

type Family = {
  prefix: string;
  name: string;
  category: string;
  count: number;
  first: number;
  step: number;
  /** Cheapest and dearest, in cents of a US dollar. */
  price: [number, number];
  supplier: string;
  unit?: string;
  packs?: [string, string][];
  tracking?: Item["tracking"];
  warrantyMonths?: number;
  hazard?: Hazard;
  flags?: Partial<Pick<Item, "returnable" | "cutToLength" | "specialOrder" | "dropShip" | "supplierOwned">>;
};

const paint: Hazard = {
  unNumber: "UN1263",
  properShippingName: "PAINT",
  hazardClass: "3",
  packingGroup: "II",
  safetySheet: "sds/un1263.pdf",
  doNotShipBack: false,
};
const aerosol: Hazard = {
  ...paint,
  unNumber: "UN1950",
  properShippingName: "AEROSOLS",
  hazardClass: "2.1",
  safetySheet: "sds/un1950.pdf",
  doNotShipBack: true,
};
const family = (
  prefix: string,
  name: string,
  category: string,
  count: number,
  first: number,
  step: number,
  price: [number, number],
  supplier: string,
  more: Partial<Family> = {},
): Family => ({
  prefix,
  name,
  category,
  count,
  first,
  step,
  price,
  supplier,
  ...more,
});

// A category that changes what may come back is a category of its own, so that an ERP without item attributes shows it too.
const FAMILIES: Family[] = [
  family("BRG", "Ball bearing", "BEARINGS", 40, 6200, 1, [890, 31000], "V-9001", { packs: [["BX", "10"]] }),
  family("PLB", "Pillow block", "BEARINGS", 20, 205, 1, [2400, 18900], "V-9001"),
  family("VLV", "Ball valve", "VALVES", 30, 7700, 1, [3200, 42000], "V-9002", { warrantyMonths: 12 }),
  family("FTG", "Pipe fitting", "FITTINGS", 40, 1000, 5, [150, 4800], "V-9002", { packs: [["PK", "25"]] }),
  family("GSK", "Gasket", "SEALS", 20, 300, 5, [320, 6400], "V-9002", { packs: [["PK", "10"]] }),
  family("CPL", "Coupling hub", "POWER-TRANS", 20, 90, 5, [1900, 22000], "V-9001"),
  family("BLT", "V-belt", "POWER-TRANS", 30, 500, 10, [780, 9600], "V-9001"),
  family("CHN", "Roller chain", "POWER-TRANS", 12, 40, 10, [2600, 14000], "V-9001", { unit: "M" }),
  family("FLT", "Hydraulic filter", "HYDRAULICS", 24, 1200, 10, [990, 12900], "V-9002", { packs: [["CS", "12"]] }),
  family("HYD", "Hydraulic cylinder", "HYDRAULICS", 16, 200, 10, [18900, 189000], "V-9003", { warrantyMonths: 12 }),
  family("STR", "Starter motor", "ELECTRICAL", 12, 4100, 10, [21000, 54000], "V-9003", { warrantyMonths: 12 }),
  family("CTR", "Contactor", "ELECTRICAL", 20, 3100, 10, [2900, 28000], "V-9003"),
  family("DRV", "Variable speed drive", "DRIVES", 12, 2200, 100, [48000, 260000], "V-9003", {
    tracking: "SERIAL",
    warrantyMonths: 24,
  }),
  family("MTR", "Gear motor", "DRIVES", 12, 5000, 50, [39000, 180000], "V-9003", {
    tracking: "SERIAL",
    warrantyMonths: 18,
  }),
  family("ADH", "Structural adhesive", "ADHESIVES", 12, 260, 5, [1400, 8900], "V-9004", {
    tracking: "LOT",
    packs: [["CS", "6"]],
  }),
  family("LUB", "Bearing grease", "LUBRICANTS", 14, 800, 2, [900, 7200], "V-9004", {
    tracking: "LOT",
    packs: [["CS", "12"]],
  }),
  family("PNT", "Epoxy paint, 5 L", "HAZMAT", 12, 1263, 1, [4900, 18900], "V-9004", { hazard: paint }),
  family("AER", "Cutting spray", "HAZMAT", 8, 1950, 1, [790, 2900], "V-9004", {
    hazard: aerosol,
    packs: [["CS", "12"]],
  }),
  family("CBL", "Control cable, cut to length", "CUT-LENGTH", 20, 400, 25, [120, 3900], "V-9003", {
    unit: "M",
    flags: { cutToLength: true, returnable: false },
  }),
  family("GLV", "Work gloves", "SAFETY", 16, 100, 10, [390, 3900], "V-9000", { unit: "PR", packs: [["BX", "12"]] }),
  family("TLS", "Torque tool", "TOOLS", 16, 600, 20, [8900, 155000], "V-9000", { warrantyMonths: 12 }),
  family("SPX", "Special machining to drawing", "SPECIAL-ORDER", 10, 9000, 10, [12000, 96000], "V-9000", {
    flags: { specialOrder: true, returnable: false },
  }),
  family("GEN", "Standby generator", "DROP-SHIP", 8, 8000, 100, [189000, 540000], "V-9000", {
    flags: { dropShip: true },
    warrantyMonths: 24,
  }),
  family("CSG", "Consigned cutting insert", "CONSIGNED", 12, 700, 10, [1100, 9900], "V-9000", {
    flags: { supplierOwned: true },
    packs: [["PK", "10"]],
  }),
];

export const CATEGORIES: Named[] = [
  ...[...new Set(FAMILIES.map((f) => f.category))].map((code) => ({
    code,
    name: code.toLowerCase().replace("-", " "),
  })),
  { code: "CORES", name: "cores" },
];

/** Items of all families, and a core for every starter. */
export function makeItems(random: Random): Item[] {
  const items = FAMILIES.flatMap((f) =>
    Array.from({ length: f.count }, (_, i) => makeItem(f, f.first + i * f.step, i, random)),
  );
  return [...items, ...items.filter(({ coreSku }) => coreSku !== null).map(makeCore)].map(planted);
}

function makeItem(f: Family, size: number, index: number, random: Random): Item {
  const baseUnit = f.unit ?? "EA";
  const sku = `${f.prefix}-${size}`;
  const price = divide(f.price[0] * (f.count - 1 - index) + f.price[1] * index, f.count - 1);
  return {
    sku,
    name: `${f.name} ${size}`,
    category: f.category,
    baseUnit,
    units: [[baseUnit, "1"], ...(f.packs ?? [])].map(([code = "", factor = ""]) => ({ code, factor })),
    tracking: f.tracking ?? "NONE",
    prices: pricesOf(price, f.flags?.supplierOwned ? 0 : divide(price * random.between(52, 68), 100)),
    weightKg: `0.${random.between(0, 9)}${random.between(1, 9)}`,
    hazardous: f.hazard !== undefined,
    hazard: f.hazard ?? null,
    returnable: true,
    cutToLength: false,
    specialOrder: false,
    dropShip: false,
    supplierOwned: false,
    ...f.flags,
    recalled: false,
    coreSku: f.prefix === "STR" ? `${sku}-CORE` : null,
    warrantyMonths: f.warrantyMonths ?? null,
    supplierNumber: f.supplier,
  };
}

function makeCore(item: Item): Item {
  const sku = `${item.sku}-CORE`;
  return {
    ...item,
    sku,
    name: `Core deposit ${item.name}`,
    category: "CORES",
    prices: pricesOf(8500, 4200),
    coreSku: null,
    warrantyMonths: null,
  };
}

/** The recalled valve, and the paint whose hazard data nobody has entered (D-37). */
function planted(item: Item): Item {
  if (item.sku === "VLV-7710") return { ...item, recalled: true };
  if (item.sku === "PNT-1270") return { ...item, hazard: null };
  return item;
}

function pricesOf(price: number, cost: number): Item["prices"] {
  const at = (company: CompanyCode) => ({
    unitPrice: money(divide(price * PRICE_FACTORS[company], 1000)),
    unitCost: money(divide(cost * PRICE_FACTORS[company], 1000)),
  });
  return { US01: at("US01"), CA02: at("CA02"), EU03: at("EU03") };
}
