import { parseArgs } from "node:util";
import { existsSync } from "node:fs";
import path from "node:path";
import { readConfig } from "#shared/config.ts";
import { makeApiKey } from "#gateway/partners/api-keys.ts";
import { readBundleFile } from "#gateway/partners/bundle-file.ts";
import { readFile } from "node:fs/promises";
import type { Bundle } from "#gateway/partners/bundle.ts";

// `npm run --silent partner-key -- --partner acme-3pl --client scanner`: an API key, shown this once, and what of it goes into the bundle.

const usage =
  "Say whose: --partner <id> --client <app>; --scopes a,b for fewer than the bundle's, --days N for another life than 365.";
const DAY_MS = 86_400_000;

type Wanted = { partner: string; client: string; scopes: string[] | undefined; days: number };

/** What the words ask for; throws a sentence that says what is missing. */
export function readWords(words: readonly string[]): Wanted {
  const option = { type: "string" } as const;
  const options = { partner: option, client: option, scopes: option, days: option };
  const { partner, client, scopes, days = "365" } = parseArgs({ args: [...words], options }).values;
  if (partner === undefined || client === undefined) throw new Error(usage);
  if (!/^[A-Za-z0-9._-]{1,64}$/.test(client))
    throw new Error(`--client ${client}: up to 64 letters, digits, ., _ and -.`);
  if (!/^[1-9]\d{0,3}$/.test(days)) throw new Error(`--days ${days}: give a whole number from 1 to 9999.`);
  return { partner, client, scopes: scopes?.split(","), days: Number(days) };
}

/** A fresh key and the lines of `keys` for the bundle; neither is written anywhere. */
export function keyFor({ client, scopes, days }: Wanted, bundle: Pick<Bundle, "scopes">, now = new Date()) {
  const chosen = scopes ?? bundle.scopes;
  const foreign = chosen.find((scope) => !(bundle.scopes as readonly string[]).includes(scope));
  if (foreign !== undefined) throw new Error(`--scopes ${foreign}: the bundle has ${bundle.scopes.join(", ")}.`);
  const { key, id, sha256 } = makeApiKey();
  const lines = [
    `  - id: ${id}`,
    `    sha256: ${sha256}`,
    `    client: "${client}"`,
    `    scopes: [${chosen.join(", ")}]`,
    `    created: ${now.toISOString()}`,
    `    expires: ${new Date(now.getTime() + days * DAY_MS).toISOString()}`,
  ];
  return { key, lines };
}

async function main(words: readonly string[]): Promise<void> {
  const wanted = readWords(words);
  const file = path.join(readConfig().partnersDir, wanted.partner, "bundle.yml");
  if (!existsSync(file))
    throw new Error(`--partner ${wanted.partner}: there is no ${file}; a partner begins with its bundle.`);
  const { key, lines } = keyFor(wanted, readBundleFile(await readFile(file, "utf8"), file));
  console.log(key);
  console.error(`\nThe key is shown this once. Under keys of ${file}:\n`);
  console.log(lines.join("\n"));
}

if (import.meta.main) {
  try {
    await main(process.argv.slice(2));
  } catch (error) {
    console.error((error as Error).message);
    process.exitCode = 1;
  }
}
