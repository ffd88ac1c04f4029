import { type DocumentNode, GraphQLError, Kind, type OperationDefinitionNode, parse, validate } from "graphql";
import { readFile } from "node:fs/promises";
import path from "node:path";
import { partnerCaller } from "../access/partner-caller.ts";
import { readRequirements } from "../engine/authorize.ts";
import { checkCircles } from "../plugins/circles.ts";
import { checkLimits, LIMITS } from "../plugins/limits.ts";
import type { LoadedSupergraph } from "../supergraph.ts";
import type { Bundle, TrustedDocument } from "./bundle.ts";
import { readDocuments } from "./bundle-documents.ts";
import { readBundleFile } from "./bundle-file.ts";
import { BundleMistakes, mistake } from "./mistakes.ts";

const FILE = "bundle.yml";
const idForm = /^[a-z][a-z0-9-]{1,30}$/;

/** What a partner sees of the graph: its schema, and who may have what of it. */
export type Graph = Pick<LoadedSupergraph, "schema" | "rules">;
/** The graph of a contract; throws a sentence that says why there is none. */
export type GraphOf = (contract: Bundle["contract"]) => Graph;

/** Reads `partners/<partner id>/` whole and validates every document against the partner's contract. Throws BundleMistakes. */
export async function readBundle(folder: string, graphOf: GraphOf): Promise<Bundle> {
  const id = path.basename(folder);
  const label = `${path.basename(path.dirname(folder))}/${id}`;
  if (!idForm.test(id))
    throw new BundleMistakes([
      mistake(label, null, "a partner's id, its folder's name, must match [a-z][a-z0-9-]{1,30}."),
    ]);
  const [said, documents] = await both(readFileOf(folder, label), readDocuments(folder, label));
  const bundle = { ...said, id, documents };
  const mistakes = checkDocuments(bundle, graphOfContract(bundle, graphOf, label), label);
  if (mistakes.length > 0) throw new BundleMistakes(mistakes);
  return bundle;
}

function graphOfContract({ contract }: Bundle, graphOf: GraphOf, label: string): Graph {
  try {
    return graphOf(contract);
  } catch (cause) {
    const sentence = cause instanceof Error ? cause.message : String(cause);
    throw new BundleMistakes([mistake(`${label}/${FILE}`, "contract.include", sentence)]);
  }
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

/** What is wrong with a bundle's documents in this graph, a sentence each. */
export function checkDocuments(bundle: Bundle, graph: Graph, label: string): string[] {
  return bundle.documents.flatMap((document) =>
    whatIsWrong(document, graph, bundle).map((sentence) =>
      mistake(`${label}/${document.file}`, document.member, sentence),
    ),
  );
}

function whatIsWrong({ source }: TrustedDocument, graph: Graph, bundle: Bundle): string[] {
  try {
    const document = parse(source, { maxTokens: LIMITS.tokens });
    const [operation, ...more] = operationsOf(document);
    if (!operation || more.length > 0)
      return [`has ${more.length + (operation ? 1 : 0)} operations; register one document for each.`];
    const errors = validate(graph.schema, document, undefined, { maxErrors: 5 });
    const seen = `as this partner sees it (contract.include: ${bundle.contract.include.join(", ")})`;
    if (errors.length > 0)
      return errors.map((error) => `${place(error)}${error.message} Ask only for what the graph has ${seen}.`);
    checkLimits(document, operation);
    checkCircles(graph.schema, document, operation);
    return refused(document, operation, graph, bundle);
  } catch (error) {
    if (error instanceof GraphQLError) return [`${place(error)}${error.message}`];
    throw error;
  }
}

/** Fields that even an app with all of the bundle's scopes would be refused. */
function refused(document: DocumentNode, operation: OperationDefinitionNode, graph: Graph, bundle: Bundle): string[] {
  const app = partnerCaller(bundle, { client: bundle.id, scope: bundle.scopes });
  const { fields } = readRequirements(graph, document, operation).refusedFor(app);
  return [...fields].map(({ name, loc }) => {
    const line = loc ? `line ${loc.startToken.line}: ` : "";
    return `${line}${name.value} is refused to a ${bundle.rows.kind} partner with the scopes ${bundle.scopes.join(", ")}; add the scope that it needs, or don't ask for it.`;
  });
}

const operationsOf = (document: DocumentNode): OperationDefinitionNode[] =>
  document.definitions.filter((definition) => definition.kind === Kind.OPERATION_DEFINITION);
const place = ({ locations }: GraphQLError) => (locations?.[0] ? `line ${locations[0].line}: ` : "");
