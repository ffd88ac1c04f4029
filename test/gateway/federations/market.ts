import { GraphQLError } from "graphql";
import type { Data, FederationParts, Row } from "../federation.ts";

// Everything that makes planning and shaping hard, in one graph of six subgraphs.

const catalog = `
  type Query {
    tool(upc: String!): Tool
    tools(first: Int = 3, filter: ToolFilter = { kinds: [HAND, POWER], minPrice: "1" }): [Tool!]!
    strict: [Tool!]
    node(id: ID!): Node
    nodes(ids: [ID!]!): [Node]!
    anything: [Anything]
    shelves: [[Tool]]
    grid: [[Int!]]!
    echo(text: String = "hi", input: EchoInput, flags: [Flag!] = [A, B]): JSON
    fail: String
    mustFail: String!
    whereAmI: Place
  }
  type Mutation { setName(upc: String!, name: String!): Tool  failToSet: Tool }
  interface Node { id: ID! }
  union Anything = Tool | Note | Person
  type Tool implements Node & Priced @key(fields: "id") @key(fields: "upc") {
    id: ID!
    upc: String!
    name: String
    kind: Kind
    price(currency: Currency! = EUR): Money
    size: Size
    weight(unit: Unit = KG): Float
    maker: Maker
    related: [Tool]
    parts: [Part!]
    tags: [[String]!]
    history: String @override(from: "stock", label: "percent(0)")
  }
  interface Priced { price(currency: Currency! = EUR): Money }
  type Part implements Priced { code: String! price(currency: Currency! = EUR): Money of: Tool }
  type Maker implements Node @key(fields: "id") { id: ID! name: String! tools(first: Int): [Tool!]! country: Place }
  type Note { text: String! author: Person }
  type Person @key(fields: "id", resolvable: false) { id: ID! }
  type Money @shareable { amount: Decimal! currency: Currency! }
  type Size @shareable { w: Float h: Float label: String }
  type Place @shareable { code: String! city: String }
  input ToolFilter { kinds: [Kind!] = [HAND] minPrice: Decimal maker: ID }
  input EchoInput { a: Int = 1 b: String! = "b" deep: EchoInput list: [EchoInput!] kind: Kind json: JSON }
  enum Kind { HAND POWER SECRET @inaccessible }
  enum Currency { EUR USD }
  enum Unit { KG LB }
  enum Flag { A B C }
  scalar Decimal
  scalar JSON`;

const stock = `
  type Query { bins: [Bin!]! bin(site: String!, number: Int!): Bin whereAmI: Place @shareable @override(from: "catalog") }
  type Tool @key(fields: "upc") {
    upc: String!
    weight(unit: Unit = KG): Float @external
    size: Size @external
    tags: [[String]!] @external
    price(currency: Currency! = EUR): Money @external
    inStock: Boolean
    bins: [Bin]
    shipping(zone: Int = 1): Float @requires(fields: "weight(unit: LB) size { w h }")
    volume: Float @requires(fields: "size { w h label }")
    tagLine: String @requires(fields: "tags")
    duty: Decimal @requires(fields: "price(currency: USD) { amount currency }")
    history: String
  }
  type Bin @key(fields: "site { code } number") { site: Place! number: Int! tools: [Tool!] label: String @shareable }
  type Place @shareable { code: String! city: String }
  type Size @shareable { w: Float h: Float label: String }
  type Money @shareable { amount: Decimal! currency: Currency! }
  enum Currency { EUR USD }
  enum Unit { KG LB }
  scalar Decimal`;

const robots = `
  type Query { robots: [Robot!] }
  type Bin @key(fields: "number site { code }") {
    number: Int!
    site: Place!
    label: String @shareable
    tools: [Tool!] @external
    robot: Robot
    load: Float! @requires(fields: "tools { upc weight(unit: LB) }")
  }
  type Tool @key(fields: "upc") { upc: String! weight(unit: Unit = KG): Float @external }
  type Place @shareable { code: String! }
  type Robot @key(fields: "serial") { serial: String! at: Bin driver: Person state: RobotState }
  type Person @key(fields: "email", resolvable: false) { email: String! }
  enum RobotState { IDLE BUSY LOST }
  enum Unit { KG LB }`;

