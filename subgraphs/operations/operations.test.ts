import assert from "node:assert/strict";
import { before, test } from "node:test";
import { person } from "../../test/start-subgraphs.ts";
import { eve, fin, otto, startTasks, wilma } from "../../test/tasks.ts";

let tasks: Awaited<ReturnType<typeof startTasks>>;
before(async () => {
  tasks = await startTasks();
});

test("an operation shows its steps with what went wrong, in words of ours, and the return it is about", async () => {
  const { operationId } = await tasks.raise("CUSTOMER_BLOCKED");
  const query =
    "query ($id: ID!) { operation(id: $id) { id kind status correlationId steps { name system status attempts lastError { category code message } } return { id } } }";
  const { data, errors } = await tasks.ask(query, { id: operationId });
  assert.deepEqual(errors, []);
  assert.deepEqual(data.operation, {
    ...{
      id: operationId,
      kind: "post-credit",
      status: "NEEDS_ATTENTION",
      correlationId: "c",
      return: { id: tasks.returnId },
    },
    steps: [
      {
        name: "post-memo",
        system: "erp-us01",
        status: "FAILED",
        attempts: 3,
        lastError: { category: "BUSINESS", code: "CUSTOMER_BLOCKED", message: "The ERP said no." },
      },
    ],
  });
  assert.deepEqual((await tasks.ask(query, { id: operationId }, eve)).data.operation, null);
});

test("tasks have owners, filters and pages; a return shows its own to those who see it", async () => {
  await tasks.raise("TAX_DIFFERENCE");
  await tasks.raise("OVER_RECEIPT");
  const list = async (args: string, caller = otto) =>
    (
      await tasks.ask(
        `{ exceptions(${args}) { totalCount pageInfo { hasNextPage endCursor } edges { node { id category code owner { displayName } trail { action } operation { kind } return { id } } } } }`,
        {},
        caller,
      )
    ).data.exceptions;
  const money = await list('filter: { category: ["MONEY_DIFFERENCE"] }');
  assert.deepEqual(
    [
      money.totalCount,
      money.edges[0].node.owner.displayName,
      money.edges[0].node.trail,
      money.edges[0].node.operation.kind,
    ],
    [1, "finance", [{ action: "RAISED" }], "post-credit"],
  );
  const first = await list("first: 2");
  const second = await list(`first: 2, after: "${first.pageInfo.endCursor}"`);
  assert.deepEqual(
    [first.totalCount, first.edges.length, second.edges.length, second.pageInfo.hasNextPage],
    [3, 2, 1, false],
  );
  assert.equal(new Set([...first.edges, ...second.edges].map(({ node }: any) => node.id)).size, 3);
  assert.equal((await list("first: 5", eve)).totalCount, 0);
  assert.equal(
    (await list("first: 5", person("dan", "warehouse", { companies: ["US01"], sites: ["DAL2"] }))).totalCount,
    0,
  );
  assert.equal((await list("first: 5", wilma)).totalCount, 3);
  const ofReturn =
    "query ($r: [_Any!]!) { _entities(representations: $r) { ... on Return { operations { kind } exceptions { code } } } }";
  const r = [{ __typename: "Return", id: tasks.returnId }];
  const { data } = await tasks.ask(ofReturn, { r });
  assert.deepEqual([data._entities[0].operations.length, data._entities[0].exceptions[0].code], [3, "OVER_RECEIPT"]);
  assert.deepEqual((await tasks.ask(ofReturn, { r }, eve)).data._entities, [{ operations: null, exceptions: null }]);
});

test("a task names its amounts to who sees prices, and to nobody else (D-40)", async () => {
  const { exceptionId } = await tasks.raise("CREDIT_DIFFERENCE", true, "It is 12.00 USD.");
  const ask = "query ($r: [_Any!]!) { _entities(representations: $r) { ... on ExceptionTask { summary } } }";
  const said = async (caller: typeof otto) =>
    (await tasks.ask(ask, { r: [{ __typename: "ExceptionTask", id: exceptionId }] }, caller)).data._entities[0].summary;
  assert.equal(await said(fin), "Task CREDIT_DIFFERENCE. It is 12.00 USD.");
  for (const other of [otto, wilma]) assert.equal(await said(other), "Task CREDIT_DIFFERENCE.");
});

test("the overview and its stream are not built: NOT_AVAILABLE (G-23)", async () => {
  const { data, errors } = await tasks.ask("{ operationsOverview(window: TODAY) { awaitingReceipt } }");
  assert.deepEqual([data, errors[0]?.extensions["code"]], [{ operationsOverview: null }, "NOT_AVAILABLE"]);
});
