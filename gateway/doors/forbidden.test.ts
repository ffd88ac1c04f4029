import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { type Ask, everyDoor } from "../../test/gateway/every-door.ts";
import { type Answer, idOf, startTestGateway, type TestGateway } from "../../test/gateway/start-test-gateway.ts";

// One list of forbidden requests through every door: the same code and the same sentence, whichever way a request comes.

const nested = (levels: number) => `{ return(id: "R1") ${"{ parent ".repeat(levels)}{ id }${" }".repeat(levels)} }`;
const oneReturn = "query ($id: ID!) { return(id: $id) { id status } }";

type Forbidden = {
  readonly name: string;
  readonly ask: Omit<Ask, "token">;
  /** Whose token; Ada's in service unless said otherwise. */
  readonly token?: () => Promise<string | undefined>;
  readonly expected: { code?: string; message?: RegExp; data?: unknown };
  /** Not sent by GET, which runs queries only. */
  readonly isMutation?: boolean;
};

const list: readonly Forbidden[] = [
  {
    name: "no token",
    ask: { query: "{ whoAmI }" },
    token: async () => undefined,
    expected: { code: "UNAUTHENTICATED", message: /bearer token is missing/ },
  },
  {
    name: "a token that is none",
    ask: { query: "{ whoAmI }" },
    token: async () => "a.b.c",
    expected: { code: "UNAUTHENTICATED", message: /not a signed JWT/ },
  },
  {
    name: "a field for another role",
    ask: { query: "{ supervisors }" },
    expected: { code: "FORBIDDEN", data: { supervisors: null } },
  },
  {
    name: "a mutation for another role",
    ask: { query: 'mutation { promote(id: "R1") { id } }' },
    expected: { code: "FORBIDDEN", data: { promote: null } },
    isMutation: true,
  },
  {
    name: "a document that nobody registered",
    ask: { query: "", documentId: idOf("{ nobody registered this }") },
    expected: { code: "DOCUMENT_UNKNOWN", message: /There is no trusted document sha256:[0-9a-f]{64}\./ },
  },
  {
    name: "a document of 25 levels",
    ask: { query: nested(25) },
    expected: { code: "TOO_COSTLY", message: /costs 27 levels; this caller may spend 20 levels/ },
  },
  {
    name: "a document of 200 levels",
    ask: { query: nested(200) },
    expected: { code: "TOO_COSTLY", message: /costs 51 brackets in each other/ },
  },
  {
    name: "introspection where it is off",
    ask: { query: "{ __schema { types { name } } }" },
    expected: { code: "FORBIDDEN", message: /Introspection is switched off/ },
  },
  {
    name: "a return of another company",
    ask: { query: oneReturn, variables: { id: "foreign" } },
    expected: { data: { return: null } },
  },
  { name: "a forged id", ask: { query: oneReturn, variables: { id: "forged" } }, expected: { data: { return: null } } },
  {
    name: "a field that is nearly one, of a schema that is hidden,",
    ask: { query: "{ supervisor }" },
    expected: { code: "GRAPHQL_VALIDATION_FAILED", message: /^Cannot query field "supervisor" on type "Query"\.$/ },
  },
  {
    name: "variables of the wrong type",
    ask: { query: oneReturn, variables: { id: { not: "an id" } } },
    expected: { code: "BAD_USER_INPUT", message: /"\$id" got invalid value/ },
  },
];

let house: TestGateway;
before(async () => {
  house = await startTestGateway({
    config: { introspection: false },
    documents: list.map(({ ask }) => ask.query),
  });
});
after(() => house.stop());

const briefly = ({ data, errors }: Answer) => ({
  data: data ?? null,
  errors: errors?.map(({ message, extensions: { code } }) => ({ message, code })) ?? [],
});

for (const { name, ask, token, expected, isMutation = false } of list)
  test(`${name} is refused the same way on every door`, async () => {
    const asked = { ...ask, token: token ? await token() : await house.tokenOf("ada") };
    const doors = Object.entries(everyDoor).filter(([door]) => !isMutation || !door.startsWith("GET"));
    const calls = house.stub.returns.headers.length;
    const answers = await Promise.all(
      doors.map(async ([door, send]) => ({ door, ...briefly(await send(house.url, asked)) })),
    );
    for (const { door, data, errors } of answers) {
      assert.deepEqual(data, expected.data ?? null, door);
      assert.equal(errors[0]?.code, expected.code, door);
      if (expected.message) assert.match(String(errors[0]?.message), expected.message, door);
      assert.deepEqual(errors, answers[0]?.errors, door);
    }
    if (expected.data === undefined) assert.equal(house.stub.returns.headers.length, calls, "no subgraph is asked");
  });

test("a mutation for the right role runs on every door that takes mutations", async () => {
  const token = await house.tokenOf("sam");
  for (const [door, send] of Object.entries(everyDoor)) {
    if (door.startsWith("GET")) continue;
    const { data } = await send(house.url, { query: 'mutation { promote(id: "R1") { id } }', token });
    assert.deepEqual(data, { promote: { id: "R1" } }, door);
  }
});

test("a mutation by GET is refused on every door that takes GET, registered or not", async () => {
  const token = await house.tokenOf("sam");
  for (const [door, send] of Object.entries(everyDoor)) {
    if (!door.startsWith("GET")) continue;
    const { data, errors } = await send(house.url, { query: 'mutation { promote(id: "R1") { id } }', token });
    assert.deepEqual(
      [data, errors?.map(({ extensions }) => extensions["code"])],
      [undefined, ["BAD_USER_INPUT"]],
      door,
    );
    assert.match(String(errors?.[0]?.message), /GET requests only support query operations/, door);
  }
});
