import assert from "node:assert/strict";
import { before, test } from "node:test";
import { connectDatabase, type DatabaseConnection } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { createSilentLog } from "#shared/log.ts";
import { beforeDrop, createTestDatabase } from "../test/database.ts";
import { expireApprovals } from "./expiring-approvals.ts";
import { changeReturn, loadReturn, startReturn } from "./facts.ts";
import type { NewFact } from "./facts-vocabulary.ts";
import { ada, authorizedReturn } from "./sample-facts.ts";

let connection: DatabaseConnection;
const log = createSilentLog();
before(async () => {
  const { url } = await createTestDatabase();
  connection = connectDatabase({ url, log, name: "test" });
  beforeDrop(() => connection.stop());
});

test("an approval that nobody decided in time expires as a fact, once; the same is asked again, and a task tells the role until it is decided (W-14, RS-28)", async () => {
  const { db } = connection;
  const sample = authorizedReturn({ id: newId("rln"), quantity: "4" });
  const asked: NewFact = {
    kind: "approval.requested",
    data: {
      approvalId: newId("apr"),
      kind: "POLICY_EXCEPTION",
      tier: 1,
      requiredRole: "supervisor",
      amount: null,
      threshold: null,
      subject: { lineIds: [] },
      decisionHash: "hash",
      reasons: [],
      expiresAt: "2026-05-11T15:00:00.000Z",
    },
  };
  const facts = [...sample.facts.map(({ kind, data }) => ({ kind, data }) as NewFact), asked];
  const reactions = { flows: [], react: () => [] };
  const stamp = { correlationId: "corr-1", actor: ada, source: { system: "backhaul", reference: null }, reactions };
  const id = newId("ret");
  await db.transaction().execute((tx) => startReturn(tx, id, stamp, facts));

  const [change, ...more] = await expireApprovals(db, log);
  assert.deepEqual([change?.facts.map(({ kind }) => kind), more], [["approval.expired", "approval.requested"], []]);
  const tasks = () =>
    db
      .selectFrom("exceptions")
      .select(["code", "owner_role", "status", "resolution"])
      .where("return_id", "=", id)
      .execute();
  const task = { code: "APPROVAL_OVERDUE", owner_role: "supervisor" };
  assert.deepEqual(await tasks(), [{ ...task, status: "OPEN", resolution: null }]);
  assert.deepEqual(await expireApprovals(db, log), []);

  const { approvals } = (await loadReturn(db, id))!;
  const [old, again, ...others] = approvals;
  assert.deepEqual([old?.status, again?.status, others], ["EXPIRED", "PENDING", []]);
  assert.deepEqual(
    [again?.kind, again?.tier, again?.decisionHash, again!.expiresAt > new Date().toISOString()],
    [old?.kind, old?.tier, old?.decisionHash, true],
  );
  const decided: NewFact = {
    kind: "approval.decided",
    data: { approvalId: again!.approvalId, decision: "APPROVE", note: null },
  };
  await db.transaction().execute((tx) => changeReturn(tx, id, stamp, () => ({ facts: [decided], value: undefined })));
  const [settled] = await expireApprovals(db, log);
  assert.deepEqual(
    settled?.facts.map(({ kind }) => kind),
    ["exception.resolved"],
  );
  assert.deepEqual(await tasks(), [{ ...task, status: "RESOLVED", resolution: "CONVERGED" }]);
});
