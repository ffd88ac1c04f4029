import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { before, test } from "node:test";
import { sql } from "kysely";
import { type Acts, createActs, newKey } from "../acts.ts";
import { allHeard } from "../heard.ts";
import { judge } from "../judge.ts";
import { type PlainOrder, plainOrders } from "../plain-orders.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesNothing, writesOnly } from "../written.ts";

// What cases, approvals, carriers and searches may be given that is wrong: one clear coded answer each, and nothing is written. Amendments have a file of their own.

let system: Everything;
let acts: Acts;
let orders: PlainOrder[];
before(async () => {
  system = await startEverything({ internals: { timersMs: 200 } });
  acts = createActs(system);
  orders = plainOrders({ ...system.sandbox.distributor, today: new Date().toISOString().slice(0, 10) });
});

test("a case that is not there, of another company, or of another customer of the company starts no return (D-31)", async () => {
  const { number, line, unit } = orders.shift()!;
  for (const [caseId, code, message] of [
    ["crm.case:US01:00099999", "NOT_FOUND", /no such case/],
    ["crm.case:CA02:00001025", "INVALID_INPUT", /another company/],
    ["crm.case:US01:00001025", "INVALID_INPUT", /another customer/],
    ["crm.case:US01:' OR Subject LIKE '%", "NOT_FOUND", /no such case/],
  ] as const)
    await writesNothing(system.db, async () => {
      const refused = await acts.askReturn(number, [{ line, quantity: "1", unit }], { caseId });
      assert.deepEqual(
        [refused.return, refused.userErrors.map((error) => [error.code, error.field])],
        [null, [[code, ["caseId"]]]],
      );
      assert.match(refused.userErrors[0]!.message, message);
    });
});

test("signs that mean something in a CRM's query find no case and break nothing (SOQL)", async () => {
  const ada = await system.as("ada");
  await writesNothing(system.db, async () => {
    for (const caseNumber of ["' OR CaseNumber != '", "0000102_", "%", "\\", "00001025\\' --", ") LIMIT 1"]) {
      const { data, errors = [] } = await ada.query("service-ui/case-entry", { caseNumber });
      assert.deepEqual([data, errors], [{ caseByNumber: null }, []], caseNumber);
    }
    for (const search of ["%", "_", "\\", "' or 1=1 --"]) {
      const { returns } = await ada.data("service-ui/find-returns", { filter: { search } });
      assert.equal(returns.totalCount, 0, search);
    }
  });
});

async function refusedToDecide(who: string, id: string, message: RegExp): Promise<void> {
  const client = await system.as(who);
  await allHeard(system);
  await writesNothing(system.db, async () => {
    const input = { idempotencyKey: newKey(), id, decision: "APPROVE" };
    const { decideApproval } = await client.data("service-ui/decide-approval", { input });
    const refused = decideApproval.userErrors.map(({ code, field }: { code: string; field: string[] }) => [
      code,
      field,
    ]);
    assert.deepEqual([decideApproval.approval, refused], [null, [["CONFLICT", ["id"]]]]);
    assert.match(decideApproval.userErrors[0].message, message);
  });
}

test("an approval of goods that were counted again since can't be given; the one that is asked instead can (W-08, D-15)", async () => {
  const returnId = await acts.requestReturn("SO-100001", [{ quantity: "4" }]);
  const { receipt, floor } = await acts.receive(returnId);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const asked = await system.returnWhen(returnId, "finance to be asked", ({ approvals }) => approvals.length === 1);
  floor.correct({ receipt, line: 1, quantity: { value: "3", unit: "EA" } });
  await system.returnWhen(returnId, "the approval to be void", ({ approvals }) => approvals[0]!.status === "VOIDED");
  await system.quiet(returnId);
  await refusedToDecide("fin", asked.approvals[0]!.approvalId, /VOIDED/);
});

