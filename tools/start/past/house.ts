import { setTimeout as after } from "node:timers/promises";
import { sql } from "kysely";
import { connectSystems } from "#adapters/systems.ts";
import { demoPeople } from "#gateway/access/demo-people.ts";
import { flows } from "#orchestration/flows/index.ts";
import { pollWarehouse } from "#orchestration/inbox/polling.ts";
import { pollParcels } from "#orchestration/inbox/reading-parcels.ts";
import { startProcessing } from "#orchestration/inbox/start-processing.ts";
import { loadPolicies } from "#orchestration/policies/policies.ts";
import { react } from "#orchestration/reactions.ts";
import { recurringWork } from "#orchestration/recurring.ts";
import { lanes, startRunning } from "#orchestration/running/start-running.ts";
import { type Sandbox, startSandbox } from "#sandbox/main.ts";
import type { Order } from "#sandbox/seed/types.ts";
import { createCaller } from "#shared/caller.ts";
import type { Config } from "#shared/config.ts";
import { connectDatabase, type Db, inTransaction } from "#shared/database.ts";
import { newId } from "#shared/ids.ts";
import type { Log } from "#shared/log.ts";
import { createShutdown } from "#shared/shutdown.ts";
import { cancelReturn } from "#subgraphs/returns/mutations/cancel-return.ts";
import { decideApproval } from "#subgraphs/returns/mutations/decide-approval.ts";
import { requestReturn } from "#subgraphs/returns/mutations/request-return.ts";
import { createLoaders as createOperationLoaders } from "#subgraphs/operations/loaders.ts";
import { resolveException } from "#subgraphs/operations/mutations/resolve-exception.ts";
import { createLoaders, type Context } from "#subgraphs/returns/loaders.ts";
import { renumber } from "./renumber.ts";
import { sandboxSide } from "#tools/start/sandbox-options.ts";

export type HouseParts = {
  config: Config;
  log: Log;
  /** Of the past's own schema. */
  databaseUrl: string;
  /** Where the sandbox keeps its journals. */
  dataDir: string;
  today: string;
  scale: number;
};
export type House = Awaited<ReturnType<typeof openHouse>>;
type Started = readonly ({ lane: string } | null)[];
type Asked = { id: string; required_role: string };
export type RequestInput = Parameters<typeof requestReturn>[1]["input"];

/** Nothing waits for the clock on the wall, and no system minds how often it is asked (W-30). */
const quick = { requestsPerMinute: 1_000_000, pollMs: 1_000_000_000, requestValidationMs: 60_000, leaseMs: 600_000 };

const PLENTY = 1_000_000_000;
const unlimited = {
  businessCentral: { rateLimit: { requests: PLENTY, windowMs: 1 } },
  warehouses: { paceMs: 0, limits: { requestsPerMinute: PLENTY, atOnce: 1_000 } },
  easypost: { requestsPerSecond: PLENTY },
};

