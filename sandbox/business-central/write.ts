import { inventoryAdjustments } from "./adjustment.ts";
import { type Books, etagOf } from "./books.ts";
import { salesCreditMemos } from "./credit-memo.ts";
import { type EntitySet, knownSet } from "./entity-sets.ts";
import { badRequest, dialog, notAllowed, notThere, ODataError } from "./errors.ts";
import type { Family } from "./family.ts";
import { fromWire, type Input, type Value } from "./fields.ts";
import type { Entity } from "./filter.ts";
import { returnOrders } from "./return-order.ts";
import { returnReceipts } from "./return-receipt.ts";
import { given } from "./references.ts";
import { salesOrders } from "./sales-order.ts";

const families = [salesOrders, salesCreditMemos, returnOrders, returnReceipts, inventoryAdjustments];

/** The family that writes a set; sets without one are read only. */
function familyOf(set: EntitySet, method: string): Family {
  const family = families.find(({ headers, lines }) => headers === set.name || lines === set.name);
  if (!family) throw notAllowed(method, set.name);
  return family;
}

/** Creates a header with its lines, or a line; whole or nothing. */
export function create(books: Books, set: EntitySet, body: unknown, documentId: string | null): Entity {
  const family = familyOf(set, "POST");
  const { input, lines } = readBody(set, body, true);
  return books.transaction(() => {
    if (set.name === family.lines)
      return createLine(books, family, documentId === null ? input : { ...input, documentId });
    const header = books.save(set.name, family.header(books, null, input));
    for (const line of lines) addLine(books, family, header, line);
    return family.settle(books, header);
  });
}

function createLine(books: Books, family: Family, input: Input): Entity {
  if (!input["documentId"]) throw dialog("A documentId must be provided.");
  const header = draftOf(books, family, String(input["documentId"]));
  const line = addLine(books, family, header, input);
  family.settle(books, header);
  return books.table(family.lines).get(line.id)!;
}

function addLine(books: Books, family: Family, header: Entity, input: Input): Entity {
  const { documentId: _, ...rest } = input;
  return books.save(family.lines, family.line(books, header, null, rest));
}

/** Changes what the body names; the record must still be the one that `ifMatch` saw. */
export function patch(books: Books, set: EntitySet, id: string, body: unknown, ifMatch: string | undefined): Entity {
  const family = familyOf(set, "PATCH");
  const { input } = readBody(set, body, false);
  return books.transaction(() => {
    const before = matched(books, set, id, ifMatch);
    const header = headerOf(books, family, set, before);
    if (set.name === family.headers) {
      family.settle(books, { ...family.header(books, before, input) });
      return books.table(set.name).get(id)!;
    }
    checkFixed(before, input);
    books.save(set.name, family.line(books, header, before, input));
    family.settle(books, header);
    return books.table(set.name).get(id)!;
  });
}

export function remove(books: Books, set: EntitySet, id: string, ifMatch: string | undefined) {
  const family = familyOf(set, "DELETE");
  books.transaction(() => {
    const before = matched(books, set, id, ifMatch);
    const header = headerOf(books, family, set, before);
    const isHeader = set.name === family.headers;
    const lines = isHeader ? books.table(family.lines).by("documentId", id) : [before];
    for (const line of lines) {
      family.checkRemoval?.(line);
      books.remove(family.lines, line.id);
    }
    if (isHeader) books.remove(set.name, id);
    else family.settle(books, header);
  });
}

/** The header that a change is about; it must be a draft. */
const headerOf = (books: Books, family: Family, set: EntitySet, row: Entity) =>
  draftOf(books, family, set.name === family.headers ? row.id : String(row["documentId"]));

function draftOf(books: Books, family: Family, id: string): Entity {
  const header = books.refer(family.headers, id, knownSet(family.headers).type);
  if (header["status"] !== "Draft")
    throw dialog(`The ${knownSet(family.headers).type} ${String(header["number"])} is posted and cannot be changed.`);
  return header;
}

function checkFixed(before: Entity, input: Input) {
  if (given(input, "documentId") && input["documentId"] !== before["documentId"])
    throw dialog('The value for "documentId" cannot be modified.');
  if (given(input, "sequence") && input["sequence"] !== before["sequence"])
    throw dialog('The value for "sequence" cannot be modified. Delete and insert the line again.');
}

function matched(books: Books, set: EntitySet, id: string, ifMatch: string | undefined): Entity {
  const row = books.table(set.name).get(id);
  if (!row) throw notThere(`The ${set.type} does not exist. Identification fields and values: SystemId='${id}'`);
  if (ifMatch === undefined || !(ifMatch === "*" || /^W\/"[A-Za-z0-9+/=]+"$/.test(ifMatch)))
    throw new ODataError(
      400,
      "BadRequest_InvalidToken",
      "Could not validate the client concurrency token required by the service. Please provide a valid token in the client request.",
    );
  if (ifMatch !== "*" && ifMatch !== etagOf(row))
    throw new ODataError(409, "Request_EntityChanged", "Another user has already changed the record.");
  return row;
}

/** The body's fields as they are stored, and the lines of a deep insert. */
function readBody(set: EntitySet, body: unknown, isDeep: boolean): { input: Input; lines: Input[] } {
  if (typeof body !== "object" || body === null || Array.isArray(body)) throw badRequest("Invalid Request Body");
  const input: Record<string, Value> = {};
  let lines: Input[] = [];
  for (const [name, value] of Object.entries(body)) {
    if (name.includes("@odata.")) continue;
    const field = set.fields.find((each) => each.name === name);
    if (field) input[name] = fromWire(field, value);
    else if (isDeep && name === set.lines) lines = readLines(knownSet(set.lines), value);
    else
      throw badRequest(
        `The property '${name}' does not exist on type 'Microsoft.NAV.${set.type}'. Make sure to only use property names that are defined by the type.`,
      );
  }
  return { input, lines };
}

function readLines(set: EntitySet, value: unknown): Input[] {
  if (!Array.isArray(value)) throw badRequest("Invalid Request Body");
  return value.map((line: unknown) => readBody(set, line, false).input);
}
