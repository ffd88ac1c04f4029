import assert from "node:assert/strict";
import { createHmac } from "node:crypto";
import { before, test } from "node:test";
import { importJWK, SignJWT } from "jose";
import { issuerKey } from "#gateway/access/development-issuer.ts";
import { type Acts, createActs, newKey } from "../acts.ts";
import { contractDocument, type TestClient } from "../clients.ts";
import { openRawSocket } from "../gateway/raw-socket.ts";
import { allHeard } from "../heard.ts";
import { type Everything, startEverything } from "../start-everything.ts";
import { writesNothing, writesOnly } from "../written.ts";

let system: Everything;
let acts: Acts;
let people: Record<"ada" | "wilma" | "fin" | "otto", TestClient>;
/** A return whose goods have come, so that there is something to inspect. */
let received: { id: string; line: string; receiptLine: string };

before(async () => {
  system = await startEverything();
  acts = createActs(system);
  const [ada, wilma, fin, otto] = await Promise.all(["ada", "wilma", "fin", "otto"].map((who) => system.as(who)));
  people = { ada: ada!, wilma: wilma!, fin: fin!, otto: otto! };
  const id = await acts.requestReturn("SO-100002", [{ quantity: "3" }]);
  await acts.receive(id);
  await allHeard(system);
  const { lines, receipts } = await system.stateOf(id);
  received = { id, line: lines[0]!.id, receiptLine: receipts[0]!.lines[0]!.receiptLineId };
});

type Payload = { userErrors: { code: string; field: string[]; message: string }[] };
const refusals = ({ userErrors }: Payload): [string, string][] =>
  userErrors.map(({ code, field, message }) => {
    assert.match(message, /^\S.*[.?]$/, "a sentence");
    return [code, field.join(".")];
  });

/** Sends a mutation of the contract and gives its refusals; nothing may be written. */
const refuse = (who: keyof typeof people, document: string, input: object): Promise<[string, string][]> =>
  writesNothing(system.db, async () => {
    const data = await people[who].data(document, { input: { idempotencyKey: newKey(), ...input } });
    return refusals(Object.values(data)[0] as Payload);
  });

const line = (changes: object = {}) => ({
  orderLineId: "erp.order:US01:SO-100001/10000",
  quantity: { value: "1", unit: "EA" },
  reasonCode: "WRONG_SHIPMENT",
  ...changes,
});
const ofLine = (changes: object) => ({ lines: [line(changes)] });
const quantity = (value: unknown, unit = "EA") => ofLine({ quantity: { value, unit } });

