import { BusinessRefusal, type FailureCode, ProgramBug, type SystemFailure } from "#shared/errors.ts";
import type { z } from "zod";
import { type Http, type HttpAnswer, type HttpRequest } from "../../http.ts";
import type { Call } from "../../port.ts";
import { readJson } from "../../read-json.ts";
import type { SystemEntry } from "../../vendor.ts";
import type { Settings } from "./settings.ts";
import { signedHeaders } from "./signing.ts";
import { refusal } from "./wire.ts";

type Ask = {
  deed: string;
  method: "GET" | "PUT" | "POST";
  path: string;
  body?: unknown;
  write: boolean;
  waitMs?: number;
};

/** The calls of wires 1.1 to one site: token or signature, JSON, error codes. */
export function createClient({ name: system, address, auth, secrets }: SystemEntry<Settings>, http: Http) {
  const base = `${address}/wms/v1`;

  const headersOf = (method: string, url: string, body: string): Record<string, string> => {
    const content: Record<string, string> = body === "" ? {} : { "content-type": "application/json" };
    if (auth !== "hmac") return { ...content, authorization: `Bearer ${secrets["token"]}` };
    const { pathname, search } = new URL(url);
    return { ...content, ...signedHeaders(secrets["signingSecret"]!, { method, target: pathname + search, body }) };
  };

  return {
    system,
    /** The answer, or the refusal's code where it is one of `expected`; any other refusal is thrown. */
    async ask<Answer>(
      ask: Ask,
      schema: z.ZodType<Answer>,
      call: Call,
      expected: readonly string[] = [],
    ): Promise<Answer | string> {
      const url = base + ask.path;
      const body = ask.body === undefined ? "" : JSON.stringify(ask.body);
      const request: HttpRequest = {
        deed: ask.deed,
        method: ask.method,
        url,
        headers: headersOf(ask.method, url, body),
        write: ask.write,
        ...(body === "" ? {} : { body }),
        ...(ask.waitMs === undefined ? {} : { waitMs: ask.waitMs }),
      };
      const answer = await http.send(request, call);
      if (answer.status >= 200 && answer.status < 300) return readJson(system, answer.text, schema, ask.write);
      const code = codeOf(answer.text);
      if (expected.includes(code)) return code;
      throw refusalOf(system, answer, code);
    },
  };
}

export type Client = ReturnType<typeof createClient>;

const business: Record<string, FailureCode> = {
  INVALID: "INSTRUCTION_REJECTED",
  KEY_REUSED: "CONTENT_DIFFERS",
  ALREADY_RECEIVED: "UNDO_REFUSED",
};

function refusalOf(system: string, { status, text }: HttpAnswer, code: string): SystemFailure {
  const facts = { system, vendorText: `${status} ${text.slice(0, 4_000)}` };
  if (status === 401 || status === 403) return new ProgramBug({ ...facts, code: "ACCESS_REFUSED" });
  if (code === "NOT_FOUND") return new ProgramBug({ ...facts, code: "NOT_FOUND" });
  const meaning = status === 400 ? undefined : business[code];
  return meaning
    ? new BusinessRefusal({ ...facts, code: meaning })
    : new ProgramBug({ ...facts, code: "REQUEST_INVALID" });
}

function codeOf(text: string): string {
  try {
    return refusal.parse(JSON.parse(text)).error.code;
  } catch {
    return "";
  }
}
