import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { HELD_MS, holdDeadlines } from "../../test/contract/deadlines.ts";
import { startJsonWarehouse, type WmsHarness } from "../../test/contract/wms-json.ts";
import type { Delivery } from "../port.ts";
import type { ReturnInstruction, WarehouseEvent, WmsPort } from "./port.ts";

// What every warehouse behind the port promises, asked over its own wire. A new vendor adds its harness to this list.
const implementations: { name: string; start: () => Promise<WmsHarness> }[] = [
  { name: "json", start: startJsonWarehouse },
];

const call = { correlationId: "contract-test" };
let numbers = 0;
const newKey = () => `BH1-R26CNTRCT-W${String(++numbers).padStart(6, "0")}`;
const newInstruction = (more: Partial<ReturnInstruction> = {}): ReturnInstruction => ({
  rmaNumber: `R26-CT${String(++numbers).padStart(5, "0")}`,
  companyId: "US01",
  expiresAt: "2026-12-21T05:59:59Z",
  replaces: null,
  lines: [
    {
      line: 1,
      sku: "BRG-6204",
      quantity: { value: "4", unit: "EA" },
      serialNumbers: [],
      lotNumber: null,
      reasonCode: "WRONG_SHIPMENT",
      hazard: null,
      inspect: true,
    },
  ],
  carrier: null,
  trackingNumbers: [],
  ...more,
});
const failure = async (
  work: Promise<unknown>,
): Promise<{ kind: string; code: string; retryAfterMs: number | undefined; message: string }> => {
  try {
    await work;
  } catch (error) {
    return error as never;
  }
  return assert.fail("it did not fail");
};
const codeOf = async (work: Promise<unknown>) => failure(work).then(({ kind, code }) => `${kind} ${code}`);

