import { closeSync, existsSync, ftruncateSync, mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { join } from "node:path";

export type Row = { readonly id: string };

/** Rows of one kind in insertion order. Rows are values: change one by putting another under its id. */
export interface Table<R extends Row> {
  get(id: string): R | undefined;
  put(row: R): R;
  delete(id: string): void;
  all(): R[];
  find(test: (row: R) => boolean): R[];
  /** Rows whose field has this value; an index when the table was declared with one. */
  by<K extends keyof R & string>(field: K, value: R[K]): R[];
  readonly size: number;
}

export interface Store {
  /** Declares a table (or gives the declared one); indexes are fields that `by` looks up. */
  table<R extends Row>(name: string, indexes?: (keyof R & string)[]): Table<R>;
  /** All changes or none: memory is rolled back on a throw, the journal gets one line. Must not await. */
  transaction<T>(work: () => T): T;
  /** Fills the tables with the seed (not journaled), then replays what happened since. */
  open(seed: () => void): void;
  /** Back to the seed; the journal is emptied. */
  reset(): void;
  close(): void;
}

type Change = [table: string, id: string, row: Row | null];

/** Tables in memory, and with a folder a journal `<folder>/<name>.jsonl` that outlives a kill -9. */
export function createStore({ name, folder }: { name: string; folder: string | null }): Store {
  const tables = new Map<string, MemoryTable<Row>>();
  const journal = folder === null ? null : openJournal(folder, name);
  let open: { changes: Change[]; undo: (() => void)[] } | null = null;
  let journaling = false;
  let seeding = false;
  let seeded = () => {};

  const transaction = <T>(work: () => T): T => {
    if (open) return work();
    const mine = (open = { changes: [] as Change[], undo: [] as (() => void)[] });
    try {
      const result = work();
      if (result instanceof Promise) throw new Error("a sandbox transaction must not await");
      if (journaling && journal && mine.changes.length > 0) journal.append(mine.changes);
      return result;
    } catch (error) {
      for (const step of mine.undo.reverse()) step();
      throw error;
    } finally {
      open = null;
    }
  };

  const change = (table: MemoryTable<Row>, id: string, row: Row | null) => {
    if (seeding) return table.set(id, row);
    transaction(() => {
      const before = table.get(id);
      table.set(id, row);
      open!.changes.push([table.name, id, row]);
      open!.undo.push(() => table.set(id, before ?? null));
    });
  };

  /** The seed is thousands of rows and is never taken back: a store that could not be seeded is not opened. */
  const begin = () => {
    journaling = false;
    seeding = true;
    try {
      seeded();
    } finally {
      seeding = false;
    }
    journaling = true;
  };

  const declare = (tableName: string, indexes: string[]) => {
    const table = new MemoryTable<Row>(tableName, indexes, change);
    tables.set(tableName, table);
    return table;
  };

  return {
    table: <R extends Row>(tableName: string, indexes: (keyof R & string)[] = []) =>
      (tables.get(tableName) ?? declare(tableName, indexes)) as unknown as Table<R>,
    transaction,
    open(seed) {
      seeded = seed;
      begin();
      for (const changes of journal?.read() ?? [])
        for (const [tableName, id, row] of changes) (tables.get(tableName) ?? declare(tableName, [])).set(id, row);
    },
    reset() {
      for (const table of tables.values()) table.clear();
      journal?.truncate(0);
      begin();
    },
    close: () => journal?.close(),
  };
}

class MemoryTable<R extends Row> implements Table<R> {
  readonly name: string;
  readonly #rows = new Map<string, R>();
  readonly #indexes: Map<string, Map<unknown, Set<string>>>;
  readonly #change: (table: MemoryTable<Row>, id: string, row: Row | null) => void;

  constructor(name: string, indexes: string[], change: (table: MemoryTable<Row>, id: string, row: Row | null) => void) {
    this.name = name;
    this.#indexes = new Map(indexes.map((field) => [field, new Map()]));
    this.#change = change;
  }

  get size() {
    return this.#rows.size;
  }
  get(id: string) {
    return this.#rows.get(id);
  }
  all() {
    return [...this.#rows.values()];
  }
  find(test: (row: R) => boolean) {
    return this.all().filter(test);
  }
  by<K extends keyof R & string>(field: K, value: R[K]) {
    const index = this.#indexes.get(field);
    if (!index) return this.find((row) => row[field] === value);
    return [...(index.get(value) ?? [])].map((id) => this.#rows.get(id)!);
  }
  put(row: R) {
    this.#change(this as unknown as MemoryTable<Row>, row.id, row);
    return row;
  }
  delete(id: string) {
    if (this.#rows.has(id)) this.#change(this as unknown as MemoryTable<Row>, id, null);
  }

  /** Without transaction or journal: for commit, undo and replay. */
  set(id: string, row: R | null) {
    const before = this.#rows.get(id);
    for (const [field, index] of this.#indexes) reindex(index, id, fieldOf(before, field), fieldOf(row, field));
    if (row) this.#rows.set(id, row);
    else this.#rows.delete(id);
  }
  clear() {
    this.#rows.clear();
    for (const index of this.#indexes.values()) index.clear();
  }
}

const fieldOf = (row: Row | null | undefined, field: string) =>
  (row as Record<string, unknown> | null | undefined)?.[field];

function reindex(index: Map<unknown, Set<string>>, id: string, before: unknown, after: unknown) {
  if (before === after && before !== undefined) return;
  if (before !== undefined) index.get(before)?.delete(id);
  if (after === undefined) return;
  const ids = index.get(after);
  if (ids) ids.add(id);
  else index.set(after, new Set([id]));
}

function openJournal(folder: string, name: string) {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${name}.jsonl`);
  const whole = existsSync(path) ? readWhole(path) : "";
  const file = openSync(path, "a");
  ftruncateSync(file, Buffer.byteLength(whole));
  return {
    append: (changes: Change[]) => writeSync(file, `${JSON.stringify(changes)}\n`),
    read: () =>
      whole
        .split("\n")
        .filter(Boolean)
        .map((line) => JSON.parse(line) as Change[]),
    truncate: (size: number) => ftruncateSync(file, size),
    close: () => closeSync(file),
  };
}

/** A line that a kill cut in the middle was never answered for: it is dropped. */
const readWhole = (path: string) => {
  const text = readFileSync(path, "utf8");
  return text.slice(0, text.lastIndexOf("\n") + 1);
};
