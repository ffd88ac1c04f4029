import { getNamedType, type GraphQLObjectType, isObjectType, type OperationDefinitionNode, parse } from "graphql";
import { type Caller, createCaller, PARTNER_KINDS, type PartnerKind, type Role, ROLES } from "#shared/caller.ts";
import { loadContract } from "#gateway/contract.ts";
import { readRequirements } from "#gateway/engine/authorize.ts";
import { type LoadedSupergraph, loadSupergraph } from "#gateway/supergraph.ts";

/** The scopes that bundles of a kind have. */
export const scopesOfKind: Readonly<Record<PartnerKind, readonly string[]>> = {
  "third-party": ["returns:read", "status:report", "milestones:follow"],
  customer: ["returns:read", "returns:request", "milestones:follow"],
  supplier: ["returns:read", "status:report", "milestones:follow"],
};

const anybody = { id: "x", name: "X", companies: "*", sites: null, client: "x" } as const;
export const person = (...roles: Role[]): Caller =>
  createCaller({ ...anybody, kind: "PERSON", roles, partner: null, scope: [] });
export const partner = (kind: PartnerKind, scope: readonly string[] = scopesOfKind[kind]): Caller =>
  createCaller({
    ...{ ...anybody, kind: "PARTNER", roles: [], partner: kind, scope },
    rows: { kind, customers: null, channels: null, items: null },
  } as const);

/** Every field that a caller may have and can get to, `Return.credits`, as the engine judges it. */
export function fieldsSeen(graph: LoadedSupergraph, caller: Caller): Set<string> {
  const { schema } = graph;
  const seen = new Set<string>();
  const left = [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].filter(isObjectType);
  const done = new Set<GraphQLObjectType>();
  for (let type = left.pop(); type; type = left.pop()) {
    if (done.has(type)) continue;
    done.add(type);
    const refused = refusedOn(graph, type, caller);
    for (const [name, field] of Object.entries(type.getFields())) {
      if (refused.has(name)) continue;
      seen.add(`${type.name}.${name}`);
      const returned = getNamedType(field.type);
      if (isObjectType(returned)) left.push(returned);
    }
  }
  return seen;
}

function refusedOn(graph: LoadedSupergraph, type: GraphQLObjectType, caller: Caller): Set<string> {
  const document = parse(`{ ... on ${type.name} { ${Object.keys(type.getFields()).join(" ")} } }`);
  const operation = document.definitions[0] as OperationDefinitionNode;
  const { fields } = readRequirements(graph, document, operation).refusedFor(caller);
  return new Set([...fields].map(({ name }) => name.value));
}

/** Who is asked about, in the order of the page's columns, and what each sees. */
export function everybody(sdl: string): { who: string; caller: Caller; graph: LoadedSupergraph }[] {
  const whole = loadSupergraph(sdl);
  return [
    ...ROLES.map((role) => ({ who: role, caller: person(role), graph: whole })),
    ...PARTNER_KINDS.map((kind) => ({
      who: kind,
      caller: partner(kind),
      graph: loadContract(sdl, { include: ["partner", kind] }),
    })),
  ];
}
