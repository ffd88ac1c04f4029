import { badRequest } from "./answers.ts";

/** What a GraphQL request says, on whichever door; each member has the type that GraphQL over HTTP asks for. */
export type Parameters = {
  readonly query: string | undefined;
  readonly documentId: string | undefined;
  readonly operationName: string | undefined;
  readonly variables: Record<string, unknown>;
  readonly extensions: Record<string, unknown>;
};

/** How large the variables of one request may be. */
export const VARIABLES = { values: 20_000, listItems: 2_000, depth: 32 } as const;

/** Reads a request from the JSON of a body or of a socket's message; refuses with 400 what is not one. */
export function readParameters(sent: unknown): Parameters {
  if (Array.isArray(sent)) throw badRequest(400, "Batches are not taken: send one operation per request.");
  if (!isObject(sent)) throw badRequest(400, "The body has to be a JSON object.");
  const extensions = optionalObject(sent, "extensions");
  const variables = optionalObject(sent, "variables");
  checkVariables(variables);
  return {
    query: optionalText(sent, "query"),
    documentId: optionalText(sent, "documentId") ?? optionalText(extensions, "documentId"),
    operationName: optionalText(sent, "operationName"),
    variables,
    extensions,
  };
}

const known = ["documentId", "query", "operationName", "variables", "extensions"];

/** Reads a request from the address of a GET; variables and extensions are JSON in it. */
export function readSearchParameters(search: URLSearchParams): Parameters {
  const sent: Record<string, unknown> = {};
  for (const name of known) {
    const values = search.getAll(name);
    if (values.length > 1) throw badRequest(400, `The parameter ${name} is there more than once.`);
    const [value] = values;
    if (value === undefined || value === "") continue;
    sent[name] = name === "variables" || name === "extensions" ? parseJson(name, value) : value;
  }
  return readParameters(sent);
}

function parseJson(name: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw badRequest(400, `The parameter ${name} is not JSON.`);
  }
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** An empty operationName counts as none; an empty documentId or query is missing. */
function optionalText(from: Record<string, unknown>, name: string): string | undefined {
  const value = from[name];
  if (value === undefined || value === null || value === "") return undefined;
  if (typeof value !== "string") throw badRequest(400, `${name} has to be a string.`);
  return value;
}

function optionalObject(from: Record<string, unknown>, name: string): Record<string, unknown> {
  const value = from[name];
  if (value === undefined || value === null) return {};
  if (!isObject(value)) throw badRequest(400, `${name} has to be an object.`);
  return value;
}

/** Walks the variables without recursion, so that no depth of them can exhaust the stack. */
function checkVariables(variables: Record<string, unknown>): void {
  const open: { value: unknown; depth: number }[] = [{ value: variables, depth: 0 }];
  let values = 0;
  for (let each = open.pop(); each; each = open.pop()) {
    const { value, depth } = each;
    if (typeof value !== "object" || value === null) continue;
    if (depth > VARIABLES.depth) throw tooLarge(`over ${VARIABLES.depth} levels deep`);
    const inner = Object.values(value);
    if (Array.isArray(value) && inner.length > VARIABLES.listItems)
      throw tooLarge(`a list of over ${VARIABLES.listItems} items`);
    values += inner.length;
    if (values > VARIABLES.values) throw tooLarge(`over ${VARIABLES.values} values`);
    for (const one of inner) open.push({ value: one, depth: depth + 1 });
  }
}

const tooLarge = (problem: string) => badRequest(400, `The variables are too large: ${problem}.`);
