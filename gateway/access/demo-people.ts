import type { Role } from "#shared/caller.ts";

/** Claims that the development issuer puts into a token beside `iss`, `aud`, `iat` and `exp`. */
export type DemoClaims = {
  sub: string;
  name?: string;
  roles?: Role[];
  companies?: string[];
  sites?: string[];
  client_id?: string;
  partner?: string;
  scope?: string;
};

/** People of the seeded distributor (vocabulary.md, section 9). */
export const demoPeople: Readonly<Record<string, DemoClaims>> = {
  ada: { sub: "ada", name: "Ada", roles: ["service"], companies: ["US01", "CA02"] },
  sam: { sub: "sam", name: "Sam", roles: ["supervisor"], companies: ["US01", "CA02", "EU03"] },
  wilma: { sub: "wilma", name: "Wilma", roles: ["warehouse"], companies: ["US01"], sites: ["CHI1", "DAL2"] },
  fin: { sub: "fin", name: "Fin", roles: ["finance"], companies: ["US01", "CA02", "EU03"] },
  otto: { sub: "otto", name: "Otto", roles: ["operations"], companies: ["*"] },
};

const partner = (id: string, scope: string): DemoClaims => ({ sub: id, client_id: id, partner: id, scope });

/** Its partners; what their bundles don't grant is cut off. */
export const demoPartners: Readonly<Record<string, DemoClaims>> = {
  "acme-3pl": partner("acme-3pl", "returns:read status:report milestones:follow"),
  "northwind-market": partner("northwind-market", "returns:read returns:request milestones:follow"),
  boltco: partner("boltco", "returns:read returns:request milestones:follow"),
  supplyco: partner("supplyco", "returns:read status:report milestones:follow"),
};

/** The person `dev-<role>`, who sees all companies. */
export const demoRole = (role: Role): DemoClaims => ({
  sub: `dev-${role}`,
  name: `Dev ${role}`,
  roles: [role],
  companies: ["*"],
});
