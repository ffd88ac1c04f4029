import { createSign, generateKeyPairSync } from "node:crypto";
import { createFaults } from "../faults.ts";
import { makeDistributor } from "../seed/make-distributor.ts";
import { startServer } from "../server.ts";
import { createStore } from "../store.ts";
import { createSalesforce } from "./server.ts";
import type { Settings } from "./settings.ts";

const keys = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const stranger = generateKeyPairSync("rsa", { modulusLength: 2_048 });
const app = { consumerKey: "the app", username: "backhaul@distributor.example" };
const distributor = makeDistributor({ today: "2026-11-21", scale: 0 });

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
/** An assertion as a client makes it; `by` a stranger is signed with another key. */
export function assertion(claims: object = {}, by: "us" | "stranger" = "us"): string {
  const body = {
    iss: app.consumerKey,
    sub: app.username,
    aud: "https://login.salesforce.com",
    exp: Math.floor(Date.now() / 1_000) + 180,
  };
  const text = `${part({ alg: "RS256" })}.${part({ ...body, ...claims })}`;
  const signer = createSign("sha256").update(text);
  return `${text}.${signer.sign((by === "us" ? keys : stranger).privateKey).toString("base64url")}`;
}

/** The org on a free port, and calls to it in a session. */
export async function startOrg(settings: Partial<Settings> = {}, folder: string | null = null) {
  const faults = createFaults();
  const store = createStore({ name: "salesforce", folder });
  const certificate = keys.publicKey.export({ type: "spki", format: "pem" }).toString();
  const vendor = createSalesforce({
    name: "salesforce",
    store,
    faults,
    distributor,
    settings: { ...app, certificate, ...settings },
  });
  const server = await startServer({
    name: "salesforce",
    host: "127.0.0.1",
    port: 0,
    faults,
    vendor,
    servers: () => ({}),
  });

  const logIn = async (text: string, grantType = "urn:ietf:params:oauth:grant-type:jwt-bearer") => {
    const body = new URLSearchParams({ grant_type: grantType, assertion: text });
    const response = await fetch(`${server.url}/services/oauth2/token`, { method: "POST", body });
    return { status: response.status, body: (await response.json()) as any };
  };
  const { body: session } = await logIn(assertion());
  const send = async (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) => {
    const text = body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) };
    const all = { authorization: `Bearer ${session.access_token}`, "content-type": "application/json", ...headers };
    const response = await fetch(server.url + path, { method, headers: all, ...text });
    const answer = await response.text();
    return { status: response.status, headers: response.headers, body: (answer ? JSON.parse(answer) : null) as any };
  };
  const call = (method: string, path: string, body?: unknown, headers: Record<string, string> = {}) =>
    send(method, `/services/data/v62.0${path}`, body, headers);
  const query = (text: string, headers: Record<string, string> = {}) =>
    call("GET", `/query?q=${encodeURIComponent(text)}`, undefined, headers);
  /** The code and message of what a statement is refused with. */
  const refused = async (text: string) => {
    const { status, body } = await query(text);
    return `${status} ${body[0].errorCode} ${body[0].message.split("\n").at(-1)}`;
  };
  return { ...server, session, logIn, send, call, query, refused };
}

export type Org = Awaited<ReturnType<typeof startOrg>>;
