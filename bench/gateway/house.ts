import { buildSubgraphSchema } from "@apollo/subgraph";
import { type GraphQLSchema, parse } from "graphql";
import { composeSubgraphs } from "#tools/compose.ts";

// The five subgraphs of the benchmark, the data they answer with (all made from ids), and the operation: 20 returns with what four other subgraphs know of them.

const PAGE = 20;
/** So many pages are asked for where variables are distinct: far more than are under way at once, few enough to be kept. */
export const PAGES = 200;

const link = (names: string) =>
  `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: [${names}])`;

/** Our rows are measured with the requirements in here; stock @apollo/gateway refuses to start on them, so the others get a supergraph without. */
const schemas: Readonly<Record<string, string>> = {
  returns: `
    type Query { returns(after: Int!, first: Int!): [Return!]! @authenticated }
    type Return @key(fields: "id") { id: ID! number: String! status: Status! reason: String order: Order! lines: [Line!]! }
    enum Status { REQUESTED RECEIVED SETTLED }
    type Line { id: ID! quantity: Int! item: Item! }
    type Order @key(fields: "id", resolvable: false) { id: ID! }
    type Item @key(fields: "id", resolvable: false) { id: ID! }`,
  orders: `
    type Order @key(fields: "id") { id: ID! number: String! customer: Customer! }
    type Customer { id: ID! name: String! }`,
  inventory: `
    type Item @key(fields: "id") { id: ID! sku: String! available: Int! @authenticated }`,
  credits: `
    type Return @key(fields: "id") { id: ID! credit: Credit @authenticated }
    type Credit { number: String! amount: String! currency: String! }`,
  cases: `
    type Return @key(fields: "id") { id: ID! cases: [Case!]! @authenticated }
    type Case { number: String! subject: String! open: Boolean! }`,
};
export const subgraphs: readonly string[] = Object.keys(schemas);

export const operation = `query BenchReturns($after: Int!, $first: Int!) {
  returns(after: $after, first: $first) {
    id number status reason
    order { number customer { name } }
    lines { id quantity item { sku available } }
    credit { number amount currency }
    cases { number subject open }
  }
}`;

export type Variables = { readonly after: number; readonly first: number };
export const variablesOf = (page: number): Variables => ({ after: page * PAGE, first: PAGE });

/** The supergraph with these addresses; `secured` with the requirements of authorization in it. */
export function composeHouse(urls: Readonly<Record<string, string>>, secured: boolean): string {
  const names = secured ? `"@key", "@authenticated"` : `"@key"`;
  const written = subgraphs.map((name) => ({
    name,
    sdl: secured ? schemas[name]! : withoutRequirements(schemas[name]!),
  }));
  const sdl = composeSubgraphs(link(names), written);
  return subgraphs.reduce((text, name) => text.replace(`http://${name}.invalid/graphql`, urls[name] ?? ""), sdl);
}

const withoutRequirements = (sdl: string) => sdl.replaceAll(" @authenticated", "");

const isOdd = (number: number) => number % 2 === 1;
const reasons = ["DAMAGED", "WRONG_ITEM", "NOT_NEEDED", null];
const statuses = ["REQUESTED", "RECEIVED", "SETTLED"];

const returnOf = (number: number) => ({
  id: `R${number}`,
  number: `RMA-${100_000 + number}`,
  status: statuses[number % 3]!,
  reason: reasons[number % 4]!,
  order: { id: `O${number % 977}` },
  lines: Array.from({ length: 1 + (number % 3) }, (_, line) => ({
    id: `R${number}-${line + 1}`,
    quantity: 1 + ((number + line) % 9),
    item: { id: `I${(number * 7 + line * 3) % 150}` },
  })),
});
const customers = Array.from({ length: 40 }, (_, at) => ({
  id: `C${at}`,
  name: at === 7 ? "Café Zürich & Söhne" : `Customer "No. ${at}"`,
}));
const orderOf = (id: string) => ({
  id,
  number: `SO-${id.slice(1).padStart(6, "0")}`,
  customer: customers[Number(id.slice(1)) % customers.length]!,
});
const itemOf = (id: string) => ({ id, sku: `SKU-${id.slice(1).padStart(5, "0")}`, available: Number(id.slice(1)) * 3 });
const creditOf = (id: string) => {
  const number = Number(id.slice(1));
  return number % 5 === 0 ? null : { number: `CM-${number}`, amount: `${number}.50`, currency: "USD" };
};
const casesOf = (id: string) => {
  const number = Number(id.slice(1));
  return Array.from({ length: number % 3 }, (_, at) => ({
    number: `CASE-${number}-${at}`,
    subject: `The parcel of "${id}" came\nlate`,
    open: isOdd(number + at),
  }));
};
const pageOf = ({ after, first }: Variables) => Array.from({ length: first }, (_, at) => returnOf(after + at + 1));

const resolversOf: Readonly<Record<string, object>> = {
  returns: { Query: { returns: (_: unknown, page: Variables) => pageOf(page) } },
  orders: { Order: { __resolveReference: ({ id }: { id: string }) => orderOf(id) } },
  inventory: { Item: { __resolveReference: ({ id }: { id: string }) => itemOf(id) } },
  credits: { Return: { __resolveReference: ({ id }: { id: string }) => ({ id, credit: creditOf(id) }) } },
  cases: { Return: { __resolveReference: ({ id }: { id: string }) => ({ id, cases: casesOf(id) }) } },
};

/** The schema of one subgraph, executable. */
export function schemaOf(name: string): GraphQLSchema {
  const typeDefs = parse(`${link(`"@key"`)}\n${withoutRequirements(schemas[name] ?? "")}`);
  return buildSubgraphSchema({ typeDefs, resolvers: resolversOf[name] as never });
}

/** What every gateway has to answer, from the data itself. */
export function answerOf(variables: Variables): unknown {
  const returns = pageOf(variables).map(({ order, lines, ...own }) => ({
    ...own,
    order: { number: orderOf(order.id).number, customer: { name: orderOf(order.id).customer.name } },
    lines: lines.map(({ item, ...line }) => ({
      ...line,
      item: { sku: itemOf(item.id).sku, available: itemOf(item.id).available },
    })),
    credit: creditOf(own.id),
    cases: casesOf(own.id),
  }));
  return { returns };
}

/** The calls of the plan, ready to be sent: first the page, then four fetches of entities at once. */
export function callsOf(variables: Variables): { subgraph: string; body: string }[] {
  const page = pageOf(variables);
  const entities = (subgraph: string, type: string, ids: readonly string[], selection: string) => ({
    subgraph,
    body: JSON.stringify({
      query: `query($representations:[_Any!]!){_entities(representations:$representations){...on ${type}{${selection}}}}`,
      variables: { representations: [...new Set(ids)].map((id) => ({ __typename: type, id })) },
    }),
  });
  const ids = page.map(({ id }) => id);
  const query =
    "query($after:Int!,$first:Int!){returns(after:$after,first:$first){__typename id number status reason order{__typename id}lines{id quantity item{__typename id}}}}";
  return [
    { subgraph: "returns", body: JSON.stringify({ query, variables }) },
    entities(
      "orders",
      "Order",
      page.map(({ order }) => order.id),
      "number customer{name}",
    ),
    entities(
      "inventory",
      "Item",
      page.flatMap(({ lines }) => lines.map(({ item }) => item.id)),
      "sku available",
    ),
    entities("credits", "Return", ids, "credit{number amount currency}"),
    entities("cases", "Return", ids, "cases{number subject open}"),
  ];
}
