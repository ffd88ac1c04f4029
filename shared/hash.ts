import { createHash } from "node:crypto";

/** SHA-256 in hex of a value's canonical JSON: members in order of their names, so that equal contents hash alike. */
export const hashOf = (value: unknown): string => createHash("sha256").update(canonical(value)).digest("hex");

export function canonical(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map((item) => canonical(item ?? null)).join(",")}]`;
  if (value === null || typeof value !== "object") return JSON.stringify(value ?? null);
  const members = Object.entries(value).filter(([, member]) => member !== undefined);
  return `{${members
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, member]) => `${JSON.stringify(name)}:${canonical(member)}`)
    .join(",")}}`;
}
