import { ProgramBug } from "#shared/errors.ts";
import type { z } from "zod";
import { unreadable } from "../../http.ts";

/** JSON that can't be read is a broken answer; JSON of another shape than the wire promises is a bug of ours, and for a write the outcome is unknown (W-04). */
export function parse<Body>(system: string, content: string, schema: z.ZodType<Body>, write: boolean): Body {
  let json: unknown;
  try {
    json = JSON.parse(content);
  } catch (cause) {
    throw unreadable(system, write, content, cause);
  }
  const read = schema.safeParse(json);
  if (read.success) return read.data;
  if (write) throw unreadable(system, true, content, read.error);
  throw new ProgramBug({ system, code: "RESPONSE_INVALID", vendorText: content.slice(0, 4_000), cause: read.error });
}

/** A next page is followed only within the system itself. */
export function sameOrigin(system: string, address: string, link: string): string {
  const next = new URL(link, address);
  if (next.origin !== new URL(address).origin)
    throw new ProgramBug({ system, code: "RESPONSE_INVALID", vendorText: `nextLink ${link.slice(0, 200)}` });
  return next.href;
}
