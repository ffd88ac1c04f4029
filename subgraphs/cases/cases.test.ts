import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { CrmCase } from "#adapters/crm/port.ts";
import { authorizedReturn } from "#orchestration/sample-facts.ts";
import { down, person, startTestSubgraphs, testSystems, writeReturn } from "../../test/start-subgraphs.ts";

const state = { down: false };
const crmCase = (number: string, more: Partial<CrmCase> = {}): CrmCase => ({
  number,
  subject: `About ${number}`,
  status: "Working",
  priority: "High",
  closed: false,
  owner: { name: "Ada", kind: "PERSON" },
  customerNumber: "C-2030",
  orderNumber: " so-100025 ",
  url: `https://crm.example/${number}`,
  modifiedAt: "2026-11-20T12:00:00.000Z",
  ...more,
});
const crmOf = (companyId: string, has: (number: string) => CrmCase | null) => ({
  companyId,
  findCases: async (numbers: readonly string[]) => {
    if (state.down) return down(`crm-${companyId.toLowerCase()}`)();
    return new Map(numbers.flatMap((number) => (has(number) ? [[number, has(number)!]] : [])));
  },
  findCasesOfOrders: async (numbers: readonly string[]) => {
    if (state.down) return down(`crm-${companyId.toLowerCase()}`)();
    return new Map(numbers.map((number) => [number, number === "SO-100025" ? [crmCase("00001025")] : []]));
  },
});
const { systems, calls } = testSystems(
  [],
  [],
  [
    crmOf("US01", (number) => (/^0000(10|77)/.test(number) ? crmCase(number) : null)),
    crmOf("CA02", (number) =>
      /^0000(20|77)/.test(number)
        ? crmCase(number, { owner: { name: "Returns desk", kind: "QUEUE" }, orderNumber: null })
        : null,
    ),
  ],
);
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
const ada = person("ada", "service", { companies: ["US01", "CA02"] });
const sam = person("sam", "service", { companies: ["US01"] });
const ask = (query: string, variables: object = {}, caller = ada) => subgraphs.ask("cases", caller, query, variables);
let linked: string;
before(async () => {
  subgraphs = await startTestSubgraphs(["cases"], systems);
  const log = authorizedReturn();
  log.add("case.linked", { caseId: "crm.case:US01:00001025", originating: true });
  log.add("case.linked", { caseId: "crm.case:US01:00001011", originating: false });
  linked = await writeReturn(subgraphs.db, log);
});

const all =
  "id number subject status priority owner { id displayName kind } originating url customer { id } order { id } returns { id } freshness { system stale }";
const entities = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Return { cases { ${all} } } ... on Order { cases { ${all} } } ... on Case { ${all} } } }`;

test("an agent starts from the case: by its number, with customer, order and the returns it is about (D-31)", async () => {
  const { data, errors } = await ask(`{ caseByNumber(number: " 00001025 ") { ${all} } }`);
  assert.deepEqual(errors, []);
  assert.deepEqual(data.caseByNumber, {
    id: "crm.case:US01:00001025",
    number: "00001025",
    subject: "About 00001025",
    status: "Working",
    priority: "High",
    owner: { id: "crm.user:US01:Ada", displayName: "Ada", kind: "PERSON" },
    originating: null,
    url: "https://crm.example/00001025",
    customer: { id: "erp.customer:US01:C-2030" },
    order: { id: "erp.order:US01:SO-100025" },
    returns: [{ id: linked }],
    freshness: { system: "crm-us01", stale: false },
  });
  const { data: other } = await ask(
    `{ case(id: "crm.case:CA02:00002001") { owner { kind } order { id } returns { id } } }`,
  );
  assert.deepEqual(other.case, { owner: { kind: "SYSTEM" }, order: null, returns: [] });
});

test("a case that isn't there, is another company's or not the caller's to see is 'none'; a number in two CRMs is AMBIGUOUS_NUMBER (D-29)", async () => {
  const none = await ask(
    '{ a: case(id: "crm.case:US01:00009999") { id } b: case(id: "crm.case:US01:00002001") { id } c: case(id: "erp.order:US01:1") { id } d: caseByNumber(number: "") { id } }',
  );
  assert.deepEqual([none.data, none.errors], [{ a: null, b: null, c: null, d: null }, []]);
  assert.deepEqual((await ask('{ caseByNumber(number: "00002001") { id } }', {}, sam)).data, { caseByNumber: null });
  const both = await ask('{ caseByNumber(number: "00007700") { id } }');
  assert.deepEqual([both.data, both.errors[0]!.extensions["code"]], [{ caseByNumber: null }, "AMBIGUOUS_NUMBER"]);
  const named = await ask('{ caseByNumber(number: "00007700", companyId: "CA02") { id } }');
  assert.deepEqual(named.data.caseByNumber, { id: "crm.case:CA02:00007700" });
});

test("a return's cases say which one it came from; those of many returns and orders are one call each", async () => {
  calls.length = 0;
  const r = [
    { __typename: "Return", id: linked },
    { __typename: "Order", id: "erp.order:US01:SO-100025" },
    { __typename: "Order", id: "erp.order:US01:SO-1" },
    { __typename: "Return", id: "ret_01JUNKNOWN0000000000000000" },
    { __typename: "Order", id: "erp.order:EU03:SO-300001" },
  ];
  const { data, errors } = await ask(entities, { r });
  assert.deepEqual(errors, []);
  assert.deepEqual(
    data._entities.map(({ cases }: any) => cases?.map((each: any) => [each.number, each.originating, each.status])),
    [
      [
        ["00001025", true, "Working"],
        ["00001011", false, "Working"],
      ],
      [["00001025", null, "Working"]],
      [],
      undefined,
      [],
    ],
  );
  // What the orders' call has told by then is not asked for again.
  const asked = calls.map((call) => call.replace(/findCases [12]$/, "findCases"));
  assert.deepEqual(asked.toSorted(), ["crm-us01 findCases", "crm-us01 findCasesOfOrders 2"]);
});

test("with the CRM down a case comes from its snapshot marked stale; what was never read is null with SYSTEM_UNAVAILABLE, its link is there (D-30)", async () => {
  await ask('{ case(id: "crm.case:US01:00001025") { id } }');
  state.down = true;
  try {
    const kept = await ask(`{ case(id: "crm.case:US01:00001025") { subject freshness { stale } } }`);
    assert.deepEqual([kept.data.case, kept.errors], [{ subject: "About 00001025", freshness: { stale: true } }, []]);
    const never = await ask(
      `{ case(id: "crm.case:US01:00001077") { subject } caseByNumber(number: "00001077", companyId: "US01") { id } }`,
    );
    assert.deepEqual(never.data, { case: null, caseByNumber: null });
    assert.deepEqual(
      never.errors.map(({ extensions }) => extensions["code"]),
      ["SYSTEM_UNAVAILABLE", "SYSTEM_UNAVAILABLE"],
    );
    await subgraphs.db.deleteFrom("snapshots").where("key", "=", "00001011").execute();
    const r = [{ __typename: "Return", id: linked }];
    const { data, errors } = await ask(
      `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Return { cases { number originating status } } } }`,
      { r },
    );
    assert.deepEqual(data._entities[0].cases, [
      { number: "00001025", originating: true, status: "Working" },
      { number: "00001011", originating: false, status: null },
    ]);
    assert.deepEqual(
      errors.map(({ extensions }) => extensions["system"]),
      ["crm-us01"],
    );
    assert.doesNotMatch(JSON.stringify(errors), /10\.0\.0\.9/, "vendor text stays apart (G-15)");
  } finally {
    state.down = false;
  }
});
