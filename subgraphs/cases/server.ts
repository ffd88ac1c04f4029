import type { Subgraph } from "../kit/context.ts";
import { createLoaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Cases of the CRM. */
export const cases: Subgraph<ReturnType<typeof createLoaders>> = { name: "cases", resolvers, createLoaders };
