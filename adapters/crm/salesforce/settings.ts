import { z } from "zod";

const http = z.url({ protocol: /^https?$/, error: "must be an http address" });

/** What systems.yml says of one company in a Salesforce org; `address` is the org's own (My Domain). */
export const settings = z.strictObject({
  /** What the accounts of this company have in Backhaul_Company__c. */
  company: z.string("must be a code").regex(/^[A-Za-z0-9-]{1,10}$/, "is not a code"),
  apiVersion: z
    .string("must be a version, as 62.0")
    .regex(/^\d{2}\.0$/, "must be a version, as 62.0")
    // Before 46.0 an upsert that changes a record does not tell its id.
    .refine((version) => Number.parseInt(version, 10) >= 46, "must be 46.0 or later"),
  /** Who our assertions are for: https://test.salesforce.com for a sandbox org of theirs. */
  audience: z.string().default("https://login.salesforce.com"),
  tokenUrl: http.optional(),
  /** Where people open a case: `<web>/lightning/r/Case/<id>/view`; without it cases have no address. */
  web: http.optional(),
  /** How long to stay away once the day's calls are used up; the org does not say. */
  limitPause: z
    .string("must be a time such as 15m")
    .regex(/^[1-9]\d{0,3}(s|m|h)$/, "must be a time such as 15m")
    .default("15m")
    .transform(
      (text) => Number(text.slice(0, -1)) * { s: 1_000, m: 60_000, h: 3_600_000 }[text.at(-1) as "s" | "m" | "h"],
    ),
});

export type Settings = z.output<typeof settings>;
