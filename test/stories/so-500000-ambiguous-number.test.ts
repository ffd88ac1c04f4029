import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Acts, createActs } from "../acts.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything();
  acts = createActs(system);
});

/** SO-500000 as its number finds it: what there is of it, or the code of why not. */
async function order(by: string | Parameters<Everything["as"]>[0], companyId?: string) {
  const client = await system.as(by);
  const { data, errors } = await client.query("service-ui/order-view", {
    number: "SO-500000",
    ...(companyId ? { companyId } : {}),
  });
  const found = data.orderByNumber;
  return found ? [found.company.id, found.lines[0].ordered.value] : (errors?.[0]?.extensions.code ?? "none");
}

test("SO-500000 stands in two companies: its number alone is AMBIGUOUS_NUMBER, and with the company it is that company's (D-29, G-13)", async () => {
  assert.deepEqual(
    [await order("ada"), await order("ada", "US01"), await order("ada", "CA02"), await order("ada", "EU03")],
    ["AMBIGUOUS_NUMBER", ["US01", "5"], ["CA02", "3"], "none"],
  );
  const client = await system.as("ada");
  const eligibility = await client.query("service-ui/return-eligibility", { orderNumber: "SO-500000" });
  assert.deepEqual(
    [eligibility.data.orderByNumber, eligibility.errors?.map(({ extensions }) => extensions.code)],
    [null, ["AMBIGUOUS_NUMBER"]],
  );
});

test("who sees one of the companies is told of no other (D-29, G-13)", async () => {
  assert.deepEqual(await order({ sub: "eve", name: "Eve", roles: ["service"], companies: ["CA02"] }), ["CA02", "3"]);
});

test("a return of SO-500000 is of the company that its lines name, and the other's is left alone (D-14, D-29)", async () => {
  const inCanada = await acts.requestReturn("SO-500000", [{ quantity: "3" }], { company: "CA02" });
  const inStates = await acts.requestReturn("SO-500000", [{ quantity: "5" }]);
  const states = await Promise.all([inCanada, inStates].map((id) => acts.expected(id)));
  assert.deepEqual(
    states.map(({ state }) => [state.companyId, state.currency, state.warehouse]),
    [
      ["CA02", "CAD", "TOR3"],
      ["US01", "USD", "CHI1"],
    ],
  );
  const mixed = await acts.askReturn("SO-500000", [{ quantity: "1" }], { company: "EU03" });
  assert.deepEqual(mixed.userErrors[0]?.code, "NOT_FOUND");
  for (const id of [inCanada, inStates]) await judge(system, id);
});
