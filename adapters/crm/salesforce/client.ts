import { ProgramBug, type SystemFailure } from "#shared/errors.ts";
import { gauge } from "#shared/telemetry.ts";
import type { z } from "zod";
import { waitShared } from "../../budget.ts";
import { type Http, type HttpAnswer, type HttpRequest } from "../../http.ts";
import type { Call } from "../../port.ts";
import { readJson } from "../../read-json.ts";
import type { SystemEntry } from "../../vendor.ts";
import { type Part, wholeAnswer } from "./composite.ts";
import { refusalOf } from "./refusals.ts";
import type { Settings } from "./settings.ts";
import { createSessions } from "./token.ts";
import { compositeAnswer, page, type PartAnswer } from "./wire.ts";

const usage = gauge("crm_api_usage_ratio", "Share of the day's API calls that the CRM's org has used", ["system"]);

/** Salesforce's REST API for one org: session, addresses, paging, limits, errors. */
export function createClient({ name: system, address, settings, secrets }: SystemEntry<Settings>, http: Http) {
  const { apiVersion, audience, limitPause: limitPauseMs } = settings;
  const root = `/services/data/v${apiVersion}`;
  const sessions = createSessions(http, {
    system,
    tokenUrl: settings.tokenUrl ?? `${address}/services/oauth2/token`,
    audience,
    consumerKey: secrets["consumerKey"]!,
    username: secrets["username"]!,
    privateKey: secrets["privateKey"]!,
  });

  const refusal = (status: number, body: unknown, text: string): SystemFailure => {
    const failure = refusalOf({ system, status, body, text, limitPauseMs });
    if (failure.code === "RATE_LIMITED") http.stayAway(failure.retryAfterMs ?? limitPauseMs);
    return failure;
  };

  /** One exchange in a session; one that has ended is begun again once (nothing was done in it). */
  const exchange = async (request: HttpRequest, call: Call): Promise<HttpAnswer> => {
    for (const isLast of [false, true]) {
      const session = await waitShared(system, sessions.get(call), call);
      const headers = { ...request.headers, authorization: `Bearer ${session}` };
      const answer = await http.send({ ...request, headers }, call);
      noteUsage(system, answer);
      if (answer.status >= 200 && answer.status < 300) return answer;
      if (answer.status !== 401 || isLast) throw refusal(answer.status, jsonOf(answer.text), answer.text);
      sessions.forget(session);
    }
    throw new ProgramBug({ system, code: "ACCESS_REFUSED" });
  };

  return {
    system,
    /** All pages of what a statement finds. */
    async query<Row>(deed: string, statement: string, row: z.ZodType<Row>, call: Call): Promise<Row[]> {
      const schema = page(row);
      const rows: Row[] = [];
      for (let path: string | undefined = `${root}/query?q=${encodeURIComponent(statement)}`; path !== undefined;) {
        const { text } = await exchange({ deed, method: "GET", url: address + path, write: false }, call);
        const body: z.output<typeof schema> = readJson(system, text, schema, false);
        for (const each of body.records) rows.push(each);
        path = body.done ? undefined : nextPath(system, root, body.nextRecordsUrl);
      }
      return rows;
    },
    /** All parts or none, in one call. The answer is 200 whatever became of them, so that each is judged; throws the failure of the first that failed. */
    async writeAll(deed: string, parts: readonly Part[], call: Call): Promise<PartAnswer[]> {
      const compositeRequest = parts.map(({ path, ...part }) => ({ ...part, url: `${root}/sobjects/${path}` }));
      const body = JSON.stringify({ allOrNone: true, compositeRequest });
      const headers = { "content-type": "application/json" };
      const url = `${address}${root}/composite`;
      const { text } = await exchange({ deed, method: "POST", url, headers, body, write: true }, call);
      const { compositeResponse } = readJson(system, text, compositeAnswer, true);
      return wholeAnswer(system, parts, compositeResponse, (failed) =>
        refusal(failed.httpStatusCode, failed.body, JSON.stringify(failed)),
      );
    },
  };
}

export type Client = ReturnType<typeof createClient>;

/** `api-usage=18/5000` */
function noteUsage(system: string, { headers }: HttpAnswer): void {
  const [, used, limit] = /api-usage=(\d+)\/(\d+)/.exec(String(headers["sforce-limit-info"] ?? "")) ?? [];
  if (Number(limit) > 0) usage.set({ system }, Number(used) / Number(limit));
}

/** A further page is followed only within this API of the org. */
function nextPath(system: string, root: string, next: string | undefined): string {
  if (next !== undefined && next.startsWith(`${root}/query/`)) return next;
  throw new ProgramBug({
    system,
    code: "RESPONSE_INVALID",
    vendorText: `nextRecordsUrl ${String(next).slice(0, 200)}`,
  });
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}
