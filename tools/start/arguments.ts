import { subgraphNames, type SubgraphName } from "#shared/config.ts";
import { didYouMean } from "#shared/did-you-mean.ts";

export const roles = ["sandbox", "worker", "subgraphs", "gateway"] as const;
/** In the order in which they start; the last started is the first stopped. */
export type Role = (typeof roles)[number];

export interface Wanted {
  /** Empty: all of them, in three processes. */
  roles: Role[];
  subgraphs: readonly SubgraphName[];
  /** Somebody else's supergraph for the gateway. */
  supergraph: string | undefined;
}

/** A word of the command line that means nothing, in one sentence. */
class BadArgument extends Error {}

const rolesText = "gateway, subgraphs [name…], worker, sandbox, or none for all";

/** `gateway subgraphs returns orders --supergraph FILE` → what to start; throws BadArgument. */
export function readArguments(words: readonly string[]): Wanted {
  const chosen = new Set<Role>();
  const names = new Set<SubgraphName>();
  let supergraph: string | undefined;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? "";
    if (word === "--supergraph") supergraph = fileAfter(words, (i += 1));
    else if (isOf(roles, word)) chosen.add(word);
    else if (chosen.has("subgraphs") && isOf(subgraphNames, word)) names.add(word);
    else throw new BadArgument(unknown(word, chosen.has("subgraphs")));
  }
  if (supergraph !== undefined && !chosen.has("gateway"))
    throw new BadArgument("--supergraph goes with the role gateway: npm start -- gateway --supergraph FILE.");
  return {
    roles: roles.filter((role) => chosen.has(role)),
    subgraphs: names.size ? subgraphNames.filter((name) => names.has(name)) : subgraphNames,
    supergraph,
  };
}

const isOf = <Name extends string>(names: readonly Name[], word: string): word is Name =>
  (names as readonly string[]).includes(word);

function fileAfter(words: readonly string[], index: number): string {
  const file = words[index];
  if (file === undefined || file.startsWith("--")) throw new BadArgument("--supergraph needs a file.");
  return file;
}

function unknown(word: string, afterSubgraphs: boolean): string {
  const kind = word.startsWith("-") ? "flag" : afterSubgraphs ? "role or subgraph" : "role";
  const meant = didYouMean(word, ["--supergraph", ...roles, ...subgraphNames]);
  const known = word.startsWith("-") ? "--supergraph FILE" : rolesText;
  return `${word}: unknown ${kind}. ${meant ? `Did you mean ${meant}?` : `Known: ${known}.`}`;
}
