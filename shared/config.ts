import type { JSONWebKeySet, JWK } from "jose";
import { existsSync } from "node:fs";
import path from "node:path";
import { z } from "zod";
import { didYouMean } from "./did-you-mean.ts";
import { internals, type Internals } from "./internals.ts";
import { readRedisAddress } from "./redis-address.ts";

/** The subgraphs in the order of their ports. */
export const subgraphNames = ["returns", "orders", "inventory", "credits", "cases", "operations"] as const;
export type SubgraphName = (typeof subgraphNames)[number];

/** Every setting of a process, read once and passed on as a value (wires.md, section 7). */
export interface Config {
  host: string;
  port: number;
  intakePort: number;
  issuerPort: number;
  metricsPort: number;
  /** The first subgraph's port where they run apart; the others follow. */
  subgraphsPort: number;
  /** The first port of the sandbox's servers; the others follow. */
  sandboxPort: number;
  sandboxAutoplay: boolean;
  /** PostgreSQL 15 or newer; undefined means the embedded one. */
  databaseUrl: string | undefined;
  dataDir: string;
  /** One server, or several addresses of a Cluster (redis-address.ts). */
  redisUrl: string | undefined;
  /** undefined means the development issuer. */
  oidcIssuer: string | undefined;
  oidcAudience: string;
  /** Whether clients may ask for the schema, on every door; on with the development issuer unless said otherwise. */
  introspection: boolean;
  /** What becomes of an operation with fields that its caller is refused: they are null, or it is refused whole. */
  refusedFields: "field" | "operation";
  /** Whether the explorer page is served; on a loopback address only (G-17). */
  explorer: boolean;
  /** Origins of pages, beside our own, from which people may ask; a partner's are in its bundle. */
  allowedOrigins: readonly string[];
  /** The gateway's private JWK and the subgraphs' JWKS; made at start where all runs on one machine. */
  internalKey: JWK | undefined;
  internalPublicKeys: JSONWebKeySet | undefined;
  /** Base64 of 32 bytes or more; undefined means the one kept in the database. */
  cursorSecret: string | undefined;
  /** Where the gateway finds the worker's intake; undefined while the port is 0. */
  intakeUrl: string | undefined;
  subgraphUrls: Partial<Record<SubgraphName, string>>;
  systemsFile: string;
  /** The folder of the decision tables. */
  policiesDir: string;
  /** The folder of the partners' bundles. */
  partnersDir: string;
  /** The folder with the manifests of people's and machines' clients: the documents that they may ask for by id. */
  documentsDir: string;
  installation: string;
  logLevel: string;
  /** Where spans go by OTLP over HTTP; undefined: no span is made. */
  otlpEndpoint: string | undefined;
  /** Variables that `systems.yml` may name as credentials. Never log this. */
  secret: (variable: string) => string | undefined;
  /** What tests and benchmarks change and operators don't. */
  internals: Internals;
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** All that is wrong with the settings, a sentence each; a main prints it and exits with 1. */
export class ConfigMistakes extends Error {
  readonly mistakes: readonly string[];

  constructor(mistakes: readonly string[]) {
    super(mistakes.join("\n"));
    this.name = "ConfigMistakes";
    this.mistakes = mistakes;
  }
}

const root = path.resolve(import.meta.dirname, "..");
/** Offsets from PORT, so that one variable moves all. */
const offsets = { INTAKE_PORT: 1, ISSUER_PORT: 3, METRICS_PORT: 10, SUBGRAPHS_PORT: 20, SANDBOX_PORT: 100 } as const;

/** `mistake`: the end of the sentence that begins with the variable and its value. */
const is = <Output>(schema: z.ZodType<Output>, mistake: string | ((text: string) => string)) => ({ schema, mistake });
const jsonText = z.string().transform((text, context): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    context.addIssue("not JSON");
    return z.NEVER;
  }
});
const port = is(
  z.string().regex(/^\d+$/).transform(Number).pipe(z.number().max(65_535)),
  "is not a port; give a whole number from 0 to 65535",
);
/** An origin as browsers send it: scheme, host and port, nothing behind. */
const originOf = (text: string): string | undefined =>
  URL.canParse(text) && new URL(text).origin === text && text !== "null" ? text : undefined;
const httpUrl = is(z.url({ protocol: /^https?$/ }), "is not an http address");
const key = z.looseObject({ kty: z.literal("OKP"), crv: z.literal("Ed25519"), x: z.string() });

