import type { Db } from "#shared/database.ts";
import { sql } from "kysely";
import type { Operation } from "#orchestration/starting-operations.ts";
import type { Flow } from "#orchestration/step.ts";
import type { Claim, Engine } from "./engine.ts";

/**
 * Claims up to `limit` due operations of a lane, the longest due first: lease by pushing `due_at`, fence and claims plus one, at most one running per return
 * and lane, and only flow versions that this process knows (W-10, W-11, W-15). What waited for a system goes on in the order in which it began (OS-31).
 */
export async function claim(engine: Engine, lane: string, limit: number): Promise<Claim[]> {
  const { db, times, reactions } = engine;
  const flows = reactions.flows.filter((flow) => flow.lane === lane);
  if (flows.length === 0 || limit < 1) return [];
  const endsAt = performance.now() + times.leaseMs;
  const operations = await claimRows(db, { lane, limit, flows, leaseMs: times.leaseMs });
  return operations.map((operation) => ({ operation, endsAt }));
}

type Wanted = { lane: string; limit: number; flows: readonly Flow[]; leaseMs: number };

async function claimRows(db: Db, { lane, limit, flows, leaseMs }: Wanted, tries = 5): Promise<Operation[]> {
  try {
    const known = sql.join(flows.map(({ name, version }) => sql`(${name}::text, ${version}::smallint)`));
    const { rows } = await sql<Operation>`
      with due as (
        select id, coalesce(return_id, id) as about, status, due_at
        from operations o
        where finished_at is null and due_at <= (select clock_timestamp()) and lane = ${lane}
          and status in ('ACCEPTED', 'RUNNING', 'WAITING') and (flow, flow_version) in (${known})
          and not exists (
            select from operations r
            where r.return_id = o.return_id and r.lane = o.lane and r.status = 'RUNNING' and r.id <> o.id
          )
          and (o.waiting_for is null or not exists (
            select from operations e
            where e.return_id = o.return_id and e.lane = o.lane and e.status = 'WAITING' and e.waiting_for = o.waiting_for
              and e.id < o.id
          ))
        order by due_at
        limit ${limit}
        for update skip locked
      ), first as (
        select distinct on (about) id from due order by about, due_at
      )
      update operations set
        status = 'RUNNING', fence = fence + 1, claims = claims + 1, updated_at = clock_timestamp(),
        due_at = clock_timestamp() + make_interval(secs => ${leaseMs / 1000})
      from first where operations.id = first.id
      returning operations.*`.execute(db);
    return rows.toSorted((a, b) => a.created_at.getTime() - b.created_at.getTime());
  } catch (error) {
    // Another worker has just taken the same lane of a return (operations_running): look again.
    if (tries > 1 && (error as { code?: unknown }).code === "23505")
      return claimRows(db, { lane, limit, flows, leaseMs }, tries - 1);
    throw error;
  }
}

/** Ends the leases of claims that are not finished, so that another worker takes them at once; an effect without an outcome is looked up there. */
export async function handBack({ db, log }: Engine, claims: readonly Claim[]): Promise<void> {
  for (const { operation } of claims) {
    log.info({ operation: operation.id, flow: operation.flow }, "handed back");
    await db
      .updateTable("operations")
      .set({ due_at: sql<Date>`clock_timestamp()`, fence: operation.fence + 1 })
      .where("id", "=", operation.id)
      .where("fence", "=", operation.fence)
      .where("status", "=", "RUNNING")
      .execute();
  }
}
