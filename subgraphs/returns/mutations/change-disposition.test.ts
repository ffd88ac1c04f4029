import assert from "node:assert/strict";
import { before, test } from "node:test";
import { amount, authorizedReturn, inspect, receive, type FactLog } from "#orchestration/sample-facts.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../../../test/start-subgraphs.ts";

let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], testSystems([]).systems);
});

const sam = person("sam", "supervisor", { companies: ["US01"] });
const wilma = person("wilma", "warehouse", { companies: ["US01"], sites: ["CHI1"] });
const mutation = `mutation ($input: ChangeDispositionInput!) { changeDisposition(input: $input) { operation { kind }
  return { lines { dispositions { code quantity { value unit } state } } } userErrors { code field message } } }`;
let keys = 0;
const change = (dispositionId: string, changes: object = {}, caller = sam) =>
  subgraphs.ask("returns", caller, mutation, {
    input: {
      idempotencyKey: `change-${(keys += 1)}`,
      dispositionId,
      code: "SCRAP",
      quantity: { value: "1", unit: "EA" },
      note: "A scratch that nobody saw.",
      ...changes,
    },
  });
const refusals = async (...args: Parameters<typeof change>) => {
  const { changeDisposition: it } = (await change(...args)).data;
  assert.deepEqual([it.operation, it.return], [null, null]);
  return it.userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);
};

/** Four accepted units that are to be restocked; the disposition's id. */
async function decided(
  n: string,
  more: (log: FactLog, dispositionId: string) => void = () => {},
  { posted = {}, grade = "A" } = {},
) {
  const log = authorizedReturn({ id: `rln_${n}`, quantity: "4", posted });
  receive(log, `rcl_${n}`, `rln_${n}`, amount("4"));
  inspect(log, `ins_${n}`, `rcl_${n}`, amount("4"), "100", grade);
  more(log, `dsp-of-ins_${n}`);
  await writeReturn(subgraphs.db, log);
  return `dsp-of-ins_${n}`;
}

test("a supervisor changes a part of what was decided, the warehouse the rest; the goods are told anew (W-07)", async () => {
  const id = await decided("a");
  const { data, errors } = await change(id);
  assert.deepEqual(errors, []);
  assert.deepEqual(
    [data.changeDisposition.userErrors, data.changeDisposition.operation],
    [[], { kind: "settle-inspection" }],
  );
  assert.deepEqual(data.changeDisposition.return.lines[0].dispositions, [
    { code: "RESTOCK", quantity: { value: "3", unit: "EA" }, state: "DECIDED" },
    { code: "SCRAP", quantity: { value: "1", unit: "EA" }, state: "DECIDED" },
  ]);
  const rest = (await change(id, { code: "REFURBISH", quantity: { value: "3", unit: "EA" } }, wilma)).data;
  assert.deepEqual(
    rest.changeDisposition.return.lines[0].dispositions.map(({ code }: any) => code),
    ["SCRAP", "REFURBISH"],
  );
  assert.deepEqual(await refusals(id), ["CONFLICT dispositionId"]);
});

test("what can't be, isn't there, is somebody else's or nobody's place is refused with its field, and nothing is written", async () => {
  const id = await decided("b");
  const version = async () =>
    subgraphs.db
      .selectFrom("returns")
      .innerJoin("return_parts", "return_parts.return_id", "returns.id")
      .select("version")
      .where("return_parts.id", "=", id)
      .executeTakeFirstOrThrow();
  const before = await version();
  assert.deepEqual(await refusals(id, { code: "BURN" }), ["UNKNOWN_CODE code"]);
  for (const code of ["HOLD", "PENDING", "TRANSFER", "DONATE", "RESTOCK"])
    assert.deepEqual(await refusals(id, { code }), ["INVALID_INPUT code"], code);
  assert.deepEqual(await refusals(id, { quantity: { value: "5", unit: "EA" } }), ["QUANTITY_EXCEEDED quantity.value"]);
  assert.deepEqual(await refusals(id, { quantity: { value: "0", unit: "EA" } }), ["INVALID_INPUT quantity.value"]);
  assert.deepEqual(await refusals(id, { quantity: { value: "1", unit: "KG" } }), ["INVALID_INPUT quantity.unit"]);
  assert.deepEqual(await refusals(id, { note: " " }), ["INVALID_INPUT note"]);
  assert.deepEqual(await refusals("dsp_none"), ["NOT_FOUND dispositionId"]);
  assert.deepEqual(await refusals(id, {}, person("eve", "supervisor", { companies: ["EU03"] })), [
    "NOT_FOUND dispositionId",
  ]);
  assert.deepEqual(await refusals(id, {}, person("dan", "warehouse", { companies: ["US01"], sites: ["DAL2"] })), [
    "NOT_FOUND dispositionId",
  ]);
  assert.deepEqual(await refusals(id, {}, person("ada", "service")), ["NOT_ALLOWED "]);
  assert.deepEqual(await version(), before);
});

test("what the warehouse has done, or refused to let go of, stays as it is (W-07)", async () => {
  const executed = await decided("c", (log, dispositionId) =>
    log.add("disposition.executed", { dispositionId, executedAt: "2026-05-06T10:00:00.000Z", bin: null }),
  );
  const done = (await change(executed)).data.changeDisposition.userErrors;
  assert.deepEqual([done[0].code, done[0].field], ["CONFLICT", ["dispositionId"]]);
  assert.match(done[0].message, /only a later, correcting decision moves the goods/);
  const kept = await decided("d", (log, dispositionId) => {
    for (const _ of ["told", "kept"])
      log.add("disposition.instructed", {
        dispositionId,
        transactionKey: "BH1-R267Q3KX2M-W0009",
        quantity: amount("4"),
      });
  });
  assert.deepEqual(await refusals(kept), ["CONFLICT dispositionId"]);
});

test("goods of a supplier don't become ours, and hazardous waste is not restocked (D-11)", async () => {
  const nothingMore = () => {};
  const consigned = await decided("e", nothingMore, { posted: { supplierOwned: true } });
  assert.deepEqual(await refusals(consigned, { code: "REFURBISH" }), ["POLICY_REFUSED code"]);
  const leaking = await decided("f", nothingMore, { posted: { hazardous: true }, grade: "H" });
  assert.deepEqual(await refusals(leaking), ["POLICY_REFUSED code"]);
  assert.deepEqual((await change(leaking, { code: "HAZMAT_DISPOSAL" })).data.changeDisposition.userErrors, []);
});
