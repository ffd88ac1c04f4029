import type { FederationParts, Resolvers, Row } from "../federation.ts";

// What the public audit of federation gateways asks of them, each case as a small graph of our own.

type Case = {
  readonly subgraphs: FederationParts["subgraphs"];
  readonly rows: () => Row[];
  readonly queries: readonly string[];
  readonly resolvers?: Resolvers;
};

/** Keys of entities for arguments that are made up. */
const words = ["1", "2", "p1", "p2", "a1", "none"];
const all =
  (type: string) =>
  (_: unknown, __: unknown, { rows }: { rows: readonly Row[] }) =>
    rows.filter(({ __typename }) => __typename === type);
const one =
  (type: string) =>
  (_: unknown, { id }: { id?: string }, { rows }: { rows: readonly Row[] }) =>
    rows.find((row) => row.__typename === type && (id === undefined || row["id"] === id)) ?? null;

const cases: Record<string, Case> = {
  "keys that lead from subgraph to subgraph": {
    subgraphs: {
      a: `type Query { products: [Product!] } type Product @key(fields: "id") { id: ID! }`,
      b: `type Product @key(fields: "id") @key(fields: "pid") { id: ID! pid: ID! }`,
      c: `type Product @key(fields: "pid") @key(fields: "pid category { id }") { pid: ID! category: Category } type Category @key(fields: "id") { id: ID! }`,
      d: `type Product @key(fields: "pid category { id }") { pid: ID! category: Category price: Int }
          type Category @key(fields: "id") { id: ID! name: String! }`,
    },
    rows: () => {
      const category = { __typename: "Category", id: "c1", name: "Tools" };
      return [
        category,
        { __typename: "Product", id: "p1", pid: "1", category, price: 5 },
        { __typename: "Product", id: "p2", pid: "2", category: null, price: 7 },
      ];
    },
    queries: [`{ products { price } }`, `{ products { id pid category { name } price } }`],
    resolvers: {
      Query: { products: all("Product") },
      // A key with a null in it leads nowhere.
      Product: { price: ({ category, price }) => (category === null ? null : price) },
    },
  },
  "keys that are null": {
    subgraphs: {
      a: `type Query { shelves: [Shelf] } type Shelf { book: Book } type Book @key(fields: "upc") { upc: ID! }`,
      b: `type Book @key(fields: "id") @key(fields: "upc") { id: ID upc: ID! }`,
      c: `type Book @key(fields: "id") { id: ID author: Author } type Author { name: String }`,
    },
    rows: () => [
      { __typename: "Book", upc: "1", id: "p1", author: { name: "Alice" } },
      { __typename: "Book", upc: "2", id: null, author: null },
      { __typename: "Book", upc: "3", missingIn: ["b"] },
    ],
    queries: [`{ shelves { book { upc author { name } } } }`, `{ shelves { book { id author { name } } } }`],
    resolvers: {
      Query: { shelves: (root, args, context) => all("Book")(root, args, context).map((book) => ({ book })) },
    },
  },
  "a parent asked again for what its child lacks": {
    subgraphs: {
      a: `type Query { products: [Product] } type Product @key(fields: "id") { id: ID! category: Category @shareable } type Category { details: String }`,
      b: `type Product @key(fields: "id") { id: ID! category: Category @shareable } type Category { id: ID  name: String }`,
      c: `type Product @key(fields: "id") { id: ID! category: Category @shareable } type Category { tags: [String] }`,
    },
    rows: () => {
      const category = { details: "all", id: "1", name: "Tools", tags: ["x", null] };
      return [
        { __typename: "Product", id: "p1", category },
        { __typename: "Product", id: "p2", category: null },
      ];
    },
    queries: [`{ products { category { details id name tags } } }`],
    resolvers: { Query: { products: all("Product") } },
  },
  "@requires of what a @requires made": {
    subgraphs: {
      a: `type Query { product(id: ID): Product } type Product @key(fields: "id") { id: ID! price: Int }`,
      b: `type Product @key(fields: "id") { id: ID! price: Int @external hasDiscount: Boolean @requires(fields: "price") }`,
      c: `type Product @key(fields: "id") { id: ID! hasDiscount: Boolean @external isExpensive: Boolean @requires(fields: "hasDiscount") }`,
      d: `type Product @key(fields: "id") { id: ID! isExpensive: Boolean @external hasDiscount: Boolean @external
           canAfford: Boolean @requires(fields: "isExpensive hasDiscount") }`,
    },
    rows: () => [
      { __typename: "Product", id: "p1", price: 60 },
      { __typename: "Product", id: "p2", price: null },
    ],
    queries: [
      `{ product(id: "p1") { canAfford } }`,
      `{ product(id: "p1") { price canAfford isExpensive } two: product(id: "p2") { canAfford hasDiscount } }`,
    ],
    resolvers: {
      Query: { product: one("Product") },
      Product: {
        hasDiscount: ({ price }) => (price ?? 0) > 50,
        isExpensive: (row) => ("hasDiscount" in row ? row.hasDiscount : (row.price ?? 0) > 50),
        canAfford: (row) => !("isExpensive" in row ? row.isExpensive && row.hasDiscount : (row.price ?? 0) > 50),
      },
    },
  },
  "@requires in a circle": {
    subgraphs: {
      a: `type Query { feed: [Post] } type Post @key(fields: "id") { id: ID! byNovice: Boolean @external byExpert: Boolean @requires(fields: "byNovice") }`,
      b: `type Post @key(fields: "id") { id: ID! author: Author @external byNovice: Boolean @requires(fields: "author { years }") }
          type Author @key(fields: "id") { id: ID! years: Int @external }`,
      c: `type Post @key(fields: "id") { id: ID! author: Author } type Author @key(fields: "id") { id: ID! years: Int name: String }`,
    },
    rows: () => {
      const author = { __typename: "Author", id: "a1", years: 3, name: "Ann" };
      return [author, { __typename: "Post", id: "p1", author }, { __typename: "Post", id: "p2", author: null }];
    },
    queries: [`{ feed { byExpert } }`, `{ feed { byNovice byExpert author { name } } }`],
    resolvers: {
      Query: { feed: all("Post") },
      Post: {
        byNovice: ({ author }) => author && author.years < 10,
        byExpert: (row) => {
          const byNovice = "byNovice" in row ? row.byNovice : row.author && row.author.years < 10;
          return byNovice === null ? null : !byNovice;
        },
      },
    },
  },
  "@requires with fragments on an interface": {
    subgraphs: {
      a: `type Query { users: [User!] } type User @key(fields: "id") { id: ID! address: Address }
          interface Address { id: ID! } type Home implements Address @key(fields: "id") { id: ID! city: String } type Work implements Address @key(fields: "id") { id: ID! floor: Int }`,
      b: `type User @key(fields: "id") { id: ID! address: Address @external label: String @requires(fields: "address { __typename ... on Home { city } ... on Work { floor } }") }
          interface Address { id: ID! } type Home implements Address @key(fields: "id") { id: ID! @external city: String @external } type Work implements Address @key(fields: "id") { id: ID! @external floor: Int @external }`,
    },
    rows: () => [
      { __typename: "User", id: "1", address: { __typename: "Home", id: "a1", city: "Rome" } },
      { __typename: "User", id: "2", address: { __typename: "Work", id: "a2", floor: 3 } },
      { __typename: "User", id: "3", address: null },
    ],
    queries: [`{ users { label } }`, `{ users { label address { __typename id ... on Work { floor } } } }`],
    resolvers: {
      Query: { users: all("User") },
      User: {
        label: ({ address }) => (address ? `${address.__typename} ${address.city ?? address.floor}` : "nowhere"),
      },
    },
  },
  "@provides, nested and on a union": {
    subgraphs: {
      a: `type Query { products: [Product] @provides(fields: "category { id subs { id } } maker { ... on Shop { name } }") }
          type Product @key(fields: "id") { id: ID! category: Category @external maker: Maker @external }
          type Category @key(fields: "id") { id: ID! subs: [Category!] @external }
          union Maker = Shop | Fab type Shop @key(fields: "id") { id: ID! name: String @external } type Fab @key(fields: "id") { id: ID! }`,
      b: `type Product @key(fields: "id") { id: ID! category: Category @shareable maker: Maker @shareable } type Category @key(fields: "id") { id: ID! subs: [Category!] @shareable name: String }
          union Maker = Shop | Fab type Shop @key(fields: "id") { id: ID! name: String @shareable } type Fab @key(fields: "id") { id: ID! town: String }`,
    },
    rows: () => {
      const sub = { __typename: "Category", id: "2", name: "Saws", subs: null };
      const category = { __typename: "Category", id: "1", name: "Tools", subs: [sub] };
      const makers = [
        { __typename: "Shop", id: "s1", name: "Ann's" },
        { __typename: "Fab", id: "f1", town: "Lyon" },
      ];
      return [
        sub,
        category,
        ...makers,
        { __typename: "Product", id: "p1", category, maker: makers[0] },
        { __typename: "Product", id: "p2", category: sub, maker: makers[1] },
      ];
    },
    queries: [
      `{ products { category { subs { id name } } maker { __typename ... on Shop { name } ... on Fab { town } } } }`,
    ],
    resolvers: { Query: { products: all("Product") } },
  },
  "unions and enums that are wider elsewhere": {
    subgraphs: {
      a: `type Query { media: Media @shareable  book: Book  list: [Media] } union Media = Book | Movie type Book @key(fields: "id") { id: ID! title: String kind: Kind @shareable } type Movie @key(fields: "id") { id: ID! title: String } enum Kind { NEW OLD }`,
      b: `type Query { media: Media @shareable  viewer: Viewer } union Media = Book type Viewer { media: Media song: Song  any: Any } type Book @key(fields: "id") { id: ID! pages: Int kind: Kind @shareable } type Song { title: String }
          union Any = Song | Book enum Kind { NEW OLD LOST @inaccessible }`,
    },
    rows: () => [
      { __typename: "Book", id: "1", title: "T", pages: 9, kind: "OLD" },
      { __typename: "Movie", id: "2", title: "M" },
    ],
    queries: [
      `{ media { __typename ... on Book { title pages kind } } viewer { media { ... on Book { title } ... on Movie { title } } any { ... on Song { title } } } list { ... on Book { pages kind } ... on Movie { title } } }`,
    ],
    resolvers: {
      Query: {
        media: one("Book"),
        book: one("Book"),
        list: (_, __, { rows }) => [...rows, null],
        viewer: (_, __, { rows }) => ({
          media: rows[0],
          song: { title: "S" },
          any: { __typename: "Song", title: "S" },
        }),
      },
    },
  },
  "a root field of several subgraphs, and values without keys": {
    subgraphs: {
      a: `type Query { product: Product @shareable } type Product { id: ID! @shareable name: Name @shareable } type Name { brand: String }`,
      b: `type Query { product: Product @shareable } type Product { id: ID! @shareable price: Price } type Price { amount: Int currency: String @shareable }`,
      c: `type Query { product: Product @shareable } type Product { id: ID! @shareable name: Name @shareable } type Name { full: String }`,
    },
    rows: () => [
      { __typename: "Product", id: "1", name: { brand: "B", full: "B one" }, price: { amount: 3, currency: "EUR" } },
    ],
    queries: [
      `{ product { id name { brand full } price { amount currency } } }`,
      `{ a: product { name { full } } b: product { price { amount } name { brand } } }`,
    ],
    resolvers: { Query: { product: one("Product") } },
  },
  "fields that moved, with what they require": {
    subgraphs: {
      a: `type Query { posts: [Post] @override(from: "b") } type Post @key(fields: "id") { id: ID! title: String createdAt: String @override(from: "b") }`,
      b: `type Query { posts: [Post] } type Post @key(fields: "id") { id: ID! createdAt: String  title: String @external  label: String @requires(fields: "title") slug: String }`,
      c: `type Post @key(fields: "id") { id: ID! createdAt: String @external  age: String @requires(fields: "createdAt") slug: String @override(from: "b") }`,
    },
    rows: () => [{ __typename: "Post", id: "1", title: "Hi", createdAt: "2020" }],
    queries: [`{ posts { id title createdAt age slug label } }`],
    resolvers: {
      Query: { posts: all("Post") },
      Post: {
        slug: ({ id }) => `slug-${id}`,
        label: ({ title }) => `about ${title}`,
        age: ({ createdAt }) => `since ${createdAt}`,
      },
    },
  },
  "types extended as in federation 1": {
    subgraphs: {
      a: `type Query { users: [User] } type User @extends @key(fields: "id") { id: ID! @external rid: ID name: String }`,
      b: `extend type Query { lead: User } type User @key(fields: "id") { id: ID! nick: String @shareable email: String @shareable }`,
      c: `extend type User @key(fields: "email") { email: String @external posts: [Post!] } type Post { title: String by: User }`,
      d: `type User @key(fields: "email") @key(fields: "id") { id: ID! email: String @shareable nick: String @shareable }`,
    },
    rows: () => [{ __typename: "User", id: "1", rid: "r1", name: "Ann", nick: "an", email: "a@x" }],
    queries: [
      `{ users { id rid name nick email posts { title by { name posts { title } } } } lead { name posts { by { nick } } } }`,
    ],
    resolvers: {
      Query: { users: all("User"), lead: one("User") },
      User: { posts: (by) => [{ title: `by ${by.email}`, by: { ...by, __typename: "User" } }] },
    },
  },
  "an interface object that others extend through its implementations": {
    subgraphs: {
      a: `type Query { nodes: [NodeWithName!]! } interface NodeWithName @key(fields: "id") { id: ID! name: String } type User implements NodeWithName @key(fields: "id") { id: ID! name: String age: Int } type Robot implements NodeWithName @key(fields: "id") { id: ID! name: String }`,
      b: `type Query { others: [NodeWithName!] } type NodeWithName @key(fields: "id") @interfaceObject { id: ID! name: String @external username: String friends: [NodeWithName!] greeting: String @requires(fields: "name") }`,
    },
    rows: () => {
      const ann: Row = { __typename: "User", id: "1", name: "Ann", age: 9, username: "ann" };
      const bot: Row = { __typename: "Robot", id: "2", name: null, username: "bot", friends: [ann] };
      ann["friends"] = [bot, ann];
      return [ann, bot];
    },
    queries: [
      `{ nodes { id name username greeting friends { __typename username ... on User { age greeting } } } }`,
      `{ others { username name greeting friends { name } } }`,
      `{ others { __typename ... on User { age username } ... on Robot { name greeting } } }`,
    ],
    resolvers: {
      Query: { nodes: everyone, others: everyone },
      User: { greeting: ({ name }) => `hello ${name}` },
      Robot: { greeting: ({ name }) => `hello ${name}` },
    },
  },
  "interfaces that refer to themselves": {
    subgraphs: {
      a: `type Query { product: Product } interface Product { samePriceProduct: Product } type Book implements Product @key(fields: "id") { id: ID! samePriceProduct: Book @provides(fields: "price") price: Float @external }`,
      b: `type Book @key(fields: "id") { id: ID! price: Float @shareable title: String }`,
    },
    rows: () => {
      const [one, two]: Row[] = [
        { __typename: "Book", id: "1", price: 1, title: "One" },
        { __typename: "Book", id: "2", price: 1.5, title: null },
      ];
      if (one && two) [one["samePriceProduct"], two["samePriceProduct"]] = [two, one];
      return [one, two].flatMap((row) => row ?? []);
    },
    queries: [
      `{ product { samePriceProduct { __typename ... on Book { price title samePriceProduct { ... on Book { id title } } } } } }`,
    ],
    resolvers: { Query: { product: one("Book") } },
  },
  "inputs that only partly agree": {
    subgraphs: {
      a: `type Query { found(filter: Filter): String } input Filter { first: Int! = 1 kind: Kind  tags: [String!] = ["a"] } enum Kind { A B }`,
      b: `type Query { other(filter: Filter = { first: 2 }): String } input Filter { first: Int! = 1 kind: Kind } enum Kind { A B }`,
    },
    rows: () => [],
    queries: [
      `{ found(filter: { first: 3 }) other found2: found(filter: { kind: B }) other2: other(filter: null) }`,
      `query ($f: Filter = { kind: A }) { found(filter: $f) other(filter: $f) }`,
    ],
    resolvers: { Query: { found: (_, args) => told(args), other: (_, args) => told(args) } },
  },
};

function everyone(_: unknown, __: unknown, { rows }: { rows: readonly Row[] }) {
  return rows;
}

/** Of arguments what all subgraphs know of them, in one order. */
const told = ({ filter }: { filter?: { first?: number; kind?: string } | null }) =>
  filter ? `${filter.first} ${filter.kind}` : String(filter);

export type AuditCase = FederationParts & { readonly queries: readonly string[] };

export const auditCases: readonly AuditCase[] = Object.entries(cases).map(
  ([name, { rows, resolvers = {}, ...rest }]) => ({
    name,
    words,
    data: () => ({ rows: rows() }),
    resolvers,
    ...rest,
  }),
);
