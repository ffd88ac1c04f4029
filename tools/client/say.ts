import type { Frame } from "./gateway.ts";

/** `1158.00 USD` for people: `1,158.00 USD`; a dash for what this person may not see or nobody knows. */
export const money = (value: { amount: string; currency: string } | null | undefined): string =>
  value ? `${value.amount.replace(/\B(?=(\d{3})+(?=\.))/g, ",")} ${value.currency}` : "–";

export const quantity = ({ value, unit }: { value: string; unit: string }): string => `${value} ${unit}`;

/** A milestone in one line: when, what, and the sentence. */
export const milestoneLine = ({ milestone }: Frame): string =>
  `${String(milestone.occurredAt).slice(11, 19)}  ${String(milestone.type).padEnd(22)}  ${milestone.summary}`;
