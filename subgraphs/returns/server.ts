import type { Subgraph } from "../kit/context.ts";
import { createLoaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Returns from the request on, and all that is written about them. */
export const returns: Subgraph<ReturnType<typeof createLoaders>> = { name: "returns", resolvers, createLoaders };
