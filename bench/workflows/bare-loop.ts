import pg from "pg";
import type { Contender } from "../workflows.ts";

const atOnce = 10;
const schema = `
  create table workflows (id bigint generated always as identity primary key, step smallint not null default 0, fence integer not null default 0,
    due_at timestamptz not null default clock_timestamp(), finished boolean not null default false) with (fillfactor = 70);
  create index on workflows (due_at) where not finished;
  create table outbox (id bigint generated always as identity primary key, workflow bigint not null, step smallint not null);`;

/** The limit: claim, one row of outbox, one step on, in one transaction a step; no intent, no effect, no fact, no return. */
export const bareLoop: Contender = {
  name: "bare claim loop",
  what: "8 claims with one outbox row each: the limit, no design",
  open: async (connectionString) => {
    const pool = new pg.Pool({ connectionString, max: 12 });
    await pool.query(schema);
    return {
      fill: async (waiting) => {
        await pool.query(
          "insert into workflows (due_at) select clock_timestamp() + interval '1 day' from generate_series(1, $1::int)",
          [waiting],
        );
        await pool.query("vacuum analyze workflows");
      },
      run: (count) => run(pool, count),
      close: () => pool.end(),
    };
  },
};

async function run(pool: pg.Pool, count: number): Promise<number> {
  await pool.query("insert into workflows (step) select 0 from generate_series(1, $1::int)", [count]);
  const begun = performance.now();
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (await stepOn(pool));
    }),
  );
  return (performance.now() - begun) / 1000;
}

const claimed = `
  update workflows set fence = fence + 1, due_at = clock_timestamp() + interval '1 minute' where id = (
    select id from workflows where not finished and due_at <= (select clock_timestamp()) order by due_at limit 1 for update skip locked
  ) returning id, step, fence`;

async function stepOn(pool: pg.Pool): Promise<boolean> {
  const client = await pool.connect();
  try {
    await client.query("begin");
    const { rows } = await client.query<{ id: string; step: number; fence: number }>(claimed);
    const [row] = rows;
    if (row) {
      await client.query("insert into outbox (workflow, step) values ($1, $2)", [row.id, row.step]);
      await client.query(
        "update workflows set step = step + 1, due_at = clock_timestamp(), finished = step = 7 where id = $1 and fence = $2",
        [row.id, row.fence],
      );
    }
    await client.query("commit");
    return row !== undefined;
  } finally {
    client.release();
  }
}