const badRequests: [what: string, input: object, code: string, field: string][] = [
  [
    "a line of another order",
    { lines: [line(), line({ orderLineId: "erp.order:US01:SO-100002/10000" })] },
    "INVALID_INPUT",
    "lines.1.orderLineId",
  ],
  [
    "a number that is not the lines' order",
    { orderNumber: "SO-100002", lines: [line()] },
    "INVALID_INPUT",
    "orderNumber",
  ],
  ["a company that is not the lines'", { companyId: "CA02", lines: [line()] }, "INVALID_INPUT", "companyId"],
  [
    "a line the order does not have",
    ofLine({ orderLineId: "erp.order:US01:SO-100001/99000" }),
    "NOT_FOUND",
    "lines.0.orderLineId",
  ],
  [
    "an order that is not there",
    ofLine({ orderLineId: "erp.order:US01:SO-999999/10000" }),
    "NOT_FOUND",
    "lines.0.orderLineId",
  ],
  [
    "an order of a company that is not the caller's",
    ofLine({ orderLineId: "erp.order:EU03:SO-300001/10000" }),
    "NOT_FOUND",
    "lines.0.orderLineId",
  ],
  [
    "an id of something else",
    ofLine({ orderLineId: "erp.invoice:US01:PSI-100001/10000" }),
    "NOT_FOUND",
    "lines.0.orderLineId",
  ],
  [
    "an id that would be a filter",
    ofLine({ orderLineId: "erp.order:US01:SO-1' or number ne '/10000" }),
    "NOT_FOUND",
    "lines.0.orderLineId",
  ],
  ["no line", { lines: [] }, "INVALID_INPUT", "lines"],
  ...["0", "0.00", "-1", "1.5", "four", "", "1e3", "NaN", "Infinity", "1,000", " 1", "01"].map(
    (value): [string, object, string, string] => [
      `the quantity ${JSON.stringify(value)}`,
      quantity(value),
      "INVALID_INPUT",
      "lines.0.quantity.value",
    ],
  ),
  [
    "more decimals than metres have",
    ofLine({ orderLineId: "erp.order:US01:SO-100019/10000", quantity: { value: "1.2345", unit: "M" } }),
    "INVALID_INPUT",
    "lines.0.quantity.value",
  ],
  ["more than was bought", quantity("5"), "QUANTITY_EXCEEDED", "lines.0.quantity.value"],
  ["more than any number of ours", quantity("9".repeat(300)), "INVALID_INPUT", "lines.0.quantity.value"],
  ["a unit that is none", quantity("1", "FURLONG"), "UNKNOWN_CODE", "lines.0.quantity.unit"],
  ["a unit that it is not sold by", quantity("1", "KG"), "INVALID_INPUT", "lines.0.quantity.unit"],
  ["an unknown reason", ofLine({ reasonCode: "BORED" }), "UNKNOWN_CODE", "lines.0.reasonCode"],
  ["a reason that every object has", ofLine({ reasonCode: "constructor" }), "UNKNOWN_CODE", "lines.0.reasonCode"],
  ["an unknown condition", ofLine({ conditionCode: "MOIST" }), "UNKNOWN_CODE", "lines.0.conditionCode"],
  ["a serial twice", ofLine({ serialNumbers: ["S1", "S1"] }), "INVALID_INPUT", "lines.0.serialNumbers"],
  ["more serials than pieces", ofLine({ serialNumbers: ["S1", "S2"] }), "INVALID_INPUT", "lines.0.serialNumbers"],
  [
    "a serial that no index takes",
    ofLine({ serialNumbers: ["S".repeat(101)] }),
    "INVALID_INPUT",
    "lines.0.serialNumbers.0",
  ],
  ["a case that is a book", { caseId: "x".repeat(2_001), lines: [line()] }, "INVALID_INPUT", "caseId"],
  ["a note that is too long", { note: "x".repeat(2_001), lines: [line()] }, "INVALID_INPUT", "note"],
  ["a note that can't be kept", { note: "a\u0000b", lines: [line()] }, "INVALID_INPUT", "note"],
  ["no key", { idempotencyKey: "", lines: [line()] }, "INVALID_INPUT", "idempotencyKey"],
  ["a key that is too long", { idempotencyKey: "k".repeat(201), lines: [line()] }, "INVALID_INPUT", "idempotencyKey"],
];
for (const [what, input, code, field] of badRequests)
  test(`requestReturn with ${what}: ${code} ${field}, and nothing is written`, async () => {
    assert.deepEqual(await refuse("ada", "service-ui/request-return", input), [[code, field]]);
  });

test("more than is still returnable, also in two lines of one request: QUANTITY_EXCEEDED (D-14)", async () => {
  const two = {
    lines: [line({ quantity: { value: "3", unit: "EA" } }), line({ quantity: { value: "2", unit: "EA" } })],
  };
  assert.deepEqual(await refuse("ada", "service-ui/request-return", two), [
    ["QUANTITY_EXCEEDED", "lines.1.quantity.value"],
  ]);
  const reserved = {
    lines: [line({ orderLineId: "erp.order:US01:SO-100002/10000", quantity: { value: "8", unit: "EA" } })],
  };
  assert.deepEqual(await refuse("ada", "service-ui/request-return", reserved), [
    ["QUANTITY_EXCEEDED", "lines.0.quantity.value"],
  ]);
});

test("every mistake of a request comes at once, each with its field", async () => {
  const input = {
    lines: [line({ reasonCode: "BORED", quantity: { value: "0", unit: "EA" } }), line({ conditionCode: "MOIST" })],
  };
  assert.deepEqual(await refuse("ada", "service-ui/request-return", input), [
    ["INVALID_INPUT", "lines.0.quantity.value"],
    ["UNKNOWN_CODE", "lines.0.reasonCode"],
    ["UNKNOWN_CODE", "lines.1.conditionCode"],
  ]);
});

test("a resolution that no part fills yet is NOT_AVAILABLE, and nothing is written (G-23)", async () => {
  const input = { idempotencyKey: newKey(), ...ofLine({ resolution: "EXCHANGE" }) };
  const { data, errors } = await writesNothing(system.db, () =>
    people.ada.query("service-ui/request-return", { input }),
  );
  assert.deepEqual(
    [data?.requestReturn ?? null, errors?.map(({ extensions }) => extensions.code)],
    [null, ["NOT_AVAILABLE"]],
  );
});

