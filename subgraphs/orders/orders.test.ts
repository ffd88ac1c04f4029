import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answering, erpCustomer, erpOrder } from "../../test/erp-records.ts";
import { down, person, startTestSubgraphs, testSystems } from "../../test/start-subgraphs.ts";

const state = { down: false };
const unlessDown =
  <Value>(make: (key: string) => Value | null) =>
  (keys: readonly string[]) =>
    state.down ? down("erp-us01")() : answering(make)(keys);
const { systems, calls } = testSystems([
  {
    companyId: "US01",
    findOrders: unlessDown((number) => (number === "SO-GONE" ? null : erpOrder(number))),
    findCustomers: unlessDown((number) => erpCustomer(number, number === "C-2003" ? { blocked: "ALL" } : {})),
  },
  {
    companyId: "CA02",
    findOrders: answering((number) =>
      number === "SO-500000" ? erpOrder(number, { companyId: "CA02", currency: "CAD" }) : null,
    ),
  },
]);
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
const ada = person("ada", "service", { companies: ["US01", "CA02"] });
const wilma = person("wilma", "warehouse", { companies: ["US01"], sites: ["CHI1"] });
before(async () => {
  subgraphs = await startTestSubgraphs(["orders"], systems);
});

const entities = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { id number status placedAt total { amount currency } lines { id ordered { value } returned { value } unitPrice { amount } }
  shipments { id status deliveredAt lines { sku serialNumbers } } invoices { id number open { amount } } freshness { system stale } } ... on Customer { name creditHold { reason since } } } }`;
const orders = (...numbers: string[]) => ({
  r: numbers.map((number) => ({ __typename: "Order", id: `erp.order:US01:${number}` })),
});

test("fifty orders are one call", async () => {
  calls.length = 0;
  const { data, errors } = await subgraphs.ask(
    "orders",
    ada,
    entities,
    orders(...Array.from({ length: 50 }, (_, n) => `SO-${n}`)),
  );
  assert.deepEqual([errors, data._entities.length, calls], [[], 50, ["erp-us01 findOrders 50"]]);
});

test("an order is told with its lines, shipments and invoices; days are moments at the company (D-26)", async () => {
  const { data } = await subgraphs.ask("orders", ada, entities, orders("SO-100001"));
  const [order] = data._entities;
  assert.deepEqual(
    [order.number, order.total, order.placedAt],
    ["SO-100001", { amount: "1276.70", currency: "USD" }, "2026-04-20T05:00:00.000Z"],
  );
  assert.deepEqual(order.lines, [
    {
      id: "erp.order:US01:SO-100001/10000",
      ordered: { value: "4" },
      returned: { value: "0" },
      unitPrice: { amount: "289.50" },
    },
  ]);
  assert.deepEqual(order.shipments[0], {
    id: "erp.shipment:US01:SH-SO-100001",
    status: "DELIVERED",
    deliveredAt: "2026-04-30T05:00:00.000Z",
    lines: [{ sku: "BRG-6204", serialNumbers: [] }],
  });
  assert.deepEqual(order.invoices, [
    { id: "erp.invoice:US01:PSI-SO-100001", number: "PSI-SO-100001", open: { amount: "1276.70" } },
  ]);
});

test("with the ERP down an order comes from its snapshot marked stale, and what was never read is null with SYSTEM_UNAVAILABLE (D-30)", async () => {
  await subgraphs.ask("orders", ada, entities, orders("SO-KEPT"));
  state.down = true;
  const { data, errors } = await subgraphs.ask("orders", ada, entities, orders("SO-KEPT", "SO-NEVER"));
  state.down = false;
  assert.deepEqual(
    data._entities.map((order: any) => order?.freshness),
    [{ system: "erp-us01", stale: true }, undefined],
  );
  assert.deepEqual(
    errors.map(({ extensions, path }) => [extensions["code"], extensions["system"], path]),
    [["SYSTEM_UNAVAILABLE", "erp-us01", ["_entities", 1]]],
  );
  assert.doesNotMatch(JSON.stringify(errors), /10\.0\.0\.9/);
});

test("a number in several companies is AMBIGUOUS_NUMBER until the company is named (D-29)", async () => {
  const byNumber = (args: string) =>
    subgraphs.ask("orders", ada, `{ orderByNumber(${args}) { company { id name timeZone } } }`);
  const ambiguous = await byNumber('number: "so-500000"');
  assert.deepEqual([ambiguous.data.orderByNumber, ambiguous.errors[0]?.extensions["code"]], [null, "AMBIGUOUS_NUMBER"]);
  assert.equal(
    (await byNumber('number: "SO-500000", companyId: "CA02"')).data.orderByNumber.company.name,
    "Backhaul Industrial Supply Canada",
  );
  assert.equal((await byNumber('number: "SO-100001"')).data.orderByNumber.company.id, "US01");
  assert.deepEqual(await byNumber('number: "SO-GONE"'), { status: 200, data: { orderByNumber: null }, errors: [] });
});

test("the customers of fifty orders are one call, and none where only the id is asked", async () => {
  const query = (fields: string) =>
    `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Order { customer { ${fields} } } } }`;
  const r = orders(...Array.from({ length: 50 }, (_, n) => `SO-${n}`));
  calls.length = 0;
  const { data } = await subgraphs.ask("orders", ada, query("id name number"), r);
  assert.deepEqual(data._entities[7].customer, { id: "erp.customer:US01:C-2000", name: "Bolt & Co", number: "C-2000" });
  await subgraphs.ask("orders", ada, query("id"), r);
  assert.deepEqual(calls, ["erp-us01 findOrders 50", "erp-us01 findCustomers 1", "erp-us01 findOrders 50"]);
});

test("what belongs to another company is none, by id as by number", async () => {
  const eve = person("eve", "service", { companies: ["CA02"] });
  const { data, errors } = await subgraphs.ask(
    "orders",
    eve,
    `query ($r: [_Any!]!) { _entities(representations: $r) { __typename } order(id: "erp.order:US01:SO-100001") { id } orderByNumber(number: "SO-100001") { id } }`,
    {
      r: [
        ...orders("SO-100001").r,
        { __typename: "Customer", id: "erp.customer:US01:C-2000" },
        { __typename: "Company", id: "US01" },
        { __typename: "Order", id: "nonsense" },
      ],
    },
  );
  assert.deepEqual([data, errors], [{ _entities: [null, null, null, null], order: null, orderByNumber: null }, []]);
});

test("a warehouse person sees no prices: null with FORBIDDEN, the rest is whole", async () => {
  const { data, errors } = await subgraphs.ask("orders", wilma, entities, orders("SO-100001"));
  const [order] = data._entities;
  assert.deepEqual([order.total, order.lines[0].unitPrice, order.invoices[0].open], [null, null, null]);
  assert.equal(order.lines[0].ordered.value, "4");
  assert.deepEqual(new Set(errors.map(({ extensions }) => extensions["code"])), new Set(["FORBIDDEN"]));
});

test("a blocked customer shows why; since when the ERP doesn't say", async () => {
  const { data } = await subgraphs.ask("orders", ada, entities, {
    r: ["C-2000", "C-2003"].map((n) => ({ __typename: "Customer", id: `erp.customer:US01:${n}` })),
  });
  assert.deepEqual(data._entities, [
    { name: "Bolt & Co", creditHold: null },
    { name: "Bolt & Co", creditHold: { reason: "Blocked for every transaction.", since: null } },
  ]);
});

test("what no built part fills is null with NOT_AVAILABLE (G-23)", async () => {
  const { data, errors } = await subgraphs.ask(
    "orders",
    ada,
    '{ order(id: "erp.order:US01:SO-100001") { shipments { events { code } } } }',
  );
  assert.deepEqual([data.order.shipments, errors[0]?.extensions["code"]], [[{ events: null }], "NOT_AVAILABLE"]);
  const address = `mutation { requestOrderCancellation(input: { idempotencyKey: "1", orderId: "x", reason: "y" }) { userErrors { code } } }`;
  const refused = await subgraphs.ask("orders", ada, address);
  assert.deepEqual(
    [refused.data, refused.errors[0]?.extensions["code"]],
    [{ requestOrderCancellation: null }, "NOT_AVAILABLE"],
  );
});
