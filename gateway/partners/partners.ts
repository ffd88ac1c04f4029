import { readdir, stat } from "node:fs/promises";
import path from "node:path";
import { hashOf } from "#shared/hash.ts";
import type { Log } from "#shared/log.ts";
import { counter, gauge } from "#shared/telemetry.ts";
import type { ApiKey } from "./api-keys.ts";
import type { Bundle, TrustedDocument } from "./bundle.ts";
import { indexDocuments } from "./index-documents.ts";
import { BundleMistakes, mistake } from "./mistakes.ts";
import { readBundle, type GraphOf } from "./read-bundle.ts";

/** A bundle in use. */
export type Partner = Bundle & {
  /** Aborted when another bundle takes its place, or none: who was let in by it has to come again. */
  readonly ends: AbortSignal;
};

export type Partners = {
  readonly get: (id: string) => Partner | undefined;
  readonly all: () => readonly Partner[];
  /** Whose key has this id. */
  readonly keyOf: (keyId: string) => { readonly partner: Partner; readonly key: ApiKey } | undefined;
  /** A partner's registered documents; none for an unknown partner. */
  readonly documents: (id: string) => { readonly find: (documentId: string) => TrustedDocument | undefined };
  /** Whether some partner's pages come from there. */
  readonly hasOrigin: (origin: string) => boolean;
  /** Calls back with a partner's id after its bundle was taken, replaced, refused or removed; gives the way to stop that. */
  readonly onLoad: (listener: (id: string) => void) => () => void;
  /** Reads every bundle again at once, as after a change of the graph. */
  readonly reload: () => Promise<void>;
  readonly stop: () => void;
};

export type PartnersOptions = {
  /** The folder of the bundles; without one there are no partners. */
  readonly folder: string;
  readonly graphOf: GraphOf;
  /** How often the folder is looked at. */
  readonly pollMs: number;
  readonly log: Log;
};

type Held = {
  current: Partner | undefined;
  end: AbortController | undefined;
  documents: ReadonlyMap<string, TrustedDocument>;
  /** What of the folder was read last, and what was seen last: it is read once it has stopped changing. */
  read: string | undefined;
  seen: string | undefined;
};

const inUse = gauge(
  "gateway_partner_bundle_up_to_date",
  "1 while the bundle in the partner's folder is the one in use, 0 while it is refused",
  ["partner"],
);
const loads = counter("gateway_partner_bundle_loads_total", "Bundles read: taken or refused", ["partner", "outcome"]);

/**
 * Reads `partners/<partner id>/` and keeps looking: a bundle that changed takes the old one's place as a whole, a bad one is refused with its reason and the
 * old one stays; the other partners don't notice.
 */
