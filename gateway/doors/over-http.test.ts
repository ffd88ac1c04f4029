import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Audit, serverAudits } from "graphql-http";
import { idOf, startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";

// GraphQL over HTTP, as graphql-http audits it: /graphql (through @apollo/server), and /graphql/<documentId> (the engine's own door). For the second one
// each audit's document is registered and its `query` replaced by the id: a string becomes the address, anything else the member documentId.

let house: TestGateway;
let authorization: string;

/** The documents that the audits send. */
const documents = [
  "{ __typename }",
  "{",
  "{ 8f31403dfe404bccbb0e835f2629c6a7 }",
  "mutation { __typename }",
  "query Query { __typename }",
  '{ __type(name: "Run🏃Swim🏊") { name } }',
  "query Type($name: String!) { __type(name: $name) { name } }",
  "query CoerceFailure($id: ID!){ __typename }",
];
before(async () => {
  house = await startTestGateway({ documents });
  authorization = `Bearer ${await house.tokenOf("ada")}`;
});
after(() => house.stop());

type Send = (address: string, init: RequestInit) => Promise<Response>;

const asCaller = ({ headers, ...init }: RequestInit = {}): RequestInit => ({
  ...init,
  headers: { ...(headers as Record<string, string>), authorization },
});
const plain: Send = (address, init) => fetch(address, asCaller(init));

const byId: Send = (address, init) => {
  const url = new URL(address);
  const inSearch = url.searchParams.get("query");
  const sent = readJson(init.body);
  if (inSearch !== null) {
    url.pathname += `/${idOf(inSearch)}`;
    url.searchParams.delete("query");
    return fetch(url, asCaller(init));
  }
  if (sent === undefined || !("query" in sent)) return fetch(url, asCaller(init));
  const { query, ...others } = sent;
  if (typeof query === "string") url.pathname += `/${idOf(query)}`;
  const body = JSON.stringify(typeof query === "string" ? others : { ...others, documentId: query });
  return fetch(url, asCaller({ ...init, body }));
};

function readJson(body: unknown): Record<string, unknown> | undefined {
  try {
    return typeof body === "string" ? JSON.parse(body) : undefined;
  } catch {
    return undefined;
  }
}

const auditsOf = (send: Send): Audit[] =>
  serverAudits({
    url: () => house.url,
    fetchFn: (address: string, init: RequestInit = {}) => send(address, init),
  });

for (const [door, send] of [
  ["/graphql", plain],
  ["/graphql/<documentId>", byId],
] as const) {
  const audits = auditsOf(send);
  test(`${door} is audited with all 61 audits`, () => assert.equal(audits.length, 61));
  for (const { id, name, fn } of audits)
    test(`${door} ${id} ${name}`, async () => {
      const result = await fn();
      const sent = result.status === "ok" ? "" : `${result.reason}: ${await result.response.clone().text()}`;
      assert.equal(result.status, "ok", sent);
    });
}
