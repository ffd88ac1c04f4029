import assert from "node:assert/strict";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { test } from "node:test";
import { readConfig } from "#shared/config.ts";
import { isKeyOf } from "#gateway/partners/api-keys.ts";
import { readBundleFile } from "#gateway/partners/bundle-file.ts";
import { demoPartners } from "#gateway/access/demo-people.ts";
import { keyFor, readWords } from "./partner-key.ts";
import { claimsFor } from "./token.ts";

const bundleOf = (id: string) => readFile(path.join(readConfig({}).partnersDir, id, "bundle.yml"), "utf8");

test("the lines that come with a new key go under `keys:` of the bundle as they are, and are that key's (PE-09)", async () => {
  for (const id of Object.keys(demoPartners)) {
    const text = await bundleOf(id);
    const { key, lines } = keyFor(readWords(["--partner", id, "--client", "app"]), readBundleFile(text, id));
    const { keys, scopes } = readBundleFile(`${text}${lines.join("\n")}\n`, id);
    assert.deepEqual([keys.length, keys[0]?.client, keys[0]?.scopes], [1, "app", scopes]);
    assert.equal(isKeyOf(key, keys[0]?.sha256), true);
    assert.doesNotMatch(lines.join("\n"), /bhk_/);
  }
});

test("a key may have fewer of the bundle's scopes and another life, never more scopes", async () => {
  const bundle = readBundleFile(await bundleOf("acme-3pl"), "acme-3pl");
  const words = (...more: string[]) => readWords(["--partner", "acme-3pl", "--client", "scanner", ...more]);
  const { lines } = keyFor(words("--scopes", "returns:read", "--days", "1"), bundle, new Date("2026-01-01T00:00:00Z"));
  assert.match(lines.join("\n"), /scopes: \[returns:read\]\n.*\n    expires: 2026-01-02T00:00:00\.000Z$/);
  assert.throws(
    () => keyFor(words("--scopes", "returns:request"), bundle),
    /the bundle has returns:read, status:report/,
  );
  assert.throws(() => words("--days", "soon"), /--days soon/);
  assert.throws(() => readWords(["--partner", "acme-3pl"]), /--client <app>/);
});

test("a partner's token carries partner and client id (wires.md, section 4)", () => {
  assert.deepEqual(claimsFor(["--partner", "acme-3pl"]), {
    sub: "acme-3pl",
    client_id: "acme-3pl",
    partner: "acme-3pl",
    scope: "returns:read status:report milestones:follow",
  });
});