const variables = {
  PORT: port,
  INTAKE_PORT: port,
  ISSUER_PORT: port,
  METRICS_PORT: port,
  SUBGRAPHS_PORT: port,
  SANDBOX_PORT: port,
  HOST: is(z.string().regex(/^[A-Za-z0-9.:-]+$/), "is not a host name or address"),
  SANDBOX_AUTOPLAY: is(z.enum(["0", "1"]), "must be 0 or 1"),
  DATABASE_URL: is(z.url({ protocol: /^postgres(ql)?$/ }), "is not a postgres:// address"),
  DATA_DIR: is(z.string(), "is not a folder"),
  REDIS_URL: is(
    z.string().refine((text) => typeof readRedisAddress(text) !== "string"),
    (text) => String(readRedisAddress(text)),
  ),
  OIDC_ISSUER: httpUrl,
  OIDC_AUDIENCE: is(z.string(), "is not text"),
  INTROSPECTION: is(z.enum(["0", "1"]), "must be 0 or 1"),
  REFUSED_FIELDS: is(z.enum(["null", "operation"]), "must be null or operation"),
  EXPLORER: is(z.enum(["0", "1"]), "must be 0 or 1"),
  ALLOWED_ORIGINS: is(
    z
      .string()
      .transform((text) => text.split(",").map((each) => each.trim()))
      .pipe(z.array(z.string().refine((each) => originOf(each) === each))),
    "is not a list of origins (https://desk.example, separated by commas)",
  ),
  INTERNAL_KEY: is(jsonText.pipe(key.extend({ d: z.string() })), "is not a private Ed25519 JWK"),
  INTERNAL_PUBLIC_KEYS: is(jsonText.pipe(z.object({ keys: z.array(key).min(1) })), "is not a JWKS of Ed25519 keys"),
  CURSOR_SECRET: is(
    z.base64().refine((text) => Buffer.from(text, "base64").length >= 32),
    "is not base64 of 32 bytes or more",
  ),
  INTAKE_URL: httpUrl,
  SYSTEMS_FILE: is(z.string(), "is not a file"),
  POLICIES_DIR: is(z.string(), "is not a folder"),
  PARTNERS_DIR: is(z.string(), "is not a folder"),
  DOCUMENTS_DIR: is(z.string(), "is not a folder"),
  INSTALLATION: is(z.string().regex(/^[A-Z0-9]{2,6}$/), "must be 2 to 6 of A-Z and 0-9"),
  LOG_LEVEL: is(z.enum(["trace", "debug", "info", "warn", "error"]), "must be trace, debug, info, warn or error"),
  OTEL_EXPORTER_OTLP_ENDPOINT: httpUrl,
  BACKHAUL_INTERNALS: is(jsonText.pipe(internals), "is not an object of internal settings"),
} as const;
const withDefault = { ...variables, ...Object.fromEntries(subgraphNames.map((name) => [urlVariable(name), httpUrl])) };
const withSecretsHidden = new Set(["INTERNAL_KEY", "CURSOR_SECRET", "DATABASE_URL", "REDIS_URL"]);

type Variables = typeof variables;
type Values = { [Name in keyof Variables]?: z.output<Variables[Name]["schema"]> };

/** Reads the settings from an environment (the process's own by default); `overrides` win. Throws ConfigMistakes with every mistake at once. */
export function readConfig(env: Environment = processEnvironment(), overrides: Partial<Config> = {}): Config {
  const { values, mistakes } = readVariables(env);
  mistakes.push(...misspelt(env));
  if (mistakes.length) throw new ConfigMistakes(mistakes);
  return { ...assemble(values, env), ...overrides };
}

/** The process's environment, for those who start other processes or read a variable that is not ours. */
export const processEnvironment = (): Environment => process.env;

/** @apollo/gateway asks cloud metadata services where it runs and reports to its maker's host; from here nothing goes out unless somebody asks for it. */
export function disableApolloTelemetry(): void {
  process.env.APOLLO_TELEMETRY_DISABLED ??= "1";
}

/** The variable that says where a subgraph is. */
export function urlVariable(name: SubgraphName): `SUBGRAPH_URL_${string}` {
  return `SUBGRAPH_URL_${name.toUpperCase()}`;
}

function readVariables(env: Environment): { values: Values & Record<string, unknown>; mistakes: string[] } {
  const values: Record<string, unknown> = {};
  const mistakes: string[] = [];
  for (const [name, { schema, mistake }] of Object.entries(withDefault)) {
    const text = env[name];
    if (text === undefined || text === "") continue;
    const read = schema.safeParse(text);
    if (read.success) values[name] = read.data;
    else mistakes.push(`${name}: ${shown(name, text)} ${typeof mistake === "string" ? mistake : mistake(text)}.`);
  }
  return { values, mistakes };
}

const shown = (name: string, text: string): string =>
  withSecretsHidden.has(name) ? "the value" : JSON.stringify(text);

