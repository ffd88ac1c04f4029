import assert from "node:assert/strict";
import { before, test } from "node:test";
import type { Actor } from "#orchestration/facts-vocabulary.ts";
import { amount, authorizedReturn, credit, inspect, receive } from "#orchestration/sample-facts.ts";
import { createCaller } from "#shared/caller.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../../../test/start-subgraphs.ts";

let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], testSystems([]).systems);
});

const fin = person("fin", "finance");
const sam = person("sam", "supervisor");
const mutation = `mutation ($input: DecideApprovalInput!) { decideApproval(input: $input) { approval { id status decidedBy { id } note } operation { kind } return { id } userErrors { code message field } } }`;
let keys = 0;
const decide = async (id: string, caller: typeof fin, changes: object = {}) =>
  (
    await subgraphs.ask("returns", caller, mutation, {
      input: { idempotencyKey: `decide-${(keys += 1)}`, id, decision: "APPROVE", ...changes },
    })
  ).data.decideApproval;
const refusals = async (...args: Parameters<typeof decide>) => {
  const { approval, userErrors } = await decide(...args);
  assert.equal(approval, null);
  return userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);
};

let returns = 0;
/** A credit of 110.25 that waits for finance and, above that, a supervisor. */
async function withApprovals(expiresAt = "2099-01-01T00:00:00.000Z", inspector = "usr_wilma") {
  const n = (returns += 1);
  const log = authorizedReturn({ id: `rln_${n}`, quantity: "4" });
  receive(log, `rcl_${n}`, `rln_${n}`, amount("4"));
  inspect(log, `ins_${n}`, `rcl_${n}`, amount("4"));
  log.facts.at(-2)!.data = {
    ...log.facts.at(-2)!.data,
    inspector: { id: inspector, displayName: inspector, kind: "PERSON" },
  } as never;
  credit(log, `crd_${n}`, `rcl_${n}`, `rln_${n}`, amount("4"), { post: false });
  const tiers = [1, 2].map((tier) => ({
    tier,
    requiredRole: tier === 1 ? "finance" : "supervisor",
    threshold: "1.00",
    ruleId: "AP-HV",
  }));
  Object.assign(log.facts.at(-1)!.data, { approvals: tiers });
  const rule: Actor = { id: "AP-HV", displayName: "AP-HV", kind: "RULE" };
  const ids = [
    ["finance", 1],
    ["supervisor", 2],
  ].map(([requiredRole, tier]) => {
    const approvalId = `apr_${n}_${tier}`;
    const about = {
      kind: "HIGH_VALUE_CREDIT",
      amount: "100.00",
      threshold: "1.00",
      subject: { creditId: `crd_${n}` },
      decisionHash: `hash ${n}`,
      reasons: [],
    };
    log.add(
      "approval.requested",
      { ...about, approvalId, tier: tier as number, requiredRole: requiredRole as string, expiresAt },
      rule,
    );
    return approvalId;
  });
  await writeReturn(subgraphs.db, log);
  return { first: ids[0]!, second: ids[1]!, returnId: log.facts[0]!.returnId };
}
const kindsOf = async (returnId: string) =>
  (
    await subgraphs.db.selectFrom("facts").select("kind").where("return_id", "=", returnId).orderBy("version").execute()
  ).map(({ kind }) => kind);

test("the last tier approves the credit and starts its posting, by two different people (D-23)", async () => {
  const { first, second, returnId } = await withApprovals();
  const one = await decide(first, fin, { note: "Fine." });
  assert.deepEqual(
    [one.approval, one.operation],
    [{ id: first, status: "APPROVED", decidedBy: { id: "fin" }, note: "Fine." }, null],
  );
  const both = createCaller({ ...fin, roles: ["finance", "supervisor"] });
  assert.deepEqual(await refusals(second, both), ["NOT_ALLOWED id"]);
  const two = await decide(second, sam);
  assert.deepEqual([two.userErrors, two.approval.status, two.operation.kind], [[], "APPROVED", "post-credit"]);
  assert.deepEqual((await kindsOf(returnId)).slice(-3), ["approval.decided", "approval.decided", "credit.approved"]);
});

test("a decline is the end of the credit and voids the other tier (W-08)", async () => {
  const { first, second, returnId } = await withApprovals();
  assert.equal((await decide(first, fin, { decision: "DECLINE" })).approval.status, "DECLINED");
  assert.deepEqual((await kindsOf(returnId)).slice(-4), [
    "approval.decided",
    "credit.declined",
    "approval.voided",
    "exception.raised",
  ]);
  assert.deepEqual(await refusals(second, sam), ["CONFLICT id"]);
});

test("neither the requester nor the inspector nor a machine nor the wrong role approves (D-24)", async () => {
  const { first } = await withApprovals(undefined, "ivo");
  assert.deepEqual(await refusals(first, person("usr_ada", "finance")), ["NOT_ALLOWED id"], "who requested it");
  assert.deepEqual(await refusals(first, person("ivo", "finance")), ["NOT_ALLOWED id"], "who inspected");
  assert.deepEqual(
    await refusals(first, createCaller({ ...fin, id: "batch", kind: "SYSTEM" })),
    ["NOT_ALLOWED id"],
    "a machine",
  );
  assert.deepEqual(await refusals(first, sam), ["NOT_ALLOWED id"], "another role");
  assert.equal((await decide(first, fin)).approval.status, "APPROVED");
});

test("decided twice, expired, of another amount or quantity, unknown or of another company is refused", async () => {
  const { first, second } = await withApprovals();
  const usd = (text: string) => ({ amount: { amount: text, currency: "USD" } });
  assert.deepEqual(await refusals(first, fin, usd("99.00")), ["CONFLICT amount"]);
  assert.deepEqual(await refusals(first, fin, { quantity: { value: "3", unit: "EA" } }), ["CONFLICT quantity"]);
  const seen = { ...usd("100"), quantity: { value: "4", unit: "EA" } };
  assert.equal((await decide(first, fin, seen)).approval.status, "APPROVED");
  assert.deepEqual(await refusals(first, person("fay", "finance")), ["CONFLICT id"]);
  assert.deepEqual(await refusals(second, person("sue", "supervisor", { companies: ["CA02"] })), ["NOT_FOUND id"]);
  assert.deepEqual(await refusals("apr_none", fin), ["NOT_FOUND id"]);
  const late = await withApprovals("2020-01-01T00:00:00.000Z");
  assert.deepEqual(await refusals(late.first, fin), ["CONFLICT id"]);
});

test("of two decisions at once one counts", async () => {
  const { first } = await withApprovals();
  const answers = await Promise.all([
    decide(first, fin),
    decide(first, person("fay", "finance")),
    decide(first, person("flo", "finance"), { decision: "DECLINE" }),
  ]);
  assert.equal(answers.filter(({ approval }) => approval !== null).length, 1);
  assert.deepEqual(
    answers.flatMap(({ userErrors }) => userErrors.map(({ code }: any) => code)),
    ["CONFLICT", "CONFLICT"],
  );
});
