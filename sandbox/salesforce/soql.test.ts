import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startOrg, type Org } from "./start-for-test.ts";

let org: Org;
before(async () => {
  org = await startOrg();
});
after(() => org.close());

const numbers = async (where: string) =>
  (await org.query(`SELECT CaseNumber FROM Case WHERE ${where} ORDER BY CaseNumber`)).body.records.map(
    (each: { CaseNumber: string }) => each.CaseNumber,
  );

test("a statement tells the columns asked for, over relationships too, and where each record is", async () => {
  const { status, body } = await org.query(
    "select Id, casenumber, Account.AccountNumber, Account.Owner.Name, Owner.Name, Owner.Type, Contact.Account.Name from Case where CaseNumber = '00001025'",
  );
  assert.equal(status, 200);
  const [record] = body.records;
  assert.deepEqual([body.totalSize, body.done, record.CaseNumber], [1, true, "00001025"]);
  assert.deepEqual(record.attributes, { type: "Case", url: `/services/data/v62.0/sobjects/Case/${record.Id}` });
  assert.deepEqual([record.Account.AccountNumber, record.Account.attributes.type], ["C-2030", "Account"]);
  assert.deepEqual([record.Owner.Name, record.Owner.Type, record.Owner.attributes.type], ["Ada", "User", "Name"]);
  assert.deepEqual([typeof record.Account.Owner.Name, record.Contact.Account.Name], ["string", "Englewood Elevators"]);
});

test("conditions, lists, patterns and null mean what SOQL says, in any case of letters", async () => {
  const all = await numbers("Account.Backhaul_Company__c = 'us01'");
  assert.ok(all.includes("00001025") && !all.includes("00002001"));
  assert.deepEqual(await numbers("CaseNumber IN ('00001025', '00002001')"), ["00001025", "00002001"]);
  assert.deepEqual(await numbers("CaseNumber > '00001023' AND CaseNumber < '00002001'"), ["00001024", "00001025"]);
  assert.deepEqual(await numbers("Subject LIKE '%COUPLING%' AND (NOT Status = 'Closed')"), ["00001025"]);
  assert.deepEqual(await numbers("Subject LIKE '%\\%%'"), []);
  assert.deepEqual(await numbers("CaseNumber LIKE '0000102_' AND Priority != 'High' AND IsClosed = false"), [
    "00001022",
  ]);
  assert.deepEqual(await numbers("Backhaul_Summary__c != null"), []);
  assert.equal(
    (await numbers("(Priority = 'High' OR Priority = 'Low') AND CreatedDate > 2001-01-01T00:00:00Z")).length > 4,
    true,
  );
  assert.deepEqual((await org.query("SELECT COUNT() FROM Case WHERE CaseNumber NOT IN ('00001025')")).body.records, []);
  const { body } = await org.query(
    "SELECT CaseNumber FROM Case ORDER BY Priority DESC NULLS LAST, CaseNumber LIMIT 2 OFFSET 1",
  );
  assert.equal(body.records.length, 2);
});

test("what is no SOQL, no field, no object or no fitting literal is refused as the real one does", async () => {
  for (const [text, wanted] of [
    ["SELECT Id FROM Case WHERE Subject = 'a", /^400 MALFORMED_QUERY unexpected end of string/],
    ["SELECT Id FROM Case WHERE Subject = 'a\\q'", /^400 MALFORMED_QUERY Invalid string literal/],
    [
      "SELECT Id FROM Case WHERE Subject = 'a' OR Status = 'b' AND Id != null",
      /^400 MALFORMED_QUERY unexpected token: 'AND'/,
    ],
    ["SELECT Id FROM Case WHERE CaseNumber IN ()", /^400 MALFORMED_QUERY unexpected token: '\)'/],
    ["SELECT Id FROM Case LIMIT 'x'", /^400 MALFORMED_QUERY unexpected token: 'x'/],
    ["SELECT * FROM Case", /^400 MALFORMED_QUERY/],
    ["SELECT Id FROM Case; DELETE", /^400 MALFORMED_QUERY/],
    ["DELETE FROM Case", /^400 MALFORMED_QUERY unexpected token: 'DELETE'/],
    ["", /^400 MALFORMED_QUERY unexpected token: '<EOF>'/],
    ["SELECT Colour FROM Case", /^400 INVALID_FIELD No such column 'Colour' on entity 'Case'/],
    ["SELECT Owner.Email FROM Case", /^400 INVALID_FIELD No such column 'Email' on entity 'Name'/],
    ["SELECT Boss.Name FROM Case", /^400 INVALID_FIELD Didn't understand relationship 'Boss'/],
    ["SELECT Id FROM Suitcase", /^400 INVALID_TYPE sObject type 'Suitcase' is not supported/],
    [
      "SELECT Id FROM Case WHERE Subject = 5",
      /^400 INVALID_FIELD .* must be of type string and should be enclosed in quotes/,
    ],
    ["SELECT Id FROM Case WHERE IsClosed = 'true'", /^400 INVALID_FIELD .* should not be enclosed in quotes/],
    ["SELECT Id FROM Case WHERE CreatedDate > '2026'", /^400 INVALID_FIELD .* of type dateTime/],
    ["SELECT Id FROM Case WHERE Description = 'x'", /^400 INVALID_FIELD field 'Description' can not be filtered/],
    ["SELECT Id FROM Case WHERE AccountId = 'C-2030'", /^400 INVALID_QUERY_FILTER_OPERATOR invalid ID field: C-2030/],
    ["SELECT Id FROM Case OFFSET 2001", /^400 NUMBER_OUTSIDE_VALID_RANGE/],
  ] as const)
    assert.match(await org.refused(text), wanted, text);
});

test("pages go on where they were cut, whatever is written meanwhile; another locator is none", async () => {
  const first = await org.query("SELECT CaseNumber FROM Case ORDER BY CaseNumber");
  const count = first.body.totalSize;
  org.faults.arm({ match: { path: "/query\\?" }, action: { kind: "page-size", size: 10 } });
  const seen: string[] = [];
  let { body } = await org.query("SELECT CaseNumber FROM Case ORDER BY CaseNumber");
  org.controls.openCase({ customerNumber: "C-2030" });
  for (;;) {
    seen.push(...body.records.map((each: { CaseNumber: string }) => each.CaseNumber));
    if (body.done) break;
    assert.match(body.nextRecordsUrl, /^\/services\/data\/v62\.0\/query\/01g\w+-\d+$/);
    ({ body } = await org.send("GET", body.nextRecordsUrl));
  }
  assert.deepEqual([seen.length, new Set(seen).size], [count, count]);
  const gone = await org.call("GET", "/query/01gBk0000000999AAA-10");
  assert.deepEqual([gone.status, gone.body[0].errorCode], [400, "INVALID_QUERY_LOCATOR"]);
});
