import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import fc from "fast-check";
import { openRawSocket } from "../../test/gateway/raw-socket.ts";
import { type Answer, startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";
import { scanDocument } from "../plugins/scan-document.ts";
import { chooseMediaType } from "./accept.ts";
import { isMalformed } from "./answers.ts";
import { readParameters, readSearchParameters } from "./parameters.ts";

// Whatever comes, what comes back is an answer or a coded refusal, never a fault of ours.

let house: TestGateway;
before(async () => {
  house = await startTestGateway({ documents: ["{ whoAmI }"] });
});
after(() => house.stop());

/** The result of a deed that may refuse a request and may do nothing else. */
function orRefused<Result>(deed: () => Result): Result | undefined {
  try {
    return deed();
  } catch (error) {
    if (!isMalformed(error)) throw error;
    return undefined;
  }
}

const names = fc.constantFrom(
  "query",
  "documentId",
  "operationName",
  "variables",
  "extensions",
  "__proto__",
  "toString",
);
const values = fc.oneof(
  fc.constantFrom<unknown>("{ whoAmI }", "{ __typename }", "mutation { x }", "", null, {}, [], 1e300, {
    persistedQuery: {},
  }),
  fc.jsonValue(),
);
const bodies = fc.oneof(
  fc.jsonValue(),
  fc.array(fc.tuple(names, values), { maxLength: 5 }).map((entries) => Object.fromEntries(entries)),
);
const pieces = [
  "{",
  "}",
  "(",
  ")",
  "[",
  "]",
  ":",
  "...",
  "@",
  "$",
  '"',
  "on",
  "query",
  "fragment",
  "a",
  "__schema",
  "1",
  "#",
  "\n",
];
const documents = fc.oneof(
  fc.string(),
  fc.array(fc.constantFrom(...pieces), { maxLength: 60 }).map((parts) => parts.join(" ")),
);

test("parameters of any form are read or refused", () => {
  fc.assert(
    fc.property(bodies, (body) => void orRefused(() => readParameters(body))),
    { numRuns: 300 },
  );
  const search = fc.array(fc.tuple(names, fc.string()), { maxLength: 4 });
  fc.assert(
    fc.property(search, (entries) => void orRefused(() => readSearchParameters(new URLSearchParams(entries)))),
    { numRuns: 200 },
  );
});

test("any Accept is one of our types or 406", () => {
  const parts = fc.constantFrom(
    "*/*",
    "text/*",
    "application/json",
    "text/event-stream",
    ";q=",
    "0.5",
    "0",
    ",",
    ";",
    "charset=",
    "utf-8",
  );
  const headers = fc.oneof(
    fc.string(),
    fc.array(parts, { maxLength: 12 }).map((each) => each.join("")),
  );
  fc.assert(
    fc.property(headers, (header) => void orRefused(() => chooseMediaType(header))),
    { numRuns: 300 },
  );
});

test("any text is scanned, or is TOO_COSTLY", () => {
  const check = (text: string) => {
    try {
      scanDocument(text);
    } catch (error) {
      assert.equal((error as Answer["errors"] & { extensions: { code: string } }).extensions.code, "TOO_COSTLY");
    }
  };
  fc.assert(fc.property(documents, check), { numRuns: 300 });
});

test("over HTTP no body, document or address makes a 5xx, and every refusal has a code", async () => {
  const authorization = `Bearer ${await house.tokenOf("ada")}`;
  const accepts = fc.constantFrom("application/json", "application/graphql-response+json", "text/event-stream", "*/*");
  const ids = fc.constantFrom("", "/4711", "/%", "/a:b", "/sha256:", "//", "/..%2f");
  const check = async (sent: unknown, accept: string, id: string) => {
    const body = typeof sent === "string" ? JSON.stringify({ query: sent }) : JSON.stringify(sent ?? null);
    const headers = { authorization, accept, "content-type": "application/json" };
    const response = await fetch(house.url + id, { method: "POST", headers, body });
    const text = await response.text();
    assert.ok(response.status < 500, `${response.status} for ${body}: ${text}`);
    if (response.status >= 400 && response.status !== 404)
      assert.match(String((JSON.parse(text) as Answer).errors?.[0]?.extensions["code"]), /^[A-Z_]+$/);
  };
  await fc.assert(fc.asyncProperty(fc.oneof(bodies, documents), accepts, ids, check), { numRuns: 100 });
});

test("over a WebSocket no payload of a subscribe ends the socket", async () => {
  const raw = await openRawSocket(house.url);
  raw.send({ type: "connection_init", payload: { authorization: `Bearer ${await house.tokenOf("ada")}` } });
  assert.equal((await raw.next()).type, "connection_ack");
  let count = 0;
  const check = async (payload: unknown) => {
    const id = `${(count += 1)}`;
    raw.send({ type: "subscribe", id, payload });
    const { id: answered, type, payload: answer } = await raw.next();
    assert.deepEqual([answered, ["next", "error"].includes(type)], [id, true]);
    if (type === "error") return assert.match(answer[0].extensions.code, /^[A-Z_]+$/);
    assert.equal((await raw.next()).type, "complete");
  };
  await fc.assert(fc.asyncProperty(bodies, check), { numRuns: 150 });
  raw.socket.close();
});
