/** An entity set as the pages write it down; `one` are navigations to a single entity, `lines` the one to the lines. */
export type SetSpec = {
  name: string;
  type: string;
  fields: string;
  one?: Record<string, { set: string; from: string; to?: string }>;
  /** Navigations to entities that name this one. */
  many?: Record<string, { set: string; to: string }>;
  lines?: string;
  parent?: string;
  isPinned?: boolean;
  hasWebhooks?: boolean;
  rowsOf?: string;
};
