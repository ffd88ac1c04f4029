/** An entity set as the pages write it down; `one` are navigations to a single entity, `lines` the one to the lines. */
export type SetSpec = {
  name: string;
  type: string;
  fields: string;
  one?: Record<string, { set: string; from: string; to?: string }>;
  lines?: string;
  /** Further navigations to many: the set, and its field that holds the id here. */
  many?: Record<string, { set: string; to: string }>;
  parent?: string;
  isPinned?: boolean;
  hasWebhooks?: boolean;
  rowsOf?: string;
};
