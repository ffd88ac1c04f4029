import assert from "node:assert/strict";
import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { subgraphNames } from "#shared/config.ts";

// Files inside a station have the same names everywhere (style.md, section 3); a test for each folder says which one it lacks.

const root = path.resolve(import.meta.dirname, "..");
const foldersOf = (station: string) => {
  const entries = existsSync(path.join(root, station))
    ? readdirSync(path.join(root, station), { withFileTypes: true })
    : [];
  return entries.filter((entry) => entry.isDirectory()).map(({ name }) => name);
};
const lacking = (folder: string, files: string[]) => files.filter((file) => !existsSync(path.join(root, folder, file)));

for (const name of subgraphNames)
  test(`the subgraph ${name} has every file of a subgraph`, () => {
    const folder = `subgraphs/${name}`;
    assert.deepEqual(
      lacking(folder, ["schema.graphql", "resolvers.ts", "loaders.ts", "server.ts", `${name}.test.ts`]),
      [],
    );
  });

test("each mutation is a file with a test of the same name", () => {
  for (const name of subgraphNames) {
    const folder = `subgraphs/${name}/mutations`;
    if (!existsSync(path.join(root, folder))) continue;
    const mutations = readdirSync(path.join(root, folder)).filter((file) => /^[a-z-]+\.ts$/.test(file));
    assert.deepEqual(
      lacking(
        folder,
        mutations.map((file) => file.replace(/\.ts$/, ".test.ts")),
      ),
      [],
      folder,
    );
  }
});

for (const kind of foldersOf("adapters"))
  test(`the systems of kind ${kind} have a port, a contract and vendors of one shape`, () => {
    assert.deepEqual(lacking(`adapters/${kind}`, ["port.ts", "contract.test.ts"]), []);
    for (const vendor of foldersOf(`adapters/${kind}`))
      assert.deepEqual(lacking(`adapters/${kind}/${vendor}`, ["adapter.ts", "wire.ts", "client.ts"]), [], vendor);
  });
