import { printSchema } from "graphql";
import { parseArgs } from "node:util";
import { loadSupergraph, readSupergraph } from "#gateway/supergraph.ts";

// `npm run --silent schema`: the API schema, what clients see.

const { values } = parseArgs({ options: { contract: { type: "string" } } });
if (values.contract === undefined) {
  process.stdout.write(`${printSchema(loadSupergraph(await readSupergraph()).schema)}\n`);
} else {
  console.error(`--contract ${values.contract}: partners' contracts are not built yet.`);
  process.exitCode = 1;
}
