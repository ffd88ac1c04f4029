import { BusinessRefusal } from "#shared/errors.ts";
import { asCode } from "./odata.ts";
import type { Settings } from "./settings.ts";

/** Our words in this installation's: what has no mapping is a refusal with an owner, never a guess. */
export function createMappings(system: string, { reasons, locations }: Pick<Settings, "reasons" | "locations">) {
  const unmapped = (what: string): never => {
    throw new BusinessRefusal({ system, code: "UNKNOWN_CODE", vendorText: `${what} has no mapping in systems.yml` });
  };
  const own = (map: Record<string, string>, name: string) => (Object.hasOwn(map, name) ? map[name] : undefined);
  return {
    reason: (ours: string): string => asCode(own(reasons, ours) ?? own(reasons, "*") ?? unmapped(`reason ${ours}`)),
    /** Back to our word; null for a place that is none of ours. */
    place: (theirs: string): string | null =>
      Object.entries(locations).find(([, code]) => asCode(code) === theirs)?.[0] ?? null,
    location: (ours: string): string => asCode(own(locations, ours) ?? unmapped(`location ${ours}`)),
  };
}

export type Mappings = ReturnType<typeof createMappings>;
