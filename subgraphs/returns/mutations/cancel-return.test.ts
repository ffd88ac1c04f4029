import assert from "node:assert/strict";
import { before, test } from "node:test";
import { amount, authorizedReturn, inspect, receive } from "#orchestration/sample-facts.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../../../test/start-subgraphs.ts";

let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], testSystems([]).systems);
});

const ada = person("ada", "service", { companies: ["US01"] });
const mutation =
  "mutation ($input: CancelReturnInput!) { cancelReturn(input: $input) { operation { kind status } return { id nextStep { code } } userErrors { code field } } }";
const cancel = async (id: string, changes: object = {}, caller = ada) =>
  (
    await subgraphs.ask("returns", caller, mutation, {
      input: {
        idempotencyKey: `cancel-${id}-${JSON.stringify(changes)}`,
        id,
        reason: "Found it after all.",
        ...changes,
      },
    })
  ).data.cancelReturn;
const refusals = async (...args: Parameters<typeof cancel>) =>
  (await cancel(...args)).userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);

test("what has not come can be cancelled, once; it is a request until the systems let go (D-33)", async () => {
  const id = await writeReturn(subgraphs.db, authorizedReturn({ id: "rln_1", quantity: "4" }));
  const { operation, return: it, userErrors } = await cancel(id);
  assert.deepEqual(
    [userErrors, operation, it.nextStep.code],
    [[], { kind: "cancel-return", status: "ACCEPTED" }, "CANCEL_REQUESTED"],
  );
  assert.deepEqual(await cancel(id), { operation, return: it, userErrors: [] }, "the same key is the same operation");
  assert.deepEqual(await refusals(id, { reason: "again" }), ["CONFLICT id"]);
});

test("goods that all have come are finished, not cancelled (W-07)", async () => {
  const log = authorizedReturn({ id: "rln_2", quantity: "2" });
  receive(log, "rcl_2", "rln_2", amount("2"));
  inspect(log, "ins_2", "rcl_2", amount("2"));
  assert.deepEqual(await refusals(await writeReturn(subgraphs.db, log)), ["CONFLICT id"]);
});

test("no reason, no such return, another company's, and a role that may not", async () => {
  const id = await writeReturn(subgraphs.db, authorizedReturn({ id: "rln_3", quantity: "1" }));
  assert.deepEqual(await refusals(id, { reason: "  " }), ["INVALID_INPUT reason"]);
  assert.deepEqual(await refusals("ret_none"), ["NOT_FOUND id"]);
  assert.deepEqual(await refusals(id, {}, person("eve", "service", { companies: ["CA02"] })), ["NOT_FOUND id"]);
  assert.deepEqual(await refusals(id, {}, person("otto", "operations")), ["NOT_ALLOWED "]);
});