test("a value of the wrong type or an enum's unknown value is BAD_USER_INPUT that names the field", async () => {
  for (const [input, field] of [
    [{ lines: [line({ reasonCode: 7 })] }, /reasonCode/],
    [{ lines: [line({ resolution: "GOLD" })] }, /resolution/],
    [{ lines: [line()], colour: "red" }, /colour/],
  ] as const) {
    const { errors } = await writesNothing(system.db, () =>
      people.ada.query("service-ui/request-return", { input: { idempotencyKey: newKey(), ...input } }),
    );
    assert.deepEqual(
      errors?.map(({ extensions }) => extensions.code),
      ["BAD_USER_INPUT"],
    );
    assert.match(errors![0]!.message, field);
  }
});

test("the same key with other input is IDEMPOTENCY_KEY_REUSED, with the same input the same return (W-21)", async () => {
  const key = newKey();
  const first = await acts.askReturn("SO-100004", [{ quantity: "1" }], { key });
  assert.ok(first.return);
  await allHeard(system);
  await writesNothing(system.db, async () => {
    const again = await acts.askReturn("SO-100004", [{ quantity: "1" }], { key });
    assert.deepEqual([again.return?.id, again.operation?.id], [first.return?.id, first.operation?.id]);
    const other = await acts.askReturn("SO-100004", [{ quantity: "2" }], { key });
    assert.deepEqual([other.return, refusals(other)], [null, [["IDEMPOTENCY_KEY_REUSED", "idempotencyKey"]]]);
  });
});

const receipt = (changes: object = {}, ofGoods: object = {}) => ({
  returnId: received.id,
  warehouse: "CHI1",
  warehouseReceiptNumber: "BY-HAND-1",
  receivedAt: new Date().toISOString(),
  lines: [
    { lineNumber: 1, sku: "BRG-6205", quantity: { value: "1", unit: "EA" }, conditionCode: "UNOPENED", ...ofGoods },
  ],
  ...changes,
});
const badReceipts: [what: string, input: () => object, code: string, field: string][] = [
  ["no return", () => receipt({ returnId: null }), "INVALID_INPUT", "returnId"],
  ["a return that is not there", () => receipt({ returnId: "ret_none" }), "NOT_FOUND", "returnId"],
  ["a site that is none", () => receipt({ warehouse: "MOON" }), "UNKNOWN_CODE", "warehouse"],
  ["a site of somebody else", () => receipt({ warehouse: "HAM4" }), "NOT_ALLOWED", "warehouse"],
  ["no number", () => receipt({ warehouseReceiptNumber: " " }), "INVALID_INPUT", "warehouseReceiptNumber"],
  ["a time yet to come", () => receipt({ receivedAt: "2999-01-01T00:00:00Z" }), "INVALID_INPUT", "receivedAt"],
  ["a time that is none", () => receipt({ receivedAt: "yesterday" }), "INVALID_INPUT", "receivedAt"],
  ["a day that is none", () => receipt({ receivedAt: "2026-02-30T10:00:00Z" }), "INVALID_INPUT", "receivedAt"],
  ["a time before all of us", () => receipt({ receivedAt: "0000-01-01T00:00:00Z" }), "INVALID_INPUT", "receivedAt"],
  [
    "a number that no index takes",
    () => receipt({ warehouseReceiptNumber: "9".repeat(101) }),
    "INVALID_INPUT",
    "warehouseReceiptNumber",
  ],
  ["a line of another return", () => receipt({}, { returnLineId: "rln_other" }), "NOT_FOUND", "lines.0.returnLineId"],
  [
    "a quantity of zero",
    () => receipt({}, { quantity: { value: "0", unit: "EA" } }),
    "INVALID_INPUT",
    "lines.0.quantity.value",
  ],
  [
    "a quantity below zero",
    () => receipt({}, { quantity: { value: "-1", unit: "EA" } }),
    "INVALID_INPUT",
    "lines.0.quantity.value",
  ],
  [
    "half a piece",
    () => receipt({}, { quantity: { value: "0.5", unit: "EA" } }),
    "INVALID_INPUT",
    "lines.0.quantity.value",
  ],
  [
    "an unknown unit",
    () => receipt({}, { quantity: { value: "1", unit: "FURLONG" } }),
    "UNKNOWN_CODE",
    "lines.0.quantity.unit",
  ],
  ["an unknown condition", () => receipt({}, { conditionCode: "MOIST" }), "UNKNOWN_CODE", "lines.0.conditionCode"],
  ["a SKU that can't be kept", () => receipt({}, { sku: "a\u0000b" }), "INVALID_INPUT", "lines.0.sku"],
];
for (const [what, input, code, field] of badReceipts)
  test(`recordReceipt with ${what}: ${code} ${field}, and nothing is written`, async () => {
    assert.deepEqual(await refuse("wilma", "service-ui/record-receipt", input()), [[code, field]]);
  });

