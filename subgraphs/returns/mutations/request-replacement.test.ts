import assert from "node:assert/strict";
import { before, test } from "node:test";
import { amount, authorizedReturn, credit, inspect, receive, type SampleLine } from "#orchestration/sample-facts.ts";
import { erpItem } from "../../../test/erp-records.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../../../test/start-subgraphs.ts";

const us01 = {
  companyId: "US01",
  findItems: async (skus: readonly string[]) =>
    new Map(skus.filter((sku) => sku !== "NO-SUCH").map((sku) => [sku, erpItem(sku)!])),
};
let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], testSystems([us01]).systems);
});

const ada = person("ada", "service", { companies: ["US01"] });
const mutation = `mutation ($input: RequestReplacementInput!) { requestReplacement(input: $input) { operation { id kind status }
  return { replacement { orders { id } reason } approvals { kind status requiredRole } lines { settlementStatus }
    allowedActions { action allowed reasons { code } } } userErrors { code field message } } }`;
let keys = 0;
type Wanted = { returnLineId: string; quantity: { value: string; unit: string }; sku?: string };
const of = (returnLineId: string, value: string, more: Partial<Wanted> = {}): Wanted => ({
  returnLineId,
  quantity: { value, unit: "EA" },
  ...more,
});
const ask = async (returnId: string, lines: Wanted[], changes: object = {}, caller = ada) => {
  const input = { idempotencyKey: `replace-${(keys += 1)}`, returnId, lines, reason: "They need them.", ...changes };
  return subgraphs.ask("returns", caller, mutation, { input });
};
const replace = async (...args: Parameters<typeof ask>) => {
  const { data, errors } = await ask(...args);
  assert.deepEqual(errors, []);
  return data.requestReplacement;
};
const refusals = async (...args: Parameters<typeof ask>) => {
  const { userErrors, return: none } = await replace(...args);
  assert.equal(none, null);
  return userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);
};
const authorized = (...lines: SampleLine[]) => writeReturn(subgraphs.db, authorizedReturn(...lines));

test("a replacement is asked for, once for a key; nothing is ordered yet, and what is left may be asked for (D-13, W-21)", async () => {
  const id = await authorized({ id: "rln_a", quantity: "4" });
  const key = { idempotencyKey: "the-same" };
  const first = await replace(id, [of("rln_a", "1")], key);
  assert.deepEqual(
    [first.userErrors, first.operation.kind, first.operation.status, first.return.replacement, first.return.approvals],
    [[], "replace-goods", "ACCEPTED", { orders: [], reason: "They need them." }, []],
  );
  assert.equal((await replace(id, [of("rln_a", "1")], key)).operation.id, first.operation.id);
  assert.deepEqual(await refusals(id, [of("rln_a", "4")]), ["QUANTITY_EXCEEDED lines.0.quantity.value"]);
  assert.deepEqual(await refusals(id, [of("rln_a", "2"), of("rln_a", "2")]), [
    "QUANTITY_EXCEEDED lines.1.quantity.value",
  ]);
  const rest = await replace(id, [of("rln_a", "3")]);
  const { allowed, reasons } = rest.return.allowedActions.find(({ action }: any) => action === "requestReplacement");
  assert.deepEqual([allowed, reasons], [false, [{ code: "CONFLICT" }]]);
});

test("goods worth 1,000.00 and more, and goods whose worth is not known, wait for a supervisor (D-22)", async () => {
  const id = await authorized({ id: "rln_b", quantity: "4" }, { id: "rln_c", quantity: "4" });
  const dear = await replace(id, [of("rln_b", "4")]);
  const asked = { kind: "REPLACEMENT", status: "PENDING", requiredRole: "supervisor" };
  assert.deepEqual(dear.return.approvals, [asked]);
  assert.equal(dear.return.lines[0].settlementStatus, "PENDING_APPROVAL");
  const other = await replace(id, [of("rln_c", "1", { sku: "BRG-6205" })]);
  assert.deepEqual(other.return.approvals, [asked, asked]);
});

test("what is credited, rejected or not authorized is not replaced (D-13, D-16)", async () => {
  const log = authorizedReturn({ id: "rln_d", quantity: "4" });
  receive(log, "rcl_d", "rln_d", amount("2"));
  inspect(log, "ins_d", "rcl_d", amount("2"));
  credit(log, "crd_d", "rcl_d", "rln_d", amount("2"), { post: true });
  receive(log, "rcl_e", "rln_d", amount("1"));
  inspect(log, "ins_e", "rcl_e", amount("1"), "0", "X");
  const id = await writeReturn(subgraphs.db, log);
  assert.deepEqual(await refusals(id, [of("rln_d", "2")]), ["QUANTITY_EXCEEDED lines.0.quantity.value"]);
  assert.deepEqual((await replace(id, [of("rln_d", "1")])).userErrors, []);
});

test("a foreign return is none; a wrong role, line, unit, item, reason or rule has its coded answer (G-13, PA-06)", async () => {
  const id = await authorized(
    { id: "rln_f", quantity: "2" },
    { id: "rln_g", quantity: "2", reasonCode: "ORDERED_IN_ERROR" },
  );
  const lines = [of("rln_f", "1")];
  const eve = person("eve", "service", { companies: ["CA02"] });
  assert.deepEqual(await refusals("ret_none", lines), ["NOT_FOUND returnId"]);
  assert.deepEqual(await refusals(id, lines, {}, eve), ["NOT_FOUND returnId"]);
  assert.deepEqual(await refusals(id, lines, {}, person("wilma", "warehouse")), ["NOT_ALLOWED "]);
  assert.deepEqual(await refusals(id, lines, { reason: " " }), ["INVALID_INPUT reason"]);
  assert.deepEqual(await refusals(id, []), ["INVALID_INPUT lines"]);
  assert.deepEqual(await refusals(id, [of("rln_a", "1")]), ["NOT_FOUND lines.0.returnLineId"]);
  assert.deepEqual(await refusals(id, [of("rln_f", "0")]), ["INVALID_INPUT lines.0.quantity.value"]);
  assert.deepEqual(await refusals(id, [of("rln_f", "1", { quantity: { value: "1", unit: "KG" } })]), [
    "INVALID_INPUT lines.0.quantity.unit",
  ]);
  assert.deepEqual(await refusals(id, [of("rln_f", "1", { sku: "NO-SUCH" })]), ["NOT_FOUND lines.0.sku"]);
  const { userErrors } = await replace(id, [of("rln_g", "1")]);
  assert.deepEqual([userErrors[0].code, /RP-03/.test(userErrors[0].message)], ["POLICY_REFUSED", true]);
});

test("goods before the return are not built, and say so (D-34, G-23)", async () => {
  const id = await authorized({ id: "rln_h", quantity: "1" });
  const { data, errors } = await ask(id, [of("rln_h", "1")], { shipBeforeReceipt: true });
  assert.deepEqual([data, errors[0]?.extensions["code"]], [{ requestReplacement: null }, "NOT_AVAILABLE"]);
});
