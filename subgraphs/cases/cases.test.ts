import assert from "node:assert/strict";
import { before, test } from "node:test";
import { person, startTestSubgraphs, testSystems } from "../../test/start-subgraphs.ts";

let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["cases"], testSystems([]).systems);
});

test("until a CRM is connected every field of a case is null with NOT_AVAILABLE, never an empty list (G-23)", async () => {
  const query = `query ($r: [_Any!]!) { _entities(representations: $r) { ... on Return { cases { id } } ... on Order { cases { id } } } caseByNumber(number: "00001025") { id } }`;
  const r = ["Return", "Order"].map((__typename) => ({ __typename, id: "1" }));
  const { data, errors } = await subgraphs.ask("cases", person("ada", "service"), query, { r });
  assert.deepEqual(data, { _entities: [{ cases: null }, { cases: null }], caseByNumber: null });
  assert.deepEqual(
    errors.map(({ extensions }) => extensions["code"]),
    Array(3).fill("NOT_AVAILABLE"),
  );
});
