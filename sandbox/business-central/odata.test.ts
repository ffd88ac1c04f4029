import assert from "node:assert/strict";
import { after, beforeEach, before, test } from "node:test";
import { type Running, startBusinessCentral } from "./start-for-test.ts";

let bc: Running;
before(async () => {
  bc = await startBusinessCentral();
});
beforeEach(() => bc.reset());
after(() => bc.close());

const invoicesOf = (order: string, rest = "") => bc.v2(`salesInvoices${bc.query(`orderNumber eq '${order}'`, rest)}`);

test("a token is given for client credentials, runs out, and no other is taken", async () => {
  const { body } = await bc.tokenFor();
  assert.deepEqual([body.token_type, body.expires_in], ["Bearer", 3599]);
  assert.equal((await bc.tokenFor({ client_secret: "wrong" })).body.error, "invalid_client");
  assert.equal((await bc.tokenFor({ scope: "wrong" })).body.error, "invalid_scope");
  assert.equal((await bc.tokenFor({ grant_type: "password" })).body.error, "unsupported_grant_type");
  const refused = await bc.call("GET", "/api/v2.0/companies", undefined, { authorization: "Bearer nonsense" });
  assert.deepEqual(
    [refused.status, refused.code, refused.headers.get("www-authenticate")],
    [401, "Authentication_InvalidCredentials", "Bearer"],
  );
  let now = new Date("2026-11-21T18:00:00Z");
  const other = await startBusinessCentral({ now: () => now });
  now = new Date("2026-11-21T19:00:00Z");
  assert.equal((await other.call("GET", "/api/v2.0/companies")).status, 401);
  await other.close();
});

test("expired tokens are refused until a new one is fetched", async () => {
  const other = await startBusinessCentral();
  other.controls.expireTokens();
  assert.equal((await other.call("GET", "/api/v2.0/companies")).status, 401);
  const { body } = await other.tokenFor();
  assert.equal(
    (await other.call("GET", "/api/v2.0/companies", undefined, { authorization: `Bearer ${body.access_token}` }))
      .status,
    200,
  );
  await other.close();
});

test("several companies live in one tenant, each with its own orders and currency (D-29)", async () => {
  const { value } = await bc.must("GET", "/api/v2.0/companies");
  assert.deepEqual(
    value.map(({ name }: { name: string }) => name),
    ["US01", "CA02", "EU03"],
  );
  const find = async (code: string) =>
    (await bc.must("GET", bc.v2(`salesInvoices${bc.query("orderNumber eq 'SO-500000'")}`, code))).value;
  const [us, ca] = [await find("US01"), await find("CA02")];
  assert.deepEqual([us.length, ca.length, us[0].currencyCode, ca[0].currencyCode], [1, 1, "USD", "CAD"]);
  assert.notEqual(us[0].id, ca[0].id);
  const missing = await bc.call("GET", "/api/v2.0/companies(00000000-0000-4000-8000-000000000000)/items");
  assert.deepEqual([missing.status, missing.code], [404, "Internal_CompanyNotFound"]);
  assert.equal((await bc.call("GET", "/api/v2.0/items?company=US01")).status, 200);
  assert.equal((await bc.call("GET", `/v2.0/tenant/production${bc.v2("items")}`)).status, 200);
});

test("an error has code, message and a correlation id", async () => {
  const { status, body } = await bc.call("GET", bc.v2("salesThings"));
  assert.equal(status, 404);
  assert.equal(body.error.code, "BadRequest_ResourceNotFound");
  assert.match(body.error.message, / {2}CorrelationId: {2}[0-9a-f-]{36}\.$/);
});

test("a filter takes eq, ne, gt, ge, lt, le, and, not, parentheses, functions, and or on one field", async () => {
  const count = async (filter: string) =>
    (await bc.must("GET", bc.v2(`salesInvoices${bc.query(filter)}`))).value.length;
  const all = await count("number ne ''");
  assert.equal(await count("orderNumber eq 'SO-100001' or orderNumber eq 'SO-100002'"), 2);
  assert.equal(
    await count("(orderNumber eq 'SO-100001' or orderNumber eq 'SO-100002') and customerNumber eq 'C-2000'"),
    1,
  );
  assert.equal(await count("not (orderNumber eq 'SO-100001')"), all - 1);
  assert.equal(await count("startswith(orderNumber,'SO-10000') and not endswith(orderNumber,'1')"), 8);
  assert.equal(
    await count(
      "contains(orderNumber,'0000') and totalAmountIncludingTax ge 1276.7 and totalAmountIncludingTax le 1276.7",
    ),
    1,
  );
  assert.equal(
    await count("postingDate gt 2026-11-13 and postingDate lt 2026-11-15 and orderNumber eq 'SO-100001'"),
    1,
  );
  assert.equal(await count("lastModifiedDateTime gt 2026-11-21T00:00:00Z"), 0);
  assert.equal(await count("orderNumber eq 'so-100001'"), 1, "a Code is compared upper-cased");
  assert.equal(await count("status eq 'Paid'"), await count("remainingAmount eq 0"));
  assert.equal(
    (await bc.must("GET", bc.v2(`customers${bc.query("displayName eq 'O''Hara & Sons'")}`))).value.length,
    0,
  );
});

