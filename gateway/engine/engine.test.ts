import assert from "node:assert/strict";
import { test } from "node:test";
import type { PlanNode } from "@apollo/query-planner";
import { buildSchema } from "graphql";
import { createCaller } from "#shared/caller.ts";
import { context, engineOf, type Parts } from "../../test/gateway/engine-of.ts";
import { compilePlan } from "./compile-plan.ts";
import { OperationRefused } from "./operation-refused.ts";

const returns = {
  sdl: `
    type Query { returns(count: Int = 2, kind: Kind = SMALL, ids: [ID!]): [Return!]! return(id: ID!): Return me: String }
    type Mutation { add(to: String): String }
    enum Kind { SMALL LARGE HIDDEN @inaccessible }
    type Return @key(fields: "id") { id: ID! order: Order kind: Kind note: String! parts: [Part] }
    type Order @key(fields: "id", resolvable: false) { id: ID! }
    union Part = Bolt | Nut
    type Bolt @key(fields: "id") { id: ID! }
    type Nut @key(fields: "id") { id: ID! }`,
  resolvers: {
    Query: {
      returns: (_: unknown, { count }: { count: number }) =>
        Array.from({ length: count }, (_, at) => returnOf(`R${at}`)),
      return: (_: unknown, { id }: { id: string }) => returnOf(id),
      me: () => "me",
    },
    Return: { __resolveReference: ({ id }: { id: string }) => returnOf(id) },
    Part: { __resolveType: ({ kind }: { kind: string }) => kind },
  },
};
const returnOf = (id: string) => ({
  id,
  order: id === "R9" ? null : { id: "O1" },
  kind: id === "R7" ? "HIDDEN" : "SMALL",
  note: id === "R8" ? null : `note of ${id}`,
  parts: [{ kind: "Bolt", id: "1" }, null, { kind: "Nut", id: "2" }],
});
const orders = {
  sdl: `
    type Order @key(fields: "id") { id: ID! number: String! lines: [Line!] total(currency: String = "EUR"): Int }
    type Line { sku: String }
    type Bolt @key(fields: "id") { id: ID! size: Int }
    type Nut @key(fields: "id") { id: ID! size: String! }`,
  resolvers: {
    Order: {
      __resolveReference: ({ id }: { id: string }) => ({ id, number: `SO-${id}`, lines: [{ sku: "a" }] }),
      total: (_: unknown, { currency }: { currency: string }) => (currency === "EUR" ? 10 : 11),
    },
    Bolt: { __resolveReference: (key: object) => ({ ...key, size: 4 }) },
    Nut: { __resolveReference: (key: object) => ({ ...key, size: "M4" }) },
  },
};
const house: Parts = { returns, orders };

test("entities are asked for once each, and stand wherever they belong", async () => {
  const { ask, sent } = engineOf(house);
  const { data, errors } = await ask("{ returns(count: 3) { id order { number lines { sku } } } }");
  assert.deepEqual(errors, []);
  assert.deepEqual(
    data?.["returns"],
    ["R0", "R1", "R2"].map((id) => ({ id, order: { number: "SO-O1", lines: [{ sku: "a" }] } })),
  );
  assert.deepEqual(sent[1]?.variables["representations"], [{ __typename: "Order", id: "O1" }]);
});

test("variables are what the operation declares before anything is asked, or nothing is", async () => {
  const { ask, sent, engine } = engineOf(house);
  const source =
    "query ($count: Int = 1, $ids: [ID!], $deep: Boolean! = true) { returns(count: $count, ids: $ids) { id order @include(if: $deep) { number } } }";
  const { data } = await ask(source, { ids: 5 });
  assert.deepEqual(data, { returns: [{ id: "R0", order: { number: "SO-O1" } }] });
  assert.deepEqual(sent[0]?.variables, { count: 1, ids: ["5"] });
  assert.deepEqual((await ask(source, { deep: false })).data, { returns: [{ id: "R0" }] });
  sent.length = 0;
  const { data: none, errors } = await ask(source, { count: "x", deep: 1 });
  assert.equal(none, undefined);
  assert.deepEqual(
    errors.map(([, code]) => code),
    ["BAD_USER_INPUT", "BAD_USER_INPUT"],
  );
  assert.throws(() => engine.coerce(engine.prepare(source), { count: "x" }), OperationRefused);
  assert.deepEqual(sent, []);
});

