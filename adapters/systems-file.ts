import { readFileSync } from "node:fs";
import path from "node:path";
import { LineCounter, parseDocument } from "yaml";
import { z } from "zod";
import { ConfigMistakes } from "#shared/config.ts";
import type { Kind, SystemEntry, Vendor } from "./vendor.ts";
import { check, type Path, type Say, unknown, unknownSetting } from "./systems-mistakes.ts";
import { locate } from "./systems-places.ts";
import { commonSettings, kinds, type RawEntry } from "./systems-schema.ts";

export type Catalogue = Record<Kind, Record<string, Vendor<any, any>>>;
export type FileOptions = {
  catalogue: Catalogue;
  /** The environment lookup of config; what `{ env: NAME }` names. */
  secret: (variable: string) => string | undefined;
  /** Where a server of the sandbox listens; undefined if there is no such server or its port is not known. */
  sandboxUrl: (server: string) => string | undefined;
  sandboxServers: readonly string[];
  /** What replaces the settings of systems on a loopback address (W-30). */
  onLoopback?: { settleMs?: number | undefined; requestsPerMinute?: number | undefined };
};

type Plain = Record<string, unknown>;

/** Reads systems.yml (wires section 6). Throws ConfigMistakes with all that is wrong, a sentence with its line each. */
export function readSystemsFile(file: string, options: FileOptions): SystemEntry[] {
  return parseSystems(readText(file), path.basename(file), options);
}

/** The same for a text; `label` names the file in the sentences. */
export function parseSystems(text: string, label: string, options: FileOptions): SystemEntry[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines });
  const problems: { line: number; text: string }[] = document.errors.map((error) => ({
    line: lines.linePos(error.pos[0]).line,
    text: `${error.message.split("\n")[0]}`,
  }));
  const say: Say = (at, sentence) => {
    const { written, line } = locate(document, lines, at);
    const text = written.length ? `${written.join(".")}: ${sentence}` : sentence;
    if (!problems.some((problem) => problem.text === text)) problems.push({ line, text });
  };
  const entries = document.errors.length ? [] : readEntries(document.toJS() as unknown, options, say);
  if (problems.length === 0) return entries;
  problems.sort((a, b) => a.line - b.line);
  throw new ConfigMistakes(problems.map((problem) => `${label}:${problem.line} ${problem.text}`));
}

function readText(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const mistake = new ConfigMistakes([`SYSTEMS_FILE: ${file} can't be read.`]);
    mistake.cause = cause;
    throw mistake;
  }
}

function readEntries(whole: unknown, options: FileOptions, say: Say): SystemEntry[] {
  const top = z.strictObject(
    {
      version: z.literal(1, "the only version is 1."),
      defaults: z.record(z.string(), z.record(z.string(), z.unknown())).default({}),
      systems: z.record(z.string(), z.record(z.string(), z.unknown(), "must be a list of settings.")),
    },
    "must say version and systems.",
  );
  const read = check(top, whole, [], say);
  if (!read) return [];
  const vendors = Object.values(options.catalogue).flatMap((byVendor) => Object.keys(byVendor));
  for (const vendor of Object.keys(read.defaults))
    if (!vendors.includes(vendor)) say(["defaults", vendor], unknown(vendor, "is not a vendor", vendors));
  const entries = Object.entries(read.systems).flatMap(
    ([name, own]) => readEntry(name, own as Plain, read.defaults as Record<string, Plain>, options, say) ?? [],
  );
  refuseDoubles(entries, say);
  return entries;
}

function readEntry(
  name: string,
  own: Plain,
  defaults: Record<string, Plain>,
  options: FileOptions,
  say: Say,
): SystemEntry | null {
  const at = ["systems", name];
  if (!/^[a-z][a-z0-9-]{1,30}$/.test(name)) say(at, `the name must match [a-z][a-z0-9-]{1,30}.`);
  const vendor = findVendor(own, at, options.catalogue, say);
  const merged = merge(defaults[String(own["vendor"])] ?? {}, own);
  const addresses = resolveSandbox(merged, at, options, say) as Plain;
  if (!vendor) return null;
  const common = check(commonSettings(vendor), addresses, at, say);
  const settings = check(vendor.settings, addresses["settings"] ?? {}, [...at, "settings"], say);
  const secrets = readSecrets(vendor, merged, at, options, say);
  if (!common || !settings || !secrets) return null;
  return assemble({ name, common, settings, secrets, at }, vendor, options, say);
}

type Read = { name: string; common: RawEntry; settings: unknown; secrets: Record<string, string>; at: Path };

