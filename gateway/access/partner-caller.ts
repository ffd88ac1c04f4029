import { type Caller, createCaller } from "#shared/caller.ts";
import type { Bundle } from "../partners/bundle.ts";

/** A partner's app as the bundle lets it in: roles, companies and sites are the bundle's, the scope is cut to it (D-40, SE-08). */
export function partnerCaller(partner: Bundle, app: { client: string; scope: readonly string[] }): Caller {
  const { id, companies, sites, rows, scopes } = partner;
  return createCaller({
    kind: "PARTNER",
    id: app.client,
    name: null,
    roles: [],
    companies,
    sites,
    partner: id,
    scope: scopes.filter((scope) => app.scope.includes(scope)),
    rows,
    client: `partner:${id}:${app.client}`,
  });
}
