import { monotonicFactory } from "ulid";

const next = monotonicFactory();

/** Ours: `<prefix>_<ulid>` (vocabulary section 1), rising within a process. */
export const newId = (prefix: string): string => `${prefix}_${next()}`;
