import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { ConfigMistakes } from "#shared/config.ts";
import { sandboxAddress, sandboxServers } from "#shared/sandbox-address.ts";
import { parseSystems, type FileOptions } from "./systems-file.ts";
import { catalogue } from "./systems.ts";

const shipped = readFileSync(path.resolve(import.meta.dirname, "../systems.yml"), "utf8");
const set: Record<string, string> = {
  BC_CLIENT_ID: "id",
  BC_CLIENT_SECRET: "secret",
  BC_WEBHOOK_STATE: "state",
  WMS_TOKEN: "token",
  WMS_WEBHOOK_SECRET: "whsec_c2VjcmV0",
  SF_CONSUMER_KEY: "app",
  SF_USERNAME: "user",
  SF_PRIVATE_KEY: "key",
  EASYPOST_API_KEY: "key",
  EASYPOST_WEBHOOK_SECRET: "secret",
  SMTP_USER: "user",
  SMTP_PASSWORD: "password",
};
const options: FileOptions = {
  catalogue,
  secret: (name) => set[name],
  sandboxUrl: (server) => sandboxAddress(server, 4100),
  sandboxServers,
};

const mistakesOf = (text: string, more: Partial<FileOptions> = {}): readonly string[] => {
  try {
    parseSystems(text, "systems.yml", { ...options, ...more });
  } catch (error) {
    assert.ok(error instanceof ConfigMistakes, String(error));
    return error.mistakes;
  }
  return [];
};
/** Line and sentence of the first mistake after a change of what is shipped. */
const after = (from: string | RegExp, to: string, more: Partial<FileOptions> = {}) => {
  const text = shipped.replace(from, to);
  assert.notEqual(text, shipped);
  return mistakesOf(text, more).map((mistake) => mistake.replace(/^systems\.yml:\d+ /, ""));
};

test("what is shipped is valid: three ERPs, one of them without the partner's pages, four warehouses, a CRM for each company, a carrier and a mail server for two, on the sandbox (D-02)", () => {
  const entries = parseSystems(shipped, "systems.yml", options);
  assert.deepEqual(
    entries.map(({ name, kind, serves }) => [name, kind, serves[0]]),
    [
      ["erp-us01", "erp", "US01"],
      ["erp-ca02", "erp", "CA02"],
      ["erp-eu03", "erp", "EU03"],
      ["wms-chi1", "wms", "CHI1"],
      ["wms-dal2", "wms", "DAL2"],
      ["wms-tor3", "wms", "TOR3"],
      ["wms-ham4", "wms", "HAM4"],
      ["crm-us01", "crm", "US01"],
      ["crm-ca02", "crm", "CA02"],
      ["crm-eu03", "crm", "EU03"],
      ["easypost", "carrier", "US01"],
      ["smtp", "mail", "US01"],
    ],
  );
  const [us01, ca02, , chi1] = entries;
  assert.deepEqual(
    [us01!.address, chi1!.address, us01!.mode, ca02!.mode, chi1!.auth, us01!.settleMs],
    ["http://127.0.0.1:4100", "http://127.0.0.1:4101", "return-order", "credit-memo-only", "bearer", 600_000],
  );
  assert.equal(
    (us01!.settings as { tokenUrl: string }).tokenUrl,
    "http://127.0.0.1:4100/7d1f0c52-5f0e-4a57-9d0b-6a1f4c3e2b10/oauth2/v2.0/token",
  );
  assert.deepEqual(
    [us01!.secrets["clientSecret"], chi1!.secrets],
    ["secret", { token: "token", webhookSecret: "whsec_c2VjcmV0" }],
  );
});

test("all mistakes are said at once, each with its line", () => {
  const text = `version: 1
defaults:
  json:
    limits: { concurrency: 8, requestsPerMinute: 500, deadlineMs: 10000 }
    credentials: { token: { env: WMS_TOKEN }, webhookSecret: { env: NOT_SET } }
systems:
  wms-chi1: { kind: wms, vendor: jsn, sites: [CHI1], address: "sandbox:wms-chi1" }
  wms-dal2:
    kind: wms
    vendor: json
    sites: [DAL2]
    adress: sandbox:wms-dal2
  wms-tor3: { kind: wms, vendor: json, sites: [DAL2], address: "sandbox:wms-tor9" }
`;
  assert.deepEqual(mistakesOf(text), [
    "systems.yml:5 defaults.json.credentials.webhookSecret: environment variable NOT_SET is not set.",
    'systems.yml:7 systems.wms-chi1.vendor: "jsn" is not a vendor of kind wms. Known: json.',
    "systems.yml:8 systems.wms-dal2.address: is missing.",
    'systems.yml:12 systems.wms-dal2.adress: unknown setting. Did you mean "address"?',
    'systems.yml:13 systems.wms-tor3.address: "sandbox:wms-tor9" is no server of the sandbox. Known: business-central, wms-chi1, wms-dal2, wms-tor3, wms-ham4, salesforce, easypost, smtp.',
  ]);
});

test("a company or site is served once, and a system serves exactly one", () => {
  assert.deepEqual(after("sites: [DAL2]", "sites: [CHI1]"), [
    "systems.wms-dal2.sites: CHI1 is already served by wms-chi1.",
  ]);
  assert.deepEqual(after("companies: [EU03]", "companies: [US01]"), [
    "systems.erp-eu03.companies: US01 is already served by erp-us01.",
  ]);
  assert.deepEqual(after("sites: [DAL2]", "sites: [DAL2, DAL3]"), [
    "systems.wms-dal2.sites: json serves exactly one of the sites; name it.",
  ]);
  assert.deepEqual(after("sites: [DAL2]", "companies: [US01]"), [
    "systems.wms-dal2.sites: json serves exactly one of the sites; name it.",
    "systems.wms-dal2.companies: a system of kind wms serves sites.",
  ]);
});

