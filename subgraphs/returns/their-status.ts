import type { DispositionInstruction, ReturnInstruction, WmsPort } from "#adapters/wms/port.ts";
import type { ReturnState, SystemEntry } from "#orchestration/return-state.ts";
import { foreignIdOf, parseForeignId } from "#shared/ids.ts";
import { readThrough } from "#shared/snapshots.ts";
import { parseTransactionKey } from "#shared/transaction-key.ts";
import type { RequestContext } from "../kit/context.ts";

// Each document's status in the words of the system that has it, beside ours and never merged with it (D-27). The CRM is asked, and a warehouse for the
// documents of one return: it tells them one by one (wires 1), so that for a page its last answer is quoted (G-08), as an ERP's and a carrier's always is.

export type ShownSystem = Pick<SystemEntry, "transactionKey"> & { companyId: string; caseId?: string };

/** By transaction key, of documents that were answered for. */
export async function findTheirStatuses(
  context: RequestContext,
  keys: readonly string[],
): Promise<Map<string, string | Error>> {
  const rows = await context.db
    .selectFrom("effects")
    .select(["transaction_key", "return_id", "system", "deed", "request", "outcome"])
    .where("transaction_key", "in", keys)
    .execute();
  const quoted = rows.map(({ transaction_key, outcome }) => [transaction_key, quote(outcome)] as const);
  const isPage = new Set(rows.map(({ return_id }) => return_id)).size > 1;
  const told = isPage ? [] : rows.filter(isInstruction);
  const asked = await Promise.all(
    [...Map.groupBy(told, ({ system }) => system)].map((of) => askWarehouse(context, of)),
  );
  return new Map([...quoted, ...asked.flat()].flatMap(([key, word]) => (word === null ? [] : [[key, word]])));
}

type Row = { transaction_key: string; deed: string; request: unknown };

/** What the last answer said. */
function quote(outcome: unknown): string | null {
  const { theirStatus, state } = (outcome ?? {}) as { theirStatus?: unknown; state?: unknown };
  const word = theirStatus ?? state;
  return typeof word === "string" ? word : null;
}

const isInstruction = ({ transaction_key: key }: Row): boolean => parseTransactionKey(key)?.letter === "W";
const lookUp = (wms: WmsPort, { transaction_key: key, deed, request }: Row, { call }: RequestContext) =>
  deed === "instruct disposition"
    ? wms.dispositions.lookUp(key, request as DispositionInstruction, call)
    : wms.returns.lookUp(key, request as ReturnInstruction, call);

/** Instructions of one warehouse; from the snapshot where it doesn't answer (D-30). */
async function askWarehouse(
  context: RequestContext,
  [system, rows]: [string, Row[]],
): Promise<(readonly [string, string | Error])[]> {
  const wms = context.systems.bySystem(system);
  if (!wms || !("dispositions" in wms)) return [];
  const byKey = new Map(rows.map((row) => [row.transaction_key, row]));
  const ask = async (keys: readonly string[]) => {
    const answers = await Promise.all(keys.map((key) => lookUp(wms, byKey.get(key)!, context)));
    return new Map(
      answers.flatMap((seen, at) => (seen.answer === "found" ? [[keys[at]!, { state: seen.state as string }]] : [])),
    );
  };
  const found = await readThrough<{ state: string }>(context, {
    system,
    kind: "instruction",
    keys: [...byKey.keys()],
    ask,
  });
  return [...found].flatMap(([key, answer]) => (answer instanceof Error ? [] : [[key, answer.value.state] as const]));
}

/** By our id of a case: its status in the CRM. */
export async function findCaseStatuses(
  context: RequestContext,
  ids: readonly string[],
): Promise<Map<string, string | Error>> {
  const parsed = ids.flatMap((id) => parseForeignId(id) ?? []);
  const answers = await Promise.all(
    [...Map.groupBy(parsed, ({ company }) => company)].map(async ([company, cases]) => {
      const crm = context.systems.crmOf(company);
      if (!crm) return [];
      const keys = cases.map(({ number }) => number);
      const ask = (numbers: readonly string[]) => crm.findCases(numbers, context.call);
      const modifiedAt = (one: { modifiedAt: string }) => one.modifiedAt;
      const found = await readThrough(context, { system: crm.system, kind: "case", keys, ask, modifiedAt });
      return [...found].map(
        ([number, answer]) =>
          [foreignIdOf("crm.case", company, number), answer instanceof Error ? answer : answer.value.status] as const,
      );
    }),
  );
  return new Map(answers.flat());
}

export type CrmSync = Pick<SystemEntry, "syncStatus" | "confirmedAt">;

/** How what we tell the CRM of a return stands: the news that got least far says so. */
export async function findCrmSync({ db }: RequestContext, returnIds: readonly string[]): Promise<Map<string, CrmSync>> {
  const rows = await db
    .selectFrom("effects")
    .select(["return_id", "phase", "updated_at"])
    .where("return_id", "in", returnIds)
    .where("transaction_key", "like", "%-K%")
    .orderBy("created_at")
    .execute();
  return new Map([...Map.groupBy(rows, ({ return_id }) => return_id!)].map(([id, news]) => [id, syncOf(news)]));
}

const syncs: Record<string, CrmSync["syncStatus"]> = { AMBIGUOUS: "AMBIGUOUS", REFUSED: "FAILED", DONE: "CONFIRMED" };

function syncOf(news: readonly { phase: string; updated_at: Date }[]): CrmSync {
  const done = news.findLast(({ phase }) => phase === "DONE");
  const open = news.find(({ phase }) => phase === "AMBIGUOUS") ?? news.at(-1)!;
  return { syncStatus: syncs[open.phase] ?? "PENDING", confirmedAt: done?.updated_at.toISOString() ?? null };
}

/** The cases of a return as entries of `systems`. */
export const caseEntries = ({ caseIds, companyId }: ReturnState): (SystemEntry & ShownSystem)[] =>
  caseIds.map(({ caseId }) => ({
    ...{ system: "crm", document: "case", transactionKey: null, syncStatus: "NOT_REQUIRED" as const },
    ...{ reference: parseForeignId(caseId)?.number ?? caseId, confirmedAt: null, companyId, caseId },
  }));
