import {
  type DocumentNode,
  getNamedType,
  type GraphQLInputType,
  type GraphQLSchema,
  isEnumType,
  isInputObjectType,
  typeFromAST,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from "graphql";

/** The schema coordinates that a document uses; of an input type that comes in a variable all of it, since nobody knows what is in there. */
export function usesOf(schema: GraphQLSchema, document: DocumentNode): ReadonlySet<string> {
  const uses = new Set<string>();
  const info = new TypeInfo(schema);
  const type = (of: ReturnType<TypeInfo["getType"]>) => of && uses.add(getNamedType(of).name);
  const field = () => `${info.getParentType()?.name}.${info.getFieldDef()?.name}`;
  visit(
    document,
    visitWithTypeInfo(info, {
      Field: () => {
        uses.add(field());
        type(info.getType());
        type(info.getParentType());
      },
      Argument: ({ name }) => {
        const isOfDirective = info.getDirective() !== null && info.getDirective() !== undefined;
        if (!isOfDirective) uses.add(`${field()}(${name.value}:)`);
      },
      Directive: ({ name }) => void uses.add(`@${name.value}`),
      ObjectField: ({ name }) => {
        const parent = info.getParentInputType();
        if (parent) uses.add(`${getNamedType(parent).name}.${name.value}`);
      },
      EnumValue: ({ value }) => {
        const of = info.getInputType();
        if (of) uses.add(`${getNamedType(of).name}.${value}`).add(getNamedType(of).name);
      },
      VariableDefinition: (node) => {
        const of = typeFromAST(schema, node.type as never) as GraphQLInputType | undefined;
        if (of) useInput(uses, of);
      },
    }),
  );
  return uses;
}

function useInput(uses: Set<string>, of: GraphQLInputType): void {
  const type = getNamedType(of);
  if (uses.has(type.name)) return;
  uses.add(type.name);
  if (isEnumType(type)) return;
  if (!isInputObjectType(type)) return;
  for (const each of Object.values(type.getFields())) {
    uses.add(`${type.name}.${each.name}`);
    useInput(uses, each.type);
  }
}