const inspection = (changes: object = {}) => ({
  receiptLineId: received.receiptLine,
  quantity: { value: "1", unit: "EA" },
  grade: "A",
  inspectedAt: new Date().toISOString(),
  ...changes,
});
const badInspections: [what: string, changes: object, code: string, field: string][] = [
  ["a line that is not there", { receiptLineId: "rcl_none" }, "NOT_FOUND", "receiptLineId"],
  ["an unknown grade", { grade: "Z" }, "UNKNOWN_CODE", "grade"],
  ["a quantity below zero", { quantity: { value: "-1", unit: "EA" } }, "INVALID_INPUT", "quantity.value"],
  ["a quantity of zero", { quantity: { value: "0", unit: "EA" } }, "INVALID_INPUT", "quantity.value"],
  ["half a piece", { quantity: { value: "0.5", unit: "EA" } }, "INVALID_INPUT", "quantity.value"],
  ["more than was received", { quantity: { value: "4", unit: "EA" } }, "QUANTITY_EXCEEDED", "quantity.value"],
  ["another unit than it came in", { quantity: { value: "1", unit: "KG" } }, "INVALID_INPUT", "quantity.unit"],
  ["a time that is none", { inspectedAt: "soon" }, "INVALID_INPUT", "inspectedAt"],
];
for (const [what, changes, code, field] of badInspections)
  test(`recordInspection with ${what}: ${code} ${field}, and nothing is written`, async () => {
    assert.deepEqual(await refuse("wilma", "service-ui/record-inspection", inspection(changes)), [[code, field]]);
  });

const others: [who: keyof typeof people, document: string, input: object, code: string, field: string][] = [
  ["ada", "cancel-return", { id: "ret_none", reason: "x" }, "NOT_FOUND", "id"],
  ["ada", "cancel-return", { id: "ret_none", reason: " " }, "INVALID_INPUT", "reason"],
  ["fin", "decide-approval", { id: "apr_none", decision: "APPROVE" }, "NOT_FOUND", "id"],
  ["otto", "resolve-exception", { id: "exc_none", resolution: "WAIVED", note: "x" }, "NOT_FOUND", "id"],
  ["otto", "resolve-exception", { id: "exc_none", resolution: "WAIVED", note: "" }, "INVALID_INPUT", "note"],
  ["otto", "replay-exceptions", {}, "INVALID_INPUT", "ids"],
  ["otto", "replay-exceptions", { ids: ["exc_none"], filter: {} }, "INVALID_INPUT", "ids"],
];
for (const [who, document, input, code, field] of others)
  test(`${document} with ${JSON.stringify(input)}: ${code} ${field}, and nothing is written`, async () => {
    assert.deepEqual(await refuse(who, `service-ui/${document}`, input), [[code, field]]);
  });

const lists = {
  returns: "query ($after: String, $first: Int) { returns(first: $first, after: $after) { pageInfo { endCursor } } }",
  approvals:
    "query ($after: String, $first: Int) { approvals(first: $first, after: $after) { pageInfo { endCursor } } }",
  exceptions:
    "query ($after: String, $first: Int) { exceptions(first: $first, after: $after) { pageInfo { endCursor } } }",
};
const forge = (...parts: unknown[]) => Buffer.from(JSON.stringify(parts)).toString("base64url");

for (const [list, query] of Object.entries(lists))
  test(`${list}: first over 100 or below 1 is BAD_USER_INPUT, a forged cursor or another list's CURSOR_INVALID`, async () => {
    const ask = async (variables: object) => {
      const { errors } = await people.otto.query(query, variables);
      return errors?.map(({ extensions }) => [extensions.code, extensions["field"]]);
    };
    for (const first of [101, 0, -1])
      assert.deepEqual(await ask({ first }), [["BAD_USER_INPUT", "first"]], String(first));
    const name = list === "returns" ? "returns:REQUESTED_AT:DESC" : list;
    const forged = [
      "",
      "x",
      "bm9wZQ",
      forge(name, "a time that is none", "ret_x"),
      forge("other", "2026-01-01", "ret_x"),
      forge(name, 5, {}),
    ];
    for (const after of [...forged, forge(name, "2026-01-01T00:00:00Z", "a\u0000b")])
      assert.deepEqual(await ask({ after }), [["CURSOR_INVALID", "after"]], after);
  });

