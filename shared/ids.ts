import { monotonicFactory } from "ulid";

const next = monotonicFactory();

/** What our ids begin with (vocabulary section 1). Never renamed. */
export const prefixes = {
  ret: "return",
  rln: "return line",
  adr: "address that goods are sent from",
  rcp: "receipt",
  rcl: "receipt line",
  ins: "inspection",
  pho: "photo",
  dsp: "disposition",
  dcr: "discrepancy",
  lbl: "label",
  pst: "inventory posting",
  crd: "credit decision and its memo",
  apr: "approval",
  rpl: "replacement",
  clm: "claim",
  fct: "fact",
  op: "operation",
  exc: "exception task",
  doc: "stored document",
  inb: "inbox row",
  rec: "reconciliation proof",
  dif: "difference",
  ntf: "notification",
  usr: "person or client",
} as const;

export type IdPrefix = keyof typeof prefixes;

/** A new id of ours: `ret_01J…`, rising within a process. */
export const newId = (prefix: IdPrefix): string => `${prefix}_${next()}`;

const ourId = /^([a-z]{2,3})_[0-7][0-9A-HJKMNP-TV-Z]{25}$/;

/** The prefix of one of our ids; null when it isn't one. */
export function prefixOf(id: string): IdPrefix | null {
  const prefix = ourId.exec(id)?.[1];
  return prefix && prefix in prefixes ? (prefix as IdPrefix) : null;
}

/** A record of another system: `erp.order:US01:SO-100001`, of a line `erp.order:US01:SO-100001/10000` (D-28). */
export type ForeignId = {
  /** System and record: `erp.order`, `crm.case`. */
  record: string;
  company: string;
  number: string;
  line: number | null;
};

const foreignId = /^([a-z]+\.[a-zA-Z]+):([A-Z0-9]+):(.+?)(?:\/(\d+))?$/;

/** Composes a foreign id; a number may hold any sign, but a line's slash ends it. */
export function foreignIdOf(record: string, company: string, number: string, line?: number): string {
  return `${record}:${company}:${number}${line === undefined ? "" : `/${line}`}`;
}

/** Takes a foreign id apart; null when it isn't one. */
export function parseForeignId(id: string): ForeignId | null {
  const [, record, company, number, line] = foreignId.exec(id) ?? [];
  if (!record || !company || !number) return null;
  return { record, company, number, line: line === undefined ? null : Number(line) };
}

/** The id of the record that a line belongs to: `erp.order:US01:SO-1/10000` → `erp.order:US01:SO-1`. */
export const withoutLine = (id: string): string => id.replace(/\/\d+$/, "");
