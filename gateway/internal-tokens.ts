import type { JWK } from "jose";
import { type Caller, createInternalSigner } from "#shared/caller.ts";
import type { LoadedSupergraph } from "./supergraph.ts";

/** The internal token for a caller at a subgraph; undefined where the subgraph is not ours. */
export type SignFor = (caller: Caller, subgraph: string) => Promise<string | undefined>;

/**
 * Signs for our own subgraphs, those whose address the installation says. A subgraph whose address stands in the supergraph is somebody else's: it gets
 * neither our token, which tells who asks and what he may see, nor the caller's, which it could use elsewhere. Without own subgraphs no key is needed.
 */
export async function createSignFor(
  subgraphs: LoadedSupergraph["subgraphs"],
  internalKey: JWK | undefined,
): Promise<SignFor> {
  const ours = new Set(subgraphs.filter(({ url }) => url === undefined).map(({ name }) => name));
  if (ours.size === 0) return async () => undefined;
  if (!internalKey) throw new Error("INTERNAL_KEY is not set: subgraphs accept only what the gateway has signed.");
  const sign = await createInternalSigner(internalKey);
  return async (caller, subgraph) => (ours.has(subgraph) ? sign(caller, subgraph) : undefined);
}
