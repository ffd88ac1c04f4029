import { LineCounter, type Document, isNode, parseDocument } from "yaml";
import { z } from "zod";
import { PARTNER_KINDS, type PartnerKind } from "#shared/caller.ts";
import { didYouMean } from "#shared/did-you-mean.ts";
import { companies, warehouses } from "#shared/places.ts";
import { type Bundle, SCOPES } from "./bundle.ts";
import { BundleMistakes, mistake, type Path } from "./mistakes.ts";

/** What `bundle.yml` says: a bundle without its documents and its id. */
export type BundleFile = Omit<Bundle, "id" | "documents">;

const oneOf = <Name extends string>(names: readonly Name[], what: string) =>
  z.enum(names, {
    error: ({ input }) => {
      const meant = didYouMean(String(input), names);
      return `is no ${what}. ${meant ? `Did you mean ${meant}?` : `Known: ${names.join(", ")}.`}`;
    },
  });
const several = <Item>(item: z.ZodType<Item>, what: string) =>
  z
    .array(item, `must be a list of ${what}.`)
    .min(1, `is empty: name one of the ${what} or more, or leave it out.`)
    .refine((list) => new Set(list).size === list.length, "names something twice; take one of them out.");
const text = z.string("must be text.").min(1, "is empty.");
const amount = z.number("must be a number.").int("must be a whole number.").min(1, "must be 1 or more.");
const moment = z
  .union(
    [z.iso.date(), z.iso.datetime({ offset: true })],
    "is no day or moment; write 2027-01-31 or 2027-01-31T12:00:00Z.",
  )
  .transform((written) => new Date(written).toISOString());
const tag = text.regex(/^[a-zA-Z][a-zA-Z0-9_/-]*$/, "is no tag; tags are letters, digits, _, / and -.");
const scopes = several(oneOf(SCOPES, "scope"), "scopes");
const origin = text.refine(
  (written) => URL.canParse(written) && new URL(written).origin === written,
  "is no origin; write scheme and host as a browser does: https://portal.example.",
);

const key = z.strictObject({
  id: text.regex(/^[0-9A-HJKMNP-TV-Z]{10}$/, "is no key id; make the key with npm run partner-key."),
  sha256: text.regex(
    /^[0-9a-f]{64}$/,
    "is no SHA-256 in hex; never write the key itself, npm run partner-key prints its hash.",
  ),
  client: text.regex(/^[A-Za-z0-9._-]{1,64}$/, "is no client; use up to 64 letters, digits, ., _ and -."),
  scopes,
  created: moment,
  expires: moment,
  revoked: moment.nullable().default(null),
});

const file = z.strictObject({
  version: z.literal(1, "the only version is 1."),
  name: text,
  kind: oneOf(PARTNER_KINDS, "kind of partner"),
  contract: z.strictObject({ include: several(tag, "tags") }),
  scopes,
  rows: z.strictObject({
    companies: several(
      oneOf(
        companies.map(({ id }) => id),
        "company",
      ),
      "companies",
    ),
    sites: several(
      oneOf(
        warehouses.map(({ code }) => code),
        "site",
      ),
      "sites",
    ).optional(),
    customers: several(text, "account numbers").optional(),
    channels: several(text, "channels").optional(),
    items: several(text, "SKUs").optional(),
  }),
  budget: z.strictObject({ costPerDocument: amount, costPerMinute: amount }),
  quota: z.strictObject({ requestsPerMinute: amount, subscriptions: amount }),
  origins: z.array(origin, "must be a list of origins.").default([]),
  keys: z.array(key, "must be a list of keys.").default([]),
});
type Read = z.output<typeof file>;

/** Reads the text of a `bundle.yml`; `label` names the file. Throws BundleMistakes with all that is wrong, a line each. */
export function readBundleFile(written: string, label: string): BundleFile {
  const lines = new LineCounter();
  const document = parseDocument(written, { lineCounter: lines });
  const mistakes = document.errors.map((error) =>
    mistake(`${label}:${lines.linePos(error.pos[0]).line}`, null, String(error.message.split("\n")[0])),
  );
  if (mistakes.length > 0) throw new BundleMistakes(mistakes);
  const say = (at: Path, sentence: string) => {
    mistakes.push(mistake(`${label}:${lineOf(document, lines, at)}`, at.join(".") || null, sentence));
  };
  const read = file.safeParse(withoutEmpty(document.toJS()), { reportInput: true });
  if (read.success) checkTogether(read.data, say);
  else read.error.issues.forEach((issue) => sayIssue(issue, say));
  if (!read.success || mistakes.length > 0) throw new BundleMistakes(mistakes);
  return toBundle(read.data);
}

