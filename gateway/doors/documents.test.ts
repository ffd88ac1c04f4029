import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { createCaller } from "#shared/caller.ts";
import { type Answer, idOf, startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";
import { scanDocument } from "../plugins/scan-document.ts";
import { createResolveDocument } from "./documents.ts";
import { readParameters } from "./parameters.ts";
import { createSentDocuments, sha256 } from "./sent-documents.ts";

// Persisted documents as GraphQL over HTTP's appendix A has them, and Apollo's automatic ones.

const one = "query One($id: ID!) { return(id: $id) { id status } }";
const write = 'mutation { setStatus(id: "R9", status: "OPEN") { status } }';
let house: TestGateway;
before(async () => {
  house = await startTestGateway({ documents: [one, write] });
});
after(() => house.stop());

const get = async (path: string, headers: Record<string, string> = {}) =>
  fetch(house.url + path, { headers: { authorization: `Bearer ${await house.tokenOf("ada")}`, ...headers } });
const read = async (response: Response) => ({ status: response.status, ...((await response.json()) as Answer) });
const codes = ({ errors }: Answer) => errors?.map(({ extensions }) => extensions["code"]);
const search = new URLSearchParams({ documentId: idOf(one), variables: '{"id":"R1"}' });

test("a registered document is asked for in the address, in the parameters and in the body, by GET and POST", async () => {
  const variables = { id: "R1" };
  const answers = await Promise.all([
    get(`/${idOf(one)}?variables=${encodeURIComponent('{"id":"R1"}')}`),
    get(`/${encodeURIComponent(idOf(one))}?variables=${encodeURIComponent('{"id":"R1"}')}`),
    get(`?${search}`),
    get(`?${search}&operationName=`),
    house.post({ documentId: idOf(one), variables }),
    house.post({ documentId: idOf(one), variables, operationName: "One" }),
  ]);
  for (const answer of answers)
    assert.deepEqual(await read(answer), { status: 200, data: { return: { id: "R1", status: "REQUESTED" } } });
});

test("its answers are private, name their correlation id, and say errors like any other (G-16)", async () => {
  const answer = await get(`/${idOf(one)}?variables=%7B%7D`, { "x-correlation-id": "case-4711" });
  const { headers } = answer;
  assert.deepEqual(
    [headers.get("cache-control"), headers.get("x-correlation-id"), headers.get("content-type")],
    ["private, no-store", "case-4711", "application/json; charset=utf-8"],
  );
  assert.match(String(headers.get("vary")), /Authorization/);
  const same = await house.post({ query: "{ whoAmI }" });
  for (const name of ["cache-control", "vary", "x-content-type-options"])
    assert.equal(same.headers.get(name), headers.get(name));
  const { errors } = (await answer.json()) as Answer;
  assert.deepEqual(errors?.[0]?.extensions, { code: "BAD_USER_INPUT", correlationId: "case-4711", retryable: false });
});

test("an unknown id is a well-formed answer with one error; 400 for those who ask for application/graphql-response+json", async () => {
  for (const id of [idOf("{ nobody }"), "4711", "x-relay:4711"]) {
    const plain = await read(await get(`/${id}`));
    assert.deepEqual([plain.status, "data" in plain, codes(plain)], [200, false, ["DOCUMENT_UNKNOWN"]]);
    assert.equal(plain.errors?.[0]?.extensions["documentId"], id);
    const asked = await get(`/${id}`, { accept: "application/graphql-response+json" });
    assert.equal(asked.status, 400);
    assert.match(String(asked.headers.get("content-type")), /^application\/graphql-response\+json/);
  }
});

test("an id that can't be one is no request: sha256 without 64 digits, a colon in a custom id, too long, two at once", async () => {
  const other = idOf(write);
  for (const path of ["/sha256:abc", `/${idOf(one).toUpperCase()}`, "/a:b", `/${"a".repeat(257)}`, "/%E0%A4", "/a%20b"])
    assert.equal((await get(path)).status, 400, path);
  assert.equal((await get(`/${idOf(one)}?documentId=${other}`)).status, 400);
  assert.equal((await get(`?documentId=${other}&documentId=${other}`)).status, 400);
  assert.equal((await house.post({ documentId: idOf(one), query: one })).status, 400);
  assert.equal((await house.post({ documentId: 4711 })).status, 400);
});

test("a registered mutation by GET is 405 and says that POST is allowed; by POST it runs", async () => {
  const refused = await get(`/${idOf(write)}`);
  assert.deepEqual([refused.status, refused.headers.get("allow")], [405, "POST"]);
  const done = await read(await house.post({ documentId: idOf(write) }));
  assert.deepEqual(done.data, { setStatus: { status: "OPEN" } });
});

test("POST to a document's address needs no body, and takes variables in one", async () => {
  const authorization = `Bearer ${await house.tokenOf("ada")}`;
  const bare = await fetch(`${house.url}/${idOf(write)}`, { method: "POST", headers: { authorization } });
  assert.deepEqual(((await bare.json()) as Answer).data, { setStatus: { status: "OPEN" } });
});

test("a query may be sent by its hash once it was sent whole (APQ), on every door", async () => {
  const query = "{ whoAmI }";
  const extensions = { persistedQuery: { version: 1, sha256Hash: sha256(query) } };
  const unknown = await read(await house.post({ extensions }));
  assert.deepEqual(
    [unknown.errors?.[0]?.message, codes(unknown)],
    ["PersistedQueryNotFound", ["PERSISTED_QUERY_NOT_FOUND"]],
  );
  assert.match(JSON.stringify((await read(await house.post({ query, extensions }))).data), /ada/);
  assert.match(JSON.stringify((await read(await house.post({ extensions }))).data), /ada/);
  const byGet = await get(`?extensions=${encodeURIComponent(JSON.stringify(extensions))}`);
  assert.match(JSON.stringify((await read(byGet)).data), /ada/);
  const client = await house.socket();
  const { value } = await client.iterate({ query: "", extensions }).next();
  assert.match(JSON.stringify(value), /ada/);
});

test("a hash that is not the document's is refused, and one of a manifest is found among the registered documents", async () => {
  const wrong = { persistedQuery: { version: 1, sha256Hash: sha256("{ other }") } };
  assert.equal((await house.post({ query: "{ whoAmI }", extensions: wrong })).status, 400);
  assert.equal((await house.post({ extensions: { persistedQuery: { version: 2, sha256Hash: "x" } } })).status, 400);
  const ofManifest = { persistedQuery: { version: 1, sha256Hash: idOf(one) } };
  const answer = await read(await house.post({ extensions: ofManifest, variables: { id: "R1" } }));
  assert.equal(answer.data?.["return"].id, "R1");
});

test("over a WebSocket a document is asked for by documentId in the payload or its extensions; an unknown one costs its own id only", async () => {
  const client = await house.socket();
  const variables = { id: "R1" };
  for (const sent of [{ documentId: idOf(one) }, { extensions: { documentId: idOf(one) } }]) {
    const { value } = await client.iterate({ ...sent, query: "", variables }).next();
    assert.equal((value?.data as Answer["data"])?.["return"].id, "R1");
  }
  const refused = client.iterate({ documentId: "nobody", query: "" } as never).next();
  await assert.rejects(refused, (errors: unknown) => codes({ errors } as Answer)?.[0] === "DOCUMENT_UNKNOWN");
});

test("a partner may name registered documents only: DOCUMENT_REQUIRED for a text, DOCUMENT_UNKNOWN for a hash that isn't its own (SE-04)", () => {
  const sent = createSentDocuments();
  const registry = { find: (_: unknown, id: string) => (id === "own" ? { source: one } : undefined) };
  const resolve = createResolveDocument({ registry, sent, scan: scanDocument, introspection: true });
  const known = { roles: [], companies: [], sites: null, scope: [], rows: null, name: null, client: "c", id: "c" };
  const partner = createCaller({ ...known, kind: "PARTNER", partner: "boltco" });
  const person = createCaller({ ...known, kind: "PERSON", partner: null });
  const extensions = { persistedQuery: { version: 1, sha256Hash: sha256("{ whoAmI }") } };
  const ask = (body: object, caller = partner) => resolve(readParameters(body), caller);
  assert.equal(ask({ documentId: "own" }).source, one);
  assert.throws(() => ask({ query: "{ whoAmI }" }), { code: "DOCUMENT_REQUIRED" });
  assert.throws(() => ask({}), { code: "DOCUMENT_REQUIRED" });
  assert.throws(() => ask({ query: "{ whoAmI }", extensions }), { code: "DOCUMENT_REQUIRED" });
  assert.equal(ask({ query: "{ whoAmI }", extensions }, person).source, "{ whoAmI }");
  assert.equal(ask({ extensions }, person).source, "{ whoAmI }");
  assert.throws(() => ask({ extensions }), { code: "DOCUMENT_UNKNOWN" });
});
