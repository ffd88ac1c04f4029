import type { Log } from "#shared/log.ts";
import type { DocumentInUse, Engine } from "../engine/engine.ts";
import type { Engines } from "../engines.ts";
import type { Partners } from "./partners.ts";

/** Keeps the contracts' engines in step with the bundles: warm with what is registered, let go where no bundle has the contract any more; bundles are read again when the graph changes. */
export function followBundles(partners: Partners, engines: Engines<Engine, DocumentInUse>, log: Log): () => void {
  const warm = (id: string) => {
    const { contract, documents = [] } = partners.get(id) ?? {};
    const sources = documents.map(({ source }) => ({ source, operationName: undefined }));
    if (contract)
      engines
        .warm(contract.include, sources)
        .catch((err: unknown) => log.error({ err, partner: id }, "a partner's documents can't be warmed"));
    engines.keep(partners.all().map((partner) => partner.contract.include));
  };
  for (const { id } of partners.all()) warm(id);
  const stops = [
    partners.onLoad(warm),
    engines.onSwap(() => {
      partners.reload().catch((err: unknown) => log.error({ err }, "the partners' bundles can't be read again"));
    }),
  ];
  return () => stops.forEach((stop) => stop());
}
