import { z } from "zod";
import { duration } from "../../systems-schema.ts";

/** What systems.yml says of one JSON warehouse. */
export const settings = z.strictObject({
  /** How often the pull feed is read in any case (wires 1.3). */
  poll: duration.default(60_000),
  /** Their grades → ours, for a site with other letters. */
  grades: z.record(z.string(), z.enum(["A", "B", "C", "D", "N", "E", "H", "X"], "is not a grade of ours")).default({}),
});

export type Settings = z.output<typeof settings>;
