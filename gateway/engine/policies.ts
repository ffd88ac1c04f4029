import { type Caller, hasRole, ROLES } from "#shared/caller.ts";

/** Whether a caller satisfies a named policy of `@policy`. */
export type Policy = (caller: Caller) => boolean;

const reads = (caller: Caller, kind: "customer" | "supplier"): boolean =>
  caller.kind === "PARTNER" && caller.rows?.kind === kind && caller.scope.includes("returns:read");

/** The policies that the schemas of this house name; one that isn't here refuses. docs/security.md says them in words. */
export const policies: Readonly<Record<string, Policy>> = {
  staff: (caller) => hasRole(caller, ...ROLES),
  desk: (caller) => hasRole(caller, "service", "supervisor", "warehouse", "finance"),
  prices: (caller) => hasRole(caller, "service", "supervisor", "finance"),
  customer: (caller) => reads(caller, "customer"),
  supplier: (caller) => reads(caller, "supplier"),
};

/** What `@requiresScopes` is compared with: `role:finance` for a role, a partner's scopes as they are (wires.md, section 4). */
export const scopesOf = ({ roles, scope }: Caller): ReadonlySet<string> =>
  new Set([...roles.map((role) => `role:${role}`), ...scope]);
