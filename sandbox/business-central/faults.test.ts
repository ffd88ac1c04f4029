import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { type Running, startBusinessCentral } from "./start-for-test.ts";

let bc: Running;
before(async () => {
  bc = await startBusinessCentral();
});
beforeEach(() => bc.reset());
after(() => bc.close());

const KEY = "BH1-R267Q3KX2M-C0012";
const line = { lineType: "Item", lineObjectNumber: "BRG-6204", quantity: 1, taxCode: "IL-COOK" };
const draft = (on = bc) =>
  on.must("POST", on.v2("salesCreditMemos"), {
    externalDocumentNumber: KEY,
    customerNumber: "C-2000",
    salesCreditMemoLines: [line],
  });
const lookUp = async () =>
  (await bc.must("GET", bc.v2(`salesCreditMemos${bc.query(`externalDocumentNumber eq '${KEY}'`)}`))).value;
const postPath = (id: string) => bc.v2(`salesCreditMemos(${id})/Microsoft.NAV.post`);
const postsOnly = { method: "POST", path: "Microsoft\\.NAV\\.post$" };

test("the answer to a post is lost after the work was done: a look-up finds it posted", async () => {
  const { id } = await draft();
  bc.faults.arm({ match: postsOnly, action: { kind: "drop-answer" } });
  await assert.rejects(bc.call("POST", postPath(id)));
  assert.deepEqual(
    (await lookUp()).map((memo: any) => memo.status),
    ["Open"],
  );
});

test("the work of a post is done only when told, after look-ups that said draft (W-02, W-30)", async () => {
  const { id } = await draft();
  bc.faults.arm({ match: postsOnly, action: { kind: "hold" } });
  await assert.rejects(bc.call("POST", postPath(id)));
  assert.deepEqual(
    (await lookUp()).map((memo: any) => memo.status),
    ["Draft"],
  );
  const [answer] = await bc.faults.release();
  assert.equal((answer as { status: number }).status, 204);
  assert.deepEqual(
    (await lookUp()).map((memo: any) => memo.status),
    ["Open"],
  );
  assert.equal((await bc.call("POST", postPath(id))).code, "Application_DialogException");
});

test("the answer to a post has no body, and is cut all the same", async () => {
  const { id } = await draft();
  bc.faults.arm({ match: postsOnly, action: { kind: "half-body" } });
  await assert.rejects(bc.call("POST", postPath(id)));
  assert.deepEqual(
    (await lookUp()).map((memo: any) => memo.status),
    ["Open"],
  );
});

test("while look-ups lag, what was created since doesn't show in lists, but by its id it does", async () => {
  const early = await draft();
  bc.faults.setLag(true);
  const late = await draft();
  assert.deepEqual(
    (await lookUp()).map((memo: any) => memo.id),
    [early.id],
  );
  assert.equal((await bc.call("GET", bc.v2(`salesCreditMemos(${late.id})`))).status, 200);
  bc.faults.setLag(false);
  assert.deepEqual(
    (await lookUp()).map((memo: any) => memo.id),
    [early.id, late.id],
  );
});

test("a document that is on page 2 is found by those who follow the link only (W-03)", async () => {
  const made = [await draft(), await draft()];
  bc.faults.arm({
    match: { method: "GET", path: "salesCreditMemos" },
    times: 0,
    action: { kind: "page-size", size: 1 },
  });
  const first = await bc.must("GET", bc.v2(`salesCreditMemos${bc.query(`externalDocumentNumber eq '${KEY}'`)}`));
  const second = await bc.must("GET", first["@odata.nextLink"]);
  assert.deepEqual(
    [...first.value, ...second.value].map((memo) => memo.id),
    made.map((memo) => memo.id),
  );
  assert.equal(second["@odata.nextLink"], undefined);
});

test("a refusal that was armed has the vendor's error body", async () => {
  bc.faults.arm({ action: { kind: "refuse", status: 503 } });
  const { status, code, body } = await bc.call("GET", bc.v2("items"));
  assert.deepEqual([status, code], [503, "Internal_TenantUnavailable"]);
  assert.match(body.error.message, /CorrelationId/);
});

test("a process that was never told to stop leaves its documents and numbers to the next", async () => {
  const folder = mkdtempSync(join(tmpdir(), "sandbox-bc-"));
  try {
    const first = await startBusinessCentral({ folder });
    const made = await draft(first);
    await first.post(first.v2(`salesCreditMemos(${made.id})`));
    const before = await first.must("GET", first.v2(`salesCreditMemos(${made.id})`));
    const second = await startBusinessCentral({ folder });
    assert.deepEqual(
      withoutContext(await second.must("GET", second.v2(`salesCreditMemos(${made.id})`))),
      withoutContext(before),
    );
    assert.notEqual((await draft(second)).number, made.number);
    assert.deepEqual(second.ledger.tieOut(), { ok: true, differences: [] });
    await second.close();
    await first.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});

const withoutContext = ({ "@odata.context": _, ...entity }: Record<string, unknown>) => entity;