test("a secret is never written into the file, and one that is not set is named (never its value)", () => {
  assert.deepEqual(after("clientSecret: { env: BC_CLIENT_SECRET }", "clientSecret: hunter2-hunter2"), [
    "defaults.business-central.credentials.clientSecret: looks like a secret; name an environment variable: { env: NAME }.",
  ]);
  const unset = (name: string) => mistakesOf(shipped, { secret: (each) => (each === name ? undefined : set[each]) });
  assert.match(
    unset("BC_CLIENT_SECRET")[0]!,
    /^systems\.yml:\d+ defaults\.business-central\.credentials\.clientSecret: environment variable BC_CLIENT_SECRET is not set\.$/,
  );
  assert.deepEqual(unset("WMS_WEBHOOK_SECRET_PREVIOUS"), []);
  assert.deepEqual(after("clientId: { env: BC_CLIENT_ID }, ", ""), [
    "systems.erp-us01.credentials.clientId: is missing; name an environment variable: { env: NAME }.",
    "systems.erp-ca02.credentials.clientId: is missing; name an environment variable: { env: NAME }.",
    "systems.erp-eu03.credentials.clientId: is missing; name an environment variable: { env: NAME }.",
  ]);
  assert.deepEqual(after("token: { env: WMS_TOKEN }", "tokn: { env: WMS_TOKEN }").slice(0, 1), [
    'defaults.json.credentials.tokn: unknown setting. Did you mean "token"?',
  ]);
});

test("settle times are lowered for loopback addresses only (W-02, W-30)", () => {
  const address = (to: string) =>
    shipped.replace("address: sandbox:business-central\n", `address: ${to}\n    settleMs: 1000\n`);
  assert.deepEqual(
    mistakesOf(address("https://bc.example")).map((each) => each.replace(/^systems\.yml:\d+ /, "")),
    [
      "systems.erp-us01.settleMs: 1000 is below 600000, the least for business-central; lower only for a loopback address (W-30).",
    ],
  );
  assert.equal(parseSystems(address("http://127.0.0.1:9"), "systems.yml", options)[0]!.settleMs, 1_000);
  const internal = { ...options, onLoopback: { settleMs: 5 } };
  assert.equal(parseSystems(shipped, "systems.yml", internal)[0]!.settleMs, 5);
  assert.equal(
    parseSystems(
      shipped.replace("address: sandbox:business-central\n", "address: https://bc.example/\n"),
      "systems.yml",
      internal,
    )[0]!.settleMs,
    600_000,
  );
});

test("modes, auths, settings and names that are not known are refused with what is", () => {
  assert.deepEqual(after("mode: return-order\n", "mode: return-orders\n"), [
    'systems.erp-us01.mode: "return-orders": is not a mode that is built. Known: return-order, credit-memo-only.',
  ]);
  assert.deepEqual(after("auth: bearer", "auth: basic").slice(0, 1), [
    'defaults.json.auth: "basic": is not an auth that is built. Known: bearer, hmac.',
  ]);
  assert.deepEqual(after("customApi:", "customApis:").slice(0, 2), [
    'defaults.business-central.settings.customApis: unknown setting. Did you mean "customApi"?',
    "systems.erp-us01.settings.customApi: is missing.",
  ]);
  assert.deepEqual(after("serialized: [DRIVES]", "serialised: [DRIVES]"), [
    'systems.erp-ca02.settings.itemTraits.serialised: unknown setting. Did you mean "serialized"?',
  ]);
  assert.deepEqual(after("quarantine: QUARANTINE, ", "").length, 1);
  assert.deepEqual(after("  wms-dal2:", "  WMS-dal2:"), [
    "systems.WMS-dal2: the name must match [a-z][a-z0-9-]{1,30}.",
  ]);
  assert.deepEqual(after("deadlineMs: 10000", "deadlineMs: soon").slice(0, 1), [
    'defaults.json.limits.deadlineMs: "soon": must be a whole number from 10 to 600000.',
  ]);
  assert.deepEqual(after("poll: 60s", "poll: often").slice(0, 1), [
    'defaults.json.settings.poll: "often": must be a time such as 60s, 30m, 4h or 2d.',
  ]);
  assert.deepEqual(after("version: 1", "version: 2"), ["version: 2: the only version is 1."]);
  assert.deepEqual(after("  json:\n", "  jsno:\n").slice(0, 1), [
    'defaults.jsno: "jsno" is not a vendor. Known: business-central, json, salesforce, easypost, smtp.',
  ]);
});

test("a file that is no YAML, holds a key twice or is not there says so", () => {
  assert.match(mistakesOf("version: 1\nsystems: [")[0]!, /^systems\.yml:\d+ /);
  assert.match(mistakesOf(`${shipped}\n  wms-ham4: { kind: wms }`)[0]!, /^systems\.yml:\d+ Map keys must be unique/);
  assert.deepEqual(mistakesOf("- a"), ['systems.yml:1 ["a"]: must say version and systems.']);
  assert.deepEqual(mistakesOf(""), ["systems.yml:1 null: must say version and systems."]);
});

test("an unknown port of the sandbox is said, not guessed", () => {
  assert.match(
    mistakesOf(shipped, { sandboxUrl: () => undefined })[0]!,
    /the sandbox's port is not known here; set SANDBOX_PORT\.$/,
  );
});