test("an approval of over units that expired can't be given; the same is asked again, and lets them in (W-14, D-10)", async () => {
  const { number, line, unit } = orders.filter(({ quantity }) => quantity > 1).shift()!;
  const returnId = await acts.requestReturn(number, [{ line, quantity: "1", unit }]);
  const { receipt, floor } = await acts.receive(returnId, [
    { instructionLine: 1, quantity: { value: "2", unit }, complete: false },
  ]);
  floor.inspect({ receipt, line: 1, grade: "A" });
  const { approvals } = await system.returnWhen(returnId, "the supervisor to be asked", (state) =>
    state.approvals.some(({ kind, status }) => kind === "OVER_RECEIPT" && status === "PENDING"),
  );
  const { approvalId } = approvals.find(({ kind }) => kind === "OVER_RECEIPT")!;
  const past = "2026-01-05T12:00:00.000Z";
  await sql`update facts set data = jsonb_set(data, '{expiresAt}', to_jsonb(${past}::text))
    where return_id = ${returnId} and kind = 'approval.requested' and data ->> 'approvalId' = ${approvalId}`.execute(
    system.db,
  );
  await system.db.updateTable("approvals").set({ expires_at: past }).where("id", "=", approvalId).execute();
  await system.returnWhen(
    returnId,
    "the supervisor to be asked again",
    (state) => state.approvals.map(({ status }) => status).join() === "EXPIRED,PENDING",
  );
  await system.quiet(returnId);
  await refusedToDecide("sam", approvalId, /EXPIRED/);
  assert.deepEqual((await acts.decide(returnId, "sam")).userErrors, []);
  await acts.close(returnId, 2);
  await judge(system, returnId);
});

test("a carrier's event with a wrong signature is refused, one of a label that is none of ours says nothing (W-18)", async () => {
  const event = { id: "evt_unknown_label", object: "Event", description: "tracker.updated" };
  const body = JSON.stringify({ ...event, result: { tracking_code: "94-NOBODYS" } });
  const send = async (secret: string) => {
    const digest = createHmac("sha256", secret.normalize("NFKD")).update(body).digest("hex");
    const headers = { "x-hmac-signature": `hmac-sha256-hex=${digest}` };
    const response = await fetch(`${system.gateway.url}/hooks/easypost`, { method: "POST", headers, body });
    return { status: response.status, answer: (await response.json()) as { error?: { code: string } } };
  };
  await allHeard(system);
  const refused = await writesOnly(system.db, { inbox_refusals: 1 }, () => send("somebody else's"));
  assert.deepEqual([refused.status, refused.answer.error?.code], [401, "SIGNATURE_INVALID"]);
  // What is signed is kept as it came; it becomes no fact.
  await writesOnly(system.db, { inbox: 1, documents: 1 }, async () => {
    assert.equal((await send(system.settings["EASYPOST_WEBHOOK_SECRET"]!)).status, 200);
    await system.until("the event to be dropped", async () => {
      const inbox = system.db.selectFrom("inbox").select("status").where("event_id", "=", event.id);
      return (await inbox.executeTakeFirst())?.status === "DROPPED";
    });
  });
});

test("an address without country gets no label: one task that says so, and the carrier is not asked", async () => {
  const { controls } = system.sandbox.servers["business-central"];
  for (const [set, number] of [
    ["salesShipments", "PSS-100006"],
    ["salesInvoices", "PSI-100006"],
  ] as const)
    controls.change({ company: "US01", set, number, fields: { shipToCountry: "" } });
  const before = system.sandbox.servers.easypost.ledger.shipments().length;
  const returnId = await acts.requestReturn("SO-100006", [{ quantity: "1" }]);
  const { labels, exceptions } = await system.returnWhen(returnId, "the task", (state) => state.exceptions.length > 0);
  assert.deepEqual([labels[0]!.status, exceptions.map(({ code }) => code)], ["REFUSED", ["LABEL_REFUSED"]]);
  assert.match(exceptions[0]!.summary, /country/);
  assert.equal(system.sandbox.servers.easypost.ledger.shipments().length, before);
});
