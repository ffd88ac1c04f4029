import { isDeepStrictEqual } from "node:util";
import { type DocumentNode, getVariableValues, parse, print, validate } from "graphql";
import { OperationRefused } from "#gateway/engine/operation-refused.ts";
import type { Answer, Federation } from "./federation.ts";
import type { Generated } from "./generate-document.ts";
import { errorKinds, errorPlaces, executeStock, hasNullAt, operationOf } from "./oracles.ts";
import { reduceDocument } from "./reduce-document.ts";
import { type EngineAnswer, engineFor } from "./through-engine.ts";

/** What became of one document: our answer is right, or not; or it was no test, because nobody may or can answer it. */
export type Verdict =
  | { readonly is: "equal"; readonly stockIsWrong: boolean }
  | { readonly is: "invalid" | "unplannable" | "too costly" }
  | {
      readonly is: "different";
      readonly what: string;
      readonly ours: unknown;
      readonly theirs: unknown;
      readonly stock?: string;
    };

export type Comparison = ReturnType<typeof createComparison>;

/**
 * Runs documents through our engine and two oracles. The data has to be the specification's (the monolith's), to the byte. Errors have to show at the same
 * places as the specification's; and where the reference's data is right too, we tell no error that neither oracle has, and miss none of the reference's.
 */
export function createComparison(federation: Federation) {
  const { schema } = federation.supergraph;
  const engine = engineFor(federation);
  const compare = async ({ source, variables }: Generated): Promise<Verdict> => {
    const document = parse(source);
    if (validate(schema, document).length) return { is: "invalid" };
    const { coerced } = getVariableValues(schema, operationOf(document).variableDefinitions ?? [], variables);
    if (!coerced) return { is: "invalid" };
    const stock = await answerOfStock(federation, document, coerced);
    if (stock === UNPLANNABLE) return { is: "unplannable" };
    const ours = await engine(federation.subgraphs().ask)(source, variables).catch(unlessTooCostly);
    if (!ours) return { is: "too costly" };
    return judge(ours, await federation.executeMonolith(document, variables), stock);
  };
  return {
    compare,
    /** The smallest document that differs in the same way, and how. */
    reduce: async (found: Generated, { what }: { what: string }) => {
      const isSame = async (smaller: DocumentNode) => {
        const verdict = await compare({ ...found, source: print(smaller) }).catch(() => undefined);
        return verdict?.is === "different" && verdict.what === what;
      };
      const smallest = print(await reduceDocument(schema, parse(found.source), isSame));
      return { source: smallest, variables: found.variables, verdict: await compare({ ...found, source: smallest }) };
    },
  };
}

/** The limits of the doors hold for generated documents too. */
function unlessTooCostly(error: unknown): undefined {
  const isTooCostly = error instanceof OperationRefused && error.errors[0]?.extensions["code"] === "TOO_COSTLY";
  if (!isTooCostly) throw error as Error;
}

const UNPLANNABLE = Symbol("unplannable");

/** Undefined where the reference throws on data that it has itself mixed up. */
async function answerOfStock(federation: Federation, document: DocumentNode, variables: Record<string, unknown>) {
  try {
    const answer = await executeStock(federation, federation.subgraphs().ask, document, variables);
    const isMixedUp = answer.data === undefined || answer.errors?.some(({ path }) => path === undefined);
    return isMixedUp ? undefined : answer;
  } catch (error) {
    // The planner gives up on some documents, ours as it is the same one.
    if (/We should have an edge/.test((error as Error).message)) return UNPLANNABLE;
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

function judge(ours: EngineAnswer, monolith: Answer, stock: Answer | undefined): Verdict {
  const expected = JSON.stringify(monolith.data);
  if (ours.text !== expected)
    return {
      is: "different",
      what: "data",
      ours: ours.data,
      theirs: monolith.data,
      stock: standing(stock, ours, monolith),
    };
  const places = [ours, monolith].map(({ data, errors }) => errorPlaces(data, errors));
  if (!isDeepStrictEqual(places[0], places[1]))
    return { is: "different", what: "places of errors", ours: places[0], theirs: places[1] };
  const stockIsWrong = !stock || !isDeepStrictEqual(stock.data, monolith.data);
  if (stockIsWrong) return { is: "equal", stockIsWrong };
  const missing = stock.errors?.filter(({ path }) => hasNullAt(monolith.data, path)) ?? [];
  const strangers = without(
    errorKinds(fromSubgraphs(ours, monolith)),
    errorKinds([...(stock.errors ?? []), ...(monolith.errors ?? [])]),
  );
  const lost = without(errorKinds(missing), errorKinds(ours.errors));
  if (strangers.length + lost.length === 0) return { is: "equal", stockIsWrong };
  return { is: "different", what: "errors of subgraphs", ours: strangers, theirs: lost };
}

const without = (some: Set<string>, others: Set<string>) => [...some].filter((one) => !others.has(one));

function standing(stock: Answer | undefined, ours: Answer, monolith: Answer): string {
  if (isDeepStrictEqual(stock?.data, monolith.data)) return "as the specification";
  return isDeepStrictEqual(stock?.data, ours.data) ? "as ours" : "otherwise wrong";
}

/** The others are our own, of nulls that may not be. */
const fromSubgraphs = ({ errors }: Answer, { data }: Answer) =>
  errors?.filter(({ path, extensions }) => extensions?.["serviceName"] !== undefined && hasNullAt(data, path));
