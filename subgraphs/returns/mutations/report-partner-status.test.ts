import assert from "node:assert/strict";
import { before, test } from "node:test";
import { authorizedReturn } from "#orchestration/sample-facts.ts";
import { type Caller, createCaller } from "#shared/caller.ts";
import { acme, boltco, supplyco } from "../../../test/demo-partners.ts";
import { person, startTestSubgraphs, testSystems, writeReturn } from "../../../test/start-subgraphs.ts";

let subgraphs: Awaited<ReturnType<typeof startTestSubgraphs>>;
let own: string;
let second: string;
let foreign: string;
/** The RMA number of a return of this item at this site. */
async function write(companyId: string, site: string, sku: string): Promise<string> {
  const log = authorizedReturn({ id: `rln_${site}${sku}${Math.random()}`, quantity: "4", posted: { sku } });
  const facts = JSON.parse(JSON.stringify(log.facts).replaceAll("US01", companyId).replaceAll("CHI1", site));
  const id = await writeReturn(subgraphs.db, { ...log, facts });
  const row = subgraphs.db.selectFrom("returns").select("rma_number").where("id", "=", id);
  return (await row.executeTakeFirstOrThrow()).rma_number;
}
before(async () => {
  subgraphs = await startTestSubgraphs(["returns"], testSystems([]).systems);
  own = await write("EU03", "HAM4", "BRG-6204");
  second = await write("EU03", "HAM4", "BRG-6204");
  foreign = await write("US01", "CHI1", "GEN-8100");
});

const mutation = `mutation ($input: PartnerStatusInput!) { reportPartnerStatus(input: $input) {
  operation { id kind status } return { id rmaNumber status } userErrors { code message field } } }`;
let keys = 0;
const line = (value = "1", changes: object = {}) => ({
  ...{ sku: "BRG-6204", quantity: { value, unit: "PCE" }, conditionCode: "07", ...changes },
});
const input = (changes: object = {}) => ({
  ...{ idempotencyKey: `key-${(keys += 1)}`, rmaNumber: own, documentNumber: `944-${keys}`, code: "RCVD" },
  ...{ occurredAt: "2026-05-05T09:00:00Z", lines: [line()], ...changes },
});
const report = async (of: object, caller: Caller = acme) => {
  const { data, errors } = await subgraphs.ask("returns", caller, mutation, { input: of });
  assert.deepEqual(errors, []);
  return data.reportPartnerStatus;
};
const count = async () => {
  const rows = ["facts", "operations", "inbox", "idempotency_keys"].map((table) =>
    subgraphs.db
      .selectFrom(table as "facts")
      .select(({ fn }) => fn.countAll<number>().as("n"))
      .executeTakeFirstOrThrow(),
  );
  return (await Promise.all(rows)).map(({ n }) => Number(n));
};
const refusals = async (of: object, caller: Caller = acme) => {
  const before = await count();
  const { userErrors, operation, return: none } = await report(of, caller);
  assert.deepEqual([operation, none, await count()], [null, null, before], "nothing is written");
  return userErrors.map(({ code, field }: any) => `${code} ${field.join(".")}`);
};
const factsOf = (kind: string) => subgraphs.db.selectFrom("facts").selectAll().where("kind", "=", kind).execute();

test("a report is kept raw and told to its return before it is acknowledged, with the handle of its reading (D-40, W-18)", async () => {
  const of = input();
  const { operation, return: it, userErrors } = await report(of);
  assert.deepEqual([userErrors, it.rmaNumber], [[], own]);
  assert.deepEqual([operation.kind, operation.status], ["take-in-report", "ACCEPTED"]);
  assert.ok(subgraphs.rung.includes("messages"));
  const [fact] = await factsOf("partner.reported");
  const { reportId } = fact!.data as { reportId: string };
  const kept = await subgraphs.db
    .selectFrom("inbox")
    .innerJoin("documents", "documents.hash", "inbox.document_hash")
    .selectAll()
    .where("id", "=", reportId)
    .executeTakeFirstOrThrow();
  const { idempotencyKey: _, ...document } = of;
  assert.deepEqual(JSON.parse(kept.body.toString()), document);
  assert.deepEqual(
    [kept.system, kept.via, kept.status, kept.return_id],
    ["partner-acme-3pl", "PARTNER", "PROCESSED", it.id],
  );
  assert.deepEqual(
    [fact!.actor.kind, fact!.source],
    ["PARTNER", { system: "partner-acme-3pl", reference: of.documentNumber }],
  );
});

