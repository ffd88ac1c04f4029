import fc from "fast-check";
import { createComparison } from "./compare.ts";
import { createFederation, type FederationParts } from "./federation.ts";
import { auditCases } from "./federations/audit.ts";
import { market } from "./federations/market.ts";
import { documentsOf } from "./generate-document.ts";

// `node test/gateway/hunt.ts [federation] [documents] [seed]` runs generated documents by the thousand and prints the smallest that our engine answers wrongly.

const federations: Record<string, FederationParts> = {
  market,
  ...Object.fromEntries(auditCases.map((parts) => [parts.name, parts])),
};
const [name = "market", count = "1000", seed = "1", most = "5"] = process.argv.slice(2);
const parts = federations[name];
if (!parts) throw new Error(`${name}: unknown federation. Known: ${Object.keys(federations).join(", ")}.`);
const federation = createFederation(parts);
const { compare, reduce } = createComparison(federation);
const { schema } = federation.supergraph;
const operation = Number(seed) % 10 === 0 && schema.getMutationType() ? "mutation" : "query";
const documents = fc.sample(documentsOf(schema, { operation, words: parts.words }), {
  seed: Number(seed),
  numRuns: Number(count),
});
const tally: Record<string, number> = {};
const add = (what: string) => (tally[what] = (tally[what] ?? 0) + 1);
for (const document of documents) {
  try {
    const verdict = await compare(document);
    add(verdict.is === "equal" && verdict.stockIsWrong ? "equal, the reference is wrong" : verdict.is);
    if (verdict.is !== "different" || Number(tally["different"]) > Number(most)) continue;
    const { source, variables, verdict: smallest } = await reduce(document, verdict);
    console.log(
      `--- ${verdict.what}\n${source.replace(/\s+/g, " ")}\n${JSON.stringify(variables)}\n${JSON.stringify(smallest)}\n`,
    );
  } catch (error) {
    add("thrown");
    if (Number(tally["thrown"]) <= Number(most))
      console.log(`--- thrown\n${document.source}\n${JSON.stringify(document.variables)}\n`, error);
  }
}
console.log(tally);
