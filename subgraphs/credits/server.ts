import type { Subgraph } from "../kit/context.ts";
import { createLoaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Credit memos. */
export const credits: Subgraph<ReturnType<typeof createLoaders>> = { name: "credits", resolvers, createLoaders };
