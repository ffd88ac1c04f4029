import type { Transaction } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import type { OperationsTable } from "#shared/tables.ts";
import type { Selectable } from "kysely";
import type { Actor, Fact } from "./facts-vocabulary.ts";
import type { ReturnState } from "./return-state.ts";
import type { Flow } from "./step.ts";

export type Operation = Selectable<OperationsTable>;
/** What starts what, and the flows there are: the house's own unless a test brings its own. */
export type Reactions = {
  flows: readonly Flow[];
  react(before: ReturnState | null, fact: Fact, after: ReturnState): readonly { flow: string; subject: string }[];
};
export type ToStart = {
  flow: string;
  subject: string;
  /** Id of the fact that starts it. */
  cause: string;
  returnId: string | null;
  companyId: string | null;
  correlationId: string;
  actor: Actor;
};

/** Writes the rows of what is to be done (W-09), once per (cause, flow, subject) (W-12); gives those that are new. */
export async function startOperations(
  tx: Transaction,
  starts: readonly ToStart[],
  flows: Reactions["flows"],
): Promise<Operation[]> {
  if (starts.length === 0) return [];
  const rows = starts.map(({ flow: name, subject, cause, returnId, companyId, correlationId, actor }) => {
    const { version, lane } = flowNamed(flows, name);
    const of = {
      return_id: returnId,
      company_id: companyId,
      correlation_id: correlationId,
      actor: JSON.stringify(actor),
    };
    return {
      id: newId("op"),
      flow: name,
      flow_version: version,
      lane,
      subject,
      cause,
      status: "ACCEPTED" as const,
      ...of,
    };
  });
  const once = tx
    .insertInto("operations")
    .values(rows)
    .onConflict((conflict) => conflict.columns(["cause", "flow", "subject"]).doNothing());
  return once.returningAll().execute();
}

function flowNamed(flows: Reactions["flows"], name: string) {
  const flow = flows.find((candidate) => candidate.name === name);
  if (!flow) throw new Error(`there is no flow ${name}`);
  return flow;
}