test("what can't be executed is refused with its code", () => {
  const { engine } = engineOf(house);
  const codes = (source: string, name?: string) => {
    try {
      engine.prepare(source, name);
    } catch (error) {
      return (error as OperationRefused).errors.map(({ extensions }) => extensions["code"]);
    }
    return undefined;
  };
  assert.deepEqual(codes("{ returns { "), ["GRAPHQL_PARSE_FAILED"]);
  assert.deepEqual(codes("{ nothing more }"), ["GRAPHQL_VALIDATION_FAILED", "GRAPHQL_VALIDATION_FAILED"]);
  assert.deepEqual(codes("query A { me } query B { me }"), ["BAD_USER_INPUT"]);
  assert.deepEqual(codes("query A { me } query B { me }", "C"), ["BAD_USER_INPUT"]);
  assert.deepEqual(codes(`{ ${Array.from({ length: 61 }, (_, at) => `a${at}: me`).join(" ")} }`), ["TOO_COSTLY"]);
  assert.deepEqual(codes("{ me ... @defer { returns { id } } }"), ["GRAPHQL_VALIDATION_FAILED"]);
  assert.equal(codes("query A { me } query B { me }", "B"), undefined);
});

test("a hidden enum value can't be asked for; one that comes is null with an error", async () => {
  const { ask } = engineOf(house);
  const { data, errors } = await ask(`{ return(id: "R7") { id kind } }`);
  assert.deepEqual(data, { return: { id: "R7", kind: null } });
  assert.deepEqual(
    errors.map(([path]) => path),
    ["return.kind"],
  );
});

test("introspection is answered here, beside what subgraphs answer, and kept by its variables", async () => {
  const { ask, sent } = engineOf(house);
  const source = `query ($name: String = "Return") { me s: __schema { queryType { name } } __typename t: __type(name: $name) { ...T } } fragment T on __Type { name kind }`;
  const { data } = await ask(source);
  const wanted = {
    me: "me",
    s: { queryType: { name: "Query" } },
    __typename: "Query",
    t: { name: "Return", kind: "OBJECT" },
  };
  assert.deepEqual(data, wanted);
  assert.deepEqual((await ask(source, { name: "Kind" })).data?.["t"], { name: "Kind", kind: "ENUM" });
  assert.deepEqual((await ask(source)).data, wanted);
  assert.deepEqual(new Set(sent.map(({ query }) => query)), new Set(["{me}"]));
});

test("an error of one entity is at every place where it stands, with real indices", async () => {
  const failing = (body: { query: string }) =>
    body.query.includes("_entities")
      ? {
          data: { _entities: [{ n: "ok", lines: [{ sku: null }] }] },
          errors: [{ message: "no", path: ["_entities", 0, "lines", 0, "sku"], extensions: { code: "NOT_AVAILABLE" } }],
        }
      : undefined;
  const { ask } = engineOf({ returns, orders: { ...orders, answer: failing } });
  const { errors } = await ask(
    `{ returns(count: 2) { order { n: number lines { sku } } } one: return(id: "R9") { order { lines { sku } } } }`,
  );
  assert.deepEqual(errors, [
    ["returns.0.order.lines.0.sku", "NOT_AVAILABLE"],
    ["returns.1.order.lines.0.sku", "NOT_AVAILABLE"],
  ]);
});

test("a null that may not be takes its parent with it; the error that explains it stands alone, else there is one", async () => {
  const gone = engineOf({
    returns,
    orders: {
      ...orders,
      answer: () => ({ data: null, errors: [{ message: "gone", extensions: { code: "SYSTEM_UNAVAILABLE" } }] }),
    },
  });
  assert.deepEqual(
    await gone.ask(`{ return(id: "R1") { id order { number } } }`).then(({ data, errors }) => ({ data, errors })),
    {
      data: { return: { id: "R1", order: null } },
      errors: [["return.order", "SYSTEM_UNAVAILABLE"]],
    },
  );
  const holes = engineOf({
    returns: { ...returns, answer: () => ({ data: { returns: [{ id: "R1", note: null }] } }) },
    orders,
  });
  const { data, errors } = await holes.ask("{ returns { id note } me }");
  assert.deepEqual(
    [data, errors],
    [null, [["returns.0.note", "Cannot return null for non-nullable field Return.note."]]],
  );
});

