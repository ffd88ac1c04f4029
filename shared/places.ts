// The companies and warehouses of this installation: names, time zones and days are the same for every station.

export type Company = {
  id: string;
  name: string;
  currency: string;
  timeZone: string;
  /** Calendar days from shipping to delivery where no system says when it was delivered (D-26). */
  transitDays: number;
};
export type Warehouse = {
  code: string;
  name: string;
  companyId: string;
  timeZone: string;
  takesReturns: boolean;
  address: { name: string; line1: string; city: string; postalCode: string; country: string };
};

export const companies: readonly Company[] = [
  { id: "US01", name: "Backhaul Industrial Supply", currency: "USD", timeZone: "America/Chicago", transitDays: 2 },
  {
    id: "CA02",
    name: "Backhaul Industrial Supply Canada",
    currency: "CAD",
    timeZone: "America/Toronto",
    transitDays: 3,
  },
  { id: "EU03", name: "Backhaul Industriebedarf", currency: "EUR", timeZone: "Europe/Berlin", transitDays: 2 },
];

const address = (name: string, line1: string, city: string, postalCode: string, country: string) => ({
  name,
  line1,
  city,
  postalCode,
  country,
});
export const warehouses: readonly Warehouse[] = [
  {
    code: "CHI1",
    name: "Chicago",
    companyId: "US01",
    timeZone: "America/Chicago",
    takesReturns: true,
    address: address("Backhaul Returns CHI1", "4100 S Pulaski Rd", "Chicago", "60632", "US"),
  },
  {
    code: "DAL2",
    name: "Dallas",
    companyId: "US01",
    timeZone: "America/Chicago",
    takesReturns: true,
    address: address("Backhaul Returns DAL2", "8800 Ambassador Row", "Dallas", "75247", "US"),
  },
  {
    code: "TOR3",
    name: "Toronto",
    companyId: "CA02",
    timeZone: "America/Toronto",
    takesReturns: true,
    address: address("Backhaul Returns TOR3", "75 Rexdale Blvd", "Toronto", "M9W 1P1", "CA"),
  },
  {
    code: "HAM4",
    name: "Hamburg (third party)",
    companyId: "EU03",
    timeZone: "Europe/Berlin",
    takesReturns: true,
    address: address("Retouren HAM4", "Am Altenwerder Kirchtal 1", "Hamburg", "21129", "DE"),
  },
];

export const companyById = (id: string): Company | undefined => companies.find((company) => company.id === id);
export const warehouseByCode = (code: string): Warehouse | undefined =>
  warehouses.find((warehouse) => warehouse.code === code);