export async function startPartners(options: PartnersOptions): Promise<Partners> {
  const { folder, pollMs, log } = options;
  const held = new Map<string, Held>();
  const listeners = new Set<(id: string) => void>();
  const look = async (isForced: boolean) => {
    const present = await foldersIn(folder);
    for (const id of new Set([...present, ...held.keys()])) {
      const print = present.includes(id) ? await fingerprint(path.join(folder, id)) : undefined;
      const known = held.get(id) ?? nothingHeld();
      held.set(id, known);
      const isSettled = isForced || print === known.seen;
      known.seen = print;
      if (!isForced && (print === known.read || !isSettled)) continue;
      known.read = print;
      if (print === undefined) remove(id, held, log);
      else await load(id, held, options);
      for (const listener of listeners) listener(id);
    }
  };
  let looking: Promise<void> = look(true);
  await looking;
  let ahead = 0;
  /** One look after the other. */
  const next = (isForced: boolean) => {
    ahead += 1;
    looking = looking
      .catch(() => undefined)
      .then(() => look(isForced))
      .finally(() => (ahead -= 1));
    return looking;
  };
  const timer = setInterval(() => {
    if (ahead === 0) next(false).catch((err: unknown) => log.error({ err }, "the partners' folder can't be read"));
  }, pollMs);
  timer.unref();
  return {
    get: (id) => held.get(id)?.current,
    all: () => [...held.values()].flatMap(({ current }) => current ?? []),
    keyOf: (keyId) => findKey(held, keyId),
    documents: (id) => ({ find: (documentId) => held.get(id)?.documents.get(documentId) }),
    hasOrigin: (origin) => [...held.values()].some(({ current }) => current?.origins.includes(origin)),
    onLoad: (listener) => {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    reload: () => next(true),
    stop: () => clearInterval(timer),
  };
}

const nothingHeld = (): Held => ({
  current: undefined,
  end: undefined,
  documents: new Map(),
  read: undefined,
  seen: undefined,
});

async function load(id: string, held: Map<string, Held>, { folder, graphOf, log }: PartnersOptions): Promise<void> {
  const own = held.get(id)!;
  try {
    const bundle = await readBundle(path.join(folder, id), graphOf);
    refuseForeignKeys(bundle, held, folder);
    outcome(id, "taken");
    // What says the same stays, and so do the connections that it let in.
    if (own.current && hashOf(bundle) === hashOf(contentOf(own.current))) return;
    const end = new AbortController();
    const before = own.end;
    Object.assign(own, { current: { ...bundle, ends: end.signal }, end, documents: indexDocuments(bundle.documents) });
    before?.abort();
    log.info(
      { partner: id, documents: bundle.documents.length, keys: bundle.keys.length },
      "a partner's bundle is in use",
    );
  } catch (error) {
    outcome(id, "refused");
    const reasons = error instanceof BundleMistakes ? error.mistakes : undefined;
    const stays = own.current ? "the one before stays in use" : "the partner is refused";
    log.error({ partner: id, reasons, ...(reasons ? {} : { err: error }) }, `a partner's bundle is refused: ${stays}`);
  }
}

const contentOf = ({ ends: _, ...bundle }: Partner): Bundle => bundle;

function outcome(partner: string, how: "taken" | "refused"): void {
  loads.inc({ partner, outcome: how });
  inUse.set({ partner }, how === "taken" ? 1 : 0);
}

function remove(id: string, held: Map<string, Held>, log: Log): void {
  held.get(id)?.end?.abort();
  held.delete(id);
  inUse.remove({ partner: id });
  log.info({ partner: id }, "a partner's bundle is gone: the partner is refused");
}

/** A key's id is looked up before its partner is known, so it is one partner's. */
function refuseForeignKeys({ id, keys }: Bundle, held: Map<string, Held>, folder: string): void {
  const mistakes = keys.flatMap((key, index) => {
    const owner = findKey(held, key.id)?.partner.id ?? id;
    if (owner === id) return [];
    const file = `${path.basename(folder)}/${id}/bundle.yml`;
    return [mistake(file, `keys.${index}.id`, `${key.id} is already a key of ${owner}; make another.`)];
  });
  if (mistakes.length > 0) throw new BundleMistakes(mistakes);
}

function findKey(held: Map<string, Held>, keyId: string): { partner: Partner; key: ApiKey } | undefined {
  for (const { current: partner } of held.values()) {
    const key = partner?.keys.find(({ id }) => id === keyId);
    if (partner && key) return { partner, key };
  }
  return undefined;
}

async function foldersIn(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { withFileTypes: true }).catch((error: unknown) => {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw error;
  });
  const isFolder = (entry: (typeof entries)[number]) => entry.isDirectory() || entry.isSymbolicLink();
  return entries
    .filter((entry) => isFolder(entry) && !entry.name.startsWith("."))
    .map(({ name }) => name)
    .toSorted();
}

/** Names, sizes and times of all files of a folder that are read: drafts (`.more.graphql`) are none. A folder that can't be read has a print too, and reading it says why. */
async function fingerprint(folder: string): Promise<string> {
  try {
    const names = (await readdir(folder, { recursive: true })).filter((name) => !path.basename(name).startsWith("."));
    const parts = await Promise.all(
      names.toSorted().map(async (name) => {
        const file = await stat(path.join(folder, name));
        return file.isFile() ? `${name}:${file.mtimeMs}:${file.size}:${file.ino}` : name;
      }),
    );
    return parts.join("\n");
  } catch (error) {
    return `unreadable: ${(error as NodeJS.ErrnoException).code}`;
  }
}