function assemble(values: Values & Record<string, unknown>, env: Environment): Config {
  const host = values.HOST ?? "127.0.0.1";
  const base = values.PORT ?? 4000;
  const portOf = (name: keyof typeof offsets) => values[name] ?? (base === 0 ? 0 : base + offsets[name]);
  const here = (at: number) => (at === 0 ? undefined : `http://127.0.0.1:${at}`);
  const subgraphsPort = portOf("SUBGRAPHS_PORT");
  const subgraphUrl = (name: SubgraphName, index: number) =>
    values[urlVariable(name)] ?? here(subgraphsPort && subgraphsPort + index)?.concat("/graphql");
  return {
    host,
    port: base,
    intakePort: portOf("INTAKE_PORT"),
    issuerPort: portOf("ISSUER_PORT"),
    metricsPort: portOf("METRICS_PORT"),
    subgraphsPort,
    sandboxPort: portOf("SANDBOX_PORT"),
    sandboxAutoplay: values.SANDBOX_AUTOPLAY === "1",
    databaseUrl: values.DATABASE_URL,
    dataDir: path.resolve(root, values.DATA_DIR ?? ".data"),
    redisUrl: values.REDIS_URL,
    oidcIssuer: values.OIDC_ISSUER,
    oidcAudience: values.OIDC_AUDIENCE ?? "backhaul",
    introspection: values.INTROSPECTION === undefined ? values.OIDC_ISSUER === undefined : values.INTROSPECTION === "1",
    refusedFields: values.REFUSED_FIELDS === "operation" ? "operation" : "field",
    explorer: values.EXPLORER === undefined ? isLoopback(host) : values.EXPLORER === "1",
    allowedOrigins: values.ALLOWED_ORIGINS ?? [],
    internalKey: values.INTERNAL_KEY,
    internalPublicKeys: values.INTERNAL_PUBLIC_KEYS,
    cursorSecret: values.CURSOR_SECRET,
    intakeUrl: values.INTAKE_URL ?? here(portOf("INTAKE_PORT")),
    subgraphUrls: Object.fromEntries(subgraphNames.map((name, index) => [name, subgraphUrl(name, index)])),
    systemsFile: path.resolve(root, values.SYSTEMS_FILE ?? "systems.yml"),
    policiesDir: path.resolve(root, values.POLICIES_DIR ?? "orchestration/policies/tables"),
    partnersDir: path.resolve(root, values.PARTNERS_DIR ?? "partners"),
    documentsDir: path.resolve(root, values.DOCUMENTS_DIR ?? "gateway/documents"),
    installation: values.INSTALLATION ?? "BH1",
    logLevel: values.LOG_LEVEL ?? "info",
    otlpEndpoint: values.OTEL_EXPORTER_OTLP_ENDPOINT,
    secret: (variable) => env[variable] || undefined,
    internals: values.BACKHAUL_INTERNALS ?? internals.parse({}),
  };
}

/** Addresses that only this machine reaches. */
export const isLoopback = (host: string): boolean => ["127.0.0.1", "localhost", "::1"].includes(host);

/** A variable that is nearly one of ours was meant to be it; names under eight letters are other programs' as well. */
function misspelt(env: Environment): string[] {
  const ours = Object.keys(withDefault).filter((name) => name.length >= 8);
  return Object.keys(env).flatMap((name) => {
    if (name in withDefault || (name.length < 7 && !name.startsWith("SUBGRAPH_URL_"))) return [];
    const meant = didYouMean(name, ours);
    if (meant !== undefined) return [`${name}: unknown setting. Did you mean ${meant}?`];
    if (!name.startsWith("SUBGRAPH_URL_")) return [];
    return [`${name}: unknown setting. Known: ${subgraphNames.map(urlVariable).join(", ")}.`];
  });
}

/** The address of a test run's PostgreSQL, set by tools/run-tests.ts. */
export const testDatabaseUrl = (): string | undefined => process.env.TEST_DATABASE_URL || undefined;

/** Which bell the stories of this run ring: PostgreSQL's, or a Redis of their own; set by tools/run-tests.ts. */
export const testBell = (): "postgres" | "redis" => (process.env.TEST_BELL === "redis" ? "redis" : "postgres");

/** Whether a worker is killed at every crash point (`npm run crash-points`), or at a quarter of them, each day the next. */
export const everyCrashPoint = (): boolean => process.env.CRASH_POINTS === "all";

/** How many times as many worlds as in `npm test` the invariants are held against, others in each run (`npm run worlds`); undefined: the same ones as ever. */
export const randomWorlds = (): number | undefined => Number(process.env.WORLDS) || undefined;

/** What the Redis half of the tests can run on: REDIS_URL, or a redis-server on PATH. */
export function redisForTests(): { url: string | undefined; server: string | undefined } {
  const folders = (process.env.PATH ?? "").split(path.delimiter).filter(Boolean);
  const server = folders.map((folder) => path.join(folder, "redis-server")).find((file) => existsSync(file));
  return { url: process.env.REDIS_URL || undefined, server };
}
