import { mkdir, rename, symlink, writeFile } from "node:fs/promises";
import path from "node:path";
import { stringify } from "yaml";
import type { Bundle } from "#gateway/partners/bundle.ts";
import type { Partner } from "#gateway/partners/partners.ts";

/** What a good `bundle.yml` says. */
export const goodBundle = {
  version: 1,
  name: "ACME",
  kind: "third-party",
  contract: { include: ["partner", "third-party"] },
  scopes: ["returns:read", "milestones:follow"],
  rows: { companies: ["EU03"], sites: ["HAM4"] },
  budget: { costPerDocument: 500, costPerMinute: 20_000 },
  quota: { requestsPerMinute: 600, subscriptions: 50 },
};
/** Documents of the stub federation. */
export const goodDocuments: Readonly<Record<string, string>> = {
  "who.graphql": "query Who { whoAmI }\n",
};

let written = 0;

/** Writes `<folder>/<id>/` at once as a whole, in place of what was there: `said` over the good bundle (or its text), and the files of `documents/`. */
export async function writeBundle(
  folder: string,
  id: string,
  said: Record<string, unknown> | string = {},
  documents: Readonly<Record<string, string>> = goodDocuments,
): Promise<void> {
  const version = path.join(folder, `.${id}-${(written += 1)}`);
  await mkdir(path.join(version, "documents"), { recursive: true });
  const text = typeof said === "string" ? said : stringify({ ...goodBundle, ...said });
  await writeFile(path.join(version, "bundle.yml"), text);
  for (const [name, content] of Object.entries(documents))
    await writeFile(path.join(version, "documents", name), content);
  await symlink(path.basename(version), `${version}-link`);
  await rename(`${version}-link`, path.join(folder, id));
}

/** Writes one file at once. */
export async function putFile(file: string, text: string): Promise<void> {
  const draft = path.join(path.dirname(file), `.${path.basename(file)}`);
  await writeFile(draft, text);
  await rename(draft, file);
}

/** A partner as the gateway has it in use, and the way to end that. */
export function partnerInUse(changes: Partial<Bundle> = {}): { partner: Partner; end: () => void } {
  const ending = new AbortController();
  const partner: Partner = {
    id: "acme-3pl",
    name: "ACME",
    contract: { include: ["partner", "third-party"] },
    documents: [],
    scopes: ["returns:read", "status:report"],
    companies: ["EU03"],
    sites: ["HAM4"],
    rows: { kind: "third-party", customers: null, channels: null, items: null },
    budget: { costPerDocument: 500, costPerMinute: 20_000 },
    quota: { requestsPerMinute: 600, subscriptions: 50 },
    origins: [],
    keys: [],
    ...changes,
    ends: ending.signal,
  };
  return { partner, end: () => ending.abort() };
}