test("what a failed call should have brought is not asked for further", async () => {
  const down: Parts[string]["answer"] = () => {
    throw new Error("down");
  };
  const { ask, sent } = engineOf({ returns: { ...returns, answer: down }, orders });
  const { data, errors } = await ask(`{ return(id: "R1") { order { number } } }`);
  assert.deepEqual([data, errors, sent.length], [{ return: null }, [["return", "down"]], 1]);
});

test("names that every object has, and key names as aliases, are ordinary aliases", async () => {
  const { ask } = engineOf(house);
  const { text } = await ask(
    `{ __proto__: me constructor: return(id: "R1") { id: note __typename: note toString: order { id: number __proto__: id } valueOf: order { total(currency: "USD") id } } }`,
  );
  assert.equal(
    text,
    `{"__proto__":"me","constructor":{"id":"note of R1","__typename":"note of R1","toString":{"id":"SO-O1","__proto__":"O1"},"valueOf":{"total":11,"id":"O1"}}}`,
  );
});

test("members of a union keep their own types under one name", async () => {
  const { ask } = engineOf(house);
  const { data } = await ask(
    `{ return(id: "R1") { parts { __typename ... on Bolt { s: size } ... on Nut { z: size } } } }`,
  );
  assert.deepEqual(data?.["return"].parts, [{ __typename: "Bolt", s: 4 }, null, { __typename: "Nut", z: "M4" }]);
});

test("fields stand in the order of the document, whichever condition holds", async () => {
  const { ask } = engineOf(house);
  const source = `query ($x: Boolean!) { return(id: "R1") { a: id @include(if: $x) b: id a: id } }`;
  assert.equal((await ask(source, { x: true })).text, `{"return":{"a":"R1","b":"R1"}}`);
  assert.equal((await ask(source, { x: false })).text, `{"return":{"b":"R1","a":"R1"}}`);
});

test("two paths to one subgraph are one call (G-08)", async () => {
  const { ask, sent } = engineOf(house);
  const source = `query ($c: String) { a: return(id: "R1") { order { number total(currency: $c) } } b: returns { order { total(currency: $c) } } c: return(id: "R9") { order { number } } }`;
  const { data, errors } = await ask(source, { c: "USD" });
  assert.deepEqual(errors, []);
  assert.deepEqual(data?.["a"], { order: { number: "SO-O1", total: 11 } });
  assert.deepEqual(data?.["b"], [{ order: { total: 11 } }, { order: { total: 11 } }]);
  assert.deepEqual(data?.["c"], { order: null });
  assert.deepEqual(
    sent.map(({ to }) => to),
    ["returns", "orders"],
  );
});

test("an error in a call for two paths belongs to one of them", async () => {
  const answer = ({ query }: { query: string }) => {
    const [first, second] = [...query.matchAll(/(\w+): _entities/g)].map(([, alias]) => String(alias));
    const errors = [{ message: "no", path: [second, 0, "number"], extensions: { code: "NOT_AVAILABLE" } }];
    return { data: { [String(first)]: [{ number: "one" }], [String(second)]: [null] }, errors };
  };
  const { ask } = engineOf({ returns, orders: { ...orders, answer } });
  const { data, errors } = await ask(
    `{ a: return(id: "R1") { order { number } } b: returns(count: 1) { order { number } } }`,
  );
  assert.deepEqual(
    [data, errors],
    [{ a: { order: { number: "one" } }, b: [{ order: null }] }, [["b.0.order.number", "NOT_AVAILABLE"]]],
  );
});

test("mutations run one after the other, and go on after one that fails", async () => {
  const log: string[] = [];
  const writer = (name: string) => ({
    sdl: `type Mutation { ${name}: String } type Query { ${name}Seen: String }`,
    answer: () => {
      log.push(name);
      return name === "b"
        ? { data: { b: null }, errors: [{ message: "no", path: ["b"] }] }
        : { data: { [name]: name } };
    },
  });
  const { ask } = engineOf({ a: writer("a"), b: writer("b"), c: writer("c") });
  const { data } = await ask("mutation { c a b }");
  assert.deepEqual([data, log], [{ c: "c", a: "a", b: null }, ["c", "a", "b"]]);
});

