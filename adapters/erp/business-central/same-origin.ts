import { ProgramBug } from "#shared/errors.ts";

/** A next page is followed only within the system itself. */
export function sameOrigin(system: string, address: string, link: string): string {
  const next = new URL(link, address);
  if (next.origin !== new URL(address).origin)
    throw new ProgramBug({ system, code: "RESPONSE_INVALID", vendorText: `nextLink ${link.slice(0, 200)}` });
  return next.href;
}