/** The whole house in this process, as in any other: its engine, its inbox, its mutations and the sandbox. What it lacks are the doors: nobody is there to use them. */
export async function openHouse({ config: given, log, databaseUrl, dataDir, today, scale }: HouseParts) {
  const config = { ...given, databaseUrl, internals: { ...given.internals, ...quick } };
  const shutdown = createShutdown(log);
  const sandbox = await startSandbox({
    ...{ port: config.sandboxPort, dataDir, hooks: null, today, scale },
    credentials: sandboxSide(config.secret),
    ...unlimited,
  });
  shutdown.add("sandbox", sandbox.stop);
  const { db, stop } = connectDatabase({ url: databaseUrl, log, name: "past", connections: 12 });
  shutdown.add("database", stop);
  const systems = connectSystems({ config });
  shutdown.add("systems", systems.close);
  const parts = { db, log, systems, policies: loadPolicies(config.policiesDir), times: config.internals };
  const reactions = { flows, react };
  const running = startRunning({ ...parts, installation: config.installation, reactions });
  shutdown.add("operations", running.stop);
  const ring = (started: Started) => {
    for (const lane of new Set(started.flatMap((one) => one?.lane ?? []))) void running.ring(lane);
  };
  const committed = ({ started }: { started: readonly { lane: string }[] }) => ring(started);
  const processing = startProcessing({
    ...parts,
    committed,
    onNotices: () => undefined,
    onUnnamedParcel: () => undefined,
  });
  shutdown.add("inbox", processing.stop);

  const news = createNews(sandbox);
  const readFeed = (system: string) => {
    const port = systems.warehouses().find((one) => one.system === system)!;
    return pollWarehouse({ db, log, systems, onReceived: () => undefined, onAnswered: running.answered }, port);
  };
  /** Until nobody has anything to do any more. */
  const settle = async (): Promise<void> => {
    for (;;) {
      const told = news.take();
      await Promise.all(told.map(readFeed));
      if (told.length > 0) await processing.ring();
      await Promise.all(lanes.map((lane) => running.ring(lane)));
      while (lanes.some((lane) => running.free(lane) < config.internals.concurrency)) await after(5);
      if (news.isEmpty() && !(await isBusy(db))) return;
    }
  };
  /** What time alone brings by now. */
  const timers = recurringWork({
    ...{ ...parts, installation: config.installation, flows, hooks: "", free: () => 0 },
    ...{ answer: async () => undefined, poll: async () => undefined, committed },
  }).find(({ name }) => name === "timers")!;
  const lookAtTheClock = async () => {
    await timers.work();
    await settle();
  };
  const erp = sandbox.servers["business-central"].controls;
  const blocked: { company: string; number: string }[] = [];
  const as = (who: string): Context => {
    const correlationId = newId("op");
    const context = {
      ...parts,
      config,
      announce: { committed, resumed: ring },
      caller: callerOf(who),
      correlationId,
      call: { correlationId },
    };
    // No mutation follows the feed.
    const request = context as unknown as Context;
    return { ...request, loaders: createLoaders(request) };
  };

  return {
    db,
    sandbox,
    settle,
    lookAtTheClock,
    /** Asks for goods to come back; gives the return's id, or throws what the person is told. */
    request: async (who: string, input: RequestInput): Promise<string> =>
      idOf(await requestReturn(undefined, { input }, as(who))),
    /** The same under a number that stories know; while the house is quiet. */
    requestAs: async (rmaNumber: string, who: string, input: RequestInput): Promise<string> => {
      const silent = { ...as(who), announce: { committed: () => undefined, resumed: () => undefined } };
      const id = idOf(await requestReturn(undefined, { input }, silent));
      const { started } = await inTransaction(db, (tx) => renumber(tx, id, rmaNumber));
      ring(started);
      return id;
    },
    /** Finance gives a task up: what waited for it ends. */
    giveUp: async (returnId: string, code: string): Promise<void> => {
      const task = await db
        .selectFrom("exceptions")
        .select("id")
        .where("return_id", "=", returnId)
        .where("code", "=", code)
        .executeTakeFirstOrThrow();
      const input = {
        idempotencyKey: newId("op"),
        id: task.id,
        resolution: "CANCELLED" as const,
        note: "Settled with the customer.",
      };
      const context = as("fin");
      await resolveException(undefined, { input }, { ...context, loaders: createOperationLoaders(context) });
    },
    cancel: async (id: string, who: string) =>
      void idOf(
        await cancelReturn(
          undefined,
          { input: { idempotencyKey: newId("op"), id, reason: "The customer keeps it." } },
          as(who),
        ),
      ),
    askedOf: async (returnId: string): Promise<Asked | null> => {
      const asked = db.selectFrom("approvals").select(["id", "required_role"]).where("return_id", "=", returnId);
      return (await asked.where("status", "=", "PENDING").executeTakeFirst()) ?? null;
    },
    decide: async ({ id, required_role }: Asked, decision: "APPROVE" | "DECLINE") => {
      const input = {
        idempotencyKey: newId("op"),
        id,
        decision,
        ...(decision === "DECLINE" ? { note: "Not ours to pay." } : {}),
      };
      idOf(await decideApproval(undefined, { input }, as(required_role === "finance" ? "fin" : "sam")));
    },
    numberOf: async (id: string): Promise<string> =>
      (await db.selectFrom("returns").select("rma_number").where("id", "=", id).executeTakeFirstOrThrow()).rma_number,
    /** From now on the ERP refuses to show the order, or its warehouse to take an instruction; until the answer is called. */
    refuse: (what: "ERP" | "WMS", { number, locationCode }: Order): (() => Promise<void>) => {
      const server =
        what === "ERP"
          ? sandbox.servers["business-central"]
          : warehouses(sandbox)[`wms-${locationCode.toLowerCase()}`]!;
      const match = what === "ERP" ? { path: number } : { method: "PUT", path: "/return-instructions/" };
      const action =
        what === "ERP"
          ? { kind: "refuse" as const, status: 403 }
          : { kind: "refuse" as const, status: 422, code: "INVALID" };
      const { id } = server.faults.arm({ match, times: 0, action });
      return async () => server.faults.disarm(id);
    },
    floorOf: (site: string) => warehouses(sandbox)[`wms-${site.toLowerCase()}`]!.controls,
    warehouseOf: async (id: string): Promise<string> => {
      const row = await db.selectFrom("returns").select("warehouse").where("id", "=", id).executeTakeFirstOrThrow();
      if (row.warehouse === null) throw new Error(`no warehouse was chosen for ${id}`);
      return row.warehouse;
    },
    erp,
    /** The ERP's people let a customer have nothing any more, credits neither (D-06). */
    block: (company: string, number: string) => {
      blocked.push({ company, number });
      erp.change({ company, set: "customers", number, fields: { blocked: "All" } });
    },
    /** They are all let off; what waits for that waits for whoever has its task. */
    liftBlocks: () => {
      for (const one of blocked.splice(0)) erp.change({ ...one, set: "customers", fields: { blocked: "_x0020_" } });
    },
    carrier: sandbox.servers.easypost.controls,
    parcelsOf: async (id: string): Promise<string[]> => {
      const rows = await db.selectFrom("labels").select("tracking_number").where("return_id", "=", id).execute();
      if (rows.length === 0) throw new Error(`${id} has no label`);
      return rows.map(({ tracking_number }) => tracking_number);
    },
    readParcels: async () => {
      for (const carrier of systems.carriers()) await pollParcels({ db, log, reactions, committed }, carrier);
    },
    stop: () => shutdown.run("the past is made"),
  };
}

