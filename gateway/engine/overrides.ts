import { createHash } from "node:crypto";
import type { GatewayContext } from "../request.ts";
import type { LoadedSupergraph } from "../supergraph.ts";

/** Whether a labelled `@override` is in force for a request. */
export type IsOverridden = (label: string, context: GatewayContext) => boolean;

/** `percent(n)`: for n of a hundred clients, always the same ones. Any other label is off until the setting says otherwise. */
export const byPercentage: IsOverridden = (label, { caller }) => {
  const [, percent] = /^percent\((\d+(?:\.\d+)?)\)$/.exec(label) ?? [];
  if (percent === undefined) return false;
  const hash = createHash("sha256").update(`${label} ${caller.client}`).digest().readUInt32BE(0);
  return (hash / 2 ** 32) * 100 < Number(percent);
};

/** The labels of a supergraph's `@override(label:)`. */
export function readLabels({ supergraphSchema }: Pick<LoadedSupergraph, "supergraphSchema">): readonly string[] {
  const labels = new Set<string>();
  for (const type of Object.values(supergraphSchema.getTypeMap())) {
    const fields = "getFields" in type ? Object.values(type.getFields()) : [];
    for (const { astNode } of fields)
      for (const directive of astNode?.directives ?? [])
        for (const { name, value } of directive.name.value === "join__field" ? (directive.arguments ?? []) : [])
          if (name.value === "overrideLabel" && value.kind === "StringValue") labels.add(value.value);
  }
  return [...labels].sort();
}
