import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { startTestGateway, type TestGateway } from "../test/gateway/start-test-gateway.ts";

const query = "{ whoAmI supervisors }";
let lenient: TestGateway;
let strict: TestGateway;
before(async () => {
  lenient = await startTestGateway();
  strict = await startTestGateway({ config: { refusedFields: "operation" } });
});
after(() => Promise.all([lenient.stop(), strict.stop()]));

type Said = { data?: unknown; errors?: readonly { path?: unknown; extensions: Record<string, unknown> }[] };
const shown = ({ data, errors = [] }: Said) => [data, errors.map(({ path, extensions }) => [path, extensions["code"]])];

/** The same question over @apollo/server and over a socket. */
async function bothDoors(house: TestGateway): Promise<unknown[][]> {
  const socket = await house.socket();
  const answers: Said[] = [await house.query(query)];
  try {
    answers.push((await socket.iterate({ query }).next()).value as Said);
  } catch (errors) {
    answers.push({ errors: errors as NonNullable<Said["errors"]> });
  }
  return answers.map(shown);
}

test("a refused field is null with FORBIDDEN at its path, and the rest is answered, on every door", async () => {
  for (const [data, errors] of await bothDoors(lenient)) {
    const { whoAmI, supervisors } = data as Record<string, unknown>;
    assert.match(String(whoAmI), /ada/);
    assert.deepEqual([supervisors, errors], [null, [[["supervisors"], "FORBIDDEN"]]]);
  }
});

test("by setting the whole operation is refused, and no subgraph is asked", async () => {
  const asked = strict.stub.returns.callers.http.length;
  for (const [data, errors] of await bothDoors(strict)) {
    assert.ok(data === undefined || data === null);
    assert.deepEqual(
      (errors as unknown[][]).map(([, code]) => code),
      ["FORBIDDEN"],
    );
  }
  assert.equal(strict.stub.returns.callers.http.length, asked);
  assert.equal((await strict.query("{ whoAmI }")).errors, undefined);
});
