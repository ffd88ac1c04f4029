import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Config, readConfig } from "#shared/config.ts";
import { createSilentLog } from "#shared/log.ts";
import { erpDocumentsOf } from "#tools/client/erp-ledger.ts";
import { playStory } from "#tools/demo/story.ts";
import { receive } from "#tools/start/first-returns/deeds.ts";
import { makeFirstReturns } from "#tools/start/first-returns/first-returns.ts";
import { type FirstReturn, firstReturns } from "#tools/start/first-returns/list.ts";
import { choosePorts } from "#tools/start/ports.ts";
import { type Everything, startEverything } from "./start-everything.ts";

let system: Everything;
let config: Config;
before(async () => {
  const base = readConfig({ PORT: "0" });
  const { SANDBOX_PORT: sandboxPort } = await choosePorts(base);
  system = await startEverything({ sandbox: { port: sandboxPort } });
  const { systemsFile } = base;
  config = { ...system.config, systemsFile, sandboxPort, port: Number(new URL(system.gateway.url).port) };
});

const find = `query ReturnsOf($orderNumber: String!) {
  returns(filter: { orderNumber: $orderNumber }) { edges { node { id rmaNumber status } } }
}`;
const returnsOf = async (orderNumber: string) => {
  const ada = await system.as("ada");
  const { returns } = await ada.data(find, { orderNumber });
  return (returns.edges as { node: { id: string; rmaNumber: string; status: string } }[]).map(({ node }) => node);
};
const firstReturn = (order: string): FirstReturn => {
  const found = firstReturns.find((each) => each.order === order);
  assert.ok(found);
  return found;
};

/** What a person sees of the first returns of this list. */
async function make(list: FirstReturn[], settings: Partial<Config> = {}): Promise<{ shown: string[]; said: string[] }> {
  const [shown, said]: [string[], string[]] = [[], []];
  const parts = { config: { ...config, ...settings }, log: createSilentLog() };
  await makeFirstReturns({ ...parts, progress: (text) => shown.push(text), say: (line) => said.push(line) }, list);
  return { shown, said };
}

test("first returns that were interrupted go on where they were, and a later start does nothing", async () => {
  const whole = firstReturn("SO-103052");
  const cut = { ...whole, deeds: [receive.all, () => Promise.reject(new Error("somebody pressed Ctrl-C"))] };
  const { said } = await make([cut, firstReturn("SO-103074")]);
  assert.deepEqual(said, ["1 of the first returns are not done (see the log); the next start goes on."]);

  const { shown } = await make([whole, firstReturn("SO-103074")]);
  assert.equal(shown.at(-1), "Making the first returns: 2 of 2 …");
  const [made, ...others] = await returnsOf("SO-103052");
  assert.deepEqual([made?.status, others.length], ["CLOSED", 0]);
  assert.deepEqual(
    (await returnsOf("SO-103074")).map(({ status }) => status),
    ["CANCELLED"],
  );
  const documents = await erpDocumentsOf(String(made?.rmaNumber), config.sandboxPort);
  assert.deepEqual(
    documents.map(({ kind }) => kind).toSorted(),
    ["inventoryAdjustments", "returnOrders", "returnReceipts", "salesCreditMemos"],
    "one document of each kind, whatever was done twice",
  );
  assert.deepEqual(await make([whole]), { shown: [], said: [] });
});

test("a first return that is refused is passed over, and does not stop the start", async () => {
  const tooMuch = {
    ...firstReturn("SO-103042"),
    lines: [{ sku: "FTG-1195", quantity: "4", reasonCode: "EXCESS_STOCK" }],
  };
  assert.deepEqual((await make([tooMuch])).said, []);
  assert.deepEqual(await make([tooMuch]), { shown: [], said: [] });
  assert.deepEqual(await returnsOf("SO-103042"), []);
});

test("nothing is invented where a system is not the sandbox's, or tokens come from elsewhere", async () => {
  const list = [firstReturn("SO-103044")];
  assert.deepEqual(await make(list, { systemsFile: system.config.systemsFile }), { shown: [], said: [] });
  assert.deepEqual(await make(list, { oidcIssuer: "https://login.example.com" }), { shown: [], said: [] });
  assert.deepEqual(await returnsOf("SO-103044"), []);
});

test("npm run demo plays SO-100025 from case 00001025 to its posted memo, and the next time another order from a new case; books tie (D-31, D-35)", async () => {
  const lines: string[] = [];
  const first = await playStory(config, (line) => lines.push(line));
  const text = lines.join("\n");
  for (const shown of [
    /takes case 00001025/,
    /SO-100025 PARTLY_SHIPPED/,
    /4 EA of CPL-110/,
    /Sam approves/,
    /credit\.posted/,
    /salesCreditMemos .* 282\.24 USD/,
    /case 00001025: R26-\S+ CLOSED, \d+ milestones/,
  ])
    assert.match(text, shown);
  assert.match(text, /return +\S+ {2}CLOSED/);
  assert.equal(text.match(/return\.closed/g)?.length, 2, "told once, and in the view");
  assert.deepEqual(
    (await returnsOf("SO-100025")).map(({ id }) => id),
    [first.id],
  );

  const more: string[] = [];
  await playStory(config, (line) => more.push(line));
  assert.ok(more.includes("  (SO-100025: returned by an earlier demo.)"));
  assert.deepEqual(system.sandbox.servers["business-central"].ledger.tieOut(), { ok: true, differences: [] });
});

test("with nothing running, the demo says so in one sentence", async () => {
  const { PORT: port } = await choosePorts(readConfig({ PORT: "0" }));
  await assert.rejects(
    playStory({ ...config, port }, () => undefined),
    {
      message: `No gateway answers at http://127.0.0.1:${port}/graphql; start it with npm start, or set PORT as it was started with.`,
    },
  );
});
