import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, test } from "node:test";
import { assertion, startOrg, type Org } from "./start-for-test.ts";

let org: Org;
before(async () => {
  org = await startOrg();
});
beforeEach(async () => {
  await org.reset();
});
after(() => org.close());

const KEY = "BH1-R267Q3KX2M";
const aReturn = { Name: "R26-7Q3KX2M", Company__c: "US01", Status__c: "AUTHORIZED", Version__c: 3 };
const upsert = (key = KEY, body: object = aReturn, version = "v62.0") =>
  org.send("PATCH", `/services/data/${version}/sobjects/Backhaul_Return__c/Key__c/${key}`, body);
const codeOf = ({ status, body }: { status: number; body: any }) => `${status} ${body[0].errorCode}`;
const caseId = async (number = "00001025") =>
  (await org.query(`SELECT Id FROM Case WHERE CaseNumber = '${number}'`)).body.records[0].Id as string;

test("a session is given for an assertion that is ours, in time and for this org, and for no other", async () => {
  const { status, body } = await org.logIn(assertion());
  assert.deepEqual([status, body.token_type, body.instance_url], [200, "Bearer", org.url]);
  assert.deepEqual([body.refresh_token, body.expires_in], [undefined, undefined]);
  const now = Math.floor(Date.now() / 1_000);
  for (const [text, error, description] of [
    [assertion({ iss: "another app" }), "invalid_client_id", "client identifier invalid"],
    [assertion({ aud: "https://test.salesforce.com" }), "invalid_grant", "audience is invalid"],
    [assertion({ exp: now - 60 }), "invalid_grant", "expired authorization code"],
    [assertion({ exp: now + 3_600 }), "invalid_grant", "invalid assertion"],
    [assertion({ exp: undefined }), "invalid_grant", "expired authorization code"],
    [assertion({ sub: "somebody@else.example" }), "invalid_grant", "user hasn't approved this consumer"],
    [assertion({}, "stranger"), "invalid_grant", "invalid assertion"],
    ["rubbish", "invalid_grant", "invalid assertion"],
  ] as const) {
    const refused = await org.logIn(text);
    assert.deepEqual([refused.status, refused.body], [400, { error, error_description: description }]);
  }
  assert.equal((await org.logIn(assertion(), "password")).body.error, "unsupported_grant_type");
});

test("without a session, and in one that has ended, nothing is told or done", async () => {
  const bad = await org.call("GET", "/query?q=x", undefined, { authorization: "Bearer wrong" });
  assert.deepEqual(
    [bad.status, bad.body],
    [401, [{ message: "Session expired or invalid", errorCode: "INVALID_SESSION_ID" }]],
  );
  const { body } = await org.logIn(assertion());
  org.controls.expireSessions();
  const ended = await org.call("GET", "/query?q=x", undefined, { authorization: `Bearer ${body.access_token}` });
  assert.equal(ended.status, 401);
  const again = (await org.logIn(assertion())).body.access_token as string;
  org.session.access_token = again;
});

test("every answer tells the day's calls; over their number 403, and no Retry-After", async () => {
  org.controls.dailyRequests({ limit: 2 });
  assert.equal((await org.query("SELECT Id FROM Group")).headers.get("sforce-limit-info"), "api-usage=1/2");
  await org.query("SELECT Id FROM Group");
  const over = await org.query("SELECT Id FROM Group");
  assert.deepEqual([codeOf(over), over.headers.get("retry-after")], ["403 REQUEST_LIMIT_EXCEEDED", null]);
});

test("an upsert by external id creates, then changes; several records of one key are 300 with where they are", async () => {
  const first = await upsert();
  assert.deepEqual([first.status, first.body.created, first.body.success], [201, true, true]);
  assert.deepEqual((await upsert()).body, { id: first.body.id, success: true, errors: [], created: false });
  assert.deepEqual(
    [(await upsert(KEY, aReturn, "v45.0")).status, (await upsert(KEY, aReturn, "v45.0")).body],
    [204, null],
  );
  assert.equal((await org.call("GET", `/sobjects/Backhaul_Return__c/Key__c/${KEY}`)).body.Status__c, "AUTHORIZED");
  org.controls.plantDuplicate({ object: "Backhaul_Return__c", key: KEY });
  const several = await upsert();
  assert.deepEqual([several.status, several.body.length], [300, 2]);
  assert.match(several.body[0], /^\/services\/data\/v62\.0\/sobjects\/Backhaul_Return__c\/a0R\w{15}$/);
  assert.equal(codeOf(await org.call("PATCH", "/sobjects/Case/CaseNumber/00001025", {})), "404 NOT_FOUND");
});

