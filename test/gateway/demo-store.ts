import { composeServices } from "@apollo/composition";
import { GraphQLError, parse } from "graphql";
import { type PlainSubgraph, startPlainSubgraph } from "./plain-subgraph.ts";

// The shop that federation is always shown with: users, products, inventory, reviews. Nothing in it is ours.

const link = `extend schema @link(url: "https://specs.apollo.dev/federation/v2.7",
  import: ["@key", "@external", "@requires", "@provides", "@shareable", "@tag"])`;

const users = `
  type Query { me: User  users: [User!]! }
  type User @key(fields: "id") { id: ID! name: String @shareable username: String }`;
const products = `
  type Query { topProducts(first: Int = 5): [Product!]  product(upc: String!): Product }
  type Product @key(fields: "upc") { upc: String! name: String price: Int weight: Int }`;
const inventory = `
  type Product @key(fields: "upc") {
    upc: String!
    price: Int @external
    weight: Int @external
    inStock: Boolean
    shippingEstimate: Int @requires(fields: "price weight")
  }`;
const reviews = `
  type Query { reviews: [Review!]! }
  type Mutation { addReview(upc: String!, body: String!): Review }
  type Subscription { reviewAdded(upc: String): Review }
  type Review @key(fields: "id") { id: ID! body: String author: User @provides(fields: "name") product: Product }
  type User @key(fields: "id") { id: ID! name: String @external reviews: [Review!]! }
  type Product @key(fields: "upc") { upc: String! reviews: [Review!]! }`;

const people = [
  { id: "1", name: "Ada Lovelace", username: "@ada" },
  { id: "2", name: "Alan Turing", username: "@complete" },
];
const goods = [
  { upc: "1", name: "Table", price: 899, weight: 100 },
  { upc: "2", name: "Couch", price: 1299, weight: 1000 },
  { upc: "3", name: "Chair", price: 54, weight: 50 },
];
/** As other people's subgraphs fail: a code, and whatever they put beside it. */
const failure = (code: string) =>
  new GraphQLError("db7.internal: no row for Jane Doe", { extensions: { code, reason: "Jane Doe", system: "db7" } });
type Product = { upc: string; price?: number; weight?: number };

function reviewsResolvers() {
  const written = [
    { id: "1", author: people[0], product: { upc: "1" }, body: "Love it!" },
    { id: "2", author: people[0], product: { upc: "2" }, body: "Too expensive." },
    { id: "3", author: people[1], product: { upc: "3" }, body: "Could be better." },
  ];
  const listeners = new Set<() => void>();
  async function* added() {
    let at = written.length;
    for (;;) {
      while (at < written.length) yield { reviewAdded: written[at++] };
      await new Promise<void>((resolve) => listeners.add(resolve));
      listeners.clear();
    }
  }
  return {
    Query: { reviews: () => written },
    Mutation: {
      addReview: (_: unknown, { upc, body }: { upc: string; body: string }) => {
        const review = { id: String(written.length + 1), author: people[1], product: { upc }, body };
        written.push(review);
        for (const tell of listeners) tell();
        return review;
      },
    },
    Subscription: { reviewAdded: { subscribe: added } },
    Review: { __resolveReference: ({ id }: { id: string }) => written.find((review) => review.id === id) },
    User: { reviews: ({ id }: { id: string }) => written.filter(({ author }) => author?.id === id) },
    Product: { reviews: ({ upc }: Product) => written.filter(({ product }) => product.upc === upc) },
  };
}

const resolvers = {
  users: () => ({
    Query: { me: () => people[0], users: () => people },
    User: { __resolveReference: ({ id }: { id: string }) => people.find((user) => user.id === id) },
  }),
  products: () => ({
    Query: {
      topProducts: (_: unknown, { first }: { first: number }) => goods.slice(0, first),
      product: (_: unknown, { upc }: Product) => {
        if (upc.startsWith("fails ")) throw failure(upc.slice("fails ".length));
        return goods.find((product) => product.upc === upc);
      },
    },
    Product: { __resolveReference: ({ upc }: Product) => goods.find((product) => product.upc === upc) },
  }),
  inventory: () => ({
    Product: {
      inStock: ({ upc }: Product) => upc !== "2",
      shippingEstimate: ({ price = NaN, weight = NaN }: Product) => (price > 1000 ? 0 : weight / 2),
    },
  }),
  reviews: reviewsResolvers,
};

export type DemoStore = {
  readonly sdl: string;
  readonly subgraphs: Readonly<Record<keyof typeof resolvers, PlainSubgraph>>;
  readonly stop: () => Promise<void>;
};

/** The four subgraphs on ports of their own, and their supergraph with those addresses. */
export async function startDemoStore(): Promise<DemoStore> {
  const sdls = { users, products, inventory, reviews };
  const start = (name: keyof typeof sdls) =>
    startPlainSubgraph({ sdl: `${link}\n${sdls[name]}`, resolvers: resolvers[name]() });
  const subgraphs = {
    users: await start("users"),
    products: await start("products"),
    inventory: await start("inventory"),
    reviews: await start("reviews"),
  };
  const services = Object.entries(sdls).map(([name, sdl]) => ({
    name,
    url: subgraphs[name as keyof typeof sdls].url,
    typeDefs: parse(`${link}\n${sdl}`),
  }));
  const { supergraphSdl, errors } = composeServices(services);
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join("\n"));
  return {
    sdl: supergraphSdl,
    subgraphs,
    stop: async () => void (await Promise.all(Object.values(subgraphs).map(({ stop }) => stop()))),
  };
}