test("what a filter may not say is refused", async () => {
  const refused = async (filter: string, set = "salesInvoices") =>
    (await bc.call("GET", bc.v2(`${set}${bc.query(filter)}`))).body.error;
  assert.match(
    (await refused("orderNumber eq 'A' or number eq 'B'")).message,
    /'OR' operator is not supported on distinct fields/,
  );
  assert.match((await refused("colour eq 'red'")).message, /Could not find a property named 'colour'/);
  assert.equal((await refused("orderNumber eq")).code, "BadRequest");
  assert.equal((await refused("orderNumber is 'A'")).code, "BadRequest");
  assert.equal((await refused("orderNumber eq 'A' and")).code, "BadRequest");
  assert.equal((await refused("orderNumber eq 'A'')")).code, "BadRequest");
  assert.equal((await refused("id eq 'A'")).code, "BadRequest");
  assert.equal((await refused("postingDate eq '2026-11-14'")).code, "BadRequest");
  assert.equal((await refused("orderNumber in ('A','B')")).code, "BadRequest");
  assert.equal((await refused(`orderNumber eq '${"X".repeat(21)}'`)).code, "Application_FilterErrorException");
  assert.equal((await bc.call("GET", bc.v2("items?$apply=aggregate"))).code, "BadRequest");
  const schema21 = bc.v2(`salesInvoices${bc.query("orderNumber in ('SO-100001','SO-100002')", "&$schemaversion=2.1")}`);
  assert.equal((await bc.must("GET", schema21)).value.length, 2);
});

test("select, expand with its own options, orderby, top, skip and count", async () => {
  const expand = "$expand=salesInvoiceLines($select=sequence,quantity;$filter=sequence eq 10000),customer";
  const { value } = await bc.must("GET", invoicesOf("SO-100001", `&$select=number&${expand}`));
  assert.deepEqual(
    Object.keys(value[0]).sort((a, b) => a.localeCompare(b)),
    ["@odata.etag", "customer", "number", "salesInvoiceLines"],
  );
  assert.deepEqual(
    value[0].salesInvoiceLines.map(({ sequence, quantity }: any) => [sequence, quantity]),
    [[10_000, 4]],
  );
  assert.equal(value[0].customer.number, "C-2000");
  const page = await bc.must(
    "GET",
    bc.v2("customers?$orderby=number%20desc&$top=2&$skip=1&$count=true&$select=number"),
  );
  const all = await bc.must("GET", bc.v2("customers?$select=number&$orderby=number"));
  assert.equal(page["@odata.count"], all.value.length);
  assert.deepEqual(
    page.value.map((row: any) => row.number),
    all.value
      .map((row: any) => row.number)
      .reverse()
      .slice(1, 3),
  );
  assert.equal((await bc.call("GET", bc.v2("items?$select=colour"))).code, "BadRequest");
  assert.equal((await bc.call("GET", bc.v2("items?$expand=colour"))).code, "BadRequest");
  assert.equal((await bc.call("GET", bc.v2("items?$top=-1"))).code, "BadRequest");
  assert.equal(
    (await bc.call("GET", bc.v2("items/$count"))).body,
    String((await bc.must("GET", bc.v2("items"))).value.length),
  );
});

test("pages are linked until all rows came, in the size that the server or the client wants", async () => {
  const numbers = async (first: string, headers = {}) => {
    const found: string[] = [];
    let pages = 0;
    for (let next: string | undefined = first; next; pages += 1) {
      const page: any = await bc.must("GET", next, undefined, headers);
      found.push(...page.value.map((row: any) => row.number));
      next = page["@odata.nextLink"];
    }
    return { found, pages };
  };
  const whole = await numbers(bc.v2("customers?$select=number"));
  assert.equal(whole.pages, 1);
  const small = await numbers(bc.v2("customers?$select=number"), { prefer: "odata.maxpagesize=7" });
  assert.deepEqual(small.found, whole.found);
  assert.equal(small.pages, Math.ceil(whole.found.length / 7));
  assert.equal((await numbers(bc.v2("customers?$top=5"), { prefer: "odata.maxpagesize=2" })).found.length, 5);
  bc.faults.arm({ match: { path: "customers" }, times: 0, action: { kind: "page-size", size: 1 } });
  assert.deepEqual(await numbers(bc.v2("customers?$select=number&$skip=3")), {
    found: whole.found.slice(3),
    pages: whole.found.length - 3,
  });
});

