import assert from "node:assert/strict";
import { before, test } from "node:test";
import { answering, erpItem } from "../../test/erp-records.ts";
import { down, person, startTestSubgraphs, testSystems } from "../../test/start-subgraphs.ts";

const stock = (sku: string, available: string) => ({
  sku,
  asOf: "2026-05-04T12:00:00Z",
  unit: "EA",
  byStatus: { AVAILABLE: available, QUARANTINE: "2", HOLD: "1" },
});
const state = { erpDown: false, chicagoDown: false };
const { systems, calls } = testSystems(
  [
    {
      companyId: "US01",
      findItems: (keys) =>
        state.erpDown ? down("erp-us01")() : answering((sku) => (sku === "EU-ONLY" ? null : erpItem(sku)))(keys),
    },
    {
      companyId: "EU03",
      findItems: answering((sku) => (sku === "NONE" ? null : erpItem(sku, { name: "aus Hamburg" }))),
    },
  ],
  [
    {
      site: "CHI1",
      findStock: (keys) => (state.chicagoDown ? down("wms-chi1")() : answering((sku) => stock(sku, "10"))(keys)),
    },
    { site: "DAL2", findStock: answering((sku) => (sku === "BRG-6204" ? stock(sku, "5.5") : null)) },
    { site: "HAM4", findStock: answering((sku) => stock(sku, "7")) },
  ],
);
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
const ada = person("ada", "service", { companies: ["US01"] });
before(async () => {
  subgraphs = await startTestSubgraphs(["inventory"], systems);
});

const entities = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Item { sku name freshness { system stale } availability {
  warehouse { code name timeZone } onHand { value unit } available { value } quarantined { value } freshness { system asOf stale } } } ... on Warehouse { code name timeZone } } }`;
const items = (...skus: string[]) => ({ r: skus.map((sku) => ({ __typename: "Item", sku })) });

test("fifty items are one call to the item master and one to each site", async () => {
  calls.length = 0;
  const { data, errors } = await subgraphs.ask(
    "inventory",
    ada,
    entities,
    items(...Array.from({ length: 50 }, (_, n) => `SKU-${n}`)),
  );
  assert.deepEqual(errors, []);
  assert.equal(data._entities.length, 50);
  assert.deepEqual(calls.toSorted(), ["erp-us01 findItems 50", "wms-chi1 findStock 50", "wms-dal2 findStock 50"]);
});

test("stock is told site by site, for the sites of the caller's companies", async () => {
  const { data } = await subgraphs.ask("inventory", ada, entities, items("BRG-6204"));
  const [chicago, dallas, ...others] = data._entities[0].availability;
  assert.deepEqual(
    [chicago.warehouse.name, chicago.onHand, chicago.available.value, chicago.quarantined.value],
    ["Chicago", { value: "13", unit: "EA" }, "10", "2"],
  );
  assert.deepEqual([dallas.warehouse.code, dallas.available.value, others.length], ["DAL2", "5.5", 0]);
});

test("a site that is down takes nothing else with it: told stale where something is kept, else null with its error (D-30)", async () => {
  await subgraphs.ask("inventory", ada, entities, items("KEPT"));
  state.chicagoDown = true;
  const { data, errors } = await subgraphs.ask("inventory", ada, entities, items("KEPT", "BRG-6205"));
  state.chicagoDown = false;
  const [kept, fresh] = data._entities.map((item: any) =>
    item.availability.find((at: any) => at.warehouse.code === "CHI1"),
  );
  assert.deepEqual([kept.available.value, kept.freshness.stale], ["10", true]);
  assert.deepEqual([fresh.available, fresh.freshness], [null, null]);
  assert.ok(
    errors.every(
      ({ extensions, path }) =>
        extensions["code"] === "SYSTEM_UNAVAILABLE" && extensions["system"] === "wms-chi1" && path[1] === 1,
    ),
  );
  assert.equal(data._entities[1].name, "Bearing 6204");
});

test("one item master: what the first ERP lacks, or can't say now, the next one says (D-29)", async () => {
  const eu = await subgraphs.ask(
    "inventory",
    ada,
    '{ item(sku: "EU-ONLY") { name } none: item(sku: "NONE") { name } }',
  );
  assert.equal(eu.data.item.name, "aus Hamburg");
  state.erpDown = true;
  const { data } = await subgraphs.ask("inventory", ada, '{ item(sku: "NEW-1") { name freshness { system stale } } }');
  state.erpDown = false;
  assert.deepEqual(data.item, { name: "aus Hamburg", freshness: { system: "erp-eu03", stale: false } });
});

test("sites have their names and time zones; an unknown one is null", async () => {
  const { data } = await subgraphs.ask("inventory", ada, entities, {
    r: ["HAM4", "NOWHERE"].map((code) => ({ __typename: "Warehouse", code })),
  });
  assert.deepEqual(data._entities, [{ code: "HAM4", name: "Hamburg (third party)", timeZone: "Europe/Berlin" }, null]);
});
