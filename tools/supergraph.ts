import { readSupergraph } from "#gateway/supergraph.ts";

// `npm run --silent supergraph`: the committed supergraph.

process.stdout.write(await readSupergraph());
