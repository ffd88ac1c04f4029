import type { Call, KeyedDocument, LookUp, TwoPhase } from "#adapters/port.ts";
import type { Instructions } from "#adapters/wms/port.ts";
import type { Systems } from "#adapters/systems.ts";
import { AmbiguousOutcome, BusinessRefusal, coded, ProgramBug, TransientFailure } from "#shared/errors.ts";
import { hashOf } from "#shared/hash.ts";
import type pg from "pg";

// A two-phase system whose ledger is a table, so that it outlives the processes that call it. It does what the real one may do worst:
// it works and loses the answer, or works long after the answer was lost.

export type Verb = "draft" | "lookUp" | "read" | "post" | "discard" | "put" | "withdraw";
/**
 * refused: connection refused, nothing done · lost: done, no answer · late: no answer, done when `doLate` says so · no: business refusal ·
 * bug: malformed request · garbled: done, the answer can't be read · blind: a look-up that finds nothing · unsure: a look-up that can't say · pass: no fault
 */
export type Fault = "refused" | "lost" | "late" | "no" | "bug" | "garbled" | "blind" | "unsure" | "pass";
type Row = { id: string; key: string; hash: string; status: "DRAFT" | "POSTED"; number: string };

export const system = "erp-fake";
const schema = `
  create schema fake;
  create table fake.documents (id text primary key default gen_random_uuid()::text, key text, hash text, status text, number text, made_at timestamptz default clock_timestamp());
  create sequence fake.numbers;
  create table fake.calls (n serial, verb text, key text);
  create table fake.faults (n serial, verb text, fault text);
  create table fake.late (n serial, work text, arguments jsonb);
  create table fake.instructions (key text primary key, hash text, puts integer default 1, state text default 'OPEN');`;

export type FakeErp = {
  systems: Systems;
  documents: TwoPhase<unknown>;
  instructions: Instructions<unknown>;
  /** The next calls of this verb fail so, in this order. */
  fail(verb: Verb, ...faults: Fault[]): Promise<void>;
  /** Does the work that was accepted without an answer. */
  doLate(): Promise<void>;
  posted(key: string): Promise<Row[]>;
  drafts(key: string): Promise<Row[]>;
  calls(verb: Verb): Promise<number>;
};

export async function createFakeErp(pool: pg.Pool, { create = true, settleMs = 600_000 } = {}): Promise<FakeErp> {
  if (create) await pool.query(schema);
  const documents = documentsOf(pool);
  const instructions = instructionsOf(pool);
  const port = { system, settleMs, companyId: "US01", site: "CHI1" };
  const ofKey = async (status: string, key: string) =>
    (await pool.query<Row>("select * from fake.documents where status = $1 and key = $2", [status, key])).rows;
  return {
    systems: {
      erpOf: () => port,
      wmsOf: () => port,
      erps: () => [port],
      warehouses: () => [port],
      carrierOf: () => null,
      mailOf: () => null,
      carriers: () => [],
      bySystem: (name: string) => (name === system ? port : undefined),
      health: () => [],
      close: async () => undefined,
    } as unknown as Systems,
    documents,
    instructions,
    fail: async (verb, ...faults) => {
      await pool.query("insert into fake.faults (verb, fault) select $1, unnest($2::text[])", [verb, faults]);
    },
    doLate: async () => {
      const { rows } = await pool.query<{ work: keyof typeof works; arguments: string[] }>(
        "delete from fake.late returning work, arguments",
      );
      for (const { work, arguments: told } of rows) await works[work](pool, ...(told as [string, string]));
    },
    posted: (key) => ofKey("POSTED", key),
    drafts: (key) => ofKey("DRAFT", key),
    calls: async (verb) => (await pool.query("select from fake.calls where verb = $1", [verb])).rowCount!,
  };
}

const works = {
  draft: (pool: pg.Pool, key: string, hash: string) =>
    pool.query(
      "insert into fake.documents (key, hash, status, number) values ($1, $2, 'DRAFT', 'D' || nextval('fake.numbers')) returning *",
      [key, hash],
    ),
  post: (pool: pg.Pool, id: string) =>
    pool.query(
      "update fake.documents set status = 'POSTED', number = 'P' || nextval('fake.numbers') where id = $1 and status = 'DRAFT' returning *",
      [id],
    ),
  put: (pool: pg.Pool, key: string, hash: string) =>
    pool.query(
      "insert into fake.instructions (key, hash) values ($1, $2) on conflict (key) do update set puts = fake.instructions.puts + 1",
      [key, hash],
    ),
};

