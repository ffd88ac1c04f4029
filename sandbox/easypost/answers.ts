import type { z } from "zod";
import type { Answer } from "../http.ts";

/** A refusal on its way out of a handler; it becomes the vendor's error body. */
export class EasyPostError extends Error {
  readonly status: number;
  readonly code: string;
  readonly errors: { field: string; message: string }[];

  constructor(status: number, code: string, message: string, errors: { field: string; message: string }[] = []) {
    super(message);
    this.status = status;
    this.code = code;
    this.errors = errors;
  }
}

/** `{ "error": { "code", "message", "errors" } }`; a limit says when to come again. */
export const errorAnswer = ({ status, code, message, errors }: EasyPostError): Answer => ({
  status,
  headers: status === 429 || status === 503 ? { "retry-after": "1" } : {},
  body: { error: { code, message, errors } },
});

const codes: Record<number, string> = {
  401: "APIKEY.INACTIVE",
  402: "PAYMENT.REQUIRED",
  404: "NOT_FOUND",
  413: "PAYLOAD.TOO_LARGE",
  429: "RATE_LIMITED",
  503: "SERVICE.UNAVAILABLE",
};

/** The refusal that a test armed: the code it named, if it is one of this vendor's, else the status's own. */
export const armedRefusal = (status: number, code: string, message: string): EasyPostError =>
  new EasyPostError(status, code.includes(".") ? code : (codes[status] ?? "INTERNAL_SERVER_ERROR"), message);

export const notFound = (): never => {
  throw new EasyPostError(404, "NOT_FOUND", "The requested resource could not be found.");
};

/** Parses a body; 400 where it is no JSON, 422 with each wrong field otherwise. */
export function readBody<T>(schema: z.ZodType<T>, body: string): T {
  const read = schema.safeParse(parseJson(body));
  if (read.success) return read.data;
  const errors = read.error.issues.map(({ path, message }) => ({ field: path.join("."), message }));
  throw new EasyPostError(422, "PARAMETER.INVALID", "Wrong parameter type.", errors);
}

function parseJson(body: string): unknown {
  try {
    return JSON.parse(body === "" ? "{}" : body);
  } catch {
    throw new EasyPostError(400, "PARAMETER.INVALID", "The body is no JSON.");
  }
}
