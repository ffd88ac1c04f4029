import assert from "node:assert/strict";
import { test } from "node:test";
import { inTransaction } from "#shared/database.ts";
import { refuse } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import { startReturn } from "./facts.ts";
import { once, type Request } from "./idempotency.ts";
import { connectBench, openBench, requested, stampFor } from "./testing/engine-for-tests.ts";

const bench = await openBench();
const { db } = bench;

const asking = (key: string, input: unknown = { lines: [{ quantity: "4" }] }): Request => ({
  client: "usr_ada",
  mutation: "requestReturn",
  key,
  input,
});
const none = { flows: [], react: () => [] };
const request = (work: Request) =>
  once(db, work, async (tx) => {
    const id = newId("ret");
    await startReturn(tx, id, stampFor(none), [requested()]);
    return { result: { returnId: id } };
  });

test("100 identical requests at once make one return, and all that are answered say the same (W-21)", async () => {
  const other = await connectBench(bench.url, { create: false });
  const answers = await Promise.all(Array.from({ length: 100 }, () => request(asking("k100"))));
  const results = answers.flatMap((answer) => ("result" in answer ? [answer.result.returnId] : []));
  const errors = answers.flatMap((answer) => ("userErrors" in answer ? answer.userErrors.map(({ code }) => code) : []));
  assert.equal(new Set(results).size, 1);
  assert.ok(errors.every((code) => code === "TRY_AGAIN"));
  assert.equal((await db.selectFrom("returns").selectAll().execute()).length, 1);
  await other.stop();
});

test("the same key with other input is refused, whatever the order of its members (W-21)", async () => {
  await request(asking("reused", { a: 1, b: 2 }));
  assert.ok("result" in (await request(asking("reused", { b: 2, a: 1 }))));
  const answer = await request(asking("reused", { a: 1, b: 3 }));
  assert.deepEqual("userErrors" in answer && answer.userErrors.map(({ code }) => code), ["IDEMPOTENCY_KEY_REUSED"]);
});

test("another client, another mutation and another key are other requests (W-21)", async () => {
  const ids = new Set<unknown>();
  for (const change of [{}, { client: "usr_sam" }, { mutation: "cancelReturn" }, { key: "other" }]) {
    const answer = await request({ ...asking("own"), ...change });
    ids.add("result" in answer && answer.result.returnId);
  }
  assert.equal(ids.size, 4);
});

test("user errors leave nothing behind and are not stored: the key may be used again (W-21)", async () => {
  const refused = await once(db, asking("refused"), async (tx) => {
    await startReturn(tx, newId("ret"), stampFor(none), [requested({ orderNumber: "SO-REFUSED" })]);
    return { userErrors: [refuse("POLICY_REFUSED", "EL-09")] };
  });
  assert.ok("userErrors" in refused);
  assert.deepEqual(await db.selectFrom("returns").selectAll().where("order_number", "=", "SO-REFUSED").execute(), []);
  assert.ok("result" in (await request(asking("refused"))));
});

test("whoever comes while the first is at it waits briefly and is told to try again (W-21)", async () => {
  const gate = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  const slow = once(db, asking("slow"), async () => {
    started.resolve();
    await gate.promise;
    return { result: "done" };
  });
  await started.promise;
  const answer = await once(db, asking("slow"), async () => ({ result: "never" }), { waitMs: 20 });
  assert.deepEqual("userErrors" in answer && answer.userErrors[0]?.code, "TRY_AGAIN");
  gate.resolve();
  assert.deepEqual(await slow, { result: "done" });
  assert.deepEqual(await once(db, asking("slow"), async () => ({ result: "never" })), { result: "done" });
});

test("a failure rolls back with the key, so that the same request may come again", async () => {
  await assert.rejects(
    once(db, asking("failed"), () => Promise.reject(new Error("boom"))),
    /boom/,
  );
  assert.ok("result" in (await request(asking("failed"))));
});

test("a deadlock runs the whole of it again (W-17)", async () => {
  const pair = [newId("ret"), newId("ret")] as const;
  for (const id of pair) await inTransaction(db, (tx) => startReturn(tx, id, stampFor(none), [requested()]));
  const both = [0, 0];
  const gate = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const finished = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
  const lock = (n: 0 | 1) =>
    inTransaction(db, async (tx) => {
      both[n]! += 1;
      // Who comes again may be quicker than who was let through: then it would be another deadlock.
      if (both[n]! > 1) await finished[1 - n]!.promise;
      const inOrder = n === 0 ? pair : ([pair[1], pair[0]] as const);
      await tx.selectFrom("returns").select("id").where("id", "=", inOrder[0]).forUpdate().execute();
      gate[n].resolve();
      await gate[1 - n]!.promise;
      await tx.selectFrom("returns").select("id").where("id", "=", inOrder[1]).forUpdate().execute();
    }).then(finished[n].resolve);
  await Promise.all([lock(0), lock(1)]);
  assert.equal(both[0]! + both[1]!, 3);
});
