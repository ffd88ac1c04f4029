/** The effects on outside systems by their letter (vocabulary section 1): what it makes there. One fact decides at most one effect per letter. */
export const effects = {
  A: "return authorization",
  M: "authorization amendment",
  W: "warehouse instruction",
  L: "label",
  P: "pickup",
  R: "stock in",
  D: "stock move",
  S: "scrap",
  J: "stock correction",
  C: "credit memo",
  F: "shop refund",
  V: "replacement order",
  I: "invoice for goods not returned",
  N: "claim",
  K: "case",
  E: "customer notification",
  H: "partner notification",
  G: "invoice dispute",
  Y: "order address",
  Z: "order cancellation",
  B: "sales order",
  X: "correcting document",
} as const;

export type EffectLetter = keyof typeof effects;
export type TransactionKey = {
  installation: string;
  /** The RMA number without its dashes; for an order's effect `O` and the end of the operation's id. */
  about: string;
  letter: EffectLetter;
  /** Of the deciding fact. */
  version: number;
  undo: boolean;
};

const LONGEST = 30;
const shape = /^([A-Z0-9]{2,6})-([A-Z0-9]{1,15})-([A-Z])(\d{4,})(-U)?$/;

/**
 * The key of an effect (W-06): `BH1-R267Q3KX2M-C0017`, at most 30 of `[A-Z0-9-]`, an undo among them. What has no return names its operation instead.
 * Throws RangeError where the parts make no such key.
 */
export function mintTransactionKey(parts: {
  installation: string;
  about: { rmaNumber: string } | { operationId: string };
  letter: EffectLetter;
  version: number;
}): string {
  const { installation, about, letter, version } = parts;
  const name = "rmaNumber" in about ? about.rmaNumber.replaceAll("-", "") : `O${about.operationId.slice(-10)}`;
  const key = `${installation}-${name}-${letter}${String(version).padStart(4, "0")}`;
  if (!parseTransactionKey(key) || key.length > LONGEST - 2) throw new RangeError(`"${key}" is no transaction key.`);
  return key;
}

/** The key under which the effect of `key` is undone. */
export const undoKeyOf = (key: string): string => (isUndoKey(key) ? key : `${key}-U`);

export const isUndoKey = (key: string): boolean => key.endsWith("-U");
/** The key whose effect an undo key undoes. */
export const undoneKeyOf = (key: string): string => key.replace(/-U$/, "");

/** Takes a key apart; null when it isn't one of ours. */
export function parseTransactionKey(key: string): TransactionKey | null {
  const [, installation, about, letter, version, undo] = key.length <= LONGEST ? (shape.exec(key) ?? []) : [];
  if (!installation || !about || !letter || !(letter in effects)) return null;
  return { installation, about, letter: letter as EffectLetter, version: Number(version), undo: undo !== undefined };
}
