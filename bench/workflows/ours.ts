import type { Instructions } from "#adapters/wms/port.ts";
import type { Systems } from "#adapters/systems.ts";
import { connectDatabase, inTransaction, type Db } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import { internals } from "#shared/internals.ts";
import { createSilentLog } from "#shared/log.ts";
import { migrate } from "#shared/migrate.ts";
import { drawRmaNumber } from "#shared/rma-number.ts";
import { startReturn, type Stamp } from "#orchestration/facts.ts";
import type { NewFact } from "#orchestration/facts-vocabulary.ts";
import type { Policies } from "#orchestration/policies/policies.ts";
import { startRunning } from "#orchestration/running/start-running.ts";
import type { Reactions } from "#orchestration/starting-operations.ts";
import type { DecidingStep, InstructionStep, Step } from "#orchestration/step.ts";
import { sql } from "kysely";
import type { Contender } from "../workflows.ts";

/** A system that answers at once: what is measured is the engine. */
const instant: Instructions<unknown> = {
  put: async () => ({ state: "OPEN" }),
  lookUp: async () => ({ answer: "absent" }),
  withdraw: async () => ({ state: "CANCELLED" }),
};
const port = { system: "bench", settleMs: 0 };
const systems = { erpOf: () => port, wmsOf: () => port, bySystem: () => port } as unknown as Systems;

const effect = (n: number): InstructionStep => ({
  ...{ kind: "effect", name: `step-${n}`, system: "erp", deed: "nothing", protocol: "put" },
  guard: ({ caseIds }) => (caseIds.some(({ caseId }) => caseId === `step-${n}`) ? { skip: "done" } : "go"),
  intent: ({ rmaNumber }) => ({
    key: `BH1-${rmaNumber.replace("-", "")}-${"ABCDEFGH"[n]}0001`,
    request: { rmaNumber, n },
  }),
  port: () => instant,
  facts: () => [{ kind: "case.linked", data: { caseId: `step-${n}`, originating: false } }],
});
const decision = (n: number): DecidingStep => ({
  ...{ kind: "decide", name: `step-${n}`, system: null },
  guard: () => "go",
  decide: () => ({ facts: [{ kind: "case.linked", data: { caseId: `step-${n}`, originating: false } }] }),
});
const eight = (stepAt: (n: number) => Step): Reactions => ({
  flows: [
    {
      name: "eight",
      version: 1,
      lane: "money",
      ignoresCancel: true,
      steps: Array.from({ length: 8 }, (_, n) => stepAt(n)),
    },
  ],
  react: (_, fact) => (fact.kind === "return.requested" ? [{ flow: "eight", subject: "" }] : []),
});

const stampFor = (reactions: Reactions): Stamp => ({
  correlationId: "bench",
  actor: { id: "usr_bench", displayName: "Bench", kind: "SYSTEM" },
  source: { system: "backhaul", reference: null },
  reactions,
});

const contender = (name: string, what: string, reactions: Reactions): Contender => ({
  name,
  what,
  open: async (url) => {
    await migrate(url);
    const { db, stop } = connectDatabase({ url, log: createSilentLog(), name: "bench", connections: 12 });
    return { fill: (waiting) => fill(db, waiting), run: (count) => run(db, count, reactions), close: stop };
  },
});

/** Every step is an effect: intent committed before the call, outcome, fact, projection and feed entry after it, all under lock and fence. */
export const allEffects = contender(
  "backhaul, 8 effects",
  "intent row before, outcome, fact, projection and feed row after each call",
  eight(effect),
);

/** As a real flow is: half of the steps only decide, and are committed with the intent of the next effect. */
export const halfEffects = contender(
  "backhaul, 4 effects",
  "4 decisions with a fact each, 4 effects as above",
  eight((n) => (n % 2 ? effect(n) : decision(n))),
);

async function run(db: Db, count: number, reactions: Reactions): Promise<number> {
  const stamp = stampFor(reactions);
  for (let n = 0; n < count; n += 1)
    await inTransaction(db, (tx) => startReturn(tx, newId("ret"), stamp, [requested()]));
  const begun = performance.now();
  const times = internals.parse({ pollMs: 200, concurrency: 10, claimBatch: 10, requireDurable: true });
  const running = startRunning({
    db,
    log: createSilentLog(),
    systems,
    policies: {} as Policies,
    installation: "BH1",
    times,
    reactions,
  });
  while (await left(db)) await new Promise((resolve) => void setTimeout(resolve, 20));
  const seconds = (performance.now() - begun) / 1000;
  await running.stop();
  return seconds;
}

/** What is due or runs; what waits for tomorrow is not looked at. */
const left = async (db: Db): Promise<boolean> =>
  (
    await sql`select from operations where finished_at is null and due_at < (select clock_timestamp() + interval '1 hour') limit 1`.execute(
      db,
    )
  ).rows.length > 0;

const requested = (): NewFact => ({
  kind: "return.requested",
  data: {
    ...{
      rmaNumber: drawRmaNumber(2026),
      companyId: "US01",
      channel: "bench",
      orderId: "erp.order:US01:SO-1",
      orderNumber: "SO-1",
    },
    ...{
      customerId: null,
      customerNumber: null,
      customerName: null,
      currency: null,
      resolution: "CREDIT",
      caseId: null,
      note: null,
      lines: [],
    },
  },
});

/** Operations whose time has not come. */
async function fill(db: Db, waiting: number): Promise<void> {
  await sql`
    insert into operations (id, flow, flow_version, lane, return_id, cause, status, due_at, correlation_id, actor)
    select 'op_waiting' || n, 'eight', 1, 'money', 'ret_waiting' || n, 'fct_waiting' || n, 'WAITING', clock_timestamp() + interval '1 day', 'bench', '{}'
    from generate_series(1, ${waiting}::int) n`.execute(db);
  await sql`vacuum analyze operations`.execute(db);
}
