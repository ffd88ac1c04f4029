import type { Subgraph } from "../kit/context.ts";
import { createLoaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Orchestrated writes and tasks with owners. */
export const operations: Subgraph<ReturnType<typeof createLoaders>> = { name: "operations", resolvers, createLoaders };