test("records are created, read and changed by id; what may not be written is refused by name", async () => {
  const made = await org.call("POST", "/sobjects/Case", { Subject: "New one", Backhaul_Order__c: "SO-100001" });
  assert.deepEqual([made.status, made.body.success], [201, true]);
  const path = `/sobjects/Case/${made.body.id}`;
  const { CaseNumber, Status, CreatedDate } = (await org.call("GET", path)).body;
  assert.match(CaseNumber, /^\d{8}$/);
  assert.equal(Status, "New");
  assert.match(CreatedDate, /\+0000$/);
  assert.equal((await org.call("PATCH", path, { Backhaul_Summary__c: "Authorized" })).status, 204);
  const id = await caseId();
  for (const [body, wanted] of [
    [{ CaseNumber: "00000001" }, "400 INVALID_FIELD_FOR_INSERT_UPDATE"],
    [{ Colour: "red" }, "400 INVALID_FIELD"],
    [{ Subject: "x".repeat(256) }, "400 STRING_TOO_LONG"],
    [{ Subject: 5 }, "400 JSON_PARSER_ERROR"],
    [{ AccountId: "nobody" }, "400 MALFORMED_ID"],
    [{ AccountId: id }, "400 INVALID_CROSS_REFERENCE_KEY"],
    ["{", "400 JSON_PARSER_ERROR"],
  ] as const)
    assert.equal(codeOf(await org.call("PATCH", path, body)), wanted, JSON.stringify(body));
  assert.equal(
    codeOf(await org.call("POST", "/sobjects/Backhaul_Return__c", { Name: "x" })),
    "400 REQUIRED_FIELD_MISSING",
  );
  org.controls.deleteCase({ number: CaseNumber });
  assert.equal(codeOf(await org.call("PATCH", path, { Subject: "y" })), "404 ENTITY_IS_DELETED");
  assert.equal(codeOf(await org.call("GET", "/sobjects/Case/500000000000000AAA")), "404 NOT_FOUND");
  assert.equal(codeOf(await org.call("DELETE", path)), "405 METHOD_NOT_ALLOWED");
  assert.equal(codeOf(await org.send("GET", "/services/data/v99.0/query?q=x")), "404 NOT_FOUND");
});

test("rules and locks of the org's people refuse a write; a unique key is unique", async () => {
  const id = await caseId();
  org.controls.lockCase({ number: "00001025" });
  assert.equal(codeOf(await org.call("PATCH", `/sobjects/Case/${id}`, { Subject: "y" })), "400 UNABLE_TO_LOCK_ROW");
  org.controls.rule({ object: "Backhaul_Return__c", message: "Not today." });
  assert.equal(codeOf(await upsert()), "400 FIELD_CUSTOM_VALIDATION_EXCEPTION");
  org.controls.rule({ object: "Backhaul_Return__c" });
  await upsert();
  assert.equal(
    codeOf(await org.call("POST", "/sobjects/Backhaul_Return__c", { ...aReturn, Key__c: KEY })),
    "400 DUPLICATE_VALUE",
  );
});

const part = (referenceId: string, method: string, path: string, body: object) => ({
  referenceId,
  method,
  url: `/services/data/v62.0/sobjects/${path}`,
  body,
});
const milestone = (more: object = {}) => ({
  Type__c: "return.requested",
  Occurred_At__c: "2026-11-21T12:00:00Z",
  Return__c: "@{theReturn.id}",
  ...more,
});

test("a composite answers 200 with parts that failed; all or none only where it is asked for", async () => {
  const parts = (key: string) => [
    part("theReturn", "PATCH", `Backhaul_Return__c/Key__c/${key}`, aReturn),
    part("milestone", "PATCH", `Backhaul_Milestone__c/Key__c/${key}-K0001`, milestone({ Type__c: null })),
  ];
  const whole = await org.call("POST", "/composite", { allOrNone: true, compositeRequest: parts("BH1-A") });
  assert.equal(whole.status, 200);
  assert.deepEqual(
    whole.body.compositeResponse.map((each: any) => [each.referenceId, each.httpStatusCode, each.body[0].errorCode]),
    [
      ["theReturn", 400, "PROCESSING_HALTED"],
      ["milestone", 400, "REQUIRED_FIELD_MISSING"],
    ],
  );
  assert.deepEqual(org.ledger.returns(), []);
  const some = await org.call("POST", "/composite", { compositeRequest: parts("BH1-B") });
  assert.deepEqual(
    some.body.compositeResponse.map((each: any) => each.httpStatusCode),
    [201, 400],
  );
  assert.equal(org.ledger.returns().length, 1);
  const many = Array.from({ length: 26 }, (_, at) =>
    part(`r${at}`, "PATCH", `Backhaul_Return__c/Key__c/X${at}`, aReturn),
  );
  assert.equal(codeOf(await org.call("POST", "/composite", { compositeRequest: many })), "400 LIMIT_EXCEEDED");
});

test("parts of a composite keep their order only where one refers to another", async () => {
  const byKey = milestone({ Return__c: undefined, Return__r: { Key__c: "BH1-C" } });
  const parts = [
    part("theReturn", "PATCH", "Backhaul_Return__c/Key__c/BH1-C", aReturn),
    part("milestone", "PATCH", "Backhaul_Milestone__c/Key__c/BH1-C-K0001", byKey),
  ];
  const { body } = await org.call("POST", "/composite", { allOrNone: true, compositeRequest: parts });
  assert.match(body.compositeResponse[1].body[0].message, /Foreign key external ID: BH1-C not found/);
  const referring = [parts[0], { ...parts[1]!, body: milestone() }];
  const good = await org.call("POST", "/composite", { allOrNone: true, compositeRequest: referring });
  assert.deepEqual(
    good.body.compositeResponse.map((each: any) => each.httpStatusCode),
    [201, 201],
  );
});

test("what was written outlives a restart, and every write is in the ledger with who did it", async () => {
  const folder = mkdtempSync(join(tmpdir(), "salesforce-"));
  try {
    const first = await startOrg({}, folder);
    await first.call("PATCH", `/sobjects/Backhaul_Return__c/Key__c/${KEY}`, aReturn);
    const { number } = first.controls.openCase({ customerNumber: "C-2030" });
    await first.close();
    const second = await startOrg({}, folder);
    assert.deepEqual(
      second.ledger.ownWrites().map(({ deed, object }) => `${deed} ${object}`),
      ["create Backhaul_Return__c"],
    );
    assert.deepEqual([second.ledger.writes().length, second.ledger.caseByNumber(number)!["Status"]], [2, "New"]);
    await second.close();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
