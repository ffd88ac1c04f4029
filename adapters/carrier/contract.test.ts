import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { after, before, describe, test } from "node:test";
import { HELD_MS, holdDeadlines } from "../../test/contract/deadlines.ts";
import { startEasyPost, type CarrierHarness } from "../../test/contract/carrier-easypost.ts";
import type { Delivery } from "../port.ts";
import type { CarrierPort, LabelRequest } from "./port.ts";

// What every carrier behind the port promises, asked over its own wire. A new vendor adds its harness to this list.
const implementations: { name: string; start: () => Promise<CarrierHarness> }[] = [
  { name: "easypost", start: startEasyPost },
];

const call = { correlationId: "contract-test" };
let numbers = 0;
const newKey = () => `BH1-R26CNTRCT-L${String((numbers += 1)).padStart(6, "0")}`;
const customer = {
  name: "Northside Mill",
  line1: "12 Mill Rd",
  line2: null,
  city: "Rockford",
  region: "IL",
  postalCode: "61101",
  country: "US",
};
const site = { ...customer, name: "Backhaul Returns CHI1", line1: "4100 S Pulaski Rd", postalCode: "60632" };
const newRequest = (more: Partial<LabelRequest> = {}): LabelRequest => ({
  rmaNumber: `R26-CT${String((numbers += 1)).padStart(5, "0")}`,
  from: customer,
  to: site,
  weightKg: "4.5",
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
    let carrier: CarrierPort;
    let other: CarrierHarness;
    before(async () => {
      other = await start();
      carrier = other.carrier;
    });
    after(() => other.stop());

    /** A label that is bought, as its step buys it. */
    const buy = async (key = newKey(), request = newRequest()) => {
      const { id } = await carrier.labels.draft(key, request, call);
      await carrier.labels.post(id, call);
      const document = await carrier.labels.read(id, request, call);
      return { key, request, id, document: document!, label: document!.label! };
    };

    // ── Labels ────────────────────────────────────────────────────────────────────────────────────────────────────

    test("a draft costs nothing; bought by its id it has its label, and the key comes back byte for byte (W-01, W-06)", async () => {
      const [key, request] = [newKey(), newRequest()];
      assert.deepEqual(await carrier.labels.lookUp(key, request, call), { answer: "absent" });
      const draft = await carrier.labels.draft(key, request, call);
      assert.deepEqual([draft.status, draft.sameContent, draft.label, other.bought(key)], ["DRAFT", true, null, []]);
      await carrier.labels.post(draft.id, call);
      const [paid] = other.bought(key);
      const seen = await carrier.labels.lookUp(key, request, call);
      assert.ok(seen.answer === "found" && seen.drafts.length === 0);
      const [document] = seen.posted;
      assert.deepEqual(document, await carrier.labels.read(draft.id, request, call));
      assert.deepEqual(
        [document!.number, document!.label!.trackingNumber, document!.totals!.total, document!.label!.cost.amount],
        [paid!.trackingCode, paid!.trackingCode, paid!.cost, paid!.cost],
      );
      assert.match(document!.label!.url, /^https:/);
      assert.equal(document!.sameContent, true);
    });

    test("it is a return label: it goes from the customer to the warehouse, with the RMA number on it", async () => {
      const { key, request } = await buy();
      const [shipment] = other.drafts(key);
      assert.deepEqual(
        [
          shipment!.is_return,
          shipment!.to_address.zip,
          shipment!.from_address.zip,
          shipment!.options["print_custom_1"],
        ],
        [true, customer.postalCode, site.postalCode, request.rmaNumber],
      );
    });

    test("the cheapest that may be bought is bought", async () => {
      assert.equal((await buy()).label.carrier, "USPS");
      const another = await other.connectAgain({}, (text) =>
        text.replace("    settleMs: 120000\n", '    settleMs: 120000\n    settings: { services: ["UPSDAP/Ground"] }\n'),
      );
      const [key, request] = [newKey(), newRequest()];
      const { id } = await another.carrier.labels.draft(key, request, call);
      await another.carrier.labels.post(id, call);
      assert.equal(other.bought(key)[0]!.carrier, "UPSDAP");
      await another.close();
    });

    test("one id bought twice is one label (W-01)", async () => {
      const { key, id } = await buy();
      await carrier.labels.post(id, call);
      assert.equal(other.bought(key).length, 1);
      const again = { key: newKey(), request: newRequest() };
      const draft = await carrier.labels.draft(again.key, again.request, call);
      await Promise.all([carrier.labels.post(draft.id, call), carrier.labels.post(draft.id, call)]);
      assert.equal(other.bought(again.key).length, 1);
    });

    test("a second draft with the key is harmless, and both are seen, on whatever page they are (W-01, W-03)", async () => {
      const [key, request] = [newKey(), newRequest()];
      await carrier.labels.draft(key, request, call);
      for (let n = 0; n < 5; n += 1) await carrier.labels.draft(newKey(), newRequest(), call);
      await carrier.labels.draft(key, request, call);
      const armed = other.fault("look-up", { kind: "page-size", size: 2 }, 0);
      const seen = await carrier.labels.lookUp(key, request, call);
      armed.disarm();
      assert.ok(seen.answer === "found");
      assert.deepEqual([seen.drafts.length, seen.posted.length], [2, 0]);
      for (const { id } of seen.drafts) await carrier.labels.discard(id, call);
      assert.equal(other.bought(key).length, 0);
    });

    test("a key with other content is told by the look-up (W-03)", async () => {
      const { key, request } = await buy();
      for (const change of [{ weightKg: "9" }, { rmaNumber: "R26-OTHER" }, { to: { ...site, postalCode: "75247" } }]) {
        const seen = await carrier.labels.lookUp(key, { ...request, ...change }, call);
        assert.ok(seen.answer === "found");
        assert.equal(seen.posted[0]!.sameContent, false, JSON.stringify(change));
      }
    });

    test("an address that is not known, or has no country, is refused before any call", async () => {
      other.clearRequests();
      for (const from of [null, { ...customer, country: "" }, { ...customer, postalCode: "" }])
        assert.equal(
          await codeOf(carrier.labels.draft(newKey(), newRequest({ from }), call)),
          "BUSINESS ADDRESS_INCOMPLETE",
        );
      assert.deepEqual(other.requests(), {});
    });

    test("a parcel that nobody takes is quoted with nothing, and refused when it is to be bought", async () => {
      for (const request of [newRequest({ weightKg: "200" }), newRequest({ from: { ...customer, country: "DE" } })]) {
        const key = newKey();
        const { id } = await carrier.labels.draft(key, request, call);
        assert.equal(await codeOf(carrier.labels.post(id, call)), "BUSINESS LABEL_REFUSED");
        assert.deepEqual(other.bought(key), []);
      }
      other.fault("draft", { kind: "refuse", status: 422, code: "ADDRESS.VERIFY.FAILURE" });
      assert.equal(await codeOf(carrier.labels.draft(newKey(), newRequest(), call)), "BUSINESS LABEL_REFUSED");
      other.fault("draft", { kind: "refuse", status: 402 });
      assert.equal(await codeOf(carrier.labels.draft(newKey(), newRequest(), call)), "BUSINESS LABEL_REFUSED");
    });

    test("an id that is not there can't be read, and buying it is refused", async () => {
      assert.equal(await carrier.labels.read("shp_none", newRequest(), call), null);
      assert.equal(await codeOf(carrier.labels.post("shp_none", call)), "BUSINESS NOT_FOUND");
    });

    test("a label is voided once, which is no promise until the carrier says so; one that was used is not (W-07)", async () => {
      const { id, key, label } = await buy();
      assert.deepEqual(
        [await carrier.voidLabel(id, call), await carrier.voidLabel(id, call)],
        [{ state: "VOID_REQUESTED" }, { state: "VOID_REQUESTED" }],
      );
      other.carriers.settleRefund({ reference: key });
      assert.deepEqual(await carrier.voidLabel(id, call), { state: "VOIDED" });
      const parcel = (await carrier.findParcels([label.trackingNumber], call)).get(label.trackingNumber)!;
      assert.equal(parcel.events.at(-1)!.code, "VOIDED");
      const used = await buy();
      other.carriers.pickUp({ reference: used.key });
      assert.deepEqual(await carrier.voidLabel(used.id, call), { state: "IN_USE" });
      const rejected = await buy();
      await carrier.voidLabel(rejected.id, call);
      other.carriers.settleRefund({ reference: rejected.key, rejected: true });
      assert.deepEqual(await carrier.voidLabel(rejected.id, call), { state: "IN_USE" });
      const draft = await carrier.labels.draft(newKey(), newRequest(), call);
      assert.deepEqual(await carrier.voidLabel(draft.id, call), { state: "VOIDED" });
    });

    // ── Parcels ───────────────────────────────────────────────────────────────────────────────────────────────────

    test("many parcels are one request; their events come by the carrier's time, each once, in our words", async () => {
      const [one, two] = [await buy(), await buy()];
      other.carriers.pickUp({ reference: one.key, at: "2026-11-20T08:00:00Z" });
      other.carriers.deliver({ reference: one.key, at: "2026-11-22T08:00:00Z" });
      other.carriers.progress({ reference: one.key, at: "2026-11-21T08:00:00Z", city: "Peoria", message: "Arrived" });
      other.carriers.progress({ reference: one.key, at: "2026-11-21T08:00:00Z", city: "Peoria", message: "Arrived" });
      other.carriers.lose({ reference: two.key });
      other.clearRequests();
      const found = await carrier.findParcels(
        [one.label.trackingNumber, two.label.trackingNumber, "1Z-NOBODYS", one.label.trackingNumber],
        call,
      );
      assert.deepEqual(other.requests(), { "POST trackers/batch": 1 });
      assert.deepEqual([...found.keys()], [one.label.trackingNumber, two.label.trackingNumber]);
      const moved = found.get(one.label.trackingNumber)!.events.filter(({ code }) => code !== "LABEL_ISSUED");
      assert.deepEqual(
        moved.map(({ code, at, place }) => [code, at, place]),
        [
          ["IN_TRANSIT", "2026-11-20T08:00:00.000Z", null],
          ["IN_TRANSIT", "2026-11-21T08:00:00.000Z", "Peoria"],
          ["DELIVERED", "2026-11-22T08:00:00.000Z", null],
        ],
      );
      assert.equal(found.get(two.label.trackingNumber)!.events.at(-1)!.code, "LOST");
      await carrier.findParcels(
        Array.from({ length: 250 }, (_, i) => `NONE-${i}`),
        call,
      );
      assert.deepEqual(other.requests(), { "POST trackers/batch": 4 });
    });

    // ── What goes wrong on the way ────────────────────────────────────────────────────────────────────────────────

    const writes: [string, Parameters<CarrierHarness["fault"]>[1], string, number][] = [
      ["the answer is lost after the work was done", { kind: "drop-answer" }, "AMBIGUOUS OUTCOME_UNKNOWN", 1],
      ["the connection is reset before the work", { kind: "drop-request" }, "AMBIGUOUS OUTCOME_UNKNOWN", 0],
      ["502", { kind: "refuse", status: 502 }, "AMBIGUOUS OUTCOME_UNKNOWN", 0],
      ["504", { kind: "refuse", status: 504 }, "AMBIGUOUS OUTCOME_UNKNOWN", 0],
      ["the answer is broken JSON", { kind: "malformed" }, "AMBIGUOUS OUTCOME_UNKNOWN", 1],
      ["the answer is a page of HTML", { kind: "malformed", as: "html" }, "AMBIGUOUS OUTCOME_UNKNOWN", 1],
      ["503", { kind: "refuse", status: 503, retryAfter: 0 }, "TRANSIENT UNAVAILABLE", 0],
      ["429", { kind: "refuse", status: 429, retryAfter: 0 }, "TRANSIENT RATE_LIMITED", 0],
    ];
    for (const [when, action, expected, done] of writes) {
      test(`a draft is ${expected} when ${when}, and the look-up says whether it is there (W-03, W-04)`, async () => {
        const [key, request] = [newKey(), newRequest()];
        other.clearRequests();
        other.fault("draft", action);
        const failed = await failure(carrier.labels.draft(key, request, call));
        assert.equal(`${failed.kind} ${failed.code}`, expected);
        assert.doesNotMatch(failed.message, /armed|html/i, "vendor text stays apart (G-15)");
        assert.deepEqual([other.requests()["POST shipments"], other.drafts(key).length], [1, done]);
        assert.equal((await carrier.labels.lookUp(key, request, call)).answer, done ? "found" : "absent");
      });

      test(`a purchase is ${expected} when ${when}; bought again by its id it is bought once (W-01, W-04)`, async () => {
        const [key, request] = [newKey(), newRequest()];
        const { id } = await carrier.labels.draft(key, request, call);
        other.clearRequests();
        other.fault("buy", action);
        assert.equal(await codeOf(carrier.labels.post(id, call)), expected);
        assert.deepEqual([other.requests()["POST shipments/buy"], other.bought(key).length], [1, done]);
        const seen = await carrier.labels.lookUp(key, request, call);
        assert.ok(seen.answer === "found");
        assert.deepEqual([seen.posted.length, seen.drafts.length], done ? [1, 0] : [0, 1]);
        await carrier.labels.post(id, call);
        assert.equal(other.bought(key).length, 1);
      });
    }

    test("a purchase that takes longer than its deadline is AMBIGUOUS, and may still be done (W-02)", async () => {
      const [key, request] = [newKey(), newRequest()];
      const { id } = await carrier.labels.draft(key, request, call);
      const armed = other.fault("buy", { kind: "delay" });
      const deadlines = holdDeadlines();
      const late = codeOf(carrier.labels.post(id, { ...call, deadlineMs: HELD_MS }));
      await armed.fired();
      deadlines.pass();
      assert.equal(await late, "AMBIGUOUS OUTCOME_UNKNOWN");
      await carrier.labels.post(id, call);
      await armed.release();
      assert.equal(other.bought(key).length, 1);
    });

    test("a look-up that can't be had is unknown, never absent; a list that lags shows it later (W-03)", async () => {
      const { key, request } = await buy();
      const armed = other.fault("look-up", { kind: "drop-request" }, 0);
      assert.deepEqual(await carrier.labels.lookUp(key, request, call), { answer: "unknown", reason: "NO_ANSWER" });
      armed.disarm();
      other.lag(true);
      const late = await buy();
      assert.deepEqual(await carrier.labels.lookUp(late.key, late.request, call), { answer: "absent" });
      other.lag(false);
      assert.equal((await carrier.labels.lookUp(late.key, late.request, call)).answer, "found");
    });

    test("429 with Retry-After says how long to stay away", async () => {
      const another = await other.connectAgain();
      other.fault("draft", { kind: "refuse", status: 429, retryAfter: 9 });
      const failed = await failure(another.carrier.labels.draft(newKey(), newRequest(), call));
      assert.deepEqual([failed.kind, failed.code, failed.retryAfterMs], ["TRANSIENT", "RATE_LIMITED", 9_000]);
      await another.close();
    });

    test("credentials that are not accepted are a bug of ours, said once", async () => {
      const another = await other.connectAgain({}, (text) =>
        text.replace("env: EASYPOST_API_KEY }", "env: EASYPOST_WEBHOOK_SECRET }"),
      );
      other.clearRequests();
      assert.equal(await codeOf(another.carrier.findParcels(["1Z"], call)), "BUG ACCESS_REFUSED");
      assert.deepEqual(other.requests(), { "POST trackers/batch": 1 });
      await another.close();
    });

    // ── Push ──────────────────────────────────────────────────────────────────────────────────────────────────────

    /** What comes to a receiver while the carriers do something. */
    const deliveries = async (count: number, deed: () => unknown): Promise<Delivery[]> => {
      const came: Delivery[] = [];
      const all = Promise.withResolvers<void>();
      const receiver = createServer((request, response) => {
        const chunks: Buffer[] = [];
        request.on("data", (chunk: Buffer) => chunks.push(chunk));
        request.on("end", () => {
          response.end();
          const headers = request.headers as Delivery["headers"];
          came.push({ headers, query: new URLSearchParams(), body: Buffer.concat(chunks), receivedAt: new Date() });
          if (came.length === count) all.resolve();
        });
      });
      await new Promise<void>((resolve) => receiver.listen(0, "127.0.0.1", resolve));
      const { port } = receiver.address() as AddressInfo;
      other.carriers.hook({ url: `http://127.0.0.1:${port}/hooks/${carrier.system}` });
      await deed();
      await all.promise;
      other.carriers.hook({ url: null });
      receiver.close();
      receiver.closeAllConnections();
      return came;
    };

    test("an event is accepted by its signature and names the parcel to read again; a changed one is refused (W-20)", async () => {
      const { key, label } = await buy();
      const [came] = await deliveries(1, () => other.carriers.pickUp({ reference: key }));
      const verdict = carrier.verify(came!);
      assert.ok(verdict.verdict === "accepted");
      assert.deepEqual(carrier.translate(came!.body), {
        eventId: verdict.eventIds[0],
        trackingNumber: label.trackingNumber,
      });
      const forged = { ...came!, body: Buffer.from(came!.body.toString().replace("in_transit", "delivered")) };
      assert.deepEqual(carrier.verify(forged).verdict, "refused");
      assert.deepEqual(carrier.verify({ ...came!, headers: {} }), {
        verdict: "refused",
        code: "SIGNATURE_INVALID",
        message: "No signature of this delivery matches.",
      });
    });

    test("a whole weight is signed as a float, however it comes (vendor-apis 3.5)", async () => {
      const { key } = await buy(newKey(), newRequest({ weightKg: "0.28349523125" }));
      const [plain] = await deliveries(1, () => other.carriers.pickUp({ reference: key }));
      assert.match(plain!.body.toString(), /"weight":10\.0[,}]/);
      assert.equal(carrier.verify(plain!).verdict, "accepted");
      other.carriers.rewrite({ on: true });
      const [rewritten] = await deliveries(1, () => other.carriers.deliver({ reference: key }));
      other.carriers.rewrite({ on: false });
      assert.match(rewritten!.body.toString(), /"weight":10[,}]/);
      assert.equal(carrier.verify(rewritten!).verdict, "accepted");
    });

    test("events that are merged, without their data, or doubled say no more than to read again", async () => {
      const { key, label } = await buy();
      const [merged] = await deliveries(1, () => {
        other.carriers.merge({ on: true });
        other.carriers.pickUp({ reference: key });
        other.carriers.deliver({ reference: key });
        other.carriers.merge({ on: false });
      });
      assert.equal(carrier.translate(merged!.body).trackingNumber, label.trackingNumber);
      const [empty] = await deliveries(1, () => {
        other.carriers.empty({ count: 1 });
        other.carriers.progress({ reference: key });
      });
      assert.equal(carrier.verify(empty!).verdict, "accepted");
      assert.equal(carrier.translate(empty!.body).trackingNumber, null);
      const { eventId } = carrier.translate(merged!.body);
      const twice = await deliveries(2, () => other.carriers.redeliver({ eventId, times: 2 }));
      assert.deepEqual(
        twice.map((came) => carrier.verify(came)),
        Array(2).fill({ verdict: "accepted", eventIds: [eventId] }),
      );
    });

    test("what is signed and no event of theirs is a document for people, not a guess", () => {
      const signed = (body: string): Delivery => ({
        headers: {
          "x-hmac-signature": `hmac-sha256-hex=${createHmac(
            "sha256",
            Buffer.from(other.webhookSecret.normalize("NFKD")),
          )
            .update(body)
            .digest("hex")}`,
        },
        query: new URLSearchParams(),
        body: Buffer.from(body),
        receivedAt: new Date(),
      });
      for (const body of ["{", "[]", '{"id":"evt_1"}', '{"id":"evt_1","object":"Tracker","description":"x"}']) {
        const verdict = carrier.verify(signed(body));
        assert.equal(verdict.verdict, "accepted", body);
        assert.throws(() => carrier.translate(Buffer.from(body)), { kind: "BUG", code: "BAD_DOCUMENT" }, body);
      }
    });

    test("the current and the previous secret both count", async () => {
      const another = await other.connectAgain({}, (text) =>
        text.replace(
          "webhookSecretPrevious: { env: EASYPOST_WEBHOOK_SECRET_PREVIOUS, optional: true }",
          "webhookSecretPrevious: { env: OLD_SECRET }",
        ),
      );
      other.carriers.hook({ secret: "whsec_b2xkIHNlY3JldCBvbGQgc2VjcmV0" });
      const { key } = await buy();
      const [came] = await deliveries(1, () => other.carriers.pickUp({ reference: key }));
      other.carriers.hook({ secret: other.webhookSecret });
      assert.deepEqual([another.carrier.verify(came!).verdict, carrier.verify(came!).verdict], ["accepted", "refused"]);
      await another.close();
    });
  });
