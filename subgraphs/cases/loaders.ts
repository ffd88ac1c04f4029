import type { RequestContext, SubgraphContext } from "../kit/context.ts";

/** Nothing is read until a CRM is connected. */
export const createLoaders = (_: RequestContext) => ({});

export type Context = SubgraphContext<ReturnType<typeof createLoaders>>;
