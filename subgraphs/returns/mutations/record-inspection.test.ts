import assert from "node:assert/strict";
import { before, test } from "node:test";
import { amount, authorizedReturn, receive } from "#orchestration/sample-facts.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../../../test/start-subgraphs.ts";

let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], testSystems([]).systems);
});

const wilma = person("wilma", "warehouse", { companies: ["US01"], sites: ["CHI1"] });
const mutation = `mutation ($input: RecordInspectionInput!) { recordInspection(input: $input) { inspection { id grade quantity { value } inspector { id } } operation { kind }
  return { lines { inspectionStatus quantities { accepted { value } rejected { value } } } } userErrors { code field } } }`;
let keys = 0;
const inspect = (receiptLineId: string, changes: object = {}, caller = wilma) =>
  subgraphs.ask("returns", caller, mutation, {
    input: {
      idempotencyKey: `inspect-${(keys += 1)}`,
      receiptLineId,
      quantity: { value: "2", unit: "EA" },
      grade: "A",
      inspectedAt: "2026-05-05T10:00:00Z",
      ...changes,
    },
  });
const refusals = async (...args: Parameters<typeof inspect>) => {
  const { recordInspection: it } = (await inspect(...args)).data;
  assert.equal(it.inspection, null);
  return it.userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);
};
async function received(n: string): Promise<string> {
  const log = authorizedReturn({ id: `rln_${n}`, quantity: "4" });
  receive(log, `rcl_${n}`, `rln_${n}`, amount("3"));
  await writeReturn(subgraphs.db, log);
  return `rcl_${n}`;
}

test("a grade is judged by policy: accepted or rejected is never said by the warehouse (D-13)", async () => {
  const receiptLineId = await received("a");
  const { data, errors } = await inspect(receiptLineId);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    [data.recordInspection.inspection.inspector.id, data.recordInspection.operation.kind],
    ["wilma", "settle-inspection"],
  );
  assert.deepEqual(data.recordInspection.return.lines, [
    { inspectionStatus: "QUEUED", quantities: { accepted: { value: "2" }, rejected: { value: "0" } } },
  ]);
  const last = (await inspect(receiptLineId, { quantity: { value: "1", unit: "EA" }, grade: "X" })).data
    .recordInspection;
  assert.deepEqual(last.return.lines, [
    { inspectionStatus: "INSPECTED", quantities: { accepted: { value: "2" }, rejected: { value: "1" } } },
  ]);
});

test("more than was received, a bad grade, line, time, site or role is refused with its field", async () => {
  const receiptLineId = await received("b");
  assert.deepEqual(await refusals(receiptLineId, { quantity: { value: "4", unit: "EA" } }), [
    "QUANTITY_EXCEEDED quantity.value",
  ]);
  assert.deepEqual(await refusals(receiptLineId, { quantity: { value: "0", unit: "EA" } }), [
    "INVALID_INPUT quantity.value",
  ]);
  assert.deepEqual(await refusals(receiptLineId, { grade: "Z" }), ["UNKNOWN_CODE grade"]);
  assert.deepEqual(await refusals("rcl_none"), ["NOT_FOUND receiptLineId"]);
  assert.deepEqual(await refusals(receiptLineId, { inspectedAt: "2999-01-01T00:00:00Z" }), [
    "INVALID_INPUT inspectedAt",
  ]);
  assert.deepEqual(await refusals(receiptLineId, {}, person("dan", "warehouse", { sites: ["DAL2"] })), [
    "NOT_FOUND receiptLineId",
  ]);
  assert.deepEqual(await refusals(receiptLineId, {}, person("ada", "service")), ["NOT_ALLOWED "]);
  const photos = await inspect(receiptLineId, { photoIds: ["pho_1"] });
  assert.deepEqual([photos.data.recordInspection, photos.errors[0]?.extensions["code"]], [null, "NOT_AVAILABLE"]);
});
