import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import path from "node:path";
import { test } from "node:test";
import { type FieldNode, isObjectType, type OperationDefinitionNode, parse } from "graphql";
import { PARTNER_KINDS, type Role } from "#shared/caller.ts";
import { readRequirements } from "#gateway/engine/authorize.ts";
import { loadSupergraph, readSupergraph } from "#gateway/supergraph.ts";
import { everybody, fieldsSeen, partner, person, scopesOfKind } from "./seen-fields.ts";

const page = readFileSync(path.resolve(import.meta.dirname, "../../docs/security.md"), "utf8");
const sdl = await readSupergraph();
const whole = loadSupergraph(sdl);
const { schema } = whole;
const asked = everybody(sdl).map(({ who, caller, graph }) => ({ who, seen: fieldsSeen(graph, caller) }));
const allFields = Object.values(schema.getTypeMap())
  .filter(isObjectType)
  .filter(({ name }) => !name.startsWith("__"))
  .flatMap((type) => Object.keys(type.getFields()).map((field) => `${type.name}.${field}`));

/** The rows of every table whose first heading is one of these, cells trimmed; the heading row first. */
function tables(): string[][][] {
  const rows = page.split("\n").map((line) => (line.startsWith("|") ? line.split("|").slice(1, -1) : null));
  const found: string[][][] = [];
  for (const [at, row] of rows.entries()) {
    if (!row) continue;
    const cells = row.map((cell) => cell.trim());
    if (rows[at - 1]) found.at(-1)!.push(cells);
    else found.push([cells]);
  }
  return found.map((table) => table.filter((row) => !row[0]!.startsWith("---")));
}

/** `Return: id, status; Money`: fields by name, and types of which all other fields are meant. */
const readCell = (cell: string): string[] =>
  cell.split(";").flatMap((part) => {
    const [type = "", fields] = part.split(":").map((text) => text.trim());
    return fields === undefined ? [type] : fields.split(",").map((field) => `${type}.${field.trim()}`);
  });

const said = new Map<string, string[]>();
for (const [heading, ...rows] of tables())
  if (heading!.length === asked.length + 1)
    for (const [what, ...marks] of rows)
      for (const place of readCell(what!)) {
        assert.ok(!said.has(place), `${place} stands in the page twice`);
        said.set(place, marks);
      }

test("the page's columns are the roles and the kinds of partners, and each of its rows names what there is", () => {
  for (const [heading] of tables())
    if (heading!.length > 2)
      assert.deepEqual(
        heading!.slice(1),
        asked.map(({ who }) => who),
      );
  const places = new Set(allFields.flatMap((field) => [field, field.split(".")[0]!]));
  assert.deepEqual(
    [...said.keys()].filter((place) => !places.has(place)),
    [],
  );
  assert.deepEqual(
    [...said.values()].flat().filter((mark) => !["●", "–"].includes(mark)),
    [],
  );
});

for (const [column, { who, seen }] of asked.entries())
  test(`of every field in the graph, ${who} has what docs/security.md says (G-09, G-13, D-40)`, () => {
    const isSaid = (field: string) => {
      const marks = said.get(field) ?? said.get(field.split(".")[0]!);
      assert.ok(marks, `${field} is not in the page`);
      return marks[column] === "●";
    };
    const differing = allFields.filter((field) => isSaid(field) !== seen.has(field));
    assert.deepEqual(
      differing.map(
        (field) => `${field}: ${seen.has(field) ? "seen, and the page says no" : "not seen, and the page says yes"}`,
      ),
      [],
    );
  });

test("who has none of our roles may begin nowhere; who has several may what any of them may", () => {
  assert.deepEqual([...fieldsSeen(whole, person())], []);
  const both = fieldsSeen(whole, person("warehouse", "finance"));
  const each = asked.filter(({ who }) => who === "warehouse" || who === "finance").flatMap(({ seen }) => [...seen]);
  assert.deepEqual([...both].toSorted(), [...new Set(each)].toSorted());
});

test("each scope of a partner opens what the page says, and no more", () => {
  const table = tables()
    .find(([heading]) => heading![0] === "Scope")!
    .slice(1);
  const opened = new Map(table.map(([scope, cell]) => [scope!, readCell(cell!)]));
  assert.deepEqual([...opened.keys()].toSorted(), [...new Set(Object.values(scopesOfKind).flat())].toSorted());
  for (const [scope, places] of opened)
    for (const { who, graph } of everybody(sdl).filter(({ who: kind }) => kind in scopesOfKind)) {
      const kind = PARTNER_KINDS.find((one) => one === who)!;
      const others = scopesOfKind[kind].filter((one) => one !== scope);
      const without = fieldsSeen(graph, partner(kind, others));
      const isOf = (field: string) => places.includes(field) || places.includes(field.split(".")[0]!);
      assert.deepEqual([...without].filter(isOf), [], `${who} without ${scope}`);
      const begin = (fields: Iterable<string>) =>
        [...fields].filter((field) => /^(Query|Mutation|Subscription)\./.test(field));
      const full = begin(asked.find(({ who: one }) => one === who)!.seen);
      assert.deepEqual(
        begin(without).toSorted(),
        full.filter((field) => !isOf(field)).toSorted(),
        `${who} without ${scope}`,
      );
    }
});

const documents = path.resolve(import.meta.dirname, "../contract/documents");
const priced = /^(amount|threshold|total|open|unitPrice|estimatedCredit|net|tax|fees|appliedTo)$/;
const typeOf = { query: "Query", mutation: "Mutation", subscription: "Subscription" } as const;
const workers: Role[] = ["service", "supervisor", "warehouse", "finance"];
const senders = (name: string): Role[] => {
  if (name.startsWith("service-ui/")) return workers;
  return /reconciliation/.test(name) ? ["finance"] : ["operations"];
};

for (const name of globSync("{service-ui,dashboard}/*.graphql", { cwd: documents }).toSorted())
  test(`${name} is whole for who sends it, but for the warehouse's prices and mutations of other roles (vocabulary 9)`, () => {
    const document = parse(readFileSync(path.join(documents, name), "utf8"));
    const operation = document.definitions[0] as OperationDefinitionNode;
    const requirements = readRequirements(whole, document, operation);
    const root = operation.selectionSet.selections[0] as FieldNode;
    for (const role of senders(name)) {
      const { fields } = requirements.refusedFor(person(role));
      const mayBegin = asked
        .find(({ who }) => who === role)!
        .seen.has(`${typeOf[operation.operation]}.${root.name.value}`);
      if (operation.operation === "mutation" && !mayBegin) assert.deepEqual([...fields], [root], role);
      else {
        const unexpected = [...fields].map(({ name: { value } }) => value);
        assert.deepEqual(
          role === "warehouse" ? unexpected.filter((field) => !priced.test(field)) : unexpected,
          [],
          role,
        );
      }
    }
  });

test("the roles that subgraphs ask of a mutation are those of the page: the graph never grants what a subgraph refuses", () => {
  const root = path.resolve(import.meta.dirname, "../../subgraphs");
  const asks = globSync("*/mutations/*.ts", { cwd: root }).flatMap((file) => [
    ...readFileSync(path.join(root, file), "utf8").matchAll(/unlessRole\(context, "(\w+)", ([^)]*)\)/g),
  ]);
  assert.ok(asks.length >= 7);
  for (const [, mutation, roles = ""] of asks) {
    const marks = said.get(`Mutation.${mutation}`)!;
    const granted = asked.flatMap(({ who }, column) => (marks[column] === "●" && !(who in scopesOfKind) ? [who] : []));
    assert.deepEqual(roles.match(/\w+/g), granted, mutation);
  }
});
