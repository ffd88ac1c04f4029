import { ProgramBug } from "#shared/errors.ts";
import type { z } from "zod";
import { unreadable } from "./http.ts";

/**
 * The body of a 2xx answer, of the shape that the vendor's wire promises. JSON that can't be read is a broken answer; JSON of another shape is a bug of ours,
 * and for a write the outcome is unknown (W-04).
 */
export function readJson<Body>(system: string, text: string, schema: z.ZodType<Body>, write: boolean): Body {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw unreadable(system, write, text, cause);
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  if (write) throw unreadable(system, true, text, read.error);
  throw new ProgramBug({ system, code: "RESPONSE_INVALID", vendorText: text.slice(0, 4_000), cause: read.error });
}
