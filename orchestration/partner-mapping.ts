import { readFile } from "node:fs/promises";
import path from "node:path";
import { parse } from "yaml";
import { z } from "zod";
import { conditions, grades } from "#shared/codes.ts";

// What a partner's codes mean: `partners/<partner id>/mapping.yml`, read when a report is, so that a code that was added counts from then on.

const condition = z.enum(Object.keys(conditions));
const grade = z.enum(Object.keys(grades));

const meaning = z.discriminatedUnion("tells", [
  /** The goods came: a receipt, numbered by the report. */
  z.strictObject({ tells: z.literal("receipt") }),
  /** They were looked at: all of them in this grade, or each line in that of its condition. */
  z.strictObject({
    tells: z.literal("inspection"),
    grade: grade.optional(),
    grades: z.partialRecord(condition, grade).optional(),
  }),
  /** Something happened to the parcel. */
  z.strictObject({
    tells: z.literal("shipment"),
    event: z.enum(["IN_TRANSIT", "OUT_FOR_DELIVERY", "DELIVERED", "EXCEPTION", "RETURN_TO_SENDER", "LOST"]),
  }),
  /** Known, and nothing that a return is to know. */
  z.strictObject({ tells: z.literal("nothing") }),
]);

const mapping = z.strictObject({
  version: z.literal(1),
  codes: z.record(z.string(), meaning),
  /** Theirs: ours. */
  conditions: z.record(z.string(), condition).default({}),
  units: z.record(z.string(), z.string()).default({}),
});

export type Mapping = z.infer<typeof mapping>;
export type Meaning = z.infer<typeof meaning>;

/** A partner's mapping, or a sentence that says why there is none. */
export async function readMapping(folder: string | undefined, partner: string): Promise<Mapping | string> {
  if (folder === undefined || !/^[a-z][a-z0-9-]{1,30}$/.test(partner)) return "There is no folder of partners.";
  const file = path.join(folder, partner, "mapping.yml");
  try {
    const read = mapping.safeParse(parse(await readFile(file, "utf8")));
    if (read.success) return read.data;
    const wrong = read.error.issues.map((issue) => `${issue.path.join(".")}: ${issue.message}`);
    return `partners/${partner}/mapping.yml can't be used: ${wrong.join("; ")}`;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return `partners/${partner}/mapping.yml is missing.`;
    return `partners/${partner}/mapping.yml can't be read: ${(error as Error).message.split("\n")[0]}`;
  }
}