test("a forged cursor, or one of another stream, ends a subscription with CURSOR_INVALID (W-24)", async () => {
  const follow = people.ada.subscribe("service-ui/follow-return", { returnId: received.id });
  const { data } = await follow.until("a cursor", ({ data: frame }) => Boolean(frame?.returnMilestones?.cursor));
  await follow.stop();
  const { cursor } = data.returnMilestones;
  const flipped = `${cursor.slice(0, -2)}${cursor.endsWith("AA") ? "BB" : "AA"}`;
  const wrong: [string, object][] = [
    ["service-ui/follow-return", { returnId: received.id, after: "forged" }],
    ["service-ui/follow-return", { returnId: received.id, after: flipped }],
    ["dashboard/milestones", { after: cursor }],
  ];
  for (const [document, variables] of wrong)
    await writesNothing(system.db, async () => {
      const frames = people.otto.subscribe(document, variables);
      await frames.ended;
      assert.deepEqual(
        frames.seen.map(({ errors }) => errors?.map(({ extensions }) => [extensions.code, extensions["field"]])),
        [[["CURSOR_INVALID", "after"]]],
        `${document} ${JSON.stringify(variables)}: one frame, and the end`,
      );
    });
});

test("milestones of a return: a forged cursor, or one of another return, is CURSOR_INVALID and names its argument (W-24)", async () => {
  const query = `query ($id: ID!, $after: String) {
    return(id: $id) { milestones(first: 1, after: $after) { pageInfo { endCursor } edges { node { type } } } }
  }`;
  const other = await acts.requestReturn("SO-100006", [{ quantity: "1" }]);
  await allHeard(system);
  const ask = (id: string, after?: string) => people.ada.query(query, { id, after });
  const { endCursor } = (await ask(other)).data.return.milestones.pageInfo;
  assert.equal((await ask(other, endCursor)).errors, undefined);
  for (const after of ["", "x", forge("milestones", 1), forge(`milestones:${received.id}`, -1), endCursor as string]) {
    const { errors } = await writesNothing(system.db, () => ask(received.id, after));
    assert.deepEqual(
      errors?.map(({ extensions }) => [extensions.code, extensions["field"]]),
      [["CURSOR_INVALID", "after"]],
      after,
    );
  }
});

test("text that no database keeps is BAD_USER_INPUT in a query, never a failure of ours", async () => {
  for (const [query, variables] of [
    ["query ($text: ID!) { return(id: $text) { id } }", { text: "a\u0000b" }],
    ["query ($text: String!) { returns(filter: { search: $text }) { totalCount } }", { text: "a\u0000b" }],
    ["query ($text: String!) { returnByRmaNumber(rmaNumber: $text) { id } }", { text: "\u0000" }],
    ['{ operation(id: "\\u0000") { id } }', {}],
  ] as const) {
    const { errors } = await people.ada.query(query, variables);
    assert.deepEqual(
      errors?.map(({ extensions }) => extensions.code),
      ["BAD_USER_INPUT"],
      query,
    );
  }
});

async function badTokens(): Promise<[what: string, token: string, sentence: RegExp][]> {
  const { issuer } = system.gateway;
  const key = await issuerKey(String(system.settings["DATA_DIR"]));
  const now = Math.floor(Date.now() / 1_000);
  const claims = {
    sub: "ada",
    name: "Ada",
    roles: ["service"],
    companies: ["US01"],
    iss: issuer!.url,
    aud: "backhaul",
  };
  const sign = async (changes: object) =>
    new SignJWT({ ...claims, iat: now, exp: now + 600, ...changes })
      .setProtectedHeader({ alg: "ES256", kid: String(key.kid) })
      .sign(await importJWK(key, "ES256"));
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const unsigned = `${part({ alg: "none", typ: "JWT" })}.${part({ ...claims, iat: now, exp: now + 600 })}.`;
  const good = await sign({});
  return [
    ["expired", await sign({ iat: now - 7_200, exp: now - 3_600 }), /exp/],
    ["of the wrong audience", await sign({ aud: "billing" }), /aud/],
    ["of another issuer", await sign({ iss: "https://elsewhere.example" }), /iss/],
    ["signed with none", unsigned, /alg|signed/],
    ["signed by somebody else", `${good.slice(0, -8)}AAAAAAAA`, /signature/],
    ["no token", "nonsense", /not a signed JWT/],
  ];
}

