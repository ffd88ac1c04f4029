import assert from "node:assert/strict";
import { before, test } from "node:test";
import { beforeDrop, createTestDatabase } from "../test/database.ts";
import { connectDatabase, type DatabaseConnection } from "./database.ts";
import { ProgramBug, SystemUnavailable, TransientFailure } from "./errors.ts";
import { createSilentLog } from "./log.ts";
import { type Known, readThrough, saveSnapshots } from "./snapshots.ts";

let connection: DatabaseConnection;
const log = createSilentLog();
before(async () => {
  const { url } = await createTestDatabase();
  connection = connectDatabase({ url, log, name: "snapshots test" });
  beforeDrop(connection.stop);
});

type Thing = { n: number; at?: string };
const read = (
  kind: string,
  keys: string[],
  ask: () => Promise<Map<string, Thing>>,
  modifiedAt?: (thing: Thing) => string | null,
) =>
  readThrough(
    { db: connection.db, log },
    { system: "erp-us01", kind, keys, ask, ...(modifiedAt ? { modifiedAt } : {}) },
  );
const down = () => Promise.reject(new TransientFailure({ system: "erp-us01", code: "CIRCUIT_OPEN" }));
const told = (answers: Map<string, Known<Thing> | Error>, key: string): Known<Thing> => {
  const answer = answers.get(key);
  assert.ok(answer && !(answer instanceof Error), `${key} is known`);
  return answer;
};

test("with the system down, what it said last is told as stale with its time, the rest is SYSTEM_UNAVAILABLE (D-30)", async () => {
  const fresh = await read("a", ["1", "2"], async () => new Map([["1", { n: 1 }]]));
  assert.equal(told(fresh, "1").freshness.stale, false);
  assert.equal(fresh.has("2"), false, "no such record");
  const stale = await read("a", ["1", "2"], down);
  assert.deepEqual(told(stale, "1"), {
    value: { n: 1 },
    freshness: { system: "erp-us01", asOf: told(fresh, "1").freshness.asOf, stale: true },
  });
  assert.ok(stale.get("2") instanceof SystemUnavailable);
});

test("an answer that can't be read counts as none", async () => {
  await read("b", ["1"], async () => new Map([["1", { n: 1 }]]));
  const bug = new ProgramBug({ system: "erp-us01", code: "RESPONSE_INVALID" });
  assert.equal(told(await read("b", ["1"], () => Promise.reject(bug)), "1").freshness.stale, true);
});

test("a newer snapshot by the source's time is never overwritten by an older one, however late it comes (W-20)", async () => {
  const at = ({ at = null }: { at?: string | null }) => at;
  await read("c", ["1"], async () => new Map([["1", { n: 2, at: "2026-01-02T00:00:00Z" }]]), at);
  await read("c", ["1"], async () => new Map([["1", { n: 1, at: "2026-01-01T00:00:00Z" }]]), at);
  assert.equal(told(await read("c", ["1"], down), "1").value.n, 2);
  await saveSnapshots(connection.db, {
    system: "erp-us01",
    kind: "d",
    asOf: new Date(2_000),
    records: new Map([["1", { n: 2 }]]),
  });
  await saveSnapshots(connection.db, {
    system: "erp-us01",
    kind: "d",
    asOf: new Date(1_000),
    records: new Map([["1", { n: 1 }]]),
  });
  assert.equal(told(await read("d", ["1"], down), "1").value.n, 2);
});

test("what is no failure of the system is thrown", async () => {
  await assert.rejects(
    read("e", ["1"], () => Promise.reject(new TypeError("ours"))),
    TypeError,
  );
});