const reviews = `
  type Query { latest(first: Int = 5): [Review!]! search(q: String): [Hit] topHit: Hit! }
  type Mutation { review(upc: String!, body: String = "fine"): ReviewResult! }
  type Tool @key(fields: "id") { id: ID! reviews(first: Int): [Review!] rating: Float! fans: [Person!] }
  type Review @key(fields: "id") {
    id: ID!
    body: String
    stars: Int!
    author: Person @provides(fields: "name")
    subject: Subject
    media: Media
  }
  union Subject = Tool | Bin
  union Hit = Tool | Review | Person | Robot
  type Robot @key(fields: "serial", resolvable: false) { serial: String! }
  type Bin @key(fields: "site { code } number", resolvable: false) { site: Place! number: Int! }
  type Place @shareable { code: String! }
  type Person @key(fields: "id") { id: ID! name: String @external reviews: [Review!]! }
  type Media @key(fields: "id") @interfaceObject {
    id: ID!
    title: String! @external
    reviews: [Review!]
    headline(upper: Boolean = false): String @requires(fields: "title")
    score: Float!
  }
  type ReviewResult { review: Review problems: [Problem!] }
  interface Problem { message: String! }
  type TooLong implements Problem { message: String! most: Int! }
  type Rude implements Problem { message: String! words: [String!] }`;

const media = `
  type Query { library: [Media]! media(id: ID!): Media books: [Book!] favourites: [Media!] }
  interface Media @key(fields: "id") { id: ID! title: String! authors: [Person] sequel: Media }
  type Book implements Media & Node @key(fields: "id") { id: ID! title: String! pages: Int authors: [Person] sequel: Media kind: BookKind! }
  type Film implements Media & Node @key(fields: "id") { id: ID! title: String! minutes: Int authors: [Person] sequel: Media kind: FilmKind }
  interface Node { id: ID! }
  type Person @key(fields: "id", resolvable: false) { id: ID! }
  enum BookKind { NOVEL MANUAL }
  enum FilmKind { SHORT LONG }`;

const people = `
  type Query { me: Person! person(id: ID!): Person people(ids: [ID!]!): [Person]! }
  type Mutation { rename(id: ID!, name: String!): Person hire(input: HireInput! = { name: "Zoe" }): HireResult }
  interface Node { id: ID! }
  type Person implements Node @key(fields: "id") @key(fields: "email") {
    id: ID!
    email: String!
    name: String @shareable
    age: Int!
    born: Date
    friends: [Person]
    boss: Person
    account: Account!
    secret: String @inaccessible
  }
  type Account { number: String! balance: Money limit: Money! }
  type Money @shareable { amount: Decimal! currency: Currency! }
  union HireResult = Person | Refusal
  type Refusal { reason: String! }
  input HireInput { name: String! age: Int = 30 contact: Contact = { kind: MAIL } }
  input Contact { kind: ContactKind! = PHONE value: String }
  enum ContactKind { PHONE MAIL }
  enum Currency { EUR USD }
  scalar Decimal
  scalar Date`;

const failure = (code: string) => new GraphQLError(`on purpose: ${code}`, { extensions: { code } });
const known = <T>(value: T | Error | null | undefined): T | undefined =>
  value instanceof Error || value == null ? undefined : value;

