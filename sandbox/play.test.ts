import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { play, tellPlayed } from "./play.ts";
import { expectation, startWarehouse } from "./wms-json/start-for-test.ts";

let chicago: Awaited<ReturnType<typeof startWarehouse>>;
let dallas: Awaited<ReturnType<typeof startWarehouse>>;
before(async () => {
  chicago = await startWarehouse();
  dallas = await startWarehouse({ site: "DAL2" });
});
after(() => Promise.all([chicago.close(), dallas.close()]));

test("the warehouse whose return it is plays it, the others do nothing", async () => {
  await dallas.call("PUT", "/return-instructions/K1", expectation({ rmaNumber: "R1" }));
  const played = await play([chicago.url, dallas.url], { rmaNumber: "R1", grade: "C" });
  assert.deepEqual(tellPlayed(played, "R1"), [
    "DAL2 return instruction K1: DONE",
    "DAL2 DAL2-R-000001/1: 4 EA of BRG-6204, 4 graded C",
  ]);
  assert.equal(chicago.ledger.receipts().length, 0);
});

test("a return that no warehouse expects yet is said so, an unknown grade and a sandbox that is away are refused", async () => {
  const [said] = tellPlayed(await play([chicago.url], { rmaNumber: "R2" }), "R2");
  assert.match(said ?? "", /No warehouse expects R2 yet/);
  await assert.rejects(play([chicago.url], { rmaNumber: "R2", grade: "Z" as "A" }), /no grade Z/);
  await assert.rejects(play(["http://127.0.0.1:1"], { rmaNumber: "R2" }), /No sandbox answers at/);
});
