import type { ServerResponse } from "node:http";
import type { SubgraphClient } from "../subgraph-client.ts";

const ANSWER_MS = 2_000;
/** An answer is used again for so long, so that probes cost the subgraphs nothing. */
const KEPT_MS = 1_000;

export type HealthDoor = {
  readonly live: (response: ServerResponse) => void;
  /** 200 while every subgraph answers; 503 when one does not, or the gateway is stopping. */
  readonly ready: (response: ServerResponse) => Promise<void>;
  readonly stopping: () => void;
};

type Readiness = { ready: boolean; subgraphs: Record<string, "up" | "down"> };

export function createHealthDoor(clients: ReadonlyMap<string, SubgraphClient>): HealthDoor {
  let isStopping = false;
  let kept: { readiness: Promise<Readiness>; until: number } | undefined;
  const readiness = () => {
    if (!kept || kept.until < Date.now()) kept = { readiness: probeAll(clients), until: Date.now() + KEPT_MS };
    return kept.readiness;
  };
  return {
    live: (response) => answer(response, 200, { status: "live" }),
    ready: async (response) => {
      if (isStopping) return answer(response, 503, { status: "stopping" });
      const { ready, subgraphs } = await readiness();
      answer(response, ready ? 200 : 503, { status: ready ? "ready" : "not ready", subgraphs });
    },
    stopping: () => {
      isStopping = true;
    },
  };
}

async function probeAll(clients: ReadonlyMap<string, SubgraphClient>): Promise<Readiness> {
  const states = await Promise.all(
    [...clients.values()].map(async (client) => [client.name, await probe(client)] as const),
  );
  return { ready: states.every(([, state]) => state === "up"), subgraphs: Object.fromEntries(states) };
}

/** Any GraphQL answer counts: what a subgraph can't do at the moment it says field by field (D-30). */
async function probe(client: SubgraphClient): Promise<"up" | "down"> {
  return client.send('{"query":"{ __typename }"}', { deadlineAt: Date.now() + ANSWER_MS }).then(
    () => "up" as const,
    () => "down" as const,
  );
}

function answer(response: ServerResponse, status: number, body: unknown): void {
  response
    .writeHead(status, { "content-type": "application/json", "cache-control": "no-store" })
    .end(JSON.stringify(body));
}
