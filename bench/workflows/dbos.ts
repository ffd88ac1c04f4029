import { DBOS } from "@dbos-inc/dbos-sdk";
import pg from "pg";
import type { Contender } from "../workflows.ts";

const workflow = DBOS.registerWorkflow(
  async () => {
    for (let n = 0; n < 8; n += 1) await DBOS.runStep(async () => undefined, { name: `step-${n}` });
  },
  { name: "eight" },
);
const atOnce = 10;

/** A durable workflow library on the same PostgreSQL, with steps that do nothing. */
export const dbos: Contender = {
  name: "@dbos-inc/dbos-sdk",
  what: "8 no-op steps, a checkpoint each",
  open: async (url) => {
    DBOS.setConfig({
      name: "bench",
      systemDatabaseUrl: url,
      systemDatabasePoolSize: 12,
      runAdminServer: false,
      logLevel: "error",
    });
    await DBOS.launch();
    return { fill: (waiting) => fill(url, waiting), run, close: () => DBOS.shutdown() };
  },
};

async function run(count: number): Promise<number> {
  const begun = performance.now();
  let next = 0;
  const one = async () => {
    while (next < count) {
      next += 1;
      await (await DBOS.startWorkflow(workflow)()).getResult();
    }
  };
  await Promise.all(Array.from({ length: atOnce }, one));
  return (performance.now() - begun) / 1000;
}

/** Workflows in a queue that nobody takes from. */
async function fill(url: string, waiting: number): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  await client.query(
    "insert into dbos.workflow_status (workflow_uuid, status, name, queue_name) select 'waiting-' || n, 'ENQUEUED', 'eight', 'nobody' from generate_series(1, $1::int) n",
    [waiting],
  );
  await client.query("vacuum analyze dbos.workflow_status");
  await client.end();
}
