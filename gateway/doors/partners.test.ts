import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir } from "node:fs/promises";
import path from "node:path";
import { after, before, test } from "node:test";
import { pino } from "pino";
import { metrics } from "#shared/telemetry.ts";
import { makeApiKey } from "#gateway/partners/api-keys.ts";
import { goodBundle, writeBundle } from "../../test/gateway/partner-bundles.ts";
import { openRawSocket } from "../../test/gateway/raw-socket.ts";
import { startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";

// A third party and a customer in front of the stub federation: the same documents, other contracts.

const documents = {
  "who.graphql": "query Who { whoAmI }\n",
  "return.graphql": "query OneReturn($id: ID!) { return(id: $id) { id status } }\n",
  "follow.graphql": "subscription Follow { returnMilestones { cursor milestone { type } } }\n",
  "hidden.graphql": `query Hidden { __type(name: "Order") { name } __schema { queryType { fields { name } } } }\n`,
};
const report = 'mutation Report { report(id: "R3", status: "SEEN") { status } }\n';
const idOf = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;
const made = makeApiKey();
const key = { id: made.id, sha256: made.sha256, client: "scanner", scopes: ["returns:read"] };
const life = { created: "2026-01-01", expires: "2999-01-01" };
const thirdParty = {
  scopes: ["returns:read", "status:report", "milestones:follow"],
  origins: ["https://dock.acme.example"],
  keys: [{ ...key, ...life }],
};
const customer = {
  kind: "customer",
  contract: { include: ["partner"] },
  rows: { companies: ["US01"], customers: ["C-2020"] },
  origins: ["https://shop.boltco.example"],
};

let house: TestGateway;
let folder: string;
const lines: string[] = [];
before(async () => {
  const log = pino({ level: "trace" }, { write: (line: string) => void lines.push(line) });
  house = await startTestGateway({ log, settings: { partnersPollMs: 5 } });
  folder = path.join(house.dataDir, "partners");
  await mkdir(folder);
  await writeBundle(folder, "acme-3pl", thirdParty, {
    ...documents,
    "report.graphql": report,
    "list.graphql": "{ list { id } }",
  });
  await writeBundle(folder, "boltco", customer, documents);
  for (const id of ["acme-3pl", "boltco"]) await letIn(id);
});
after(() => house.stop());

const bearer = async (partner: string, scope = "returns:read status:report milestones:follow") => ({
  authorization: `Bearer ${await house.gateway.issuer?.token({ sub: "app", client_id: "app", partner, scope })}`,
});

/** Asks until the bundle that was just written is in use. */
async function letIn(partner: string) {
  const headers = await bearer(partner);
  for (;;) {
    const { status } = await fetch(`${house.url}/${idOf(documents["who.graphql"])}`, { headers });
    if (status === 200) return;
  }
}

type Sent = Record<string, unknown>;
type Outcome = { data?: any; code: string | undefined };
const outcomeOf = ({ data, errors }: { data?: any; errors?: any[] }): Outcome => ({
  ...(data === undefined || data === null ? {} : { data }),
  code: errors?.[0]?.extensions.code,
});
const json = async (answer: Promise<Response>) => outcomeOf((await (await answer).json()) as object);
const asText = (value: unknown) => (typeof value === "string" ? value : JSON.stringify(value));
const search = (sent: Sent) =>
  new URLSearchParams(Object.fromEntries(Object.entries(sent).map(([name, value]) => [name, asText(value)])));

/** Every way to send one operation; each gives its first answer. */
const doors: Record<string, (sent: Sent, headers: Record<string, string>) => Promise<Outcome>> = {
  POST: (sent, headers) =>
    json(
      fetch(house.url, {
        method: "POST",
        headers: { ...headers, "content-type": "application/json" },
        body: JSON.stringify(sent),
      }),
    ),
  GET: (sent, headers) => json(fetch(`${house.url}?${search(sent)}`, { headers })),
  "the document route": ({ documentId, ...sent }, headers) =>
    json(fetch(`${house.url}${documentId === undefined ? "" : `/${String(documentId)}`}?${search(sent)}`, { headers })),
  "event streams": async (sent, headers) => {
    const answer = await fetch(`${house.url}?${search(sent)}`, {
      headers: { ...headers, accept: "text/event-stream" },
    });
    const text = await answer.text();
    const [, event] = /^data: (\{.*)$/m.exec(text) ?? [];
    return outcomeOf(JSON.parse(event ?? text) as object);
  },
  WebSocket: async (sent, headers) => {
    const raw = await openRawSocket(house.url);
    raw.send({ type: "connection_init", payload: headers });
    await raw.next();
    raw.send({ type: "subscribe", id: "1", payload: sent });
    const { type, payload } = await raw.next();
    raw.socket.close();
    return outcomeOf(type === "error" ? { errors: payload } : payload);
  },
};

test("a partner's registered document runs on every door, with the bundle's rows in the internal token (SE-04, SE-08)", async () => {
  const headers = await bearer("acme-3pl");
  for (const [door, send] of Object.entries(doors)) {
    const { data, code } = await send({ documentId: idOf(documents["who.graphql"]) }, headers);
    assert.equal(code, undefined, door);
    const { caller, authorization } = JSON.parse(data.whoAmI);
    assert.deepEqual(
      [caller.kind, caller.partner, caller.companies, caller.sites, authorization],
      ["PARTNER", "acme-3pl", ["EU03"], ["HAM4"], null],
    );
    assert.deepEqual(caller.rows, { kind: "third-party", customers: null, channels: null, items: null });
    const one = await send({ documentId: idOf(documents["return.graphql"]), variables: { id: "R1" } }, headers);
    assert.deepEqual(one.data, { return: { id: "R1", status: "REQUESTED" } }, door);
  }
});

test("a partner's own text is DOCUMENT_REQUIRED and an id that isn't its own DOCUMENT_UNKNOWN, on every door (SE-04)", async () => {
  const headers = await bearer("boltco");
  for (const [door, send] of Object.entries(doors)) {
    const refused = async (sent: Sent) => (await send(sent, headers)).code;
    assert.equal(await refused({ query: documents["who.graphql"] }), "DOCUMENT_REQUIRED", door);
    assert.equal(await refused({ documentId: idOf("{ list { id } }") }), "DOCUMENT_UNKNOWN", door);
    const persistedQuery = { version: 1, sha256Hash: idOf("{ list { id } }").slice(7) };
    assert.equal(await refused({ extensions: { persistedQuery } }), "DOCUMENT_UNKNOWN", door);
  }
});

test("what carries none of the contract's tags does not exist, not even for introspection (G-13)", async () => {
  const send = doors["POST"]!;
  const hidden = { documentId: idOf(documents["hidden.graphql"]) };
  const seenBy = async (partner: string) => {
    const { data } = await send(hidden, await bearer(partner));
    return [data.__type, data.__schema.queryType.fields.map(({ name }: { name: string }) => name)];
  };
  assert.deepEqual(await seenBy("acme-3pl"), [null, ["return", "whoAmI", "list"]]);
  assert.deepEqual(await seenBy("boltco"), [null, ["return", "whoAmI"]]);
});

test("a token's or key's missing scope is FORBIDDEN for the field that needs it, and nothing is done", async () => {
  const send = doors["POST"]!;
  const asked = { documentId: idOf(report) };
  const without = await send(asked, await bearer("acme-3pl", "returns:read"));
  assert.deepEqual([without.code, without.data], ["FORBIDDEN", { report: null }]);
  assert.equal((await send(asked, { "x-api-key": made.key })).code, "FORBIDDEN");
  assert.deepEqual((await send(asked, await bearer("acme-3pl"))).data, { report: { status: "SEEN" } });
});

test("a key lets in by header and by connection_init; with a bearer token beside it nobody is let in (G-11, G-16)", async () => {
  for (const [door, send] of Object.entries(doors)) {
    const { data } = await send({ documentId: idOf(documents["who.graphql"]) }, { "x-api-key": made.key });
    assert.equal(JSON.parse(data.whoAmI).caller.client, "partner:acme-3pl:scanner", door);
  }
  const both = { "x-api-key": made.key, ...(await bearer("acme-3pl")) };
  assert.equal((await doors["POST"]!({ documentId: "x" }, both)).code, "UNAUTHENTICATED");
});

test("pages of a partner's origins may ask with that partner's credentials, others' may not (G-11)", async () => {
  const ask = async (origin: string, partner: string) => {
    const headers = { origin, ...(await bearer(partner)) };
    const answer = await fetch(`${house.url}/${idOf(documents["who.graphql"])}`, { headers });
    return [answer.status, answer.headers.get("access-control-allow-origin")];
  };
  const [dock, shop] = [thirdParty.origins[0]!, customer.origins[0]!];
  assert.deepEqual(await ask(dock, "acme-3pl"), [200, dock]);
  assert.equal((await ask(shop, "acme-3pl"))[0], 403);
  assert.deepEqual(await ask("https://evil.example", "acme-3pl"), [403, null]);
  const preflight = (origin: string) => fetch(house.url, { method: "OPTIONS", headers: { origin } });
  assert.deepEqual([(await preflight(dock)).status, (await preflight("https://evil.example")).status], [204, 405]);
});

test("uses are counted by partner and document (PE-09)", async () => {
  const document = idOf(documents["return.graphql"]);
  const counted = new RegExp(`partner_documents_total\\{partner="boltco",document="${document}"\\} (\\d+)`);
  const count = async () => Number(counted.exec(await metrics.metrics())?.[1] ?? 0);
  const before = await count();
  await doors["GET"]!({ documentId: document, variables: { id: "R1" } }, await bearer("boltco"));
  assert.equal(await count(), before + 1);
});

test("a subscription ends when the bundle that let it in is replaced; a revoked key doesn't come back, and no key is in the log (SE-08, G-16)", async () => {
  const open = async () => {
    const raw = await openRawSocket(house.url);
    raw.send({ type: "connection_init", payload: { "x-api-key": made.key } });
    return raw;
  };
  await writeBundle(
    folder,
    "acme-3pl",
    { ...thirdParty, keys: [{ ...key, ...life, scopes: goodBundle.scopes }] },
    documents,
  );
  const headers = { "x-api-key": made.key };
  for (;;) {
    const { data } = await doors["POST"]!({ documentId: idOf(documents["who.graphql"]) }, headers);
    if (JSON.parse(data.whoAmI).caller.scope.includes("milestones:follow")) break;
  }
  const raw = await open();
  await raw.next();
  raw.send({ type: "subscribe", id: "1", payload: { documentId: idOf(documents["follow.graphql"]) } });
  assert.equal((await raw.next()).type, "next");
  const events = await fetch(`${house.url}/${idOf(documents["follow.graphql"])}`, {
    headers: { ...headers, accept: "text/event-stream" },
  });
  await writeBundle(
    folder,
    "acme-3pl",
    { ...thirdParty, keys: [{ ...key, ...life, revoked: "2026-02-01" }] },
    documents,
  );
  assert.deepEqual(await raw.closed(), { code: 4403, reason: "The partner's bundle has changed: come back" });
  const told = await events.text();
  assert.match(told, /bundle has changed: come back.*UNAUTHENTICATED/);
  assert.match((await (await open()).closed()).reason, /has been revoked/);
  assert.deepEqual([lines.join("").includes(made.key.slice(15)), told.includes(made.key)], [false, false]);
});
