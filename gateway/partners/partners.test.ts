import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { appendFile, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, test } from "node:test";
import { buildSchema } from "graphql";
import { pino } from "pino";
import { metrics } from "#shared/telemetry.ts";
import { putFile, writeBundle } from "../../test/gateway/partner-bundles.ts";
import { makeApiKey } from "./api-keys.ts";
import { type Partners, startPartners } from "./partners.ts";

const graph = { schema: buildSchema("type Query { whoAmI: String list: [String] }"), rules: new Map() };
const folders: string[] = [];
const started: Partners[] = [];
after(async () => {
  for (const partners of started) partners.stop();
  for (const folder of folders) await rm(folder, { recursive: true, force: true });
});

async function newFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), "partners-"));
  folders.push(folder);
  return folder;
}

async function start(folder: string) {
  const lines: string[] = [];
  const log = pino({}, { write: (line: string) => void lines.push(line) });
  const partners = await startPartners({ folder, graphOf: () => graph, pollMs: 5, log });
  started.push(partners);
  /** The next time that something of this partner's was read. */
  const loaded = (id: string) =>
    new Promise<void>((resolve) => {
      const stop = partners.onLoad((changed) => {
        if (changed !== id) return;
        stop();
        resolve();
      });
    });
  return { partners, lines, loaded };
}
const upToDate = async (partner: string) =>
  new RegExp(`bundle_up_to_date{partner="${partner}"} (\\d)`).exec(await metrics.metrics())?.[1];

test("a bundle that changes takes the old one's place without a restart, and who was let in by the old one has to come again (PE-09)", async () => {
  const folder = await newFolder();
  await writeBundle(folder, "hot-one");
  const { partners, loaded } = await start(folder);
  const before = partners.get("hot-one");
  const change = loaded("hot-one");
  await writeBundle(folder, "hot-one", { scopes: ["returns:read"] }, { "list.graphql": "{ list }" });
  await change;
  const now = partners.get("hot-one");
  assert.deepEqual([before?.ends.aborted, now?.ends.aborted, now?.scopes], [true, false, ["returns:read"]]);
  assert.deepEqual(
    now?.documents.map(({ source }) => source),
    ["{ list }"],
  );
});

test("a bundle that is read again, as after a change of the graph, and says the same stays, with who it let in", async () => {
  const folder = await newFolder();
  await writeBundle(folder, "same-one");
  const { partners, loaded } = await start(folder);
  const before = partners.get("same-one");
  await partners.reload();
  const touched = loaded("same-one");
  await writeBundle(folder, "same-one");
  await touched;
  assert.deepEqual([partners.get("same-one") === before, before?.ends.aborted], [true, false]);
});

test("a bad bundle is refused with file and member, the old one stays, the others don't notice, and log and metric say so (PE-09)", async () => {
  const folder = await newFolder();
  await writeBundle(folder, "bad-one");
  await writeBundle(folder, "good-one");
  const { partners, lines, loaded } = await start(folder);
  const before = partners.get("bad-one");
  const neighbour = partners.get("good-one");
  const change = loaded("bad-one");
  await putFile(path.join(folder, "bad-one", "documents", "more.graphql"), "{ money }");
  await change;
  assert.equal(partners.get("bad-one"), before);
  assert.equal(before?.ends.aborted, false);
  assert.match(lines.join(""), /bad-one\/documents\/more\.graphql: line 1: Cannot query field/);
  assert.deepEqual([await upToDate("bad-one"), await upToDate("good-one")], ["0", "1"]);
  assert.equal(partners.get("good-one"), neighbour);
  const mended = loaded("bad-one");
  await putFile(path.join(folder, "bad-one", "documents", "more.graphql"), "{ list }");
  await mended;
  assert.deepEqual([partners.get("bad-one")?.documents.length, await upToDate("bad-one")], [2, "1"]);
});

test("a partner whose first bundle is bad is refused and the gateway starts; one whose folder goes is refused from then on", async () => {
  const folder = await newFolder();
  await writeBundle(folder, "first-bad", { kind: "friend" });
  await writeBundle(folder, "leaving");
  const { partners, lines, loaded } = await start(folder);
  assert.equal(partners.get("first-bad"), undefined);
  assert.match(lines.join(""), /"reasons":\["[^"]*first-bad\/bundle\.yml:3 kind: \\"friend\\" is no kind of partner/);
  const leaving = partners.get("leaving");
  const gone = loaded("leaving");
  await rm(path.join(folder, "leaving"), { recursive: true });
  await gone;
  assert.deepEqual([partners.get("leaving"), leaving?.ends.aborted], [undefined, true]);
});

test("a key's id belongs to one partner: who takes another's is refused", async () => {
  const folder = await newFolder();
  const { id, sha256 } = makeApiKey();
  const key = { id, sha256, client: "a", scopes: ["returns:read"], created: "2026-01-01", expires: "2999-01-01" };
  await writeBundle(folder, "key-owner", { keys: [key] });
  await writeBundle(folder, "key-thief", { keys: [key] });
  const { partners, lines } = await start(folder);
  assert.equal(partners.keyOf(id)?.partner.id, "key-owner");
  assert.equal(partners.get("key-thief"), undefined);
  assert.match(lines.join(""), /key-thief\/bundle\.yml keys\.0\.id: \w+ is already a key of key-owner/);
});

test("without a folder there are no partners, and one that comes is seen; a document is found by its id and by its text's hash", async () => {
  const folder = path.join(await newFolder(), "later");
  const { partners, loaded } = await start(folder);
  assert.deepEqual(partners.all(), []);
  const come = loaded("newcomer");
  await writeBundle(folder, "newcomer", {}, { "app.json": JSON.stringify({ "my-list": "{ list }" }) });
  await come;
  const documents = partners.documents("newcomer");
  const sha256 = createHash("sha256").update("{ list }").digest("hex");
  for (const id of ["my-list", sha256, `sha256:${sha256}`]) assert.equal(documents.find(id)?.id, "my-list");
  assert.equal(documents.find("other"), undefined);
  assert.equal(partners.documents("nobody").find("my-list"), undefined);
  const change = loaded("newcomer");
  await appendFile(path.join(folder, "newcomer", "bundle.yml"), "origins: [https://app.example]\n");
  await change;
  assert.deepEqual(
    [partners.hasOrigin("https://app.example"), partners.hasOrigin("https://evil.example")],
    [true, false],
  );
});
