import type { Answer } from "../http.ts";

export type ErrorEntry = { message: string; errorCode: string; fields?: string[] };

/** An answer that Salesforce refuses with: a list of errors, of which clients switch on the first one's code. */
export class SalesforceError extends Error {
  readonly status: number;
  readonly entry: ErrorEntry;

  constructor(status: number, errorCode: string, message: string, fields?: string[]) {
    super(message);
    this.status = status;
    this.entry = { message, errorCode, ...(fields ? { fields } : {}) };
  }
}

export const errorAnswer = (status: number, code: string, message: string): Answer => ({
  status,
  body: [{ message, errorCode: code }],
});
export const answerOf = ({ status, entry }: SalesforceError): Answer => ({ status, body: [entry] });

/** The code of a refusal that a test armed by its status alone. */
const codeOfStatus: Record<number, string> = {
  401: "INVALID_SESSION_ID",
  403: "REQUEST_LIMIT_EXCEEDED",
  503: "SERVER_UNAVAILABLE",
  500: "UNKNOWN_EXCEPTION",
};
export const armedRefusal = (status: number, code: string, message: string): Answer =>
  errorAnswer(status, /^[A-Z_]+$/.test(code) ? code : (codeOfStatus[status] ?? "UNKNOWN_EXCEPTION"), message);

export const noResource = () => new SalesforceError(404, "NOT_FOUND", "The requested resource does not exist");
export const noType = (name: string) =>
  new SalesforceError(400, "INVALID_TYPE", `sObject type '${name}' is not supported.`);
export const noExternalId = (field: string) =>
  new SalesforceError(404, "NOT_FOUND", `Provided external ID field does not exist or is not accessible: ${field}`);
export const notAllowed = (method: string) =>
  new SalesforceError(405, "METHOD_NOT_ALLOWED", `HTTP Method '${method}' not allowed.`);
export const unreadableBody = (message: string) => new SalesforceError(400, "JSON_PARSER_ERROR", message);
export const sessionEnded = () => new SalesforceError(401, "INVALID_SESSION_ID", "Session expired or invalid");
export const deleted = () => new SalesforceError(404, "ENTITY_IS_DELETED", "entity is deleted", []);
