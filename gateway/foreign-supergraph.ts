import { readFile } from "node:fs/promises";
import { type SubgraphName, subgraphNames } from "#shared/config.ts";
import { type LoadedSupergraph, loadSupergraph } from "./supergraph.ts";

/** The SDL of a supergraph file that this gateway can serve; throws one sentence that begins with the file. */
export async function readForeignSupergraph(file: string): Promise<string> {
  const refuse = (why: string, cause?: unknown) => new Error(`--supergraph ${file}: ${why}.`, { cause });
  const sdl = await readFile(file, "utf8").catch((cause: NodeJS.ErrnoException) => {
    throw refuse(cause.code === "ENOENT" ? "there is no such file" : "can't be read", cause);
  });
  const supergraph = load(sdl, (cause) => refuse(`is not a supergraph of federation 2 (${firstLine(cause)})`, cause));
  const obstacle = obstacleOf(supergraph);
  if (obstacle !== undefined) throw refuse(obstacle);
  return sdl;
}

function load(sdl: string, refused: (cause: unknown) => Error): LoadedSupergraph {
  try {
    return loadSupergraph(sdl);
  } catch (cause) {
    throw refused(cause);
  }
}

/** Why a supergraph can't be served: what our engine doesn't execute, and subgraphs nobody could reach. */
function obstacleOf({ sdl, subgraphs }: LoadedSupergraph): string | undefined {
  if (/\bcontextArguments\s*:/.test(sdl)) return "uses @fromContext, which this gateway can't execute yet";
  const homeless = subgraphs.find(({ name, url }) => url === undefined && !isOurs(name));
  return homeless && `the subgraph ${homeless.name} has no http address in its join__Graph`;
}

/** Of our own subgraphs the installation says where they are (`SUBGRAPH_URL_…`). */
const isOurs = (name: string): name is SubgraphName => (subgraphNames as readonly string[]).includes(name);

function firstLine(error: unknown): string {
  const [line = ""] = (error instanceof Error ? error.message : String(error))
    .replace(/^The supergraph can't be served: /, "")
    .replace(/^one or more checks failed\. Caused by:\s*/, "")
    .split("\n");
  return line.trim().replace(/\.$/, "");
}