test("the same document number is one report, at once or later and under another key too (W-18, W-21)", async () => {
  const of = input();
  const before = (await factsOf("partner.reported")).length;
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, i) => report({ ...of, idempotencyKey: `${of.idempotencyKey}-${i % 4}` })),
  );
  assert.equal(new Set(answers.map(({ operation }) => operation.id)).size, 1);
  assert.equal((await factsOf("partner.reported")).length, before + 1);
  const [wrong] = (await report({ ...of, idempotencyKey: `${of.idempotencyKey}-0`, code: "QC-OK" })).userErrors;
  assert.equal(wrong.code, "IDEMPOTENCY_KEY_REUSED");
});

test("the number with other content is a correction of the same report; of another return or code it is a conflict (D-15, W-18)", async () => {
  const of = input();
  const first = await report(of);
  const corrected = await report({ ...of, idempotencyKey: "corrected", lines: [line("2")] });
  assert.notEqual(corrected.operation.id, first.operation.id);
  const revisions = (await factsOf("partner.reported")).flatMap(({ data }) => {
    const { documentNumber, revision } = data as { documentNumber: string; revision: number };
    return documentNumber === of.documentNumber ? [revision] : [];
  });
  assert.deepEqual(revisions.toSorted(), [1, 2]);
  const again = { ...of, idempotencyKey: "elsewhere" };
  assert.deepEqual(await refusals({ ...again, rmaNumber: second }), ["CONFLICT documentNumber"]);
  assert.deepEqual(await refusals({ ...again, code: "QC-OK" }), ["CONFLICT documentNumber"]);
});

test("a foreign return and none are one answer, and who may not report writes nothing (G-13, vocabulary section 9)", async () => {
  const none = await report(input({ rmaNumber: "R26-7Q3KX2M" }));
  assert.deepEqual(
    none.userErrors.map(({ code }: any) => code),
    ["NOT_FOUND"],
  );
  assert.deepEqual(await report(input({ rmaNumber: foreign })), none);
  assert.deepEqual(await refusals(input({ rmaNumber: "no number" })), ["NOT_FOUND rmaNumber"]);
  const others = [
    boltco,
    person("wilma", "warehouse"),
    createCaller({ ...acme, scope: ["returns:read"] }),
    createCaller({ ...acme, sites: null }),
  ];
  for (const caller of others) assert.deepEqual(await refusals(input(), caller), ["NOT_ALLOWED "]);
});

test("a supplier reports of its own items alone: another's and none answer alike (D-40, G-13)", async () => {
  const of = { rmaNumber: foreign, code: "ARRIVED", lines: [line("1", { sku: "GEN-8100" })] };
  assert.deepEqual((await report(input(of), supplyco)).userErrors, []);
  for (const sku of ["BRG-6204", "NO-SUCH"])
    assert.deepEqual(await refusals(input({ ...of, lines: [line("1", { sku })] }), supplyco), [
      "NOT_FOUND lines.0.sku",
    ]);
});

test("bad input is refused with its field, and nothing is written", async () => {
  const wrong: [object, string][] = [
    [{ documentNumber: " " }, "INVALID_INPUT documentNumber"],
    [{ code: "" }, "INVALID_INPUT code"],
    [{ documentNumber: "x".repeat(101) }, "INVALID_INPUT documentNumber"],
    [{ occurredAt: "2999-01-01T00:00:00Z" }, "INVALID_INPUT occurredAt"],
    [{ lines: [] }, "INVALID_INPUT lines"],
    [{ lines: [line("0")] }, "INVALID_INPUT lines.0.quantity.value"],
    [{ lines: [line("-1")] }, "INVALID_INPUT lines.0.quantity.value"],
    [{ lines: [line("1", { sku: "" })] }, "INVALID_INPUT lines.0.sku"],
    [{ lines: [line("1", { serialNumbers: ["A", "A"] })] }, "INVALID_INPUT lines.0.serialNumbers"],
    [{ code: "a\0b" }, "INVALID_INPUT code"],
  ];
  for (const [changes, refusal] of wrong) assert.deepEqual(await refusals(input(changes)), [refusal]);
});
