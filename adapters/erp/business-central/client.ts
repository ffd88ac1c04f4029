import { ProgramBug } from "#shared/errors.ts";
import { z } from "zod";
import { waitShared } from "../../budget.ts";
import type { Http, HttpAnswer, HttpRequest } from "../../http.ts";
import type { Call } from "../../port.ts";
import { readJson } from "../../read-json.ts";
import type { SystemEntry } from "../../vendor.ts";
import { sameOrigin } from "./same-origin.ts";
import { anyOf, guid, query, text } from "./odata.ts";
import { isNotFound, isStale, refusalOf } from "./refusals.ts";
import type { Settings } from "./settings.ts";
import { createTokens } from "./token.ts";

/** Which of the two roots a set is under: Microsoft's v2.0, or the partner's pages. */
export type Root = "v2.0" | "custom";
export type Set<Row> = { root: Root; name: string; schema: z.ZodType<Row> };
export type Where = { deed: string; expand?: string; select?: string };
type Patch = { deed: string; path: string; etag: string; body: Record<string, unknown> };

const company = z.object({ id: z.string(), name: z.string() });

/** Business Central's API for one company: token, addresses, paging, ETags, errors. */
export function createClient({ name: system, address, settings, secrets, limits }: SystemEntry<Settings>, http: Http) {
  const tenant = encodeURIComponent(settings.tenantId);
  const tokenUrl = settings.tokenUrl ?? `https://login.microsoftonline.com/${tenant}/oauth2/v2.0/token`;
  const tokens = createTokens(http, {
    system,
    tokenUrl,
    scope: settings.scope,
    clientId: secrets["clientId"]!,
    clientSecret: secrets["clientSecret"]!,
  });
  const roots: Record<Root, string> = { "v2.0": `${address}/api/v2.0`, custom: `${address}/api/${settings.customApi}` };
  let companyId = settings.companyId;
  let resolving: Promise<string> | undefined;

  /** One exchange with a token; a token that is not accepted is renewed once (nothing was done with it). */
  const exchange = async (request: HttpRequest, call: Call): Promise<HttpAnswer> => {
    for (const isLast of [false, true]) {
      const token = await waitShared(system, tokens.get(call), call);
      const answer = await http.send(
        { ...request, headers: { ...request.headers, authorization: `Bearer ${token}` } },
        call,
      );
      if (answer.status >= 200 && answer.status < 300) return answer;
      if (answer.status !== 401 || isLast) throw refusalOf(system, answer);
      tokens.forget(token);
    }
    throw new ProgramBug({ system, code: "ACCESS_REFUSED" });
  };

  const read = async <Body>(deed: string, url: string, schema: z.ZodType<Body>, call: Call): Promise<Body> => {
    const answer = await exchange({ deed, method: "GET", url, write: false }, call);
    return readJson(system, answer.text, schema, false);
  };

  const readPages = async <Row>(deed: string, first: string, schema: z.ZodType<Row>, call: Call): Promise<Row[]> => {
    const page = z.object({ value: z.array(schema), "@odata.nextLink": z.string().optional() });
    const rows: Row[] = [];
    for (let url: string | undefined = first; url !== undefined;) {
      const body: z.output<typeof page> = await read(deed, url, page, call);
      for (const row of body.value) rows.push(row);
      url = body["@odata.nextLink"] === undefined ? undefined : sameOrigin(system, address, body["@odata.nextLink"]);
    }
    return rows;
  };

  const findCompany = async (call: Call): Promise<string> => {
    const name = settings.company!;
    const found = await readPages(
      "find-company",
      `${roots["v2.0"]}/companies${query({ filter: `name eq ${text(name)}` })}`,
      company,
      call,
    );
    const one = found.find((each) => each.name === name);
    if (!one) throw new ProgramBug({ system, code: "NOT_FOUND", vendorText: `no company named ${name}` });
    return (companyId = one.id);
  };
  const companyOf = async (call: Call): Promise<string> => {
    if (companyId !== undefined) return companyId;
    resolving ??= findCompany({ correlationId: call.correlationId }).finally(() => (resolving = undefined));
    return waitShared(system, resolving, call);
  };

  const base = async (root: Root, call: Call): Promise<string> =>
    `${roots[root]}/companies(${guid(await companyOf(call))})`;
  const addressOf = async (set: { root: Root; name: string }, call: Call): Promise<string> =>
    `${await base(set.root, call)}/${set.name}`;

  const write = async (request: Omit<HttpRequest, "write">, call: Call): Promise<HttpAnswer> =>
    exchange({ ...request, write: true }, call);
  const json = (body: unknown) => ({ headers: { "content-type": "application/json" }, body: JSON.stringify(body) });

  return {
    system,
    limits,
    /** All pages of what a filter names. */
    async list<Row>(
      set: Set<Row>,
      filter: string | undefined,
      { deed, ...options }: Where,
      call: Call,
    ): Promise<Row[]> {
      return readPages(deed, (await addressOf(set, call)) + query({ filter, ...options }), set.schema, call);
    },
    /** Rows whose field is one of many values: as few requests as URLs have room for, at once. */
    async listBy<Row>(
      set: Set<Row>,
      field: string,
      values: Iterable<string>,
      { deed, ...options }: Where,
      call: Call,
    ): Promise<Row[]> {
      const at = await addressOf(set, call);
      const filters = anyOf(field, [...values].map(text));
      const pages = await Promise.all(
        filters.map((filter) => readPages(deed, at + query({ filter, ...options }), set.schema, call)),
      );
      return pages.flat();
    },
    /** One entity by its id; null where there is none. */
    async get<Row>(set: Set<Row>, id: string, { deed, ...options }: Where, call: Call): Promise<Row | null> {
      try {
        return await read(deed, `${await addressOf(set, call)}(${guid(id)})${query(options)}`, set.schema, call);
      } catch (error) {
        if (isNotFound(error)) return null;
        throw error;
      }
    },
    async create<Row>(set: Set<Row>, deed: string, body: Record<string, unknown>, call: Call): Promise<Row> {
      const answer = await write({ deed, method: "POST", url: await addressOf(set, call), ...json(body) }, call);
      return readJson(system, answer.text, set.schema, true);
    },
    /** A bound action; its answer is read only where a schema says what it is. */
    async act<Answer = unknown>(
      set: Set<any>,
      id: string,
      action: string,
      options: { deed: string; body?: unknown; answer?: z.ZodType<Answer> },
      call: Call,
    ): Promise<Answer> {
      const url = `${await addressOf(set, call)}(${guid(id)})/Microsoft.NAV.${action}`;
      const content = options.body === undefined ? {} : json(options.body);
      const answer = await write({ deed: options.deed, method: "POST", url, ...content }, call);
      return options.answer ? readJson(system, answer.text, options.answer, true) : (undefined as Answer);
    },
    /** Changes one entity. A stale ETag is read again once: what already is as wanted is done, else it is sent with the new one. */
    async patch<Row extends { "@odata.etag": string }>(
      set: Set<Row>,
      id: string,
      change: Omit<Patch, "path">,
      call: Call,
      isAsWanted: (row: Row) => boolean,
    ): Promise<void> {
      const url = `${await addressOf(set, call)}(${guid(id)})`;
      const { deed, body } = change;
      const send = (etag: string) =>
        write(
          {
            deed,
            method: "PATCH",
            url,
            body: JSON.stringify(body),
            headers: { "content-type": "application/json", "if-match": etag },
          },
          call,
        );
      try {
        await send(change.etag);
      } catch (error) {
        if (!isStale(error)) throw error;
        const row = await read(deed, url, set.schema, call);
        if (!isAsWanted(row)) await send(row["@odata.etag"]);
      }
    },
    async remove(set: Set<any>, id: string, deed: string, etag: string, call: Call): Promise<void> {
      await write(
        { deed, method: "DELETE", url: `${await addressOf(set, call)}(${guid(id)})`, headers: { "if-match": etag } },
        call,
      );
    },
    /** `companies({id})/<set>` as the subscriptions name it. */
    resource: async (root: Root, set: string, call: Call): Promise<string> =>
      `${new URL(roots[root]).pathname.replace(/^\//, "")}/companies(${guid(await companyOf(call))})/${set}`,
    /** Sets above the companies. */
    root: (root: Root) => ({
      list: async <Row>(name: string, schema: z.ZodType<Row>, deed: string, call: Call) =>
        readPages(deed, `${roots[root]}/${name}`, schema, call),
      create: async <Row>(name: string, schema: z.ZodType<Row>, deed: string, body: unknown, call: Call) => {
        const answer = await exchange(
          { deed, method: "POST", url: `${roots[root]}/${name}`, write: true, ...json(body) },
          call,
        );
        return readJson(system, answer.text, schema, true);
      },
      patch: async <Row>(
        name: string,
        key: string,
        schema: z.ZodType<Row>,
        deed: string,
        change: { etag: string; body: unknown },
        call: Call,
      ) => {
        const headers = { "content-type": "application/json", "if-match": change.etag };
        const url = `${roots[root]}/${name}(${text(encodeURIComponent(key))})`;
        const answer = await exchange(
          { deed, method: "PATCH", url, write: true, headers, body: JSON.stringify(change.body) },
          call,
        );
        return readJson(system, answer.text, schema, true);
      },
    }),
  };
}

export type Client = ReturnType<typeof createClient>;