/** Runs `work` as the next fault of this verb says. */
async function call<Answer>(
  pool: pg.Pool,
  verb: Verb,
  key: string,
  late: { work: keyof typeof works; told: string[] } | null,
  work: () => Promise<Answer>,
): Promise<Answer> {
  await pool.query("insert into fake.calls (verb, key) values ($1, $2)", [verb, key]);
  const { rows } = await pool.query<{ fault: Fault }>(
    "delete from fake.faults where n = (select n from fake.faults where verb = $1 order by n limit 1 for update) returning fault",
    [verb],
  );
  const fault = rows[0]?.fault;
  if (fault === "refused") throw new TransientFailure({ system, code: "CONNECTION_REFUSED" });
  if (fault === "no") throw new BusinessRefusal({ system, code: "CUSTOMER_BLOCKED" });
  if (fault === "bug") throw new ProgramBug({ system, code: "REQUEST_INVALID" });
  if (fault === "late") {
    await pool.query("insert into fake.late (work, arguments) values ($1, $2)", [
      late!.work,
      JSON.stringify(late!.told),
    ]);
    throw new AmbiguousOutcome({ system, code: "NO_ANSWER" });
  }
  const answer = await work();
  if (fault === "lost") throw new AmbiguousOutcome({ system, code: "NO_ANSWER" });
  if (fault === "garbled") throw new ProgramBug({ system, code: "RESPONSE_INVALID" });
  if (fault === "blind") return { answer: "absent" } as Answer;
  if (fault === "unsure") return { answer: "unknown", reason: "lag" } as Answer;
  return answer;
}

function documentsOf(pool: pg.Pool): TwoPhase<unknown> {
  const shown = ({ id, number, status, hash }: Row, request: unknown): KeyedDocument => ({
    ...{
      id,
      number,
      status,
      sameContent: hash === hashOf(request),
      totals: { net: "1.00", tax: "0.00", total: "1.00" },
    },
    ...{ postingDate: status === "POSTED" ? "2026-11-21" : null, lines: [] },
  });
  const find = async (where: string, value: string) =>
    (await pool.query<Row>(`select * from fake.documents where ${where} = $1 order by made_at`, [value])).rows;
  return {
    draft: (key, request) => {
      const hash = hashOf(request);
      return call(pool, "draft", key, { work: "draft", told: [key, hash] }, async () =>
        shown((await works.draft(pool, key, hash)).rows[0] as Row, request),
      );
    },
    lookUp: (key, request) =>
      call(pool, "lookUp", key, null, async (): Promise<LookUp> => {
        const all = (await find("key", key)).map((row) => shown(row, request));
        if (all.length === 0) return { answer: "absent" };
        return {
          answer: "found",
          posted: all.filter(({ status }) => status === "POSTED"),
          drafts: all.filter(({ status }) => status === "DRAFT"),
        };
      }),
    read: (id, request) =>
      call(pool, "read", id, null, async () => {
        const [row] = await find("id", id);
        return row ? shown(row, request) : null;
      }),
    post: (id) =>
      call(pool, "post", id, { work: "post", told: [id] }, async () => {
        const [row] = await find("id", id);
        if (!row) throw new BusinessRefusal({ system, code: "NOT_FOUND" });
        await works.post(pool, id);
      }),
    discard: (id) =>
      call(
        pool,
        "discard",
        id,
        null,
        async () => void (await pool.query("delete from fake.documents where id = $1 and status = 'DRAFT'", [id])),
      ),
  };
}

function instructionsOf(pool: pg.Pool): Instructions<unknown> {
  const find = async (key: string) =>
    (await pool.query<{ hash: string; state: "OPEN" }>("select * from fake.instructions where key = $1", [key]))
      .rows[0];
  return {
    put: (key, content) =>
      call(pool, "put", key, { work: "put", told: [key, hashOf(content)] }, async () => {
        await works.put(pool, key, hashOf(content));
        return { state: "OPEN" as const };
      }),
    lookUp: (key, content) =>
      call(pool, "lookUp", key, null, async () => {
        const row = await find(key);
        return row
          ? { answer: "found" as const, state: row.state, sameContent: row.hash === hashOf(content) }
          : { answer: "absent" as const };
      }),
    withdraw: (key) =>
      call(pool, "withdraw", key, null, async () => {
        if (!(await find(key))) throw coded("BAD_USER_INPUT", { problem: "no such instruction" });
        await pool.query("update fake.instructions set state = 'CANCELLED' where key = $1", [key]);
        return { state: "CANCELLED" as const };
      }),
  };
}

export type { Call };
