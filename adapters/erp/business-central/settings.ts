import { z } from "zod";

const code = (length: number) =>
  z.string("must be a code").min(1, "is empty").max(length, `is longer than ${length} characters`);
const codes = z.record(z.string(), code(10));
const categories = z.array(code(20)).default([]);

/** What systems.yml says of one Business Central company: its place, and our words in its words. */
export const settings = z
  .strictObject({
    tenantId: z.guid("must be a GUID"),
    environment: z.string().default("production"),
    /** Name of the company; or its id, which saves the look-up. */
    company: z.string("must be a name").min(1).optional(),
    companyId: z.guid("must be a GUID").optional(),
    tokenUrl: z.url({ protocol: /^https?$/, error: "must be an http address" }).optional(),
    scope: z.string().default("https://api.businesscentral.dynamics.com/.default"),
    /** Publisher, group and version of the custom pages; credit-memo-only mode asks none of them. */
    customApi: z
      .string("must be publisher/group/version")
      .regex(/^[\w-]+\/[\w-]+\/v\d+\.\d+$/, "must be publisher/group/version, as contoso/returns/v1.0"),
    /** G/L accounts of fees and allowances. */
    accounts: z.strictObject({ returns: code(20), allowance: code(20), freight: code(20) }),
    /** Item charges of fees. */
    charges: z.strictObject({ restocking: code(20) }),
    /** Tax code of fee lines; without it the ERP's own default. */
    feeTaxCode: code(20).optional(),
    /** Our reasons and adjustment reasons → theirs; "*" for all others. */
    reasons: codes,
    /** Our names of places (quarantine, bGrade …, and site codes) → their locations. */
    locations: codes.refine((places) => "quarantine" in places, "lacks quarantine"),
    /** Which of a document's two global dimensions is the channel it came by. */
    channelDimension: z.union([z.literal(1), z.literal(2)], "must be 1 or 2").default(1),
    /** Item categories whose supplier takes defective goods back. */
    supplierProgrammes: categories,
    /** Without the custom pages: what the item master does not say of items, by their category. */
    itemTraits: z
      .strictObject({
        serialized: categories,
        lotTracked: categories,
        hazardous: categories,
        supplierOwned: categories,
        notReturnable: categories,
      })
      .prefault({}),
  })
  .refine((value) => value.company !== undefined || value.companyId !== undefined, {
    path: ["company"],
    error: "is missing; give the name, or companyId",
  });

export type Settings = z.output<typeof settings>;
