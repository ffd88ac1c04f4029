import { z } from "zod";
import type { Kind, Vendor } from "./vendor.ts";

export const kinds: readonly Kind[] = ["erp", "wms", "crm", "carrier", "mail"];

const whole = (least: number, most: number) =>
  z
    .int(`must be a whole number from ${least} to ${most}`)
    .min(least, `must be ${least} or more`)
    .max(most, `must be ${most} or less`);
const codes = z.array(
  z.string("must be a code").regex(/^[A-Za-z0-9-]{1,20}$/, "is not a code"),
  "must be a list of codes",
);
/** "4h", "30m", "2d" → ms. */
export const duration = z
  .string("must be a time such as 60s, 30m, 4h or 2d")
  .regex(/^[1-9]\d{0,5}(s|m|h|d)$/, "must be a time such as 60s, 30m, 4h or 2d")
  .transform(
    (text) =>
      Number(text.slice(0, -1)) *
      { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }[text.at(-1) as "s" | "m" | "h" | "d"],
  );
const zone = z
  .string("must be a time zone")
  .refine((name) => Intl.supportedValuesOf("timeZone").includes(name) || name === "UTC", "is not a time zone");
const cron = z.string("must be a cron line").regex(/^(\S+ ){4}\S+$/, "must be a cron line of five fields");

const oneOf = (word: string, known: readonly string[]) =>
  known.length
    ? z
        .enum(known as [string, ...string[]], `is not ${word} that is built. Known: ${known.join(", ")}`)
        .default(known[0]!)
    : z.undefined(`this vendor has none`).optional();

/** What every system may say beside its vendor's own `settings` and `credentials`. */
export const commonSettings = (vendor: Vendor<any>) =>
  z.strictObject({
    kind: z.enum(["erp", "wms", "crm", "carrier", "mail"]),
    vendor: z.string(),
    mode: oneOf("a mode", vendor.modes),
    auth: oneOf("an auth", vendor.auths),
    companies: codes.optional(),
    sites: codes.optional(),
    address: z.url({ protocol: /^(https?|smtps?)$/, error: "must be an http address or sandbox:<server>" }),
    limits: z.strictObject(
      { concurrency: whole(1, 1_000), requestsPerMinute: whole(1, 1_000_000), deadlineMs: whole(10, 600_000) },
      "must say concurrency, requestsPerMinute and deadlineMs",
    ),
    settleMs: whole(0, 86_400_000).optional(),
    windows: z
      .array(
        z.strictObject({
          name: z.string("must be text"),
          block: z.enum(["writes", "everything"], "must be writes or everything"),
          cron,
          for: duration,
          zone,
        }),
      )
      .default([]),
    credentials: z.unknown().optional(),
    settings: z.unknown().optional(),
  });

export type RawEntry = z.output<ReturnType<typeof commonSettings>>;
