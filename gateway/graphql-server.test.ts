import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { context, engineOf } from "../test/gateway/engine-of.ts";
import { type GraphQLServer, startGraphQLServer } from "./graphql-server.ts";
import { createSilentLog } from "#shared/log.ts";

const { engine, supergraph } = engineOf({
  a: { sdl: `type Query { me: String no: String! }`, resolvers: { Query: { me: () => "ada" } } },
});
let server: GraphQLServer;
before(async () => {
  server = await startGraphQLServer({
    lifeCycleSdl: supergraph.lifeCycleSdl,
    engineFor: () => engine,
    onUpdate: () => () => undefined,
    log: createSilentLog(),
  });
});
after(() => server.stop());

const ask = async (query: string, variables: Record<string, unknown> = {}) => {
  const { body } = await server.executeOperation({ query, variables }, { contextValue: context });
  if (body.kind !== "single") throw new Error("one answer was expected");
  const { data, errors } = body.singleResult;
  return {
    data: data && JSON.parse(JSON.stringify(data)),
    codes: errors?.map(({ extensions }) => extensions?.["code"]),
  };
};

test("@apollo/server answers with what the engine executed, as an object for whoever looks (G-09)", async () => {
  assert.deepEqual(await ask("{ me }"), { data: { me: "ada" }, codes: undefined });
  assert.deepEqual(await ask("{ me no }"), { data: null, codes: ["INTERNAL_SERVER_ERROR"] });
  assert.deepEqual(await ask("query ($x: Boolean!) { me @skip(if: $x) }", { x: "y" }), {
    data: undefined,
    codes: ["BAD_USER_INPUT"],
  });
});
