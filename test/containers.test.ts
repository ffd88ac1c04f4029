import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { parse } from "yaml";
import { readConfig, subgraphNames } from "#shared/config.ts";
import { readArguments, roles } from "#tools/start/arguments.ts";
import { credentialNames } from "#tools/start/kept.ts";

interface Service {
  image: string;
  command: string[];
  environment?: Record<string, string | number>;
  ports?: string[];
  network_mode?: string;
  depends_on?: string[] | Record<string, unknown>;
}

const root = path.resolve(import.meta.dirname, "..");
const read = (file: string) => readFileSync(path.join(root, file), "utf8");
const { services } = parse(read("docker-compose.yml"), { merge: true }) as { services: Record<string, Service> };
const given = { ...secretsOf(), OIDC_ISSUER: "https://login.example.com" };

function secretsOf(): Record<string, string> {
  const { stdout } = spawnSync(process.execPath, [path.join(root, "tools/secrets.ts")], { encoding: "utf8" });
  const lines = stdout
    .trim()
    .split("\n")
    .map((line) => /^(\w+)='(.*)'$/.exec(line) ?? []);
  return Object.fromEntries(lines.map(([, name, value]) => [name, value]));
}

/** What docker compose does with `${NAME:?message}` and `${NAME:-default}`. */
function environmentOf(role: string): Record<string, string> {
  const fill = (text: string) =>
    text.replace(/\$\{(\w+):([?-])([^}]*)\}/g, (_, name: string, kind: string, rest: string) => {
      const value = (given as Record<string, string>)[name];
      assert.ok(value !== undefined || kind === "-", `${role} needs ${name}`);
      return value ?? rest;
    });
  const { environment = {} } = services[role] ?? {};
  return Object.fromEntries(Object.entries(environment).map(([name, value]) => [name, fill(String(value))]));
}
const configOf = (role: string) => readConfig(environmentOf(role));

test("every role is one container of the one image, and its command is a role", () => {
  for (const role of roles) {
    assert.equal(services[role]?.image, "backhaul", role);
    assert.deepEqual(readArguments(services[role].command).roles, [role]);
  }
  assert.deepEqual(Object.keys(services).toSorted(), [...roles, "postgres", "redis"].toSorted());
});

test("with what `npm run secrets` prints, the settings of every container are good", () => {
  for (const role of roles) assert.doesNotThrow(() => configOf(role), role);
  assert.ok(configOf("gateway").internalKey && configOf("subgraphs").internalPublicKeys);
});

test("the gateway finds intake and subgraphs where they listen", () => {
  const { intakeUrl, subgraphUrls } = configOf("gateway");
  const { subgraphsPort } = configOf("subgraphs");
  assert.equal(intakeUrl, `http://worker:${configOf("worker").intakePort}`);
  assert.equal(services.subgraphs?.network_mode, "service:worker");
  for (const [index, name] of subgraphNames.entries())
    assert.equal(subgraphUrls[name], `http://worker:${subgraphsPort + index}/graphql`);
});

test("published ports are those of the settings, and no two processes of one network share one", () => {
  const { port, metricsPort } = configOf("gateway");
  assert.deepEqual(services.gateway?.ports, [`${port}:${port}`, `${metricsPort}:${metricsPort}`]);
  const together = ["worker", "subgraphs", "sandbox"].map((role) => configOf(role).metricsPort);
  assert.equal(new Set(together).size, 3);
});

test("the sandbox stays on loopback (G-17), and all that calls systems shares its network and credentials", () => {
  assert.equal(configOf("sandbox").host, "127.0.0.1");
  assert.equal(services.sandbox?.network_mode, "service:worker");
  for (const name of credentialNames)
    for (const role of ["worker", "subgraphs", "sandbox"]) assert.ok(configOf(role).secret(name), `${role} ${name}`);
});

test("images are official, and the image starts our start.ts on Node 24", () => {
  assert.match(String(services.postgres?.image), /^postgres:\d+$/);
  assert.match(String(services.redis?.image), /^redis:\d+$/);
  const dockerfile = read("Dockerfile");
  assert.match(dockerfile, /^FROM node:24/m);
  assert.match(dockerfile, /^ENTRYPOINT \["node", "start.ts"\]$/m);
});
