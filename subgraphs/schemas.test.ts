import assert from "node:assert/strict";
import { test } from "node:test";
import { composeServices } from "@apollo/composition";
import {
  buildASTSchema,
  type DefinitionNode,
  isEnumType,
  isInputObjectType,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  print,
} from "graphql";
import { subgraphNames } from "#shared/config.ts";
import { subgraphs } from "./index.ts";
import { buildSchema, readSdl } from "./kit/schema.ts";

const { supergraphSdl = "", hints } = composeServices(
  subgraphNames.map((name) => ({ name, url: `http://${name}`, typeDefs: parse(readSdl(name)) })),
);
const schema = buildASTSchema(parse(supergraphSdl), { assumeValidSDL: true });
const ours = Object.values(schema.getTypeMap()).filter(
  ({ name }) =>
    !/^(_|join__|link__|policy__|requiresScopes__)/.test(name) &&
    !["Query", "Mutation", "Subscription", "String", "Int", "Float", "Boolean", "ID"].includes(name),
);
const fields = [...ours, schema.getQueryType()!, schema.getMutationType()!, schema.getSubscriptionType()!].flatMap(
  (type) =>
    isObjectType(type) || isInputObjectType(type)
      ? Object.values(type.getFields()).map((field) => ({ name: `${type.name}.${field.name}`, ...field }))
      : [],
);

test("the subgraphs compose without a hint (G-01)", () => {
  assert.ok(supergraphSdl.length > 0);
  assert.deepEqual(hints?.map(({ message }) => message) ?? [], []);
});

test("every type and every field says what it is", () => {
  assert.deepEqual(
    ours.filter(({ description }) => !description).map(({ name }) => name),
    [],
  );
  assert.deepEqual(
    fields.filter(({ description }) => !description).map(({ name }) => name),
    [],
  );
});

test("what is deprecated names its replacement and a date (G-06)", () => {
  const deprecated = fields.filter(({ deprecationReason }) => deprecationReason);
  assert.deepEqual(
    deprecated
      .filter(({ deprecationReason }) => !/Use `\w+(\.\w+)?`.*\d{4}-\d\d-\d\d/.test(String(deprecationReason)))
      .map(({ name }) => name),
    [],
  );
});

test("a payload has userErrors that can't be null, everything else in it can (G-05)", () => {
  for (const type of ours.filter((candidate) => isObjectType(candidate) && candidate.name.endsWith("Payload"))) {
    for (const { name, type: of } of isObjectType(type) ? Object.values(type.getFields()) : []) {
      const expected = name === "userErrors" ? "[UserError!]!" : name === "results" ? "[ExceptionPayload!]!" : null;
      if (expected) assert.equal(String(of), expected);
      else assert.ok(!String(of).endsWith("!"), `${type.name}.${name}`);
    }
  }
});

test("what crosses a subgraph may be null, each of a list too (G-05)", () => {
  const isStub = (node: DefinitionNode): node is ObjectTypeDefinitionNode =>
    node.kind === Kind.OBJECT_TYPE_DEFINITION &&
    node.directives!.some((key) => print(key).includes("resolvable: false"));
  for (const name of subgraphNames) {
    const { definitions } = parse(readSdl(name));
    const stubs = new Set(definitions.filter(isStub).map((stub) => stub.name.value));
    for (const type of definitions)
      for (const field of type.kind === Kind.OBJECT_TYPE_DEFINITION ? type.fields! : []) {
        const of = print(field.type);
        const crosses = stubs.has(of.replaceAll(/[[\]!]/g, ""));
        if (type.kind === Kind.OBJECT_TYPE_DEFINITION && crosses)
          assert.ok(!of.includes("!"), `${name}: ${type.name.value}.${field.name.value}`);
      }
  }
});

test("every subgraph's resolvers fit its schema, and enums of the closed vocabulary are said once", () => {
  for (const name of subgraphNames) assert.ok(buildSchema(subgraphs[name]).getQueryType(), name);
  assert.equal(ours.filter(isEnumType).filter(({ name }) => name === "UserErrorCode").length, 1);
});
