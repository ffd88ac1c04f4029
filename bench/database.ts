import { randomBytes } from "node:crypto";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import pg from "pg";
import { readConfig } from "#shared/config.ts";
import { startEmbeddedPostgres } from "#shared/embedded-postgres.ts";

export type Server = { version: string; createDatabase(): Promise<string>; stop(): Promise<void> };

/** The PostgreSQL of a run: DATABASE_URL's, or an embedded one as durable as the product's. Each contender gets a database of its own on it. */
export async function startServer(): Promise<Server> {
  const { databaseUrl } = readConfig();
  const folder = await mkdtemp(path.join(tmpdir(), "backhaul-bench-"));
  const embedded = databaseUrl === undefined ? await startEmbeddedPostgres({ dataDir: folder }) : null;
  const admin = databaseUrl ?? embedded!.url;
  const made: string[] = [];
  const ask = async (statement: string) => {
    const client = new pg.Client({ connectionString: admin });
    await client.connect();
    return client.query(statement).finally(() => client.end());
  };
  return {
    version: (await ask("show server_version")).rows[0].server_version,
    createDatabase: async () => {
      const name = `bench_${randomBytes(6).toString("hex")}`;
      await ask(`create database ${name}`);
      made.push(name);
      const url = new URL(admin);
      url.pathname = `/${name}`;
      return url.href;
    },
    stop: async () => {
      for (const name of made) await ask(`drop database if exists ${name} with (force)`);
      await embedded?.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