function data(): Data {
  const people: Row[] = [
    { __typename: "Person", id: "p1", email: "ada@x", name: "Ada", age: 36, born: "1815-12-10" },
    { __typename: "Person", id: "p2", email: "bob@x", name: null, age: 20, born: failure("NO_BIRTHDAY") },
    { __typename: "Person", id: "p3", email: "cy@x", name: "Cy", age: failure("AGE_UNKNOWN") },
    { __typename: "Person", id: "p4", email: "ghost@x", missingIn: ["people"] },
  ];
  const [ada, bob, cy, ghost] = people as [Row, Row, Row, Row];
  const eur = { amount: "10.50", currency: "EUR" };
  ada["account"] = { number: "A1", balance: eur, limit: eur };
  bob["account"] = { number: "B1", balance: null, limit: failure("LIMIT_UNKNOWN") };
  cy["account"] = null;
  Object.assign(ada, { friends: [bob, null, ghost, cy], boss: bob });
  Object.assign(bob, { friends: [], boss: cy });
  Object.assign(cy, { friends: null, boss: cy });
  delete ghost["email"];
  Object.assign(ghost, { email: undefined, age: undefined, account: undefined });

  const makers: Row[] = [
    { __typename: "Maker", id: "m1", name: "Hammersmith", country: { code: "UK", city: "London" } },
    { __typename: "Maker", id: "m2", name: failure("NAME_GONE"), country: null },
  ];
  const [smith, nameless] = makers as [Row, Row];
  const tools: Row[] = [
    { __typename: "Tool", id: "t1", upc: "1", name: "Hammer", kind: "HAND", catalog_price: "12.00", catalog_kg: 2 },
    { __typename: "Tool", id: "t2", upc: "2", name: "Drill", kind: "POWER", catalog_price: "99.00", catalog_kg: 3 },
    { __typename: "Tool", id: "t3", upc: "3", name: failure("NAME_GONE"), kind: "SECRET", catalog_price: "7.00" },
    { __typename: "Tool", id: "t4", upc: "4", name: null, kind: null, catalog_price: "5.00", missingIn: ["stock"] },
    { __typename: "Tool", id: "t5", upc: "5", name: "Saw", kind: "HAND", missingIn: ["reviews"], catalog_kg: 1 },
  ];
  const [hammer, drill, odd, bare, saw] = tools as [Row, Row, Row, Row, Row];
  Object.assign(hammer, {
    size: { w: 1, h: 2, label: "S" },
    maker: smith,
    related: [drill, hammer],
    tags: [["a", null], []],
  });
  Object.assign(drill, {
    size: { w: 3, h: null, label: null },
    maker: nameless,
    related: [odd, null, bare],
    tags: null,
  });
  Object.assign(odd, { size: failure("SIZE_GONE"), maker: null, related: null, tags: [null] });
  Object.assign(bare, { size: null, maker: smith, related: failure("RELATED_GONE"), tags: [["x"]] });
  Object.assign(saw, { size: { w: 5, h: 6, label: "L" }, maker: smith, related: [saw, saw, hammer], tags: [] });
  hammer["parts"] = [
    { code: "head", catalog_price: "3.00", of: hammer },
    { code: "grip", catalog_price: null, of: drill },
  ];
  drill["parts"] = [{ code: "bit", catalog_price: "1.00", of: null }, null];
  for (const part of [...hammer["parts"], drill["parts"][0]]) part.__typename = "Part";
  smith["catalog_tools"] = [hammer, bare, saw];
  nameless["catalog_tools"] = [drill];

  const place = { code: "B", city: "Berlin" };
  const bins: Row[] = [
    { __typename: "Bin", site: place, number: 1, label: "B-1", tools: [hammer, saw], robots_loads: 1 },
    { __typename: "Bin", site: place, number: 2, label: null, tools: [hammer, drill, hammer] },
    { __typename: "Bin", site: { code: "C", city: null }, number: 1, label: "C-1", tools: null, missingIn: ["robots"] },
  ];
  const [b1, b2, c1] = bins as [Row, Row, Row];
  const robots: Row[] = [
    { __typename: "Robot", serial: "r1", at: b2, driver: ada, state: "BUSY" },
    { __typename: "Robot", serial: "r2", at: null, driver: bob, state: "MELTED" },
  ];
  Object.assign(b1, { robot: robots[0] });
  Object.assign(b2, { robot: robots[1] });
  Object.assign(hammer, { inStock: true, bins: [b1, b2], rating: 4.5, fans: [ada, bob] });
  Object.assign(drill, { inStock: failure("STOCK_GONE"), bins: [c1, null], rating: failure("NO_RATING"), fans: null });
  Object.assign(odd, { inStock: false, bins: [], rating: 1, fans: [ghost] });
  Object.assign(bare, { rating: 3, fans: [] });
  Object.assign(saw, { inStock: null, bins: null });

  const media: Row[] = [
    { __typename: "Book", id: "b1", title: "Tools", pages: 100, kind: "MANUAL", authors: [ada, null], score: 5 },
    { __typename: "Film", id: "f1", title: "Saw", minutes: 90, kind: null, authors: null, score: failure("NO_SCORE") },
    {
      __typename: "Film",
      id: "f2",
      title: "Drill",
      minutes: null,
      kind: "SHORT",
      authors: [ghost],
      missingIn: ["reviews"],
    },
  ];
  const [book, film, lost] = media as [Row, Row, Row];
  Object.assign(book, { sequel: film });
  Object.assign(film, { sequel: lost });
  const reviews: Row[] = [
    { __typename: "Review", id: "v1", body: "good", stars: 5, author: ada, subject: hammer, media: book },
    { __typename: "Review", id: "v2", body: null, stars: 1, author: bob, subject: b2, media: film },
    {
      __typename: "Review",
      id: "v3",
      body: "bad",
      stars: failure("NO_STARS"),
      author: ghost,
      subject: drill,
      media: null,
    },
    { __typename: "Review", id: "v4", body: "odd", stars: 3, author: cy, subject: null, media: lost },
  ];
  const [v1, v2, v3, v4] = reviews as [Row, Row, Row, Row];
  Object.assign(hammer, { reviews_all: [v1, v4] });
  Object.assign(drill, { reviews_all: [v3] });
  Object.assign(odd, { reviews_all: null });
  Object.assign(bare, { reviews_all: [] });
  Object.assign(ada, { reviews: [v1] });
  Object.assign(bob, { reviews: [v2] });
  Object.assign(cy, { reviews: [v4] });
  Object.assign(ghost, { reviews: [] });
  Object.assign(book, { reviews: [v1] });
  Object.assign(film, { reviews: [v2, v4] });
  const notes = [
    { __typename: "Note", text: "hello", author: ada },
    { __typename: "Note", text: "bye", author: ghost },
  ];
  const rows = [...tools, ...makers, ...people, ...bins, ...robots, ...media, ...reviews];
  return { rows, tools, makers, people, bins, robots, media, reviews, notes };
}

