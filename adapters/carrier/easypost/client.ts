import { BusinessRefusal, ProgramBug, type SystemFailure } from "#shared/errors.ts";
import type { z } from "zod";
import { type Http, type HttpAnswer } from "../../http.ts";
import type { Call } from "../../port.ts";
import { readJson } from "../../read-json.ts";
import type { SystemEntry } from "../../vendor.ts";
import type { Settings } from "./settings.ts";
import { refusal } from "./wire.ts";

type Ask = { deed: string; method: "GET" | "POST"; path: string; body?: unknown; write: boolean };

/** Calls of EasyPost's REST v2: Basic with the API key, JSON, error codes. */
export function createClient({ name: system, address, secrets }: SystemEntry<Settings>, http: Http) {
  const authorization = `Basic ${Buffer.from(`${secrets["apiKey"]}:`).toString("base64")}`;
  return {
    system,
    /** The answer, or the refusal's code where it is one of `expected`; any other refusal is thrown. */
    async ask<Answer>(
      { deed, method, path, body, write }: Ask,
      schema: z.ZodType<Answer>,
      call: Call,
      expected: readonly string[] = [],
    ): Promise<Answer | string> {
      const content = body === undefined ? {} : { body: JSON.stringify(body) };
      const headers = { authorization, ...(body === undefined ? {} : { "content-type": "application/json" }) };
      const answer = await http.send({ deed, method, url: `${address}/v2${path}`, headers, write, ...content }, call);
      if (answer.status >= 200 && answer.status < 300) return readJson(system, answer.text, schema, write);
      const code = codeOf(answer);
      if (expected.includes(code)) return code;
      throw refusalOf(system, answer);
    },
  };
}

export type Client = ReturnType<typeof createClient>;

/** 402 and 422 are the business saying no; what our request lacks is our bug. */
function refusalOf(system: string, { status, text }: HttpAnswer): SystemFailure {
  const facts = { system, vendorText: `${status} ${text.slice(0, 4_000)}` };
  if (status === 401 || status === 403) return new ProgramBug({ ...facts, code: "ACCESS_REFUSED" });
  if (status === 404) return new BusinessRefusal({ ...facts, code: "NOT_FOUND" });
  if (status === 402 || status === 422) return new BusinessRefusal({ ...facts, code: "LABEL_REFUSED" });
  return new ProgramBug({ ...facts, code: "REQUEST_INVALID" });
}

/** 404 has a code of its own, whatever the body says. */
function codeOf({ status, text }: HttpAnswer): string {
  if (status === 404) return "NOT_FOUND";
  try {
    return refusal.parse(JSON.parse(text)).error.code;
  } catch {
    return "";
  }
}
