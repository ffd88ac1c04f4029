import { type Caller, createCaller, type PartnerRows } from "#shared/caller.ts";

// The four partners of the seed as the gateway hands them down (docs/partners.md), for tests that ask subgraphs directly.

type Bundle = { companies: string[]; sites?: string[]; scope: string } & Partial<Omit<PartnerRows, "kind">>;

const partner = (id: string, kind: PartnerRows["kind"], { companies, sites, scope, ...lists }: Bundle): Caller =>
  createCaller({
    ...{ kind: "PARTNER", id, name: null, roles: [], partner: id, client: `partner:${id}:${id}` },
    ...{ companies, sites: sites ?? null, scope: scope.split(" ") },
    rows: { kind, customers: null, channels: null, items: null, ...lists },
  });

const reads = "returns:read milestones:follow";
export const acme = partner("acme-3pl", "third-party", {
  companies: ["EU03"],
  sites: ["HAM4"],
  scope: `${reads} status:report`,
});
export const northwind = partner("northwind-market", "customer", {
  companies: ["US01"],
  channels: ["MARKETPLACE"],
  scope: `${reads} returns:request`,
});
export const boltco = partner("boltco", "customer", {
  companies: ["US01"],
  customers: ["C-2020"],
  scope: `${reads} returns:request`,
});
export const supplyco = partner("supplyco", "supplier", {
  companies: ["US01"],
  items: ["GEN-8100", "CSG-710"],
  scope: `${reads} status:report`,
});
export const demoPartners = { acme, northwind, boltco, supplyco };