const POUNDS = 2.25;
const weigh = (kg: number | null | undefined, unit: string) => (kg == null ? null : unit === "LB" ? kg * POUNDS : kg);
const priced = (amount: string | null | undefined, currency: string) =>
  amount == null ? null : { amount: currency === "USD" ? String(Number(amount) * 2) : amount, currency };
const priceOf = ({ catalog_price }: Row, { currency }: { currency: string }) => priced(catalog_price, currency);
const pounds = (row: Row) => ("weight" in row ? row["weight"] : weigh(row["catalog_kg"], "LB"));
const byId = ({ rows }: Data, id: string) => rows.find((row) => row["id"] === id) ?? null;
const byUpc = ({ tools }: Data, upc: string): Row | null => tools.find((tool: Row) => tool["upc"] === upc) ?? null;
const take = <T>(all: T[] | null | undefined, first: number | null | undefined) =>
  all?.slice(0, first ?? undefined) ?? null;

/** In six subgraphs: catalog, stock, robots, reviews, media and people. */
export const market: FederationParts = {
  name: "market",
  subgraphs: { catalog, stock, robots, reviews, media, people },
  data,
  words: ["1", "2", "3", "5", "t1", "t2", "t5", "m1", "m2", "p1", "p2", "p4", "b1", "f1", "f2", "B", "nope"],
  resolvers: {
    Query: {
      tool: (_, { upc }, context) => byUpc(context, upc),
      tools: (_, { first, filter }, { tools }) =>
        take(
          tools.filter(
            (tool: Row) =>
              (!filter?.kinds || filter.kinds.includes(tool["kind"])) &&
              (filter?.minPrice == null || Number(tool["catalog_price"] ?? 0) >= Number(filter.minPrice)) &&
              (filter?.maker == null || tool["maker"]?.id === filter.maker),
          ),
          first,
        ),
      strict: (_, __, { tools }) => tools,
      node: (_, { id }, context) => nodeOf(context, id),
      nodes: (_, { ids }, context) => ids.map((id: string) => nodeOf(context, id)),
      anything: (_, __, { tools, notes, people }) => [
        tools[0],
        notes[0],
        people[3],
        null,
        notes[1],
        people[1],
        tools[2],
      ],
      shelves: (_, __, { tools }) => [
        [tools[0], null, tools[1]],
        [],
        null,
        [tools[3], tools[0]],
        failure("SHELF_GONE"),
      ],
      grid: () => [[1, 2], null, [3, null], []],
      echo: (_, args) => args,
      fail: () => failure("NO_LUCK"),
      mustFail: () => failure("REALLY_NO_LUCK"),
      whereAmI: () => ({ code: "S", city: "Stockholm" }),
      bins: (_, __, { bins }) => bins,
      bin: (_, { site, number }, { bins }) =>
        bins.find((bin: Row) => bin["site"].code === site && bin["number"] === number) ?? null,
      robots: (_, __, { robots }) => robots,
      latest: (_, { first }, { reviews }) =>
        take(
          reviews.filter((_review: Row, at: number) => at !== 2),
          first,
        ),
      search: (_, __, { tools, reviews, people, robots }) => [
        tools[0],
        reviews[1],
        people[0],
        robots[1],
        null,
        tools[4],
        people[3],
      ],
      topHit: (_, __, { reviews }) => reviews[0],
      library: (_, __, { media }) => [...media, null, failure("SHELF_EMPTY")],
      media: (_, { id }, context) => (context["media"].includes(byId(context, id)) ? byId(context, id) : null),
      books: (_, __, { media }) => [media[0]],
      favourites: (_, __, { media }) => [media[1], media[0], media[1]],
      me: (_, __, { people }) => people[0],
      person: (_, { id }, context) => personOf(context, id),
      people: (_, { ids }, context) => ids.map((id: string) => personOf(context, id)),
    },
    Mutation: {
      setName: (_, { upc, name }, context) => renamed(byUpc(context, upc), name),
      failToSet: () => failure("WILL_NOT"),
      review: (_, { upc, body }, context) => {
        if (body.length > 10)
          return {
            problems: [
              { __typename: "TooLong", message: "too long", most: 10 },
              { __typename: "Rude", message: "no" },
            ],
          };
        const tool = byUpc(context, upc);
        const review = {
          __typename: "Review",
          id: `v-${upc}`,
          body,
          stars: 2,
          author: context["people"][0],
          subject: tool,
        };
        tool?.["reviews_all"]?.push(review);
        return { review, problems: null };
      },
      rename: (_, { id, name }, context) => renamed(personOf(context, id), name),
      hire: (_, { input }, context) => {
        if (input.contact?.kind === "PHONE") return { __typename: "Refusal", reason: JSON.stringify(input) };
        return Object.assign(context["people"][0], { name: input.name, age: input.age });
      },
    },
    Tool: {
      price: priceOf,
      weight: ({ catalog_kg }, { unit }) => weigh(catalog_kg, unit),
      shipping: unlessMissing("stock", (tool, { zone }) => {
        const [weight, size] = [pounds(tool), known<any>(tool.size)];
        return weight == null || size?.h == null ? null : weight * size.w * size.h * zone;
      }),
      volume: unlessMissing("stock", ({ size }) =>
        known<any>(size)?.label == null ? null : known<any>(size).w * known<any>(size).h,
      ),
      tagLine: unlessMissing("stock", ({ tags }: Row) =>
        known(tags)?.includes(null) === false ? JSON.stringify(tags) : null,
      ),
      duty: unlessMissing(
        "stock",
        (tool) => ("price" in tool ? tool.price : priced(tool.catalog_price, "USD"))?.amount ?? null,
      ),
      history: unlessMissing("stock", ({ upc }) => `since ${upc}`),
      reviews: ({ reviews_all }, { first }) => take(reviews_all, first),
    },
    Part: { price: priceOf },
    Maker: { tools: ({ catalog_tools }, { first }) => take(catalog_tools, first) },
    Bin: {
      load: unlessMissing(
        "robots",
        ({ tools }) => known<Row[]>(tools)?.reduce((sum, tool) => sum + (pounds(tool) ?? 0), 0) ?? -1,
      ),
    },
    Book: { headline: unlessMissing("reviews", headline) },
    Film: { headline: unlessMissing("reviews", headline) },
  },
};

const renamed = (row: Row | null, name: string) => row && Object.assign(row, { name });

function headline({ title }: Row, { upper }: { upper: boolean }) {
  return upper ? title.toUpperCase() : `about ${title}`;
}

/** In the monolith the row is there: it says itself what the subgraph would not find. */
function unlessMissing<Args>(subgraph: string, resolve: (row: Row, args: Args) => unknown) {
  return (row: Row, args: Args) => (row.missingIn?.includes(subgraph) ? null : resolve(row, args));
}

function nodeOf(context: Data, id: string): Row | null {
  const row = byId(context, id);
  return row && ["Tool", "Maker"].includes(row.__typename) ? row : null;
}

function personOf(context: Data, id: string): Row | null {
  const row = byId(context, id);
  return row?.__typename === "Person" && !row.missingIn?.includes("people") ? row : null;
}
