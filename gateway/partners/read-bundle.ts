import { type DocumentNode, GraphQLError, type GraphQLSchema, Kind, parse, validate } from "graphql";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { checkLimits, LIMITS } from "../plugins/limits.ts";
import type { Bundle, TrustedDocument } from "./bundle.ts";
import { readDocuments } from "./bundle-documents.ts";
import { readBundleFile } from "./bundle-file.ts";
import { BundleMistakes, mistake } from "./mistakes.ts";

const FILE = "bundle.yml";
const idForm = /^[a-z][a-z0-9-]{1,30}$/;

/** The schema of a contract: what carries one of its tags. */
export type SchemaOf = (contract: Bundle["contract"]) => GraphQLSchema;

/** Reads `partners/<partner id>/` whole and validates every document against the partner's contract. Throws BundleMistakes. */
export async function readBundle(folder: string, schemaOf: SchemaOf): Promise<Bundle> {
  const id = path.basename(folder);
  const label = `${path.basename(path.dirname(folder))}/${id}`;
  if (!idForm.test(id))
    throw new BundleMistakes([
      mistake(label, null, "a partner's id, its folder's name, must match [a-z][a-z0-9-]{1,30}."),
    ]);
  const [said, documents] = await both(readFileOf(folder, label), readDocuments(folder, label));
  const bundle = { ...said, id, documents };
  const mistakes = checkDocuments(bundle, schemaOf(bundle.contract), label);
  if (mistakes.length > 0) throw new BundleMistakes(mistakes);
  return bundle;
}

async function readFileOf(folder: string, label: string) {
  const text = await readFile(path.join(folder, FILE), "utf8").catch((cause: unknown) => {
    const what =
      (cause as NodeJS.ErrnoException).code === "ENOENT" ? "is missing; a bundle begins with it." : "can't be read.";
    throw new BundleMistakes([mistake(`${label}/${FILE}`, null, what)]);
  });
  return readBundleFile(text, `${label}/${FILE}`);
}

/** Both, or the mistakes of both. */
async function both<A, B>(one: Promise<A>, two: Promise<B>): Promise<[A, B]> {
  const settled = await Promise.allSettled([one, two]);
  const [a, b] = settled;
  if (a.status === "fulfilled" && b.status === "fulfilled") return [a.value, b.value];
  const mistakes = settled.flatMap((each) => {
    if (each.status === "fulfilled") return [];
    if (each.reason instanceof BundleMistakes) return each.reason.mistakes;
    throw each.reason;
  });
  throw new BundleMistakes(mistakes);
}

/** What is wrong with a bundle's documents under this schema, a sentence each. */
export function checkDocuments(bundle: Bundle, schema: GraphQLSchema, label: string): string[] {
  return bundle.documents.flatMap((document) =>
    whatIsWrong(document, schema, bundle.contract.include).map((sentence) =>
      mistake(`${label}/${document.file}`, document.member, sentence),
    ),
  );
}

function whatIsWrong({ source }: TrustedDocument, schema: GraphQLSchema, include: readonly string[]): string[] {
  try {
    const document = parse(source, { maxTokens: LIMITS.tokens });
    const operations = operationsOf(document);
    if (operations.length !== 1) return [`has ${operations.length} operations; register one document for each.`];
    const errors = validate(schema, document, undefined, { maxErrors: 5 });
    const seen = `as this partner sees it (contract.include: ${include.join(", ")})`;
    if (errors.length > 0)
      return errors.map((error) => `${place(error)}${error.message} Ask only for what the graph has ${seen}.`);
    checkLimits(document, operations[0]!);
    return [];
  } catch (error) {
    if (error instanceof GraphQLError) return [`${place(error)}${error.message}`];
    throw error;
  }
}

const operationsOf = (document: DocumentNode) =>
  document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
const place = ({ locations }: GraphQLError) => (locations?.[0] ? `line ${locations[0].line}: ` : "");