/** `keys:` with nothing under it is as good as not written. */
const withoutEmpty = (said: unknown): unknown =>
  typeof said === "object" && said !== null && !Array.isArray(said)
    ? Object.fromEntries(Object.entries(said).filter(([, value]) => value !== null))
    : said;

type Say = (at: Path, sentence: string) => void;

function sayIssue(issue: z.core.$ZodIssue, say: Say): void {
  const at = issue.path as Path;
  if (issue.code === "unrecognized_keys")
    return issue.keys.forEach((name) => say([...at, name], unknownMember(name, at)));
  if (issue.input === undefined) return say(at, "is missing.");
  const isPlain = typeof issue.input !== "object" && !at.includes("sha256");
  say(at, `${isPlain ? `${JSON.stringify(issue.input)} ` : ""}${issue.message}`);
}

function unknownMember(name: string, at: Path): string {
  const known = Object.keys(shapeAt(file, at));
  const meant = didYouMean(name, known);
  return `is unknown here. ${meant ? `Did you mean ${meant}?` : `Known: ${known.join(", ")}.`}`;
}

function shapeAt(schema: z.ZodType, [head, ...rest]: Path): Record<string, z.ZodType> {
  const inner = (schema.def as { innerType?: z.ZodType; element?: z.ZodType }).innerType ?? schema;
  if (inner instanceof z.ZodArray) return shapeAt(inner.element as z.ZodType, rest);
  const shape = inner instanceof z.ZodObject ? (inner.shape as Record<string, z.ZodType>) : {};
  return head === undefined ? shape : shapeAt(shape[head] ?? z.never(), rest);
}

/** The member that says whose rows a partner of this kind sees; without it, it would see everybody's. */
const narrowedBy: Record<PartnerKind, readonly ("sites" | "customers" | "channels" | "items")[]> = {
  "third-party": ["sites"],
  customer: ["customers", "channels"],
  supplier: ["items"],
};

function checkTogether({ kind, rows, scopes: granted, keys }: Read, say: Say): void {
  const needed = narrowedBy[kind];
  if (!needed.some((name) => rows[name])) say(["rows"], `a ${kind} partner needs ${needed.join(" or ")} here (D-40).`);
  rows.sites?.forEach((code, index) => {
    const companyId = warehouses.find((site) => site.code === code)?.companyId ?? "";
    if (!rows.companies.includes(companyId))
      say(["rows", "sites", index], `${code} is a site of ${companyId}, which rows.companies does not name.`);
  });
  keys.forEach((one, index) => {
    for (const scope of one.scopes.filter((name) => !granted.includes(name)))
      say(["keys", index, "scopes"], `${scope} is not one of the bundle's scopes; add it there or take it out here.`);
    if (one.expires <= one.created) say(["keys", index, "expires"], "is not after created.");
    if (keys.findIndex(({ id }) => id === one.id) < index)
      say(["keys", index, "id"], `${one.id} is here twice; make another key.`);
  });
}

function toBundle({ version: _, kind, rows, ...rest }: Read): BundleFile {
  const { companies: codes, sites = null, customers = null, channels = null, items = null } = rows;
  return { ...rest, companies: codes, sites, rows: { kind, customers, channels, items } };
}

/** The line of a member, or of the nearest thing above it that is written. */
function lineOf(document: Document, lines: LineCounter, at: Path): number {
  for (let here = at; here.length > 0; here = here.slice(0, -1)) {
    const parent = here.length > 1 ? document.getIn(here.slice(0, -1), true) : document.contents;
    const items = (parent as { items?: { key?: unknown }[] } | null)?.items ?? [];
    const pair = items.find(({ key: name }) => isNode(name) && (name as { value?: unknown }).value === here.at(-1));
    const node = pair?.key ?? document.getIn(here, true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}
