import { composeServices } from "@apollo/composition";
import { parse } from "graphql";
import { readFile, writeFile } from "node:fs/promises";
import path from "node:path";
import { subgraphNames } from "#shared/config.ts";

const root = path.resolve(import.meta.dirname, "..");

/** A schema before composition, without what stands in common.graphql. */
export type SubgraphSchema = { readonly name: string; readonly sdl: string };

/** The supergraph of subgraphs with the common types in front of each (G-01). Errors and hints alike are thrown, one a line. */
export function composeSubgraphs(common: string, subgraphs: readonly SubgraphSchema[]): string {
  const services = subgraphs.map(({ name, sdl }) => ({
    name,
    // Where a subgraph is belongs to the installation; the gateway replaces this.
    url: `http://${name}.invalid/graphql`,
    typeDefs: parse(`${common}\n${sdl}`),
  }));
  const { supergraphSdl, errors, hints } = composeServices(services);
  const wrong = [
    ...(errors ?? []).map(({ message }) => message),
    ...(hints ?? []).map(({ definition, message }) => `${definition.code}: ${message}`),
  ];
  if (supergraphSdl === undefined || wrong.length > 0) throw new Error(wrong.join("\n"));
  return `${supergraphSdl.trimEnd()}\n`;
}

/** The supergraph of the subgraphs as they stand in this tree. */
export async function composeTree(): Promise<string> {
  const read = (file: string) => readFile(path.join(root, file), "utf8");
  const subgraphs = subgraphNames.map(async (name) => ({ name, sdl: await read(`subgraphs/${name}/schema.graphql`) }));
  return composeSubgraphs(await read("shared/graphql/common.graphql"), await Promise.all(subgraphs));
}

if (import.meta.main) {
  const target = path.join(root, "gateway/supergraph.graphql");
  try {
    await writeFile(target, await composeTree());
    console.log(`Composed ${subgraphNames.length} subgraphs into ${path.relative(root, target)}.`);
  } catch (error) {
    console.error(`The subgraphs don't compose:\n${(error as Error).message}`);
    process.exitCode = 1;
  }
}
