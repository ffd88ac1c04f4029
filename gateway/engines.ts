import type { GraphQLSchema } from "graphql";
import { setImmediate } from "node:timers/promises";
import { loadContract } from "./contract.ts";
import { readPreparedDocuments } from "./telemetry/gateway-metrics.ts";
import { type LoadedSupergraph, loadSupergraph } from "./supergraph.ts";

/** What is asked of an engine here: that it can be told what it will be asked for. */
export type Warmable<Document> = {
  readonly schema: GraphQLSchema;
  /** Prepares documents before they are asked for; what it refuses is left out. */
  readonly warm: (documents: Iterable<Document>) => unknown;
  /** What was asked for lately. */
  readonly inUse: () => readonly Document[];
};

/** The engines that answer now, one for the whole graph and one for each contract. Each is immutable; all are replaced in one step. */
export type Engines<Engine, Document> = {
  /** Of the whole graph, or of a contract's tags; a contract's is built when it is first asked for. Throws ContractRefused. */
  readonly of: (include: readonly string[] | null) => Engine;
  /** Warms a contract's engine with what a bundle has registered. */
  readonly warm: (include: readonly string[] | null, documents: Iterable<Document>) => Promise<void>;
  /** Forgets the engines of contracts that no bundle has any more. */
  readonly keep: (contracts: Iterable<readonly string[]>) => void;
  /**
   * Takes another supergraph: its engines are built and warmed with what the present ones were asked for, then all take over at once. What is
   * under way ends where it began. Where the supergraph or a contract of it is refused, nothing changes and this throws.
   */
  readonly update: (sdl: string) => Promise<void>;
  /** Calls back after another supergraph took over; gives the way to stop that. */
  readonly onSwap: (listener: (supergraph: LoadedSupergraph) => void) => () => void;
};

type Built<Engine> = {
  readonly supergraph: LoadedSupergraph;
  readonly whole: Engine;
  readonly contracts: Map<string, Engine>;
};

/** The engines of the first supergraph; `build` makes the engine of one, and is called once for each supergraph and contract. */
export function createEngines<Document, Engine extends Warmable<Document>>(
  first: LoadedSupergraph,
  build: (supergraph: LoadedSupergraph) => Engine,
): Engines<Engine, Document> {
  const builtOf = (supergraph: LoadedSupergraph): Built<Engine> => ({
    supergraph,
    whole: build(supergraph),
    contracts: new Map(),
  });
  let current = builtOf(first);
  let updates: Promise<void> = Promise.resolve();
  const listeners = new Set<(supergraph: LoadedSupergraph) => void>();
  const contractIn = (built: Built<Engine>, key: string): Engine => {
    const known = built.contracts.get(key);
    if (known) return known;
    const engine = build(loadContract(built.supergraph.sdl, { include: key.split(",") }));
    built.contracts.set(key, engine);
    return engine;
  };
  const of = (include: readonly string[] | null) =>
    include === null ? current.whole : contractIn(current, keyOf(include));
  readPreparedDocuments(() =>
    [current.whole, ...current.contracts.values()].reduce((sum, engine) => sum + engine.inUse().length, 0),
  );
  const replace = async (next: Built<Engine>) => {
    await warmSlowly(next.whole, current.whole.inUse());
    // One that is first asked for meanwhile is seen too: a Map hands out what is added while it is walked.
    for (const [key, engine] of current.contracts) await warmSlowly(contractIn(next, key), engine.inUse());
    current = next;
    for (const listener of listeners) listener(next.supergraph);
  };
  return {
    of,
    warm: (include, documents) => warmSlowly(of(include), documents),
    keep: (contracts) => {
      const kept = new Set([...contracts].map(keyOf));
      for (const key of current.contracts.keys()) if (!kept.has(key)) current.contracts.delete(key);
    },
    update: (other) => {
      const mine = updates.then(async () => {
        if (other !== current.supergraph.sdl) await replace(builtOf(loadSupergraph(other)));
      });
      updates = mine.catch(() => undefined);
      return mine;
    },
    onSwap: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
}

const keyOf = (include: readonly string[]): string => [...new Set(include)].toSorted().join(",");

/** One document after the other with room between, for planning is synchronous and others are being answered. */
async function warmSlowly<Document>(engine: Warmable<Document>, documents: Iterable<Document>): Promise<void> {
  for (const document of documents) {
    engine.warm([document]);
    await setImmediate();
  }
}
