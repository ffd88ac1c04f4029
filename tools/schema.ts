import { printSchema } from "graphql";
import { readdir, readFile } from "node:fs/promises";
import path from "node:path";
import { parseArgs } from "node:util";
import { PARTNER_KINDS } from "#shared/caller.ts";
import { readConfig } from "#shared/config.ts";
import { loadContract } from "#gateway/contract.ts";
import { readBundleFile } from "#gateway/partners/bundle-file.ts";
import { loadSupergraph, readSupergraph } from "#gateway/supergraph.ts";

// `npm run --silent schema`: the API schema, what clients see; `-- --contract acme-3pl` what that partner sees, `-- --contract customer` what
// partners of a kind do, `-- --contract partner` all that any partner can.

/** The tags of a contract by its name. */
async function tagsOf(name: string): Promise<readonly string[]> {
  if (name === "partner") return ["partner", ...PARTNER_KINDS];
  if ((PARTNER_KINDS as readonly string[]).includes(name)) return ["partner", name];
  const folder = readConfig().partnersDir;
  const partners = (await readdir(folder).catch(() => [])).filter((id) => !id.startsWith("."));
  if (!partners.includes(name))
    throw new Error(`there is no partner ${name}. Known: ${["partner", ...PARTNER_KINDS, ...partners].join(", ")}.`);
  const file = path.join(name, "bundle.yml");
  return readBundleFile(await readFile(path.join(folder, file), "utf8"), file).contract.include;
}

const { values } = parseArgs({ options: { contract: { type: "string" } } });
try {
  const sdl = await readSupergraph();
  const { contract } = values;
  const seen = contract === undefined ? loadSupergraph(sdl) : loadContract(sdl, { include: await tagsOf(contract) });
  process.stdout.write(`${printSchema(seen.schema)}\n`);
} catch (error) {
  console.error(`${values.contract === undefined ? "" : `--contract ${values.contract}: `}${(error as Error).message}`);
  process.exitCode = 1;
}
