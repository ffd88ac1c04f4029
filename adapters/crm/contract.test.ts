import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { HELD_MS, holdDeadlines } from "../../test/contract/deadlines.ts";
import { startSalesforce, type CrmHarness } from "../../test/contract/crm-salesforce.ts";
import type { CrmPort, MilestoneReport, NewCase } from "./port.ts";

// What every CRM behind the port promises, asked over its own wire. A new vendor adds its harness to this list.
const implementations: { name: string; start: () => Promise<CrmHarness> }[] = [
  { name: "salesforce", start: startSalesforce },
];

const call = { correlationId: "contract-test" };
let numbers = 0;
/** The keys of a return of its own: `returnKey` begins them all. */
const newKeys = () => {
  const returnKey = `BH1-R26CT${String(++numbers).padStart(5, "0")}`;
  return { returnKey, key: (version: number) => `${returnKey}-K${String(version).padStart(4, "0")}` };
};
const report = (more: Partial<MilestoneReport> = {}, version = 3): MilestoneReport => ({
  return: {
    rmaNumber: "R26-CT00001",
    status: "AUTHORIZED",
    version,
    orderNumber: "SO-100025",
    customerNumber: "C-2030",
  },
  milestone: { type: "return.authorized", summary: "4 EA may come back.", occurredAt: "2026-11-21T15:04:05.000Z" },
  cases: [],
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
    let crm: CrmPort;
    let other: CrmHarness;
    before(async () => {
      other = await start();
      crm = other.crm;
    });
    after(() => other.stop());
    const open = (more: object = {}) => other.people.openCase({ customerNumber: "C-2030", ...more }).number;

    // ── Reads ─────────────────────────────────────────────────────────────────────────────────────────────────────

    test("many cases are one call; what nobody knows, and what another company has, is absent", async () => {
      await crm.findCases(["00001025"], call);
      other.clearRequests();
      const found = await crm.findCases(["00001025", "00001024", "00002001", "00009999", "00001025"], call);
      assert.deepEqual([...found.keys()].sort(), ["00001024", "00001025"]);
      assert.deepEqual(other.requests(), { "GET query": 1 });
      const { number, subject, status, priority, closed, owner, customerNumber, orderNumber, url, modifiedAt } =
        found.get("00001025")!;
      assert.deepEqual(
        [number, status, priority, closed, owner, customerNumber, orderNumber],
        ["00001025", "Working", "High", false, { name: "Ada", kind: "PERSON" }, "C-2030", "SO-100025"],
      );
      assert.match(subject!, /coupling damaged/);
      assert.match(url!, /^https:\/\/[^/]+\/lightning\/r\/Case\/500\w{15}\/view$/);
      assert.match(modifiedAt, /^\d{4}-\d\d-\d\dT[\d:.]+Z$/);
    });

    test("no keys are no call; a thousand keys are few calls, within the length of an address", async () => {
      other.clearRequests();
      assert.equal((await crm.findCases([], call)).size, 0);
      assert.deepEqual(other.requests(), {});
      const many = Array.from({ length: 1_000 }, (_, at) => String(900_000 + at).padStart(8, "0"));
      assert.deepEqual([...(await crm.findCases([...many, "00001025"], call)).keys()], ["00001025"]);
      assert.ok(other.requests()["GET query"]! <= 4, JSON.stringify(other.requests()));
    });

    test("a case of a queue names the queue; an order or customer without cases has an empty list", async () => {
      const [first, second] = [open({ orderNumber: "SO-100026" }), open({ orderNumber: "SO-100026" })];
      other.people.editCase({ number: second, owner: "Returns desk", Status: "Escalated" });
      const byOrder = await crm.findCasesOfOrders(["SO-100026", "so-100026", "SO-1"], call);
      assert.deepEqual(
        byOrder
          .get("SO-100026")!
          .map((each) => [each.number, each.status, each.owner!.kind])
          .sort(),
        [
          [first, "New", "PERSON"],
          [second, "Escalated", "QUEUE"],
        ],
      );
      assert.deepEqual([byOrder.get("so-100026")!.length, byOrder.get("SO-1")], [2, []]);
      const byCustomer = await crm.findCasesOfCustomers(["C-2030", "C-NONE"], call);
      assert.ok(byCustomer.get("C-2030")!.some(({ number }) => number === "00001025"));
      assert.deepEqual(byCustomer.get("C-NONE"), []);
    });

    test("what is asked for is a value and nothing else: quotes, backslashes, wildcards and statements find nothing more", async () => {
      const all = (await crm.searchCases("o", { limit: 200 }, call)).length;
      assert.ok(all > 5);
      for (const text of [
        "' OR Subject != '",
        "\\",
        "\\' OR Id != null --",
        "%",
        "_",
        "%%%",
        "') OR (Subject LIKE '%",
        '"',
        "a\\%b",
      ])
        assert.deepEqual(await crm.searchCases(text, { limit: 200 }, call), [], text);
      for (const key of [
        "' OR CaseNumber != '",
        "00001025' OR Id != '",
        "0000102_",
        "%",
        "\n",
        "\u0000",
        "x".repeat(5_000),
        "00001025\\",
      ])
        assert.equal((await crm.findCases([key], call)).size, 0, key);
      const odd = open({ subject: "50% of O'Brien's \"A_1\" \\ B" });
      const found = async (text: string) =>
        (await crm.searchCases(text, { limit: 10 }, call)).map(({ number }) => number);
      for (const text of ["50% of o'brien", '"A_1"', "\\ b", odd]) assert.deepEqual(await found(text), [odd], text);
      assert.deepEqual(await found("A%1"), []);
      assert.deepEqual(await found("  "), []);
      assert.equal((await crm.searchCases("o", { limit: 2 }, call)).length, 2);
    });

    test("all pages are read, and a page of somewhere else is not followed", async () => {
      const whole = (await crm.findCasesOfCustomers(["C-2030"], call)).get("C-2030")!;
      assert.ok(whole.length >= 4);
      other.fault("read", { kind: "page-size", size: 1 });
      other.clearRequests();
      assert.deepEqual((await crm.findCasesOfCustomers(["C-2030"], call)).get("C-2030"), whole);
      assert.deepEqual(other.requests(), { "GET query": 1, "GET query/more": whole.length - 1 });
      other.fault("read", { kind: "page-size", size: 1 });
      other.fault("next page", { kind: "refuse", status: 503 });
      assert.deepEqual(
        (await crm.findCasesOfCustomers(["C-2030"], call)).get("C-2030"),
        whole,
        "a page is asked for again",
      );
    });

    // ── Milestones ────────────────────────────────────────────────────────────────────────────────────────────────

    test("a milestone is written under its key with its return and what its cases show, in one call; the key comes back byte for byte (W-06, SA-12)", async () => {
      const [number, { returnKey, key }] = [open(), newKeys()];
      const content = report({ cases: [{ number, originating: true }] });
      assert.deepEqual(await crm.milestones.lookUp(key(3), content, call), { answer: "absent" });
      other.clearRequests();
      assert.deepEqual(await crm.milestones.put(key(3), content, call), { state: "DONE" });
      assert.equal(other.requests()["POST composite"], 1);
      const { Status__c, Version__c, Name, Company__c, milestones, cases } = other.returnOf(returnKey)! as any;
      assert.deepEqual(
        [Status__c, Version__c, Name, Company__c, cases],
        ["AUTHORIZED", 3, "R26-CT00001", "US01", [{ number, originating: true }]],
      );
      assert.deepEqual(
        milestones.map((each: any) => [each.Key__c, each.Type__c, each.Occurred_At__c]),
        [[key(3), "return.authorized", "2026-11-21T15:04:05.000Z"]],
      );
      assert.equal(other.caseOf(number)!["Backhaul_Summary__c"], "R26-CT00001: 4 EA may come back.");
      assert.deepEqual(await crm.milestones.lookUp(key(3), content, call), {
        answer: "found",
        sameContent: true,
        state: "DONE",
      });
    });

    test("the same again is the same; later milestones stand beside it and overwrite the return's state", async () => {
      const [number, { returnKey, key }] = [open(), newKeys()];
      const content = report({ cases: [{ number, originating: false }] });
      for (const again of [1, 2, 3])
        assert.deepEqual(await crm.milestones.put(key(3), content, call), { state: "DONE" }, `${again}`);
      const later = report({
        return: { ...content.return, status: "RECEIVED", version: 9 },
        milestone: { type: "receipt.recorded", summary: "CHI1 received 4 EA.", occurredAt: "2026-11-22T00:00:00Z" },
        cases: content.cases,
      });
      await crm.milestones.put(key(9), later, call);
      const { milestones, Status__c, Version__c, cases } = other.returnOf(returnKey)! as any;
      assert.deepEqual([milestones.length, Status__c, Version__c, cases.length], [2, "RECEIVED", 9, 1]);
      const first = await crm.milestones.lookUp(key(3), later, call);
      assert.deepEqual(first, { answer: "found", sameContent: false });
      assert.equal((await crm.milestones.lookUp(key(3), content, call)).answer, "found");
    });

    test("a report that was held up adds its milestone and takes nothing of a later state back", async () => {
      const [number, { returnKey, key }] = [open(), newKeys()];
      const cases = [{ number, originating: false }];
      const early = report({ cases });
      const late = report({ cases, return: { ...early.return, status: "RECEIVED", version: 9 } });
      await crm.milestones.put(key(9), { ...late, milestone: { ...late.milestone, summary: "Nine" } }, call);
      await crm.milestones.put(key(3), early, call);
      const { milestones, Status__c, Version__c } = other.returnOf(returnKey)! as any;
      assert.deepEqual([milestones.length, Status__c, Version__c], [2, "RECEIVED", 9]);
      assert.equal(other.caseOf(number)!["Backhaul_Summary__c"], "R26-CT00001: Nine");
    });

    test("a case of ours is changed by its id, and never its status or owner; no case is closed (D-31, CM-23)", () => {
      const ours = other.writes().filter(({ object }) => object === "Case");
      assert.ok(ours.length > 0);
      for (const { deed, fields } of ours) {
        assert.equal(deed, "update");
        assert.deepEqual(Object.keys(fields), ["Backhaul_Summary__c"]);
      }
      assert.deepEqual([...new Set(other.writes().map(({ object }) => object))].sort(), [
        "Backhaul_Case_Return__c",
        "Backhaul_Milestone__c",
        "Backhaul_Return__c",
        "Case",
      ]);
    });

    test("returns and cases are N:M (D-31), and a long summary is cut to the field", async () => {
      const [one, two, a, b] = [open(), open(), newKeys(), newKeys()];
      const both = [one, two].map((number, at) => ({ number, originating: at === 0 }));
      const long = { ...report().milestone, summary: "ä".repeat(400) };
      await crm.milestones.put(a.key(3), report({ cases: both, milestone: long }), call);
      await crm.milestones.put(b.key(3), report({ cases: both }), call);
      assert.equal((other.returnOf(a.returnKey) as any).cases.length, 2);
      assert.equal((other.returnOf(b.returnKey) as any).cases.length, 2);
      const [many, crowd] = [newKeys(), Array.from({ length: 23 }, () => ({ number: open(), originating: false }))];
      await crm.milestones.put(many.key(3), report({ cases: crowd }), call);
      const { cases, milestones } = other.returnOf(many.returnKey) as any;
      assert.deepEqual([cases.length, milestones.length], [23, 1]);
      assert.deepEqual(
        (await crm.milestones.lookUp(a.key(3), report({ milestone: long }), call)).answer === "found" &&
          (other.returnOf(a.returnKey) as any).milestones[0].Summary__c.length,
        255,
      );
    });

    test("200 with a part that failed is no success: nothing of it stays, and the part says what it is", async () => {
      const [number, { returnKey, key }] = [open(), newKeys()];
      const content = report({ cases: [{ number, originating: false }] });
      other.people.lockCase({ number });
      assert.equal(await codeOf(crm.milestones.put(key(3), content, call)), "TRANSIENT CHANGED_MEANWHILE");
      assert.equal(other.returnOf(returnKey), undefined);
      other.people.lockCase({ number, on: false });
      other.people.rule({ object: "Backhaul_Milestone__c", message: "No milestones on Sundays." });
      const refused = await failure(crm.milestones.put(key(3), content, call));
      assert.deepEqual([refused.kind, refused.code], ["BUSINESS", "CASE_REFUSED"]);
      assert.doesNotMatch(refused.message, /Sundays/, "vendor text stays apart (G-15)");
      assert.deepEqual([other.returnOf(returnKey), other.caseOf(number)!["Backhaul_Summary__c"]], [undefined, null]);
      other.people.rule({ object: "Backhaul_Milestone__c" });
      assert.deepEqual(await crm.milestones.put(key(3), content, call), { state: "DONE" });
    });

    test("a case that is gone, or is another company's, is for people: nothing is written", async () => {
      const [gone, seen, { returnKey, key }] = [open(), open(), newKeys()];
      await crm.milestones.put(newKeys().key(1), report({ cases: [{ number: seen, originating: true }] }), call);
      for (const number of [gone, seen]) other.people.deleteCase({ number });
      for (const number of [gone, seen, "00002001", "00009999", "' OR Id != '"])
        assert.equal(
          await codeOf(crm.milestones.put(key(3), report({ cases: [{ number, originating: true }] }), call)),
          "BUSINESS CASE_REFUSED",
          number,
        );
      assert.equal(other.returnOf(returnKey), undefined);
    });

    test("two records under one key are nobody's guess (W-03)", async () => {
      const { returnKey, key } = newKeys();
      await crm.milestones.put(key(3), report(), call);
      other.people.plantDuplicate({ object: "Backhaul_Return__c", key: returnKey });
      assert.equal(await codeOf(crm.milestones.put(key(4), report(), call)), "BUSINESS TWO_DOCUMENTS_FOUND");
      other.people.plantDuplicate({ object: "Backhaul_Milestone__c", key: key(3) });
      assert.deepEqual(await crm.milestones.lookUp(key(3), report(), call), { answer: "found", sameContent: false });
    });

    test("what people change in a record by hand is told by the look-up (W-03)", async () => {
      const { key } = newKeys();
      await crm.milestones.put(key(3), report(), call);
      other.people.editRecord({ object: "Backhaul_Milestone__c", key: key(3), Summary__c: "Something else" });
      assert.deepEqual(await crm.milestones.lookUp(key(3), report(), call), { answer: "found", sameContent: false });
    });

    // ── A case of its own ─────────────────────────────────────────────────────────────────────────────────────────

    const newCase = (more: Partial<NewCase> = {}): NewCase => {
      const { cases: _, ...rest } = report();
      return {
        customerNumber: "C-2031",
        orderNumber: `SO-9${String(++numbers).padStart(5, "0")}`,
        subject: "Return R26-CT00001",
        report: rest,
        ...more,
      };
    };
    const casesAbout = (orderNumber: string) =>
      other.cases().filter((each) => each["Backhaul_Order__c"] === orderNumber);

    test("a case is opened once for its key, with its milestone; the look-up names it", async () => {
      const [{ returnKey, key }, content] = [newKeys(), newCase()];
      assert.deepEqual(await crm.cases.lookUp(key(1), content, call), { answer: "absent" });
      const opened = await crm.cases.put(key(1), content, call);
      assert.deepEqual(await crm.cases.put(key(1), content, call), opened);
      assert.deepEqual(await crm.cases.lookUp(key(1), content, call), {
        answer: "found",
        sameContent: true,
        ...opened,
      });
      const [only, ...more] = casesAbout(content.orderNumber);
      assert.deepEqual([only!["CaseNumber"], only!["Status"], more], [opened.caseNumber, "New", []]);
      const { milestones, cases } = other.returnOf(returnKey) as any;
      assert.deepEqual([milestones.length, cases], [1, [{ number: opened.caseNumber, originating: false }]]);
      await crm.milestones.put(key(5), report({ cases: [{ number: opened.caseNumber, originating: false }] }), call);
      assert.equal((other.returnOf(returnKey) as any).cases.length, 1, "the link is the same one");
    });

    test("an open case of the customer about the order is taken before a new one; a closed one is not", async () => {
      const content = newCase();
      const closed = open({ customerNumber: "C-2031", orderNumber: content.orderNumber });
      other.people.editCase({ number: closed, Status: "Closed" });
      const first = await crm.cases.put(newKeys().key(1), content, call);
      const second = await crm.cases.put(newKeys().key(1), content, call);
      assert.deepEqual([first.caseNumber === closed, second.caseNumber], [false, first.caseNumber]);
      assert.equal(other.caseOf(closed)!["Status"], "Closed");
    });

    test("a customer that is not there, or there twice, is for people", async () => {
      assert.equal(
        await codeOf(crm.cases.put(newKeys().key(1), newCase({ customerNumber: "C-2010" }), call)),
        "BUSINESS DUPLICATE_CUSTOMER",
      );
      for (const customerNumber of ["C-5000", "C-NONE", "' OR Id != '", ""])
        assert.equal(
          await codeOf(crm.cases.put(newKeys().key(1), newCase({ customerNumber }), call)),
          "BUSINESS UNKNOWN_CUSTOMER",
          customerNumber,
        );
    });

    test("two attempts at once open one case", async () => {
      const [{ key }, content] = [newKeys(), newCase()];
      const opened = await Promise.allSettled([1, 2, 3].map(() => crm.cases.put(key(1), content, call)));
      const told = new Set(opened.flatMap((each) => (each.status === "fulfilled" ? [each.value.caseNumber] : [])));
      assert.equal(told.size, 1);
      assert.equal(casesAbout(content.orderNumber).length, 1);
    });

    // ── What goes wrong on the way ────────────────────────────────────────────────────────────────────────────────

    const writes: [string, Parameters<CrmHarness["fault"]>[1], string, boolean][] = [
      ["the answer is lost after the work was done", { kind: "drop-answer" }, "AMBIGUOUS OUTCOME_UNKNOWN", true],
      ["the connection is reset before the work", { kind: "drop-request" }, "AMBIGUOUS OUTCOME_UNKNOWN", false],
      ["502", { kind: "refuse", status: 502 }, "AMBIGUOUS OUTCOME_UNKNOWN", false],
      ["504", { kind: "refuse", status: 504 }, "AMBIGUOUS OUTCOME_UNKNOWN", false],
      ["500", { kind: "refuse", status: 500 }, "AMBIGUOUS OUTCOME_UNKNOWN", false],
      ["the answer is broken JSON", { kind: "malformed" }, "AMBIGUOUS OUTCOME_UNKNOWN", true],
      ["the answer is a page of HTML", { kind: "malformed", as: "html" }, "AMBIGUOUS OUTCOME_UNKNOWN", true],
      ["503", { kind: "refuse", status: 503 }, "TRANSIENT UNAVAILABLE", false],
    ];
    for (const [when, action, expected, isDone] of writes)
      test(`a write is ${expected} when ${when}; then the same again is right (W-04)`, async () => {
        const [{ returnKey, key }, { key: caseKey }] = [newKeys(), newKeys()];
        const opening = newCase();
        other.fault("write", action);
        assert.equal(await codeOf(crm.milestones.put(key(3), report(), call)), expected);
        other.fault("write", action);
        assert.equal(await codeOf(crm.cases.put(caseKey(1), opening, call)), expected);
        assert.deepEqual(
          [other.returnOf(returnKey) !== undefined, casesAbout(opening.orderNumber).length],
          [isDone, isDone ? 1 : 0],
        );
        assert.equal((await crm.milestones.lookUp(key(3), report(), call)).answer, isDone ? "found" : "absent");
        await crm.milestones.put(key(3), report(), call);
        await crm.cases.put(caseKey(1), opening, call);
        assert.deepEqual(
          [(other.returnOf(returnKey) as any).milestones.length, casesAbout(opening.orderNumber).length],
          [1, 1],
        );
      });

    test("a write that takes longer than its deadline is AMBIGUOUS, and may still be done (W-02)", async () => {
      const [{ key }, content] = [newKeys(), newCase()];
      const armed = other.fault("write", { kind: "delay" });
      const deadlines = holdDeadlines();
      const late = codeOf(crm.cases.put(key(1), content, { ...call, deadlineMs: HELD_MS }));
      await armed.fired();
      deadlines.pass();
      assert.equal(await late, "AMBIGUOUS OUTCOME_UNKNOWN");
      assert.deepEqual(await crm.cases.lookUp(key(1), content, call), { answer: "absent" });
      const opened = await crm.cases.put(key(1), content, call);
      await armed.release();
      assert.equal(casesAbout(content.orderNumber).length, 1, "the late one rolls back whole");
      assert.deepEqual(await crm.cases.put(key(1), content, call), opened);
    });

    test("a look-up that can't be had is unknown, never absent; a passing failure is read again (W-03, W-04)", async () => {
      const { key } = newKeys();
      await crm.milestones.put(key(3), report(), call);
      other.fault("read", { kind: "refuse", status: 502 });
      assert.equal((await crm.milestones.lookUp(key(3), report(), call)).answer, "found");
      const armed = other.fault("read", { kind: "drop-request" }, 0);
      assert.deepEqual(await crm.milestones.lookUp(key(3), report(), call), { answer: "unknown", reason: "NO_ANSWER" });
      armed.disarm();
    });

    test("a session that has ended is begun again once, and nothing is written twice", async () => {
      const { returnKey, key } = newKeys();
      other.fault("write", { kind: "refuse", status: 401 });
      other.clearRequests();
      await crm.milestones.put(key(3), report(), call);
      assert.deepEqual(other.requests(), { "GET query": 1, "POST composite": 2, "POST token": 1 });
      assert.equal((other.returnOf(returnKey) as any).milestones.length, 1);
      other.people.expireSessions();
      other.clearRequests();
      await Promise.all([1, 2, 3, 4].map((at) => crm.findCases([`0000000${at}`], call)));
      assert.deepEqual(other.requests(), { "GET query": 8, "POST token": 1 }, "one log-in serves all");
    });

    test("credentials that are not accepted are a bug of ours, said once", async () => {
      const wrong: [string, (text: string) => string][] = [
        [
          "another app",
          (text) => text.replace("consumerKey: { env: SF_CONSUMER_KEY }", "consumerKey: { env: SF_USERNAME }"),
        ],
        [
          "another user",
          (text) => text.replace("username: { env: SF_USERNAME }", "username: { env: SF_CONSUMER_KEY }"),
        ],
        [
          "another audience",
          (text) =>
            text.replace('apiVersion: "62.0"', 'apiVersion: "62.0"\n      audience: https://test.salesforce.com'),
        ],
      ];
      for (const [what, change] of wrong) {
        const another = await other.connectAgain({}, change);
        other.clearRequests();
        assert.equal(await codeOf(another.crm.findCases(["00001025"], call)), "BUG ACCESS_REFUSED", what);
        assert.deepEqual(other.requests(), { "POST token": 1 }, what);
        await another.close();
      }
    });

    test("403 over the day's limit is a pause, not a refusal: nothing more is sent until it is over", async () => {
      const another = await other.connectAgain({}, (text) =>
        text.replace('apiVersion: "62.0"', 'apiVersion: "62.0"\n      limitPause: 7m'),
      );
      const { returnKey, key } = newKeys();
      other.people.dailyRequests({ limit: 1 });
      await another.crm.findCases(["00001025"], call);
      const failed = await failure(another.crm.milestones.put(key(3), report(), call));
      assert.deepEqual([failed.kind, failed.code, failed.retryAfterMs], ["TRANSIENT", "RATE_LIMITED", 7 * 60_000]);
      assert.equal(another.crm.health().circuit, "CLOSED", "the breaker does not count it");
      other.clearRequests();
      const held = await failure(another.crm.findCases(["00001025"], call));
      assert.deepEqual([held.kind, held.code], ["TRANSIENT", "RATE_LIMITED"]);
      assert.ok(held.retryAfterMs! > 6 * 60_000);
      assert.deepEqual([other.requests(), other.returnOf(returnKey)], [{}, undefined]);
      other.people.dailyRequests({ limit: 100_000 });
      await another.close();
    });

    test("403 for too many calls at once passes in a moment; any other 403 is a bug of ours", async () => {
      const another = await other.connectAgain();
      await another.crm.findCases(["00001025"], call);
      other.fault("read", { kind: "refuse", status: 403, code: "API_DISABLED_FOR_ORG", message: "API is not enabled" });
      assert.equal(await codeOf(another.crm.findCases(["00001025"], call)), "BUG ACCESS_REFUSED");
      const message = "ConcurrentRequests (Concurrent API Requests) Limit exceeded.";
      other.fault("read", { kind: "refuse", status: 403, code: "REQUEST_LIMIT_EXCEEDED", message });
      const failed = await failure(another.crm.findCases(["00001025"], call));
      assert.deepEqual([failed.kind, failed.code, failed.retryAfterMs], ["TRANSIENT", "RATE_LIMITED", 2_000]);
      await another.close();
    });

    test("a company sees its own cases only, in one org as well", async () => {
      const another = await other.connectAgain({}, undefined, "CA02");
      assert.deepEqual([...(await another.crm.findCases(["00001025", "00002001"], call)).keys()], ["00002001"]);
      assert.deepEqual(await another.crm.searchCases("coupling", { limit: 10 }, call), []);
      await another.close();
    });

    test("an answer of another shape is a bug of ours, never a guess; a CRM that is down is seen as down", async () => {
      other.fault("read", { kind: "malformed" });
      assert.equal(await codeOf(crm.findCases(["00001025"], call)), "TRANSIENT RESPONSE_INVALID");
      const another = await other.connectAgain({ breakerFailures: 2, breakerHalfOpenMs: 60_000 });
      const armed = other.fault("read", { kind: "drop-request" }, 0);
      await codeOf(another.crm.findCases(["00001025"], call));
      assert.equal(await codeOf(another.crm.findCases(["00001025"], call)), "TRANSIENT CIRCUIT_OPEN");
      assert.equal(another.crm.health().state, "DOWN");
      armed.disarm();
      await another.close();
    });
  });
