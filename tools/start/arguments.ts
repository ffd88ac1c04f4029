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
  /** How many times the distributor of seed-stories the first start makes; undefined: once, or what it was made with. */
  scale: number | undefined;
}

/** A word of the command line that means nothing, in one sentence. */
class BadArgument extends Error {}

const MOST = 100;
const rolesText = "gateway, subgraphs [name…], worker, sandbox, or none for all";

/** `gateway subgraphs returns orders --supergraph FILE`, `--scale 10` → what to start; throws BadArgument. */
export function readArguments(words: readonly string[]): Wanted {
  const chosen = new Set<Role>();
  const names = new Set<SubgraphName>();
  let supergraph: string | undefined;
  let scale: number | undefined;
  for (let i = 0; i < words.length; i += 1) {
    const word = words[i] ?? "";
    if (word === "--supergraph") supergraph = fileAfter(words, (i += 1));
    else if (word === "--scale") scale = scaleAfter(words, (i += 1));
    else if (isOf(roles, word)) chosen.add(word);
    else if (chosen.has("subgraphs") && isOf(subgraphNames, word)) names.add(word);
    else throw new BadArgument(unknown(word, chosen.has("subgraphs")));
  }
  if (supergraph !== undefined && !chosen.has("gateway"))
    throw new BadArgument("--supergraph goes with the role gateway: npm start -- gateway --supergraph FILE.");
  if (scale !== undefined && chosen.size > 0 && !chosen.has("sandbox"))
    throw new BadArgument("--scale is the sandbox's size: npm start -- --scale 10, or with the role sandbox.");
  return {
    roles: roles.filter((role) => chosen.has(role)),
    subgraphs: names.size ? subgraphNames.filter((name) => names.has(name)) : subgraphNames,
    supergraph,
    scale,
  };
}

const isOf = <Name extends string>(names: readonly Name[], word: string): word is Name =>
  (names as readonly string[]).includes(word);

function fileAfter(words: readonly string[], index: number): string {
  const file = words[index];
  if (file === undefined || file.startsWith("--")) throw new BadArgument("--supergraph needs a file.");
  return file;
}

function scaleAfter(words: readonly string[], index: number): number {
  const scale = Number(words[index]);
  if (!Number.isInteger(scale) || scale < 1 || scale > MOST)
    throw new BadArgument(`--scale needs a whole number from 1 to ${MOST}.`);
  return scale;
}

function unknown(word: string, afterSubgraphs: boolean): string {
  const kind = word.startsWith("-") ? "flag" : afterSubgraphs ? "role or subgraph" : "role";
  const meant = didYouMean(word, ["--supergraph", "--scale", ...roles, ...subgraphNames]);
  const known = word.startsWith("-") ? "--supergraph FILE, --scale N" : rolesText;
  return `${word}: unknown ${kind}. ${meant ? `Did you mean ${meant}?` : `Known: ${known}.`}`;
}
