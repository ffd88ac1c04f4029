import type { z } from "zod";
import type { Answer } from "../http.ts";

const STATUS_OF = {
  INVALID: 422,
  UNAUTHORIZED: 401,
  NOT_FOUND: 404,
  KEY_REUSED: 409,
  ALREADY_RECEIVED: 409,
  CURSOR_EXPIRED: 410,
  TOO_LARGE: 413,
  RATE_LIMITED: 429,
  UNAVAILABLE: 503,
  INTERNAL: 500,
} as const;
export type RefusalCode = keyof typeof STATUS_OF;

/** A refusal on its way out of a handler; it becomes the error body of wires 1.1. */
export class Refusal extends Error {
  readonly code: RefusalCode;
  readonly field: string | null;
  readonly status: number;

  constructor(code: RefusalCode, message: string, options: { field?: string; status?: number } = {}) {
    super(message);
    this.code = code;
    this.field = options.field ?? null;
    this.status = options.status ?? STATUS_OF[code];
  }
}

export function errorAnswer(refusal: Refusal, requestId: string): Answer {
  const { code, message, field, status } = refusal;
  const headers = status === 429 || status === 503 ? { "retry-after": "1" } : {};
  return { status, headers, body: { error: { code, message, field, requestId } } };
}

/** The refusal that a test armed by status: its code is the wire's, whatever the fault called it. */
export function refusalOfStatus(status: number, code: string, message: string): Refusal {
  const [known] = Object.entries(STATUS_OF).find(([, each]) => each === status) ?? ["INTERNAL"];
  return new Refusal((code in STATUS_OF ? code : known) as RefusalCode, message, { status });
}

/** Parses a body; 400 where it is no JSON, 422 with the first wrong member's path otherwise. */
export function readBody<T>(schema: z.ZodType<T>, body: string): T {
  const read = schema.safeParse(parseJson(body));
  if (read.success) return read.data;
  const [issue] = read.error.issues;
  const field = (issue?.path ?? [])
    .map((part) => (typeof part === "number" ? `[${part}]` : `.${String(part)}`))
    .join("");
  throw new Refusal("INVALID", issue?.message ?? "invalid", { field: field.replace(/^\./, "") });
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body);
  } catch {
    throw new Refusal("INVALID", "The body is no JSON.", { status: 400 });
  }
}