test("a subgraph gets of nested required fields what it requires, with its own arguments, not the client's", async () => {
  const parts: Parts = {
    a: {
      sdl: `type Query { p: P } type P @key(fields: "id") { id: ID! price(unit: String = "EUR"): Int box: Box } type Box @shareable { w: Int h: Int }`,
      resolvers: {
        Query: { p: () => ({ id: "1", box: { w: 2, h: 3 } }) },
        P: { price: (_: unknown, { unit }: { unit: string }) => (unit === "USD" ? 11 : 10) },
      },
    },
    b: {
      sdl: `type P @key(fields: "id") { id: ID! price(unit: String = "EUR"): Int @external box: Box @external freight: Int @requires(fields: "price(unit: \\"USD\\") box { w }") } type Box @shareable { w: Int }`,
      resolvers: {
        P: {
          __resolveReference: (key: object) => key,
          freight: ({ price, box }: { price: number; box: { w: number } }) => price * box.w,
        },
      },
    },
  };
  const { ask, sent } = engineOf(parts);
  const { data } = await ask("{ p { price box { h w } freight } }");
  assert.deepEqual(data, { p: { price: 10, box: { h: 3, w: 2 }, freight: 22 } });
  const [sentBox] = sent.filter(({ to }) => to === "b").map(({ variables }) => variables["representations"][0].box);
  assert.deepEqual(sentBox, { w: 2 });
});

test("types that the API hides are still of their interface (the supergraph's possible types)", async () => {
  const parts: Parts = {
    a: {
      sdl: `type Query { all: [M] } interface M @key(fields: "id") { id: ID! } type B implements M @key(fields: "id") { id: ID! } type H implements M @key(fields: "id") @inaccessible { id: ID! }`,
      resolvers: {
        Query: {
          all: () => [
            { __typename: "B", id: "1" },
            { __typename: "H", id: "2" },
          ],
        },
      },
    },
    b: {
      sdl: `type M @key(fields: "id") @interfaceObject { id: ID! stars: Int }`,
      resolvers: { M: { __resolveReference: ({ id }: { id: string }) => ({ id, stars: Number(id) }) } },
    },
  };
  const { ask, sent } = engineOf(parts);
  const { data, errors } = await ask("{ all { __typename stars } }");
  assert.deepEqual(sent[1]?.variables["representations"], [
    { __typename: "M", id: "1" },
    { __typename: "M", id: "2" },
  ]);
  assert.deepEqual(data, { all: [{ __typename: "B", stars: 1 }, null] });
  assert.equal(errors.length, 1);
});

test("a labelled override holds for the callers that the setting says", async () => {
  const parts: Parts = {
    a: { sdl: `type Query { v: String }`, resolvers: { Query: { v: () => "old" } } },
    b: {
      sdl: `type Query { v: String @override(from: "a", label: "percent(0)") other: String }`,
      resolvers: { Query: { v: () => "new" } },
    },
  };
  assert.equal((await engineOf(parts).ask("{ v }")).data?.["v"], "old");
  const { ask } = engineOf(parts, {
    isOverridden: (label, { caller }) => label === "percent(0)" && caller.id === "otto",
  });
  const otto = { ...context, caller: createCaller({ ...context.caller, id: "otto" }) };
  assert.equal((await ask("{ v }", {}, otto)).data?.["v"], "new");
  assert.equal((await ask("{ v }")).data?.["v"], "old");
});

test("paths that depend on a type, and what comes later, are refused clearly", () => {
  const places = { schema: buildSchema("type Query { t: String }"), clients: new Map() };
  const flatten = { kind: "Flatten", path: ["t", "|[A,B]"], node: { kind: "Sequence", nodes: [] } } as const;
  const defer = { kind: "Defer", primary: {}, deferred: [] } as const;
  for (const [node, what] of [
    [flatten, /path that depends on a type/],
    [defer, /@defer/],
  ] as const)
    assert.throws(() => compilePlan(places, node as unknown as PlanNode), { code: "NOT_AVAILABLE", message: what });
});

