import { readFile } from "node:fs/promises";
import { type SubgraphName, subgraphNames } from "#shared/config.ts";
import { type LoadedSupergraph, loadSupergraph, SupergraphRefused } from "./supergraph.ts";

/** The SDL of a supergraph file that this gateway can serve; throws one sentence that begins with the file. */
export async function readForeignSupergraph(file: string): Promise<string> {
  const refuse = (why: string, cause?: unknown) => new Error(`--supergraph ${file}: ${why}.`, { cause });
  const sdl = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw refuse(cause.code === "ENOENT" ? "there is no such file" : "can't be read", cause);
  });
  const { subgraphs } = load(sdl, refuse);
  const homeless = subgraphs.find(({ name, url }) => url === undefined && !isOurs(name));
  if (/\bcontextArguments\s*:/.test(sdl)) throw refuse("it uses @fromContext, which this gateway can't execute yet");
  if (homeless) throw refuse(`the subgraph ${homeless.name} has no http address in its join__Graph`);
  return sdl;
}

function load(sdl: string, refuse: (why: string, cause: unknown) => Error): LoadedSupergraph {
  try {
    return loadSupergraph(sdl);
  } catch (error) {
    if (!(error instanceof SupergraphRefused)) throw error;
    const why = error.why.replace(/\.$/, "");
    // With a cause it is the library that could not read it, without one it is ours to refuse.
    throw refuse(error.cause === undefined ? why : `is not a supergraph of federation 2 (${why})`, error);
  }
}

/** Of our own subgraphs the installation says where they are (`SUBGRAPH_URL_…`). */
const isOurs = (name: string): name is SubgraphName => (subgraphNames as readonly string[]).includes(name);
