import type { Subgraph } from "../kit/context.ts";
import { createLoaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** The item master, stock at the sites, and the sites. */
export const inventory: Subgraph<ReturnType<typeof createLoaders>> = { name: "inventory", resolvers, createLoaders };