for (const { name, start } of implementations)
  describe(name, () => {
    let wms: WmsPort;
    let other: WmsHarness;
    before(async () => {
      other = await start();
      wms = other.wms;
    });
    after(() => other.stop());

    /** All events after a cursor, translated. */
    const eventsAfter = async (cursor: string | null) => {
      const { events, next } = await wms.readEvents(cursor, { limit: 1_000, waitSeconds: 0 }, call);
      return { events: events.map(({ body }) => wms.translate(Buffer.from(body))), next };
    };
    const now = async () => (await eventsAfter(null)).next;
    const of = <Type extends WarehouseEvent["type"]>(events: WarehouseEvent[], type: Type) =>
      events.filter((event): event is Extract<WarehouseEvent, { type: Type }> => event.type === type);

    // ── Instructions ──────────────────────────────────────────────────────────────────────────────────────────────

    test("the same instruction again is the same; the key comes back byte for byte (W-06)", async () => {
      const [key, content] = [newKey(), newInstruction()];
      assert.deepEqual(await wms.returns.lookUp(key, content, call), { answer: "absent" });
      assert.deepEqual(
        [await wms.returns.put(key, content, call), await wms.returns.put(key, content, call)],
        [{ state: "OPEN" }, { state: "OPEN" }],
      );
      assert.deepEqual(await wms.returns.lookUp(key, content, call), {
        answer: "found",
        state: "OPEN",
        sameContent: true,
      });
      assert.equal(other.instructions(key), 1);
    });

    test("a key with other content is told by the look-up and refused by the put (W-03)", async () => {
      const [key, content] = [newKey(), newInstruction()];
      await wms.returns.put(key, content, call);
      const changed = { ...content, lines: [{ ...content.lines[0]!, quantity: { value: "3", unit: "EA" } }] };
      assert.deepEqual(await wms.returns.lookUp(key, changed, call), {
        answer: "found",
        state: "OPEN",
        sameContent: false,
      });
      assert.equal(await codeOf(wms.returns.put(key, changed, call)), "BUSINESS CONTENT_DIFFERS");
    });

    test("an instruction that the site does not take is a refusal of the business", async () => {
      const content = newInstruction();
      assert.equal(
        await codeOf(wms.returns.put(newKey(), { ...content, companyId: "EU03" }, call)),
        "BUSINESS INSTRUCTION_REJECTED",
      );
      assert.equal(
        await codeOf(
          wms.returns.put(newKey(), { ...content, lines: [{ ...content.lines[0]!, sku: "NO-SUCH" }] }, call),
        ),
        "BUSINESS INSTRUCTION_REJECTED",
      );
    });

    test("a withdrawal is idempotent, no promise where people must say yes, and refused once goods came (D-33)", async () => {
      const [key, asked, came] = [newKey(), newKey(), newKey()];
      const arrived = newInstruction();
      for (const [each, content] of [
        [key, newInstruction()],
        [asked, newInstruction()],
        [came, arrived],
      ] as const)
        await wms.returns.put(each, content, call);
      assert.deepEqual(
        [await wms.returns.withdraw(key, call), await wms.returns.withdraw(key, call)],
        [{ state: "CANCELLED" }, { state: "CANCELLED" }],
      );
      other.floor.askBeforeCancel({ on: true });
      assert.deepEqual(await wms.returns.withdraw(asked, call), { state: "CANCEL_REQUESTED" });
      const cursor = await now();
      other.floor.answerCancel({ key: asked });
      other.floor.askBeforeCancel({ on: false });
      assert.deepEqual(
        of((await eventsAfter(cursor)).events, "instruction.cancelled").map(({ instructionKey }) => instructionKey),
        [asked],
      );
      other.floor.receive({ instructionKey: came });
      assert.deepEqual(await wms.returns.withdraw(came, call), { state: "ALREADY_RECEIVED" });
      assert.deepEqual(await wms.returns.lookUp(came, arrived, call), {
        answer: "found",
        state: "DONE",
        sameContent: true,
      });
    });

    test("goods go where a disposition says, by key as well", async () => {
      const [key, content, disposition] = [newKey(), newInstruction(), newKey()];
      await wms.returns.put(key, content, call);
      const { warehouseReceiptNumber } = other.floor.receive({ instructionKey: key });
      const order = {
        warehouseReceiptNumber,
        receiptLine: 1,
        code: "RESTOCK",
        quantity: { value: "4", unit: "EA" },
        serialNumbers: [],
        lotNumber: null,
        toStatus: "AVAILABLE" as const,
        toBin: null,
      };
      assert.deepEqual(await wms.dispositions.put(disposition, order, call), { state: "OPEN" });
      const [before, cursor] = [Number(other.onHand("BRG-6204", "AVAILABLE")), await now()];
      other.floor.executeDisposition({ key: disposition });
      assert.equal(Number(other.onHand("BRG-6204", "AVAILABLE")) - before, 4);
      assert.deepEqual(await wms.dispositions.lookUp(disposition, order, call), {
        answer: "found",
        state: "DONE",
        sameContent: true,
      });
      const [executed] = of((await eventsAfter(cursor)).events, "disposition.executed");
      assert.deepEqual(
        [executed!.instructionKey, executed!.code, executed!.quantity, executed!.toStatus],
        [disposition, "RESTOCK", { value: "4", unit: "EA" }, "AVAILABLE"],
      );
    });

    // ── Reads ─────────────────────────────────────────────────────────────────────────────────────────────────────

    test("stock of many items is one request, by status; what the site does not know is not in the answer", async () => {
      other.clearRequests();
      const stock = await wms.findStock(
        ["BRG-6204", "CPL-95", "ADH-270", "NO-SUCH", "BRG-6204", "' or 1", "x".repeat(300)],
        call,
      );
      assert.deepEqual(other.requests(), { "POST stock/query": 1 });
      assert.deepEqual([...stock.keys()].sort(), ["ADH-270", "BRG-6204", "CPL-95"]);
      const bearing = stock.get("BRG-6204")!;
      assert.deepEqual(
        [bearing.unit, Number(bearing.byStatus.AVAILABLE)],
        ["EA", Number(other.onHand("BRG-6204", "AVAILABLE"))],
      );
      await wms.findStock(
        Array.from({ length: 1_200 }, (_, i) => `SKU-${i}`),
        call,
      );
      assert.deepEqual(other.requests(), { "POST stock/query": 4 });
    });

    test("a receipt has all its lines at their last revision; another number is none", async () => {
      const key = newKey();
      await wms.returns.put(key, newInstruction(), call);
      const { warehouseReceiptNumber } = other.floor.receive({
        instructionKey: key,
        lines: [{ instructionLine: 1, quantity: "3" }],
      });
      other.floor.correct({ receipt: warehouseReceiptNumber, line: 1, quantity: "2" });
      assert.deepEqual(
        (await wms.findReceipt(warehouseReceiptNumber, call))!.map(({ line, revision, quantity, condition }) => [
          line,
          revision,
          quantity,
          condition,
        ]),
        [[1, 2, { value: "2", unit: "EA" }, "UNOPENED"]],
      );
      assert.equal(await wms.findReceipt("NO-SUCH/../x?y", call), null);
    });

    test("what happened at the site is told in order, in our words (vocabulary section 2)", async () => {
      const [cursor, key, content] = [await now(), newKey(), newInstruction()];
      await wms.returns.put(key, content, call);
      const { warehouseReceiptNumber: receipt } = other.floor.receive({
        instructionKey: key,
        lines: [{ instructionLine: 1, quantity: "3", condition: "04", bin: "Q-01" }],
      });
      other.floor.startInspection({ receipt });
      other.floor.inspect({
        receipt,
        grade: "C",
        photos: [{ address: "https://photos.example/1", sha256: "00".repeat(32) }],
      });
      const { events } = await eventsAfter(cursor);
      const [received] = of(events, "receipt.recorded");
      assert.deepEqual(
        [received!.site, received!.rmaNumber, received!.instructionKey, received!.warehouseReceiptNumber],
        ["CHI1", content.rmaNumber, key, receipt],
      );
      const { line, revision, instructionLine, sku, quantity, condition, complete, bin } = received!.lines[0]!;
      assert.deepEqual(
        [line, revision, instructionLine, sku, quantity, condition, complete, bin],
        [1, 1, 1, "BRG-6204", { value: "3", unit: "EA" }, "DEFECTIVE", false, "Q-01"],
      );
      assert.equal(of(events, "inspection.started").length, 1);
      const [inspected] = of(events, "inspection.completed");
      assert.deepEqual(
        [inspected!.receiptLine, inspected!.inspection, inspected!.grade, inspected!.condition, inspected!.photos],
        [1, 1, "C", "DAMAGED", [{ url: "https://photos.example/1", sha256: "00".repeat(32) }]],
      );
      assert.deepEqual(
        events.filter(({ type }) => type !== "stock.changed").map(({ type }) => type),
        ["receipt.recorded", "inspection.started", "inspection.completed"],
      );
    });

    test("the feed goes on where it was left, page by page, and says when that is no longer kept", async () => {
      const [cursor, key] = [await now(), newKey()];
      await wms.returns.put(key, newInstruction(), call);
      other.floor.receive({ instructionKey: key });
      const seen: string[] = [];
      let [at, more] = [cursor, true];
      while (more) {
        const page = await wms.readEvents(at, { limit: 1, waitSeconds: 0 }, call);
        seen.push(...page.events.map(({ eventId }) => eventId));
        [at, more] = [page.next, page.more];
      }
      assert.deepEqual(
        seen,
        (await eventsAfter(cursor)).events.map(({ eventId }) => eventId),
      );
      other.floor.forgetEvents({});
      assert.equal(
        await codeOf(wms.readEvents(cursor, { limit: 10, waitSeconds: 0 }, call)),
        "BUSINESS CURSOR_EXPIRED",
      );
    });

    test("a long poll is answered when something happens, and does not make the site look slow", async () => {
      const [cursor, key] = [await now(), newKey()];
      await wms.returns.put(key, newInstruction(), call);
      const waiting = wms.readEvents(cursor, { limit: 10, waitSeconds: 20 }, call);
      await wms.findStock(["BRG-6204"], call);
      other.floor.receive({ instructionKey: key });
      assert.equal((await waiting).events.length > 0, true);
      assert.deepEqual(
        await wms
          .readEvents((await waiting).next, { limit: 10, waitSeconds: 20 }, { ...call, deadlineMs: 1_900 })
          .then(({ events }) => events.length <= 1),
        true,
      );
      assert.equal(wms.health().state, "UP");
    });

    test("what the site says and we can't understand is a document for people, not a guess", () => {
      const event = {
        eventId: "evt_1",
        schemaVersion: 1,
        sequence: 1,
        site: "CHI1",
        type: "inspection.started",
        occurredAt: "2026-11-21T15:04:05Z",
        data: {
          warehouseReceiptNumber: "R1",
          receiptLine: 1,
          revision: 1,
          inspector: "emp-1",
          startedAt: "2026-11-21T15:04:05Z",
        },
      };
      const translate = (change: object) => () => wms.translate(Buffer.from(JSON.stringify({ ...event, ...change })));
      assert.equal(translate({ unknown: "ignored" })().type, "inspection.started");
      const line = {
        line: 1,
        revision: 1,
        sku: "BRG-6204",
        quantity: { value: "3", unit: "EA" },
        condition: "07",
        complete: true,
      };
      const receipt = (more: object) => ({
        type: "receipt.recorded",
        data: { warehouseReceiptNumber: "R1", receivedAt: "2026-11-21T15:04:05Z", lines: [{ ...line, ...more }] },
      });
      assert.deepEqual(translate(receipt({ discrepancies: ["WRONG_SERIAL", "NO_NOTICE"] }))().type, "receipt.recorded");
      for (const [change, code] of [
        [{ type: "goods.eaten" }, "BAD_DOCUMENT"],
        [{ schemaVersion: 2 }, "BAD_DOCUMENT"],
        [{ data: {} }, "BAD_DOCUMENT"],
        [{ site: "DAL2" }, "BAD_DOCUMENT"],
        [receipt({ quantity: { value: "-3", unit: "EA" } }), "BAD_DOCUMENT"],
        [receipt({ quantity: { value: 3, unit: "EA" } }), "BAD_DOCUMENT"],
        [receipt({ condition: "99" }), "NO_MAPPING"],
        [receipt({ discrepancies: ["toString"] }), "NO_MAPPING"],
      ] as const)
        assert.throws(translate(change), { kind: "BUG", code }, JSON.stringify(change));
      assert.throws(() => wms.translate(Buffer.from("{")), { kind: "BUG", code: "BAD_DOCUMENT" });
    });

    // ── What goes wrong on the way ────────────────────────────────────────────────────────────────────────────────

    const writes: [string, Parameters<WmsHarness["fault"]>[1], string, number][] = [
      ["the answer is lost after the work was done", { kind: "drop-answer" }, "AMBIGUOUS OUTCOME_UNKNOWN", 1],
      ["the connection is reset before the work", { kind: "drop-request" }, "AMBIGUOUS OUTCOME_UNKNOWN", 0],
      ["502", { kind: "refuse", status: 502 }, "AMBIGUOUS OUTCOME_UNKNOWN", 0],
      ["504", { kind: "refuse", status: 504 }, "AMBIGUOUS OUTCOME_UNKNOWN", 0],
      ["the answer is broken JSON", { kind: "malformed" }, "AMBIGUOUS OUTCOME_UNKNOWN", 1],
      ["the answer is a page of HTML", { kind: "malformed", as: "html" }, "AMBIGUOUS OUTCOME_UNKNOWN", 1],
      ["the answer ends before its length", { kind: "half-body" }, "AMBIGUOUS OUTCOME_UNKNOWN", 1],
      ["the answer's last chunk is missing", { kind: "half-body", as: "chunked" }, "AMBIGUOUS OUTCOME_UNKNOWN", 1],
      ["503", { kind: "refuse", status: 503, retryAfter: 0 }, "TRANSIENT UNAVAILABLE", 0],
    ];
    for (const [when, action, expected, done] of writes)
      test(`an instruction is ${expected} when ${when}; then the same again is right (W-04)`, async () => {
        const [key, content] = [newKey(), newInstruction()];
        other.clearRequests();
        other.fault("put", action);
        const failed = await failure(wms.returns.put(key, content, call));
        assert.equal(`${failed.kind} ${failed.code}`, expected);
        assert.doesNotMatch(failed.message, /armed|html/i, "vendor text stays apart (G-15)");
        assert.deepEqual([other.requests()["PUT return-instructions"], other.instructions(key)], [1, done]);
        assert.deepEqual(
          await wms.returns.lookUp(key, content, call),
          done ? { answer: "found", state: "OPEN", sameContent: true } : { answer: "absent" },
        );
        assert.deepEqual(await wms.returns.put(key, content, call), { state: "OPEN" });
      });

    test("an instruction that takes longer than its deadline is AMBIGUOUS, and may still be done (W-02)", async () => {
      const [key, content] = [newKey(), newInstruction()];
      const armed = other.fault("put", { kind: "delay" });
      const deadlines = holdDeadlines();
      const late = codeOf(wms.returns.put(key, content, { ...call, deadlineMs: HELD_MS }));
      await armed.fired();
      deadlines.pass();
      assert.equal(await late, "AMBIGUOUS OUTCOME_UNKNOWN");
      assert.deepEqual(await wms.returns.lookUp(key, content, call), { answer: "absent" });
      await armed.release();
      assert.equal((await wms.returns.lookUp(key, content, call)).answer, "found");
    });

    test("a look-up that can't be had is unknown, never absent; a passing failure is read again (W-03, W-04)", async () => {
      const [key, content] = [newKey(), newInstruction()];
      await wms.returns.put(key, content, call);
      for (const action of [
        { kind: "refuse", status: 502 },
        { kind: "half-body" },
        { kind: "half-body", as: "chunked" },
      ] as const) {
        other.fault("look-up", action);
        assert.equal((await wms.returns.lookUp(key, content, call)).answer, "found");
      }
      for (const kind of ["drop-request", "half-body"] as const) {
        const armed = other.fault("look-up", { kind }, 0);
        assert.deepEqual(await wms.returns.lookUp(key, content, call), { answer: "unknown", reason: "NO_ANSWER" });
        armed.disarm();
      }
    });

    test("429 with Retry-After says how long to stay away", async () => {
      const another = await other.connectAgain();
      other.fault("put", { kind: "refuse", status: 429, retryAfter: 9 });
      const failed = await failure(another.wms.returns.put(newKey(), newInstruction(), call));
      assert.deepEqual([failed.kind, failed.code, failed.retryAfterMs], ["TRANSIENT", "RATE_LIMITED", 9_000]);
      await another.close();
    });

    test("credentials that are not accepted are a bug of ours, said once", async () => {
      const another = await other.connectAgain({}, (text) =>
        text.replace("env: WMS_TOKEN }", "env: WMS_WEBHOOK_SECRET }"),
      );
      other.clearRequests();
      assert.equal(await codeOf(another.wms.findStock(["BRG-6204"], call)), "BUG ACCESS_REFUSED");
      assert.deepEqual(other.requests(), { "POST stock/query": 1 });
      await another.close();
    });

    // ── Push ──────────────────────────────────────────────────────────────────────────────────────────────────────

    const sign = (secret: string, { id = "evt_1", seconds, body }: { id?: string; seconds: number; body: string }) =>
      `v1,${createHmac("sha256", Buffer.from(secret.replace("whsec_", ""), "base64"))
        .update(`${id}.${seconds}.${body}`)
        .digest("base64")}`;
    const delivery = (body: string, seconds: number, signature: string, receivedAt = new Date()): Delivery => ({
      headers: { "webhook-id": "evt_1", "webhook-timestamp": String(seconds), "webhook-signature": signature },
      query: new URLSearchParams(),
      body: Buffer.from(body),
      receivedAt,
    });

    test("a webhook of the site is accepted by its signature and translated", async () => {
      // A receipt is two events, each a request of its own: they come in either order.
      const came: Delivery[] = [];
      const both = Promise.withResolvers<void>();
      const receiver = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          response.end();
          const headers = request.headers as Delivery["headers"];
          came.push({ headers, query: new URLSearchParams(), body: Buffer.concat(chunks), receivedAt: new Date() });
          if (came.length === 2) both.resolve();
        });
      });
      await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
      other.hook(`http://127.0.0.1:${(receiver.address() as AddressInfo).port}/hooks/${wms.system}`);
      const key = newKey();
      await wms.returns.put(key, newInstruction(), call);
      const { eventId } = other.floor.receive({ instructionKey: key });
      await both.promise;
      other.hook(null);
      assert.deepEqual(came.map(({ body }) => wms.translate(body).type).toSorted(), [
        "receipt.recorded",
        "stock.changed",
      ]);
      const told = came.find(({ body }) => wms.translate(body).eventId === eventId)!;
      assert.deepEqual(wms.verify(told), { verdict: "accepted", eventIds: [eventId] });
      const tampered = { ...told, body: Buffer.from(told.body.toString().replace('"4"', '"5"')) };
      assert.equal(wms.verify(tampered).verdict, "refused");
      receiver.close();
      receiver.closeAllConnections();
    });

    test("any signature with the current or the previous secret will do; a stale one, none, or another's will not", async () => {
      const [old, body, at] = ["whsec_b2xkIHNlY3JldCBvbGQgc2VjcmV0", '{"a":1}', Math.floor(Date.now() / 1_000)];
      const another = await other.connectAgain({}, (text) =>
        text.replace(
          "webhookSecretPrevious: { env: WMS_WEBHOOK_SECRET_PREVIOUS, optional: true }",
          "webhookSecretPrevious: { env: OLD_SECRET }",
        ),
      );
      const verdict = (signature: string, seconds = at) => {
        const answer = another.wms.verify(delivery(body, seconds, signature));
        return answer.verdict === "refused" ? answer.code : answer.verdict;
      };
      const good = (secret: string, seconds = at) => sign(secret, { seconds, body });
      assert.equal(verdict(good(other.webhookSecret)), "accepted");
      assert.equal(verdict(good(old)), "accepted");
      assert.equal(verdict(`v1,AAAA v2,xyz ${good(old)}`), "accepted");
      for (const bad of [
        "",
        "v1,",
        good("whsec_YW5vdGhlcg=="),
        good(other.webhookSecret).slice(3),
        `v1a,${good(other.webhookSecret).slice(3)}`,
      ])
        assert.equal(verdict(bad), "SIGNATURE_INVALID", bad);
      assert.equal(verdict(good(other.webhookSecret, at - 301), at - 301), "TIMESTAMP_STALE");
      assert.equal(verdict(good(other.webhookSecret, at + 302), at + 302), "TIMESTAMP_STALE");
      assert.equal(verdict(good(other.webhookSecret, at - 290), at - 290), "accepted");
      assert.equal(verdict(good(other.webhookSecret), at + 1), "SIGNATURE_INVALID");
      const bare = another.wms.verify({
        headers: {},
        query: new URLSearchParams(),
        body: Buffer.from(body),
        receivedAt: new Date(),
      });
      assert.deepEqual(bare, {
        verdict: "refused",
        code: "SIGNATURE_INVALID",
        message: "No signature of this delivery matches.",
      });
      await another.close();
    });
  });
