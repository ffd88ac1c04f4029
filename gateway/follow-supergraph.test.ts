import assert from "node:assert/strict";
import { EventEmitter, once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { metrics } from "#shared/telemetry.ts";
import { putFile } from "../test/gateway/partner-bundles.ts";
import { startTestGateway, type TestGateway } from "../test/gateway/start-test-gateway.ts";

const judged = new EventEmitter();
const log = pino(
  {},
  {
    write: (line: string) => {
      const { msg, err } = JSON.parse(line) as { msg: string; err?: { message: string } };
      if (/supergraph is (in use|refused)/.test(msg)) judged.emit("judged", err?.message ?? msg);
    },
  },
);
let house: TestGateway;
let folder: string;
let file: string;
before(async () => {
  folder = await mkdtemp(path.join(tmpdir(), "supergraph-"));
  file = path.join(folder, "supergraph.graphql");
  house = await startTestGateway({ log, settings: { supergraphPollMs: 5 }, supergraphFile: file });
  await putFile(file, house.stub.sdl);
});
after(async () => {
  await house.stop();
  await rm(folder, { recursive: true, force: true });
});

/** Writes another supergraph, and what was said of it. */
async function write(sdl: string): Promise<string> {
  const said = once(judged, "judged");
  await putFile(file, sdl);
  return String((await said)[0]);
}
const without = (field: string) => house.stub.sdl.replace(new RegExp(`^  ${field}\\b.*\\n`, "m"), "");
const codes = async (query: string) => (await house.query(query)).errors?.map(({ extensions }) => extensions["code"]);
const isUpToDate = async () => /^backhaul_gateway_supergraph_up_to_date (\d)/m.exec(await metrics.metrics())?.[1];

test("another supergraph in the file takes over while the gateway runs, on @apollo/server's door and the engine's", async () => {
  const socket = await house.socket();
  const ask = async () => (await socket.iterate({ query: "{ whoAmI list { id } }" }).next()).value;
  assert.equal(await codes("{ whoAmI list { id } }"), undefined);
  assert.equal((await ask()).errors, undefined);
  assert.match(await write(without("whoAmI")), /another supergraph is in use/);
  assert.deepEqual(await codes("{ whoAmI list { id } }"), ["GRAPHQL_VALIDATION_FAILED"]);
  await assert.rejects(ask(), (errors: any) => errors[0].extensions.code === "GRAPHQL_VALIDATION_FAILED");
  assert.equal(await codes("{ list { id } }"), undefined);
});

test("what was asked for on @apollo/server's door is ready before another supergraph takes over, named or not", async () => {
  const misses = async () => /prepared_total\{outcome="miss"\} (\d+)/.exec(await metrics.metrics())?.[1];
  const ask = async () => {
    for (const operationName of ["Used", null])
      await (await house.post({ query: "query Used { list { id } }", operationName })).json();
  };
  await ask();
  assert.match(await write(without("fail")), /is in use/);
  const before = await misses();
  assert.ok(before);
  await ask();
  assert.equal(await misses(), before);
});

test("one that doesn't load, or names another subgraph, is refused with its reason; the one before answers on", async () => {
  assert.match(await write("type Query {"), /can't be served: Syntax Error/);
  assert.equal(await isUpToDate(), "0");
  const moved = house.stub.sdl.replace("http://orders.invalid/graphql", "http://127.0.0.1:9/graphql");
  assert.match(
    await write(moved),
    /names the subgraph orders at http:\/\/127\.0\.0\.1:9\/graphql, which takes a restart/,
  );
  assert.equal(await codes("{ list { id } }"), undefined);
  assert.match(await write(house.stub.sdl), /another supergraph is in use/);
  assert.deepEqual([await codes("{ whoAmI }"), await isUpToDate()], [undefined, "1"]);
});