test("an id that looks like a number is the same text, whether it stands in the document or in a variable", async () => {
  const { ask } = engineOf(house);
  const inText = await ask('{ return(id: "007") { id note } }');
  const inVariable = await ask("query ($id: ID!) { return(id: $id) { id note } }", { id: "007" });
  const asNumber = await ask("{ return(id: 7) { id } }");
  assert.deepEqual(inText.data, { return: { id: "007", note: "note of 007" } });
  assert.deepEqual([inVariable.data, asNumber.data], [inText.data, { return: { id: "7" } }]);
});

test("an object that stands at several places is written at each, as often as it is asked for, and the subgraph's answer is not changed by it", async () => {
  const { ask } = engineOf(house);
  const source =
    "{ a: returns { order { id number lines { sku } } } b: returns { order { lines { sku } again: number } } }";
  const [first, second] = [await ask(source), await ask(source)];
  const order = { id: "O1", number: "SO-O1", lines: [{ sku: "a" }] };
  assert.deepEqual(first.data?.["a"], [{ order }, { order }]);
  assert.deepEqual(first.data?.["b"], Array(2).fill({ order: { lines: [{ sku: "a" }], again: "SO-O1" } }));
  assert.deepEqual(second.data, first.data);
});

test("@fromContext is refused clearly", () => {
  const { engine } = engineOf({
    a: {
      sdl: `
        type Query { t: T } type U @key(fields: "id") { id: ID! f(a: String @fromContext(field: "$c { p }")): String }
        type T @key(fields: "id") @context(name: "c") { id: ID! p: String u: U }`,
    },
  });
  assert.throws(
    () => engine.prepare("{ t { u { f } } }"),
    (error: OperationRefused) => error.errors[0]?.extensions["code"] === "NOT_AVAILABLE",
  );
});

test("refused fields are null with FORBIDDEN and are not fetched; by setting the operation is refused", async () => {
  const parts: Parts = {
    returns,
    orders: {
      ...orders,
      sdl: orders.sdl.replace("lines: [Line!]", `lines: [Line!] @requiresScopes(scopes: [["lines:read"]])`),
    },
  };
  const source = "{ returns(count: 2) { id order { lines { sku } } } }";
  const { ask, sent } = engineOf(parts);
  const { data, errors } = await ask(source);
  assert.deepEqual(data, {
    returns: [
      { id: "R0", order: { lines: null } },
      { id: "R1", order: { lines: null } },
    ],
  });
  assert.deepEqual(errors, [
    ["returns.0.order.lines", "FORBIDDEN"],
    ["returns.1.order.lines", "FORBIDDEN"],
  ]);
  assert.deepEqual(
    sent.map(({ to }) => to),
    ["returns"],
  );
  const may = { ...context, caller: createCaller({ ...context.caller, kind: "PARTNER", scope: ["lines:read"] }) };
  assert.deepEqual((await ask(source, {}, may)).data?.["returns"][0].order, { lines: [{ sku: "a" }] });
  const strict = await engineOf(parts, { refusal: "operation" }).ask(source);
  assert.deepEqual([strict.data, strict.errors.map(([, code]) => code)], [undefined, ["FORBIDDEN"]]);
});

test("the only operation of a document is prepared once, named or not; of several each by its name", () => {
  const { engine } = engineOf(house);
  const one = engine.prepare("query A { me }", "A");
  assert.equal(engine.prepare("query A { me }"), one);
  assert.throws(() => engine.prepare("query A { me }", "B"), OperationRefused);
  const two = "query A { me } query B { returns { note } }";
  assert.deepEqual([engine.prepare(two, "A").name, engine.prepare(two, "B").name], ["A", "B"]);
  assert.throws(() => engine.prepare(two), OperationRefused);
});

test("documents in use are ready in the next engine, those it refuses are left out", () => {
  const { engine } = engineOf(house);
  engine.prepare("{ me }");
  engine.prepare("query A { returns { note } }", "A");
  assert.deepEqual(
    new Set(engine.inUse().map(({ source }) => source)),
    new Set(["{ me }", "query A { returns { note } }"]),
  );
  const next = engineOf({ returns: { ...returns, sdl: returns.sdl.replace("note: String!", "") }, orders });
  assert.equal(next.engine.warm(engine.inUse()), 1);
  assert.notEqual(next.engine.id, engine.id);
});
