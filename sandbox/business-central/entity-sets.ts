import { type Field, fields } from "./fields.ts";
import { masterData } from "./sets-master-data.ts";
import { returnPages } from "./sets-return-pages.ts";
import { salesDocuments } from "./sets-sales-documents.ts";
import type { SetSpec } from "./set-spec.ts";

export type Api = "v2.0" | "custom";
export type Navigation = Readonly<{ name: string; set: string; many: boolean; from: string; to: string }>;

/** An entity set: what the wire shows of it. Who may write it is in writers.ts. */
export type EntitySet = Readonly<{
  name: string;
  type: string;
  api: Api;
  fields: Field[];
  navigations: Navigation[];
  /** Set and navigation of its lines, for deep inserts. */
  lines: string | null;
  /** Set of the header, on lines. */
  parent: string | null;
  /** Collection reads must name one document (or line id): v2.0's aggregated lines. */
  isPinned: boolean;
  hasWebhooks: boolean;
  /** Rows are those of this set, where it is another view of them. */
  rowsOf: string;
}>;

const build =
  (api: Api) =>
  (spec: SetSpec): EntitySet => {
    const one = Object.entries(spec.one ?? {}).map(([name, { set, from, to }]) => ({
      name,
      set,
      many: false,
      from,
      to: to ?? "id",
    }));
    const many = spec.lines ? [{ name: spec.lines, set: spec.lines, many: true, from: "id", to: "documentId" }] : [];
    const further = Object.entries(spec.many ?? {}).map(([name, { set, to }]) => ({
      name,
      set,
      many: true,
      from: "id",
      to,
    }));
    const up = spec.parent
      ? [{ name: singular(spec.parent), set: spec.parent, many: false, from: "documentId", to: "id" }]
      : [];
    return {
      name: spec.name,
      type: spec.type,
      api,
      fields: fields(spec.fields),
      navigations: [...one, ...many, ...further, ...up],
      lines: spec.lines ?? null,
      parent: spec.parent ?? null,
      isPinned: spec.isPinned ?? false,
      hasWebhooks: spec.hasWebhooks ?? false,
      rowsOf: spec.rowsOf ?? spec.name,
    };
  };

const singular = (set: string) => set.replace(/s$/, "");

const sets = new Map(
  [...[...masterData, ...salesDocuments].map(build("v2.0")), ...returnPages.map(build("custom"))].map((set) => [
    set.name,
    set,
  ]),
);

export const setNamed = (name: string): EntitySet | undefined => sets.get(name);
/** For names that the code itself wrote. */
export function knownSet(name: string): EntitySet {
  const set = sets.get(name);
  if (!set) throw new Error(`no entity set ${name}`);
  return set;
}
export const setsOf = (api: Api): EntitySet[] => [...sets.values()].filter((set) => set.api === api);
