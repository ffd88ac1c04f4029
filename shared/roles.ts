/** The roles of people and machines (vocabulary.md, section 9). A partner has none. */
export const roles = ["service", "supervisor", "warehouse", "finance", "operations"] as const;
export type Role = (typeof roles)[number];
