import { z } from "zod";
import { didYouMean } from "#shared/did-you-mean.ts";

/** Where something is in systems.yml: `["systems", "erp-us01", "limits"]`. */
export type Path = (string | number)[];
/** Notes a mistake. */
export type Say = (at: Path, sentence: string) => void;

/** A value of a schema, or null after saying every mistake in it. */
export function check<Output>(schema: z.ZodType<Output>, value: unknown, at: Path, say: Say): Output | null {
  const read = schema.safeParse(value, { reportInput: true });
  if (read.success) return read.data;
  for (const issue of read.error.issues) {
    const where = [...at, ...(issue.path as Path)];
    if (issue.code === "unrecognized_keys")
      for (const key of issue.keys) say([...where, key], unknownSetting(key, knownKeys(schema, issue.path as Path)));
    else if (issue.input === undefined) say(where, "is missing.");
    else say(where, `${JSON.stringify(issue.input)}: ${issue.message.replace(/\.?$/, ".")}`);
  }
  return null;
}

/** The members that a strict object has at a path within a schema. */
function knownKeys(schema: z.ZodType, at: Path): string[] {
  const inner = unwrap(schema);
  if (!(inner instanceof z.ZodObject)) return [];
  const [head, ...rest] = at;
  const shape = inner.shape as Record<string, z.ZodType>;
  if (head === undefined) return Object.keys(shape);
  const next = shape[String(head)];
  return next ? knownKeys(next, rest) : [];
}

function unwrap(schema: z.ZodType): z.ZodType {
  const inner = (schema.def as { innerType?: z.ZodType }).innerType;
  return inner ? unwrap(inner) : schema;
}

export const unknownSetting = (name: string, known: readonly string[]): string => {
  const meant = didYouMean(name, known);
  return meant ? `unknown setting. Did you mean "${meant}"?` : `unknown setting. Known: ${known.join(", ")}.`;
};
export const unknown = (value: unknown, what: string, known: readonly string[]): string =>
  `${JSON.stringify(value)} ${what}. Known: ${known.join(", ")}.`;