function assemble(
  { name, common, settings, secrets, at }: Read,
  vendor: Vendor<any>,
  options: FileOptions,
  say: Say,
): SystemEntry {
  const isLoopback = /^(localhost|127\.[\d.]+|\[::1\])$/.test(new URL(common.address).hostname);
  const settleMs = common.settleMs ?? vendor.leastSettleMs;
  if (settleMs < vendor.leastSettleMs && !isLoopback)
    say(
      [...at, "settleMs"],
      `${settleMs} is below ${vendor.leastSettleMs}, the least for ${common.vendor}; lower only for a loopback address (W-30).`,
    );
  const serving = common.kind === "wms" ? "sites" : "companies";
  const other = serving === "sites" ? "companies" : "sites";
  const serves = common[serving] ?? [];
  if (servesMany(common.kind) ? serves.length === 0 : serves.length !== 1)
    say(
      [...at, serving],
      `${common.vendor} serves ${servesMany(common.kind) ? "one or more" : "exactly one"} of the ${serving}; name ${servesMany(common.kind) ? "them" : "it"}.`,
    );
  if (common[other]) say([...at, other], `a system of kind ${common.kind} serves ${serving}.`);
  const { kind, address, mode, auth, limits, windows } = common;
  return {
    name,
    kind,
    vendor: common.vendor,
    serves,
    address: address.replace(/\/+$/, ""),
    mode,
    auth,
    limits: isLoopback
      ? { ...limits, requestsPerMinute: options.onLoopback?.requestsPerMinute ?? limits.requestsPerMinute }
      : limits,
    windows,
    secrets,
    settings,
    settleMs: isLoopback ? (options.onLoopback?.settleMs ?? settleMs) : settleMs,
  };
}

/** An account of a carrier or a mail server may be several companies'. */
const servesMany = (kind: string): boolean => kind === "carrier" || kind === "mail";

function findVendor(own: Plain, at: Path, catalogue: Catalogue, say: Say): Vendor<any> | null {
  const { kind, vendor } = own;
  if (kind === undefined) return (say([...at, "kind"], "is missing."), null);
  if (!kinds.includes(kind as Kind)) return (say([...at, "kind"], unknown(kind, "is not a kind", kinds)), null);
  const known = catalogue[kind as Kind];
  if (vendor === undefined) return (say([...at, "vendor"], "is missing."), null);
  if (Object.hasOwn(known, String(vendor))) return known[String(vendor)]!;
  say([...at, "vendor"], unknown(vendor, `is not a vendor of kind ${kind}`, Object.keys(known)));
  return null;
}

function refuseDoubles(entries: SystemEntry[], say: Say): void {
  const served = new Map<string, string>();
  for (const { name, kind, serves } of entries) {
    const word = kind === "wms" ? "sites" : "companies";
    for (const code of serves) {
      const first = served.get(`${kind} ${code}`);
      if (first) say(["systems", name, word], `${code} is already served by ${first}.`);
      else served.set(`${kind} ${code}`, name);
    }
  }
}

function readSecrets(
  vendor: Vendor<any>,
  merged: Plain,
  at: Path,
  { secret }: FileOptions,
  say: Say,
): Record<string, string> | null {
  const given = (merged["credentials"] ?? {}) as Plain;
  const secrets: Record<string, string> = {};
  let isWhole = true;
  const wrong = (name: string, sentence: string) => ((isWhole = false), say([...at, "credentials", name], sentence));
  for (const name of Object.keys(given))
    if (!Object.hasOwn(vendor.credentials, name)) wrong(name, unknownSetting(name, Object.keys(vendor.credentials)));
  for (const [name, { required, for: auth }] of Object.entries(vendor.credentials)) {
    const isNeeded = required && (auth === undefined || auth === (merged["auth"] ?? vendor.auths[0]));
    const reference = z
      .strictObject({ env: z.string().min(1), optional: z.boolean().default(false) })
      .safeParse(given[name]);
    if (given[name] === undefined) {
      if (isNeeded) wrong(name, "is missing; name an environment variable: { env: NAME }.");
    } else if (!reference.success) wrong(name, "looks like a secret; name an environment variable: { env: NAME }.");
    else {
      const value = secret(reference.data.env);
      if (value !== undefined) secrets[name] = value;
      else if (isNeeded || !reference.data.optional)
        wrong(name, `environment variable ${reference.data.env} is not set.`);
    }
  }
  return isWhole ? secrets : null;
}

/** Objects member by member, the system's own value wins. */
function merge(base: Plain, own: Plain): Plain {
  const isMap = (value: unknown): value is Plain =>
    typeof value === "object" && value !== null && !Array.isArray(value);
  const both = Object.entries(own).map(([key, value]) => {
    const below = base[key];
    return [key, isMap(value) && isMap(below) ? merge(below, value) : value];
  });
  return { ...base, ...Object.fromEntries(both) };
}

/** `sandbox:<server>/rest` anywhere → the address of that server. */
function resolveSandbox(value: unknown, at: Path, options: FileOptions, say: Say): unknown {
  if (Array.isArray(value)) return value.map((each, i) => resolveSandbox(each, [...at, i], options, say));
  if (typeof value === "object" && value !== null)
    return Object.fromEntries(
      Object.entries(value).map(([key, each]) => [key, resolveSandbox(each, [...at, key], options, say)]),
    );
  const [, server, rest = ""] = /^sandbox:([^/]+)(\/.*)?$/.exec(String(value)) ?? [];
  if (server === undefined) return value;
  const url = options.sandboxUrl(server);
  if (url) return url + rest;
  const isKnown = options.sandboxServers.includes(server);
  say(
    at,
    isKnown
      ? "the sandbox's port is not known here; set SANDBOX_PORT."
      : unknown(`sandbox:${server}`, "is no server of the sandbox", options.sandboxServers),
  );
  return "http://127.0.0.1:1";
}
