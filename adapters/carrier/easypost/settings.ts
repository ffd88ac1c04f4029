import { z } from "zod";
import { duration } from "../../systems-schema.ts";

/** What systems.yml says of an EasyPost account. */
export const settings = z.strictObject({
  /** `carrier/service` that may be bought, as EasyPost names them; empty: any. The cheapest is taken. */
  services: z.array(z.string().regex(/^[^/]+\/[^/]+$/, "must be carrier/service")).default([]),
  /** How far back a look-up by our key reads the list of shipments. */
  lookBack: duration.default(30 * 86_400_000),
});

export type Settings = z.output<typeof settings>;
