import { randomUUID } from "node:crypto";
import type { Answer } from "../http.ts";

/** An answer that Business Central refuses with. Clients switch on the code. */
export class ODataError extends Error {
  readonly status: number;
  readonly code: string;

  constructor(status: number, code: string, message: string) {
    super(message);
    this.status = status;
    this.code = code;
  }
}

/** The error body of the real one; the correlation id is what its support asks for. */
export const errorAnswer = (status: number, code: string, message: string): Answer => ({
  status,
  headers: { "content-type": "application/json; odata.metadata=minimal" },
  body: JSON.stringify({ error: { code, message: `${message}  CorrelationId:  ${randomUUID()}.` } }),
});

export const dialog = (message: string) => new ODataError(400, "Application_DialogException", message);
export const fieldInvalid = (message: string) => new ODataError(400, "Application_FieldValidationException", message);
export const badRequest = (message: string) => new ODataError(400, "BadRequest", message);
export const notThere = (message: string) => new ODataError(404, "Internal_RecordNotFound", message);
export const noSegment = (segment: string) =>
  new ODataError(404, "BadRequest_ResourceNotFound", `Resource not found for the segment '${segment}'.`);
export const notAllowed = (method: string, set: string) =>
  new ODataError(
    405,
    "BadRequest_MethodNotAllowed",
    `'${method}' requests for '${set}' of EdmType 'Entity' are not allowed within Microsoft Dynamics NAV OData web services.`,
  );
export const unrelated = (field: string, value: string, table: string) =>
  new ODataError(
    400,
    "Internal_InvalidTableRelation",
    `The field ${field} contains a value (${value}) that cannot be found in the related table (${table}).`,
  );
export const readOnly = (field: string) =>
  new ODataError(400, "BadRequest_InvalidOperation", `Control '${field}' is read-only.`);
export const tooLong = (length: number, limit: number, value: string) =>
  new ODataError(
    400,
    "Application_StringExceededLength",
    `The length of the string is ${length}, but it must be less than or equal to ${limit} characters. Value: ${value}`,
  );