test("a token that is expired, of the wrong audience or issuer, unsigned or forged is UNAUTHENTICATED on both doors, and nothing is written (G-11)", async () => {
  const body = JSON.stringify({
    query: contractDocument("service-ui/request-return"),
    variables: { input: { idempotencyKey: newKey(), ...ofLine({}) } },
  });
  for (const [what, token, sentence] of await badTokens())
    await writesNothing(system.db, async () => {
      const headers = { "content-type": "application/json", authorization: `Bearer ${token}` };
      const response = await fetch(`${system.gateway.url}/graphql`, { method: "POST", headers, body });
      const { errors } = (await response.json()) as { errors: { message: string; extensions: { code: string } }[] };
      assert.deepEqual(
        [response.status, errors.map(({ extensions }) => extensions.code)],
        [401, ["UNAUTHENTICATED"]],
        what,
      );
      assert.match(errors[0]!.message, sentence, what);
      const socket = await openRawSocket(`${system.gateway.url}/graphql`);
      socket.send({ type: "connection_init", payload: { authorization: `Bearer ${token}` } });
      const end = await socket.closed();
      assert.ok(end.code === 4401 || end.code === 4403, `${what}: ${end.code} ${end.reason}`);
    });
});

const secret = () => Buffer.from(String(system.settings["WMS_WEBHOOK_SECRET"]).replace(/^whsec_/, ""), "base64");
function delivery({ id = "evt-bad", at = Date.now(), body = "{}", by = secret() }) {
  const timestamp = String(Math.floor(at / 1_000));
  const signature = createHmac("sha256", by).update(`${id}.${timestamp}.${body}`).digest("base64");
  const headers = { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": `v1,${signature}` };
  return { method: "POST", headers: { "content-type": "application/json", ...headers }, body };
}

const badDeliveries: [
  what: string,
  path: string,
  init: () => RequestInit,
  status: number,
  code: string,
  audited: number,
][] = [
  ["a bad signature", "wms-chi1", () => delivery({ by: Buffer.alloc(32, 1) }), 401, "SIGNATURE_INVALID", 1],
  ["no signature", "wms-chi1", () => ({ method: "POST", body: "{}" }), 401, "SIGNATURE_INVALID", 1],
  ["a stale timestamp", "wms-chi1", () => delivery({ at: Date.now() - 3_600_000 }), 401, "TIMESTAMP_STALE", 1],
  ["a timestamp of tomorrow", "wms-chi1", () => delivery({ at: Date.now() + 86_400_000 }), 401, "TIMESTAMP_STALE", 1],
  ["a body over the limit", "wms-chi1", () => delivery({ body: "x".repeat(1_048_577) }), 413, "BODY_TOO_LARGE", 0],
  ["an unknown system", "wms-moon", () => delivery({}), 404, "SYSTEM_UNKNOWN", 0],
  ["another method", "wms-chi1", () => ({ method: "PUT", body: "{}" }), 405, "METHOD_NOT_ALLOWED", 0],
  [
    "a notification whose client state is not ours",
    "erp-us01",
    () => ({
      method: "POST",
      body: JSON.stringify({
        value: [{ subscriptionId: "s", clientState: "guess", resource: "items", changeType: "updated" }],
      }),
    }),
    401,
    "SIGNATURE_INVALID",
    1,
  ],
  ["a notification that can't be read", "erp-us01", () => ({ method: "POST", body: "{" }), 400, "BODY_INVALID", 1],
];
for (const [what, path, init, status, code, audited] of badDeliveries)
  test(`a webhook with ${what}: ${status} ${code}, and nothing is kept${audited ? " but the audit of it" : ""} (wires 5)`, async () => {
    const written = audited ? { inbox_refusals: 1 } : {};
    const response = await writesOnly(system.db, written, () => fetch(`${system.gateway.url}/hooks/${path}`, init()));
    const { error } = (await response.json()) as { error: { code: string; message: string } };
    assert.deepEqual([response.status, error.code], [status, code]);
    assert.match(error.message, /\.$/);
    if (!audited) return;
    const audit = await system.db
      .selectFrom("inbox_refusals")
      .selectAll()
      .orderBy("at", "desc")
      .executeTakeFirstOrThrow();
    assert.deepEqual([audit.system, audit.code, audit.address.length > 0], [path, code, true]);
  });
