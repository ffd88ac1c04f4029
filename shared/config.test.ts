import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMistakes, readConfig } from "./config.ts";

const mistakesOf = (env: Record<string, string>): readonly string[] => {
  try {
    readConfig(env);
  } catch (error) {
    assert.ok(error instanceof ConfigMistakes);
    return error.mistakes;
  }
  return [];
};

test("unset ports count from PORT, and 0 makes all of them free ones", () => {
  const config = readConfig({ PORT: "5000", METRICS_PORT: "9" });
  assert.deepEqual(
    [config.port, config.intakePort, config.issuerPort, config.metricsPort, config.subgraphsPort, config.sandboxPort],
    [5000, 5001, 5003, 9, 5020, 5100],
  );
  assert.equal(config.intakeUrl, "http://127.0.0.1:5001");
  assert.equal(config.subgraphUrls.inventory, "http://127.0.0.1:5022/graphql");
  const free = readConfig({ PORT: "0" });
  assert.deepEqual([free.port, free.intakePort, free.sandboxPort, free.intakeUrl], [0, 0, 0, undefined]);
});

test("every mistake is named at once, in a sentence each", () => {
  assert.deepEqual(
    mistakesOf({ PORT: "80000", INSTALLATION: "bh", LOG_LEVEL: "loud", SUBGRAPH_URL_ORDERS: "orders" }),
    [
      'PORT: "80000" is not a port; give a whole number from 0 to 65535.',
      'INSTALLATION: "bh" must be 2 to 6 of A-Z and 0-9.',
      'LOG_LEVEL: "loud" must be trace, debug, info, warn or error.',
      'SUBGRAPH_URL_ORDERS: "orders" is not an http address.',
    ],
  );
});

test("a secret is not repeated in the sentence that refuses it", () => {
  assert.deepEqual(mistakesOf({ CURSOR_SECRET: "c2hvcnQ=", DATABASE_URL: "mysql://u:p@h/d" }), [
    "DATABASE_URL: the value is not a postgres:// address.",
    "CURSOR_SECRET: the value is not base64 of 32 bytes or more.",
  ]);
});

test("REDIS_URL is one server, or a Cluster by some of its nodes; what is wrong with it is said without its password", () => {
  const right = [
    "redis://127.0.0.1:6379/2",
    "rediss://user:p%40ss@redis.example",
    "redis://a:1,redis://b:2, redis://c",
    "redis+cluster://one.example:7000",
    "rediss+cluster://:secret@[::1]:7000,rediss+cluster://:secret@[::2]:7000",
  ];
  for (const text of right) assert.equal(readConfig({ REDIS_URL: text }).redisUrl, text);
  const mistakes = [
    ["localhost:6379", "is not a redis:// address, nor several of a Cluster with commas between"],
    ["redis://a:1,b:2", "has an address that is not redis:// (number 2 of 2)"],
    ["redis://a:1,redis://b:2,", "has an address that is not redis:// (number 3 of 3)"],
    [
      "redis://:one@a,redis://:two@b",
      "has addresses that differ in scheme, user or password; those of a Cluster must agree",
    ],
    ["redis://a,rediss://b", "has addresses that differ in scheme, user or password; those of a Cluster must agree"],
    ["redis://a/1,redis://b/1", "asks for a numbered database; a Cluster has only 0, so leave the number out"],
  ];
  for (const [text = "", sentence] of mistakes)
    assert.deepEqual(mistakesOf({ REDIS_URL: text }), [`REDIS_URL: the value ${sentence}.`]);
});

test("an unknown setting is answered with the one that was meant; other programs' variables are none of ours", () => {
  assert.deepEqual(mistakesOf({ INTAKE_PROT: "1", SANDBOX_PORTS: "1", SUBGRAPH_URL_LABELS: "http://a" }), [
    "INTAKE_PROT: unknown setting. Did you mean INTAKE_PORT?",
    "SANDBOX_PORTS: unknown setting. Did you mean SANDBOX_PORT?",
    "SUBGRAPH_URL_LABELS: unknown setting. Known: SUBGRAPH_URL_RETURNS, SUBGRAPH_URL_ORDERS, SUBGRAPH_URL_INVENTORY, SUBGRAPH_URL_CREDITS, SUBGRAPH_URL_CASES, SUBGRAPH_URL_OPERATIONS.",
  ]);
  assert.deepEqual(mistakesOf({ PATH: "/bin", HOSTS: "x", EDITOR: "vi", SPORT: "golf" }), []);
});

test("an empty variable is an unset one, overrides win, and internals are settings (W-30)", () => {
  assert.equal(readConfig({ PORT: "" }, { host: "::1" }).port, 4000);
  assert.equal(readConfig({}, { host: "::1" }).host, "::1");
  assert.equal(readConfig({ BACKHAUL_INTERNALS: '{"leaseMs":500}' }).internals.leaseMs, 500);
  assert.equal(mistakesOf({ BACKHAUL_INTERNALS: '{"leasems":500}' }).length, 1);
  assert.equal(readConfig({ BC_CLIENT_ID: "abc" }).secret("BC_CLIENT_ID"), "abc");
});
