import assert from "node:assert/strict";
import { before, test } from "node:test";
import { type Config, readConfig } from "#shared/config.ts";
import { playStory } from "#tools/demo/story.ts";
import { choosePorts } from "#tools/start/ports.ts";
import { type Everything, startEverything } from "./start-everything.ts";
import { GIVE_UP_MS } from "./watch.ts";

let system: Everything;
let config: Config;
before(async () => {
  const base = readConfig({ PORT: "0" });
  const { SANDBOX_PORT: sandboxPort } = await choosePorts(base);
  system = await startEverything({ sandbox: { port: sandboxPort } });
  const { systemsFile } = base;
  config = { ...system.config, systemsFile, sandboxPort, port: Number(new URL(system.gateway.url).port) };
});

/** A busy machine is no reason to go home. */
const patience = { milestoneMs: GIVE_UP_MS, crmMs: GIVE_UP_MS };

const find = `query ReturnsOf($orderNumber: String!) {
  returns(filter: { orderNumber: $orderNumber }) { edges { node { id rmaNumber status } } }
}`;
const returnsOf = async (orderNumber: string) => {
  const ada = await system.as("ada");
  const { returns } = await ada.data(find, { orderNumber });
  return (returns.edges as { node: { id: string; rmaNumber: string; status: string } }[]).map(({ node }) => node);
};

test("npm run demo plays SO-100025 from case 00001025 to its posted memo, and the next time another order from a new case; books tie (D-31, D-35)", async () => {
  const lines: string[] = [];
  const first = await playStory(config, (line) => lines.push(line), patience);
  const text = lines.join("\n");
  for (const shown of [
    /takes case 00001025/,
    /SO-100025 PARTLY_SHIPPED/,
    /4 EA of CPL-110/,
    /Sam approves/,
    /credit\.posted/,
    /salesCreditMemos .* 282\.24 USD/,
    /case 00001025: R\d\d-\S+ CLOSED, \d+ milestones/,
  ])
    assert.match(text, shown);
  assert.match(text, /return +\S+ {2}CLOSED/);
  assert.equal(text.match(/return\.closed/g)?.length, 2, "told once, and in the view");
  assert.deepEqual(
    (await returnsOf("SO-100025")).map(({ id }) => id),
    [first.id],
  );

  const more: string[] = [];
  await playStory(config, (line) => more.push(line), patience);
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
