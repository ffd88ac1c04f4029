import { createFaults } from "../faults.ts";
import { makeDistributor } from "../seed/make-distributor.ts";
import { startServer } from "../server.ts";
import { createStore } from "../store.ts";
import { createBusinessCentral } from "./server.ts";
import type { Settings } from "./settings.ts";

export const TODAY = "2026-11-21";
export const CLIENT = { clientId: "backhaul", clientSecret: "a secret of a test" };
const SCOPE = "https://api.businesscentral.dynamics.com/.default";
/** Stories only: none of the 3,000 orders around them. */
const distributor = makeDistributor({ today: TODAY, scale: 0 });

type Body = any;
export type Reply = { status: number; headers: Headers; body: Body; code: string | undefined };

/** Business Central on a free port with the stories of the seed, and calls to it as a client makes them. */
export async function startBusinessCentral({
  folder = null,
  now = () => new Date(`${TODAY}T18:00:00Z`),
  ...settings
}: Partial<Settings> & { folder?: string | null; now?: () => Date } = {}) {
  const faults = createFaults();
  const name = "business-central";
  const store = createStore({ name, folder });
  const vendor = createBusinessCentral({ name, store, faults, distributor, now, settings: { ...CLIENT, ...settings } });
  const server = await startServer({ name, host: "127.0.0.1", port: 0, faults, vendor, servers: () => ({}) });

  const tokenFor = async (form: Record<string, string> = {}) => {
    const body = new URLSearchParams({
      grant_type: "client_credentials",
      client_id: CLIENT.clientId,
      client_secret: CLIENT.clientSecret,
      scope: SCOPE,
      ...form,
    });
    const response = await fetch(`${server.url}/7d1f0c52-5f0e-4a57-9d0b-6a1f4c3e2b10/oauth2/v2.0/token`, {
      method: "POST",
      body,
    });
    return { status: response.status, body: (await response.json()) as Body };
  };
  const { body: token } = await tokenFor();

  /** A call to a path below the address, or to a whole URL. */
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Reply> => {
    const response = await fetch(path.startsWith("http") ? path : `${server.url}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token.access_token as string}`,
        "content-type": "application/json",
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === "string" ? body : JSON.stringify(body) }),
    });
    const text = await response.text();
    const json = text.startsWith("{") ? (JSON.parse(text) as Body) : text;
    return { status: response.status, headers: response.headers, body: json, code: json.error?.code };
  };

  const companies = await call("GET", "/api/v2.0/companies");
  const company = (code: string): string => companies.body.value.find((each: Body) => each.name === code).id;
  const v2 = (path: string, code = "US01") => `/api/v2.0/companies(${company(code)})/${path}`;
  const custom = (path: string, code = "US01") => `/api/contoso/returns/v1.0/companies(${company(code)})/${path}`;
  const query = (filter: string, rest = "") => `?$filter=${encodeURIComponent(filter)}${rest}`;
  /** Without the answers that every test would have to unwrap: throws on a refusal. */
  const must = async (
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
  ): Promise<Body> => {
    const reply = await call(method, path, body, headers);
    if (reply.status >= 300) throw new Error(`${method} ${path}: ${reply.status} ${JSON.stringify(reply.body)}`);
    return reply.body;
  };
  const etag = (entity: Body) => ({ "if-match": entity["@odata.etag"] as string });
  const post = (path: string) => must("POST", `${path}/Microsoft.NAV.post`);

  return { ...server, call, must, post, v2, custom, company, query, etag, tokenFor };
}

export type Running = Awaited<ReturnType<typeof startBusinessCentral>>;
