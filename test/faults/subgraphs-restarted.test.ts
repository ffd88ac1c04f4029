import assert from "node:assert/strict";
import { before, test } from "node:test";
import { factKinds } from "#orchestration/fact-kinds.ts";
import { readFacts } from "#orchestration/reading-facts.ts";
import { startSubgraphs } from "#subgraphs/index.ts";
import { freeRun } from "#shared/free-port.ts";
import { type Acts, createActs } from "../acts.ts";
import { type Everything, startEverything } from "../start-everything.ts";

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything({ env: { SUBGRAPHS_PORT: String(await freeRun(6)) } });
  acts = createActs(system);
});

const typesOf = (seen: { data: any }[]): string[] =>
  seen.flatMap(({ data }) => data?.returnMilestones?.milestone?.type ?? []);

test("a client that follows a return doesn't notice that every subgraph was stopped and started in the middle (W-25)", async () => {
  const ada = await system.as("ada");
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const stream = ada.subscribe("service-ui/follow-return", { returnId });
  await stream.until("the request", (frame) => typesOf([frame])[0] === "return.requested");

  await system.subgraphs.stop();
  const { receipt, floor } = await acts.receive(returnId);
  const again = await startSubgraphs({ config: system.config, log: system.log });
  try {
    floor.inspect({ receipt, line: 1, grade: "A" });
    await stream.until("the inspection", (frame) => typesOf([frame])[0] === "inspection.completed");
    const facts = (await readFacts(system.db, returnId)).filter(({ kind }) => factKinds[kind].milestone);
    const seen = typesOf(stream.seen);
    assert.deepEqual(seen, facts.map(({ kind }) => kind as string).slice(0, seen.length));
    const cursors = stream.seen.map(({ data }) => data.returnMilestones.cursor);
    assert.equal(new Set(cursors).size, cursors.length);
    const errors = stream.seen.flatMap(({ errors = [] }) => errors.map(({ extensions }) => extensions.code));
    assert.ok(
      errors.every((code) => ["SYSTEM_UNAVAILABLE", "NOT_AVAILABLE"].includes(code)),
      errors.join(),
    );
  } finally {
    await stream.stop();
    await again.stop();
  }
});