function callerOf(who: string) {
  const { sub, name = null, roles = [], companies = [] } = demoPeople[who]!;
  const scope = { sites: null, partner: null, scope: [], client: `person:past:${sub}` };
  return createCaller({ kind: "PERSON", id: sub, name, roles, companies, ...scope });
}

type Payload = { return?: { id: string } | null; userErrors: readonly { message: string }[] };
function idOf({ return: made, userErrors }: Payload): string {
  if (!made) throw new Error(userErrors.map(({ message }) => message).join(" "));
  return made.id;
}

async function isBusy(db: Db): Promise<boolean> {
  const { rows } = await sql<{ busy: boolean }>`
    select exists (
      select from operations where finished_at is null and (status = 'RUNNING' or (status in ('ACCEPTED', 'WAITING') and due_at <= (select clock_timestamp())))
    ) or exists (select from inbox where status = 'RECEIVED') as busy`.execute(db);
  return rows[0]!.busy;
}

type Warehouses = Record<string, Sandbox["servers"]["wms-chi1"]>;
const warehouses = ({ servers }: Sandbox): Warehouses =>
  Object.fromEntries(Object.entries(servers).filter(([name]) => name.startsWith("wms-"))) as Warehouses;

/** Which warehouses have said something since their feeds were read last. */
function createNews(sandbox: Sandbox) {
  const known = new Map<string, number>();
  const told = () =>
    Object.entries(warehouses(sandbox)).flatMap(([name, { ledger }]) => {
      const count = ledger.events().length;
      return count === (known.get(name) ?? 0) ? [] : [{ name, count }];
    });
  return {
    isEmpty: () => told().length === 0,
    take: () =>
      told().map(({ name, count }) => {
        known.set(name, count);
        return name;
      }),
  };
}
