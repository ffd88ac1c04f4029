import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { ApprovalState, ReturnState } from "#orchestration/return-state.ts";
import { sql } from "kysely";
import { type Acts, createActs, newKey } from "../acts.ts";
import { allHeard } from "../heard.ts";
import { judge } from "../judge.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesNothing } from "../written.ts";

// An approval binds to what was decided and to a time: an answer to anything else is refused, and nobody's question is lost (W-08, W-14).

let system: Everything;
let acts: Acts;
before(async () => {
  system = await startEverything({ internals: { timersMs: 200 } });
  acts = createActs(system);
});

/** Four bearings that were ordered by mistake, received and graded A: 1,158.00, which finance has to approve. */
async function waitingForFinance(): Promise<{ returnId: string; approval: ApprovalState }> {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4", reason: "ORDERED_IN_ERROR" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const approval = pending(await asked(returnId, 1));
  await system.quiet(returnId);
  return { returnId, approval };
}

const asked = (returnId: string, count: number): Promise<ReturnState> =>
  system.returnWhen(
    returnId,
    `question ${count}`,
    ({ approvals }) => approvals.length === count && approvals.at(-1)!.status === "PENDING",
  );
const pending = ({ approvals }: ReturnState): ApprovalState => approvals.find(({ status }) => status === "PENDING")!;

async function decide(who: string, id: string) {
  const client = await system.as(who);
  const input = { idempotencyKey: newKey(), id, decision: "APPROVE" };
  return (await client.data("service-ui/decide-approval", { input })).decideApproval as {
    approval: { status: string } | null;
    userErrors: { code: string; message: string; field: string[] }[];
  };
}

async function refused(who: string, id: string, message: RegExp): Promise<void> {
  await allHeard(system);
  await writesNothing(system.db, async () => {
    const { approval, userErrors } = await decide(who, id);
    assert.deepEqual([approval, userErrors.map(({ code, field }) => [code, field])], [null, [["CONFLICT", ["id"]]]]);
    assert.match(userErrors[0]!.message, message);
  });
}

/** As if five business days had gone by since it was asked (W-30). */
async function letExpire(returnId: string, approvalId: string): Promise<void> {
  const past = "2026-01-05T12:00:00.000Z";
  await sql`update facts set data = jsonb_set(data, '{expiresAt}', to_jsonb(${past}::text))
    where return_id = ${returnId} and kind = 'approval.requested' and data ->> 'approvalId' = ${approvalId}`.execute(
    system.db,
  );
  await system.db.updateTable("approvals").set({ expires_at: past }).where("id", "=", approvalId).execute();
}

test("an approval that expired is refused, the same is asked again, and its task ends with the decision (W-14, D-23, RS-28)", async () => {
  const { returnId, approval } = await waitingForFinance();
  await letExpire(returnId, approval.approvalId);
  const state = await asked(returnId, 2);
  assert.deepEqual(
    state.approvals.map(({ status, tier, amount, decisionHash }) => [status, tier, amount, decisionHash]),
    ["EXPIRED", "PENDING"].map((status) => [status, 1, "1158.00", approval.decisionHash]),
  );
  const { exceptions } = await system.returnWhen(returnId, "its task", (seen) => seen.exceptions.length > 0);
  assert.deepEqual(
    exceptions.map(({ code, owner, status }) => [code, owner, status]),
    [["APPROVAL_OVERDUE", "finance", "OPEN"]],
  );
  await refused("fin", approval.approvalId, /EXPIRED/);

  assert.deepEqual((await decide("fin", pending(state).approvalId)).userErrors, []);
  await acts.credited(returnId, 1);
  const closed = await acts.close(returnId, 1);
  assert.deepEqual(
    closed.credits.map(({ erp }) => erp?.total),
    ["1103.00"],
  );
  // Closing does not wait for the timer that ends a late task.
  const isOver = (seen: ReturnState) => seen.exceptions.every(({ status }) => status === "RESOLVED");
  assert.equal((await system.returnWhen(returnId, "the end of its task", isOver)).exceptions.length, 1);
  await judge(system, returnId);
});

test("SO-100024: tools that are inspected again as grade B after finance has said yes: both tiers are void and asked anew, of 11,160.00 (W-08, D-15, D-23)", async () => {
  const returnId = await acts.requestReturn("SO-100024", [{ quantity: "8", reason: "ORDERED_IN_ERROR" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const [finance, supervisor] = (await asked(returnId, 2)).approvals;
  await system.quiet(returnId);
  assert.deepEqual((await decide("fin", finance!.approvalId)).userErrors, []);

  floor.inspect({ receipt, line: 1, inspection: 1, grade: "B" });
  const { approvals, credits } = await asked(returnId, 4);
  assert.deepEqual(
    approvals.map(({ tier, amount, status }) => [tier, amount, status]),
    [
      [1, "12400.00", "VOIDED"],
      [2, "12400.00", "VOIDED"],
      [1, "11160.00", "PENDING"],
      [2, "11160.00", "PENDING"],
    ],
  );
  assert.deepEqual(
    credits.map(({ status }) => status),
    ["REVERSED", "PENDING_APPROVAL"],
  );
  const { exceptions } = await system.returnWhen(returnId, "a task", (state) => state.exceptions.length > 0);
  await system.quiet(returnId);
  await refused("sam", supervisor!.approvalId, /VOIDED/);

  assert.deepEqual(
    exceptions.map(({ code, owner }) => [code, owner]),
    [["DISPUTED_INSPECTION", "supervisor"]],
    "the warehouse was told to restock them already",
  );
  const { resolveException } = await (
    await system.as("sam")
  ).data("service-ui/resolve-exception", {
    input: {
      idempotencyKey: newKey(),
      id: exceptions[0]!.exceptionId,
      resolution: "WAIVED",
      note: "They may be restocked.",
    },
  });
  assert.deepEqual(resolveException.userErrors, []);
  assert.deepEqual((await decide("fin", approvals[2]!.approvalId)).userErrors, []);
  assert.deepEqual((await decide("sam", approvals[3]!.approvalId)).userErrors, []);
  await acts.credited(returnId, 1);
  const closed = await acts.close(returnId, 1);
  const posted = closed.credits.filter(({ status }) => status === "POSTED");
  assert.deepEqual(
    posted.map(({ net, feeTotal, tax, erp }) => [net, feeTotal, tax, erp?.total]),
    [["11160.00", "1674.00", "1143.90", "10629.90"]],
  );
  await judge(system, returnId);
});