test("v2.0's lines are read for one document, or expanded", async () => {
  const refused = await bc.call("GET", bc.v2("salesInvoiceLines"));
  assert.deepEqual([refused.status, refused.code], [400, "Application_DialogException"]);
  const { value } = await bc.must("GET", invoicesOf("SO-100001"));
  const byFilter = await bc.must("GET", bc.v2(`salesInvoiceLines${bc.query(`documentId eq ${value[0].id}`)}`));
  const byPath = await bc.must("GET", bc.v2(`salesInvoices(${value[0].id})/salesInvoiceLines`));
  assert.deepEqual(byFilter.value, byPath.value);
  assert.equal((await bc.must("GET", bc.v2(`salesInvoiceLines(${byPath.value[0].id})`))).lineObjectNumber, "BRG-6204");
});

test("an unknown id, a write to a read-only set and a wrong method have their codes", async () => {
  const unknown = "00000000-0000-4000-8000-000000000001";
  const outcome = async (method: string, path: string, body?: unknown) => {
    const { status, code } = await bc.call(method, path, body);
    return [status, code];
  };
  assert.deepEqual(await outcome("GET", bc.v2(`salesInvoices(${unknown})`)), [404, "Internal_RecordNotFound"]);
  assert.deepEqual(await outcome("POST", bc.v2("itemLedgerEntries"), {}), [405, "BadRequest_MethodNotAllowed"]);
  assert.deepEqual(await outcome("POST", bc.custom("itemTrackings"), {}), [405, "BadRequest_MethodNotAllowed"]);
  assert.deepEqual(await outcome("PUT", bc.v2("items"), {}), [405, "BadRequest_MethodNotAllowed"]);
  assert.deepEqual(await outcome("GET", bc.v2("returnOrders")), [404, "BadRequest_ResourceNotFound"]);
  assert.deepEqual(await outcome("GET", bc.custom("salesInvoices")), [404, "BadRequest_ResourceNotFound"]);
  assert.deepEqual(await outcome("GET", "/api/fabrikam/returns/v1.0/companies"), [404, "BadRequest_ResourceNotFound"]);
});

test("item ledger entries have no location, lot, serial, unit or remaining quantity (D-05)", async () => {
  const { value } = await bc.must("GET", bc.v2("itemLedgerEntries?$top=1"));
  assert.deepEqual(
    Object.keys(value[0]).filter((name) => /location|lot|serial|unit|remaining/i.test(name)),
    [],
  );
  assert.equal(
    (await bc.call("GET", bc.v2(`itemLedgerEntries${bc.query("locationCode eq 'CHI1'")}`))).code,
    "BadRequest",
  );
});

test("options come back encoded, blank dates and ids as the real one's blanks", async () => {
  const shipments = await bc.must(
    "GET",
    bc.v2(`itemLedgerEntries${bc.query("documentType eq 'Sales Shipment'", "&$top=1")}`),
  );
  assert.equal(shipments.value[0].documentType, "Sales_x0020_Shipment");
  const { value } = await bc.must("GET", bc.v2(`customers${bc.query("number eq 'C-2000'")}`));
  assert.deepEqual([value[0].blocked, value[0].taxAreaId], ["_x0020_", "00000000-0000-0000-0000-000000000000"]);
  const [setup] = (await bc.must("GET", bc.v2("generalLedgerSetup"))).value;
  assert.deepEqual(
    [setup.allowPostingFrom, setup.allowPostingTo, setup.localCurrencyCode],
    ["2026-11-07", "0001-01-01", "USD"],
  );
});

test("over the limit of requests the answer is 429, without Retry-After", async () => {
  const busy = await startBusinessCentral({ rateLimit: { requests: 3, windowMs: 60_000 } });
  const answers = [];
  for (let i = 0; i < 3; i += 1) answers.push(await busy.call("GET", "/api/v2.0/companies"));
  assert.deepEqual(
    answers.map(({ status }) => status),
    [200, 200, 429],
  );
  assert.equal(answers[2]!.headers.get("retry-after"), null);
  await busy.close();
});

test("$metadata describes both APIs", async () => {
  assert.match((await bc.call("GET", "/api/v2.0/$metadata")).body, /EntityType Name="salesCreditMemo"/);
  const own = await bc.call("GET", "/api/contoso/returns/v1.0/$metadata");
  assert.match(own.body, /Action Name="createCreditMemo" IsBound="true"/);
  assert.doesNotMatch(own.body, /salesCreditMemo/);
});

test("requests are counted by kind, for tests that count calls", async () => {
  bc.requests.clear();
  await bc.must("GET", invoicesOf("SO-100001"));
  await bc.call("GET", bc.v2("salesInvoices(00000000-0000-4000-8000-000000000001)"));
  await bc.call("POST", bc.v2("salesCreditMemos(00000000-0000-4000-8000-000000000001)/Microsoft.NAV.post"));
  await bc.tokenFor();
  assert.deepEqual(bc.requests.read().counts, {
    "GET salesInvoices": 1,
    "GET salesInvoices(id)": 1,
    "POST salesCreditMemos.post": 1,
    "POST token": 1,
  });
});
