import assert from "node:assert/strict";
import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { test } from "node:test";
import { beforeDrop } from "../../test/database.ts";
import { processEnvironment } from "#shared/config.ts";
import { hashOf } from "#shared/hash.ts";
import { fold } from "../fold.ts";
import { loadReturn, readFacts } from "../facts.ts";
import type { ReturnState } from "../return-state.ts";
import { project } from "../project.ts";
import { begin, endLease, openBench, run, until } from "../testing/engine-for-tests.ts";
import { everyKindOfStep, keyOf, reactionsOf, recountIn } from "../testing/fake-flows.ts";

const bench = await openBench();
const reactions = reactionsOf(everyKindOfStep(bench.erp, recountIn(bench.db)));
/** Children start three times as fast with it. */
const cache = path.join(tmpdir(), "backhaul-compile-cache");
const children = new Set<ChildProcess>();
beforeDrop(async () => {
  for (const child of children) child.kill("SIGKILL");
});

function startChild(plan: object): ChildProcess {
  const script = path.resolve(import.meta.dirname, "../testing/worker-child.ts");
  const child = fork(script, [bench.url, JSON.stringify(plan)], {
    stdio: ["ignore", "inherit", "inherit", "ipc"],
    env: { ...processEnvironment(), NODE_COMPILE_CACHE: cache },
  });
  children.add(child);
  return child;
}

/** The database ends what a dead process had begun, a claim too, before it notices that nobody listens. */
async function connectionsGone(): Promise<void> {
  const left =
    "select from pg_stat_activity where application_name = 'backhaul child' and datname = current_database()";
  while ((await bench.pool.query(left)).rowCount) await once(AbortSignal.timeout(10), "abort");
}

/** What a stopped process had asked of the database is done: a claim of its own that came later would be a new lease. */
async function nothingUnderWay(): Promise<void> {
  const active =
    "select from pg_stat_activity where application_name = 'backhaul child' and datname = current_database() and state = 'active'";
  while ((await bench.pool.query(active)).rowCount) await once(AbortSignal.timeout(10), "abort");
}

/** What the flow passes when nothing fails, told by the code itself. */
async function crashPoints(): Promise<string[]> {
  const file = path.join(mkdtempSync(path.join(tmpdir(), "crash-")), "points");
  const { started } = await begin(bench.db, reactions);
  const child = startChild({ crashPointsFile: file });
  await until(bench.db, started[0]!.id, "SUCCEEDED");
  child.disconnect();
  await once(child, "exit");
  return readFileSync(file, "utf8").trim().split("\n");
}

/** One document per key, each fact once, and the projection is what folding gives (RS-01, RS-02, RS-27). */
async function assertWhole(returnId: string): Promise<void> {
  const state = (await loadReturn(bench.db, returnId))!;
  assert.deepEqual(
    state.caseIds.map(({ caseId }) => caseId),
    ["decide", "compare", "post", "recounted", "count", "instruct"],
  );
  assert.equal((await bench.erp.posted(keyOf(state, "C"))).length, 1, "one document");
  await assertCounted(state);
  const facts = await readFacts(bench.db, returnId);
  assert.deepEqual(
    facts.map(({ version }) => version),
    facts.map((_, i) => i + 1),
    "versions are dense",
  );
  const row = await bench.db
    .selectFrom("returns")
    .select(["version", "status"])
    .where("id", "=", returnId)
    .executeTakeFirstOrThrow();
  const { version, status } = project(fold(facts)).returns;
  assert.deepEqual(row, { version, status });
}

/** Of what was counted at first there is no draft left; what was counted then is posted once (W-06, W-07). */
async function assertCounted({ rmaNumber }: ReturnState): Promise<void> {
  const { rows } = await bench.pool.query("select status, hash from fake.documents where key like $1", [
    `%${rmaNumber.replace("-", "")}-R%`,
  ]);
  assert.deepEqual(rows, [{ status: "POSTED", hash: hashOf({ counted: 3 }) }]);
}

const points = await crashPoints();

test("the code itself lists its crash points: before and after each call and each commit", () => {
  const of = (verb: string) => points.filter((point) => point.includes(` ${verb} `)).length;
  for (const verb of ["draft", "look-up", "post", "read-back", "discard", "put", "read"])
    assert.ok(of(verb) >= 2, `${verb} has a point before and after it`);
  assert.ok(points.filter((point) => point.startsWith("commit")).length >= 10);
});

for (const point of points)
  test(`SIGKILL at "${point}" leaves nothing half-done (W-05, W-10, RS-27)`, async () => {
    const { id, started } = await begin(bench.db, reactions);
    const child = startChild({ crashAt: point });
    const [, signal] = await once(child, "exit");
    assert.equal(signal, "SIGKILL");
    await connectionsGone();
    await endLease(bench.db, started[0]!.id);
    const other = run(bench, reactions);
    await until(bench.db, started[0]!.id, "SUCCEEDED");
    await other.stop();
    await assertWhole(id);
  });

for (const call of ["every-kind/post draft", "every-kind/post post", "every-kind/instruct put"])
  for (const side of ["before", "after"])
    test(`SIGSTOP ${side} "${call}", another worker finishes, SIGCONT: the fence keeps the first one out (W-05, W-10)`, async () => {
      const { id, started } = await begin(bench.db, reactions);
      const stopped = startChild({ stopAt: `call ${call} ${side}#1` });
      await isStopped(stopped.pid!);
      await nothingUnderWay();
      await endLease(bench.db, started[0]!.id);
      const other = run(bench, reactions);
      await until(bench.db, started[0]!.id, "SUCCEEDED");
      await other.stop();
      const facts = (await readFacts(bench.db, id)).length;
      stopped.kill("SIGCONT");
      stopped.disconnect();
      await once(stopped, "exit");
      assert.equal((await readFacts(bench.db, id)).length, facts, "the one that was stopped wrote nothing");
      await assertWhole(id);
    });

async function isStopped(pid: number): Promise<void> {
  while (!/^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, "utf8")))
    await once(AbortSignal.timeout(10), "abort");
}
