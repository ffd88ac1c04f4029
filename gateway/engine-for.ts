import { refusal } from "./access/refusals.ts";
import type { DocumentInUse, Engine } from "./engine/engine.ts";
import type { Engines } from "./engines.ts";
import type { EngineFor } from "./graphql-server.ts";
import type { Partners } from "./partners/partners.ts";

/** Chooses the engine for who asks: a partner's is that of its contract, where nothing else exists (G-13); everybody else's is that of the whole graph. */
export function createEngineFor(engines: Engines<Engine, DocumentInUse>, partners: Pick<Partners, "get">): EngineFor {
  return ({ caller }) => {
    if (caller.kind !== "PARTNER") return engines.of(null);
    const partner = partners.get(String(caller.partner));
    // It may have gone since the caller was let in.
    if (!partner) throw refusal("FORBIDDEN", "The partner is none of ours.");
    return engines.of(partner.contract.include);
  };
}
