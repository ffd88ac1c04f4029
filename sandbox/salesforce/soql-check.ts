import { readId } from "./ids.ts";
import { type Field, fieldNamed, objectNamed, type ObjectType, relationNamed } from "./objects.ts";
import type { Literal, Path } from "./soql-parse.ts";
import { refusedQuery } from "./soql-tokens.ts";

/** A field as a query names it: over which relationships, and which one at the end. */
export type Reached = { relations: Field[]; field: Field; polymorphic: boolean };

/** What `Owner` of a case leads to: a user or a queue, of which a query sees these fields. */
const nameFields = ["Id", "Name", "Type"];

/** Finds the field of a path such as `Account.AccountNumber`; throws INVALID_FIELD as the real one words it. */
export function reach(query: string, type: ObjectType, path: Path): Reached {
  const steps = path.text.split(".");
  const last = steps.pop()!;
  const relations: Field[] = [];
  let here = type;
  for (const [index, step] of steps.entries()) {
    const relation = relationNamed(here, step);
    if (!relation) throw noRelation(query, path, here, step);
    relations.push(relation);
    if (relation.relation!.to.length === 1) here = objectNamed(relation.relation!.to[0]!);
    else if (index < steps.length - 1) throw noRelation(query, path, here, steps[index + 1]!);
    else return { relations, field: nameField(query, path, last), polymorphic: true };
  }
  const field = fieldNamed(here, last);
  if (!field) throw noColumn(query, path, last, here.name);
  return { relations, field, polymorphic: false };
}

function nameField(query: string, path: Path, name: string): Field {
  const known = nameFields.find((each) => each.toLowerCase() === name.toLowerCase());
  if (!known) throw noColumn(query, path, name, "Name");
  const field = fieldNamed(objectNamed("Group"), known)!;
  return known === "Type" ? { ...field, type: "string" } : field;
}

const noColumn = (query: string, path: Path, field: string, entity: string) =>
  refusedQuery(
    "INVALID_FIELD",
    query,
    path.at,
    `No such column '${field}' on entity '${entity}'. If you are attempting to use a custom field, be sure to append the '__c' after the custom field name. Please reference your WSDL or the describe call for the appropriate names.`,
  );
const noRelation = (query: string, path: Path, { name }: ObjectType, step: string) =>
  refusedQuery(
    "INVALID_FIELD",
    query,
    path.at,
    `Didn't understand relationship '${step}' in field path on entity '${name}'. If you are attempting to use a custom relationship, be sure to append the '__r' after the custom relationship name. Please reference your WSDL or the describe call for the appropriate names.`,
  );

const literalOf: Record<Field["type"], Literal["kind"]> = {
  id: "text",
  reference: "text",
  string: "text",
  picklist: "text",
  textarea: "text",
  boolean: "boolean",
  datetime: "moment",
  double: "number",
};
const typeNames: Partial<Record<Field["type"], string>> = { datetime: "dateTime", double: "double" };

/** Whether a filter may compare the field with the literal; throws the vendor's refusal. */
export function checkFilter(
  query: string,
  path: Path,
  { type, name }: Field,
  operator: string,
  literal: Literal,
): void {
  if (type === "textarea")
    throw refusedQuery("INVALID_FIELD", query, path.at, `field '${name}' can not be filtered in a query call`);
  if (
    operator === "LIKE" &&
    (literal.kind !== "text" || literalOf[type] !== "text" || type === "id" || type === "reference")
  )
    throw refusedQuery("INVALID_FIELD", query, path.at, `invalid operator on ${type} field`);
  if (literal.kind === "null") return;
  const wanted = literalOf[type];
  if (literal.kind !== wanted) {
    const quotes = wanted === "text" ? "should be enclosed in quotes" : "should not be enclosed in quotes";
    const typeName = typeNames[type] ?? (wanted === "text" ? "string" : type);
    throw refusedQuery(
      "INVALID_FIELD",
      query,
      path.at,
      `value of filter criterion for field '${name}' must be of type ${typeName} and ${quotes}`,
    );
  }
  if ((type === "id" || type === "reference") && readId(literal.text) === null)
    throw refusedQuery("INVALID_QUERY_FILTER_OPERATOR", query, path.at, `invalid ID field: ${literal.text}`);
}

export const outOfRange = (query: string, what: string) => refusedQuery("NUMBER_OUTSIDE_VALID_RANGE", query, 0, what);
