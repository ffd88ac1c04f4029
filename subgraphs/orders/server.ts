import type { Subgraph } from "../kit/context.ts";
import { createLoaders } from "./loaders.ts";
import { resolvers } from "./resolvers.ts";

/** Orders, shipments, invoices, customers and what may come back. */
export const orders: Subgraph<ReturnType<typeof createLoaders>> = { name: "orders", resolvers, createLoaders };
