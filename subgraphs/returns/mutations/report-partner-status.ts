import { openReturn } from "#orchestration/facts.ts";
import type { FactData, NewFact } from "#orchestration/facts-vocabulary.ts";
import { receive } from "#orchestration/inbox.ts";
import { findOperationsOf } from "#orchestration/operations.ts";
import { lockKey } from "#orchestration/parking.ts";
import type { ReportState } from "#orchestration/return-state.ts";
import type { Caller } from "#shared/caller.ts";
import type { Transaction } from "#shared/database.ts";
import { parseDecimal } from "#shared/decimal.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { hashOf } from "#shared/hash.ts";
import { normaliseRmaNumber } from "#shared/rma-number.ts";
import { sql } from "kysely";
import { checkDistinct, checkLines, checkNumber, checkPast } from "../../kit/checks.ts";
import { mutate, refused, type Refused, stampOf } from "../../kit/mutation.ts";
import { partnerRows, returnsSeenBy, seesSku } from "../../kit/scope.ts";
import type { Context } from "../loaders.ts";
import { payloadOf, refusedPayload, type Written, writtenBy } from "../payload.ts";
import type {
  MutationreportPartnerStatusArgs,
  PartnerStatusInput,
  PartnerStatusLineInput,
} from "../types.generated.ts";

/**
 * What a third party or a supplier reports, in its own codes: kept raw in the inbox and told to its return before it is acknowledged; the worker reads it by
 * the partner's mapping (D-40, W-18). The same document number again is the same report, with other content a correction of it.
 */
export async function reportPartnerStatus(_: unknown, { input }: MutationreportPartnerStatusArgs, context: Context) {
  const refusal = unlessMayReport(context.caller) ?? check(input);
  if (refusal) return refusedPayload(refusal);
  const answer = await mutate<Written>(context, input, {
    name: "reportPartnerStatus",
    work: (tx) => write(tx, input, context),
  });
  return "userErrors" in answer ? refusedPayload(answer) : payloadOf(answer.result, context);
}

const unlessMayReport = (caller: Caller): Refused | null => {
  const kind = partnerRows(caller)?.kind;
  const mayReport = (kind === "third-party" || kind === "supplier") && caller.scope.includes("status:report");
  return mayReport
    ? null
    : refused("NOT_ALLOWED", "reportPartnerStatus is for third-party warehouses and suppliers that may report.");
};

function check({ documentNumber, rmaNumber, code, occurredAt, lines }: PartnerStatusInput): Refused | null {
  const userErrors = [
    ...checkNumber(rmaNumber, ["rmaNumber"]),
    ...checkNumber(documentNumber, ["documentNumber"]),
    ...checkNumber(code, ["code"]),
    ...checkPast(occurredAt, ["occurredAt"]),
    ...(lines ? checkLines(lines) : []),
    ...(lines ?? []).flatMap((line, i) => checkLine(line, ["lines", String(i)])),
  ];
  return userErrors.length > 0 ? { userErrors } : null;
}

/** Its codes may be the partner's own; whether they mean anything is seen when the report is read. */
const checkLine = (
  { sku, quantity, conditionCode, serialNumbers, lotNumber }: PartnerStatusLineInput,
  at: string[],
): UserError[] => [
  ...checkNumber(sku, [...at, "sku"]),
  ...checkNumber(quantity.unit, [...at, "quantity", "unit"]),
  ...checkAboveZero(quantity.value, [...at, "quantity", "value"]),
  ...(typeof conditionCode === "string" ? checkNumber(conditionCode, [...at, "conditionCode"]) : []),
  ...(typeof lotNumber === "string" ? checkNumber(lotNumber, [...at, "lotNumber"]) : []),
  ...checkDistinct(serialNumbers, [...at, "serialNumbers"]),
  ...(serialNumbers ?? []).flatMap((serial, i) => checkNumber(serial, [...at, "serialNumbers", String(i)])),
];

/** Twelve digits before the point are more than any system keeps. */
const DECIMAL = /^\d{1,12}(\.\d{1,5})?$/;
const checkAboveZero = (value: string, at: string[]): UserError[] =>
  typeof value === "string" && DECIMAL.test(value) && parseDecimal(value).gt(0)
    ? []
    : [refuse("INVALID_INPUT", "A quantity is a decimal above zero with at most 5 decimals.", at)];

type Report = FactData["partner.reported"];

async function write(tx: Transaction, input: PartnerStatusInput, context: Context) {
  const { caller } = context;
  const row = await tx
    .selectFrom("returns")
    .select("id")
    .where("rma_number", "=", normaliseRmaNumber(input.rmaNumber))
    .where(returnsSeenBy(caller))
    .executeTakeFirst();
  if (!row) return refused("NOT_FOUND", "There is no such return.", ["rmaNumber"]);
  const stranger = (input.lines ?? []).findIndex(({ sku }) => !seesSku(caller, sku));
  if (stranger >= 0) return refused("NOT_FOUND", "This return has no such item.", ["lines", String(stranger), "sku"]);
  const system = `partner-${caller.partner}`;
  await lockKey(tx, `${system}/${input.documentNumber}`);
  const open = await openReturn(tx, row.id);
  const known = (open.state.reports ?? []).filter((report) => isOf(report, input, caller));
  const told = contentOf(input);
  const same = known.at(-1);
  if (same && hashOf(contentOf(same)) === hashOf(told)) return againOf(tx, row.id, same);
  if ((same && same.code !== input.code) || (!same && (await isOfAnother(tx, system, input))))
    return refused("CONFLICT", "This document number is another report's.", ["documentNumber"]);
  const revision = known.length + 1;
  const reportId = await keep(tx, { system, revision, input, returnId: row.id });
  const report: Report = {
    ...{ reportId, partner: caller.partner!, partnerKind: partnerRows(caller)!.kind as Report["partnerKind"] },
    ...{ documentNumber: input.documentNumber, revision, code: told.code, lines: told.lines },
  };
  const fact: NewFact = { kind: "partner.reported", data: report, occurredAt: told.occurredAt };
  open.add({ ...stampOf(context), source: { system, reference: input.documentNumber } }, [fact]);
  const changed = await open.save();
  return { result: writtenBy(row.id, changed), changed };
}

const isOf = (report: ReportState, { documentNumber }: PartnerStatusInput, { partner }: Caller): boolean =>
  report.partner === partner && report.documentNumber === documentNumber;

/** What makes it the same report or a correction of it. */
const contentOf = ({ code, occurredAt, lines }: Pick<PartnerStatusInput, "code" | "occurredAt" | "lines">) => ({
  code,
  occurredAt: new Date(occurredAt).toISOString(),
  lines: (lines ?? []).map(({ sku, quantity, conditionCode, serialNumbers, lotNumber }) => ({
    ...{ sku, quantity: { value: quantity.value, unit: quantity.unit }, conditionCode: conditionCode ?? null },
    ...{ serialNumbers: serialNumbers ?? [], lotNumber: lotNumber ?? null },
  })),
});

/** The report that is known, under whatever key it came: its operation. */
async function againOf(tx: Transaction, returnId: string, { reportId }: ReportState): Promise<{ result: Written }> {
  const operations = (await findOperationsOf(tx, [returnId])).get(returnId) ?? [];
  const operation = operations.find(({ flow, subject }) => flow === "take-in-report" && subject === reportId);
  return { result: { returnId, operationId: operation?.id ?? null } };
}

const eventIdOf = ({ documentNumber }: PartnerStatusInput, revision: number): string =>
  JSON.stringify([documentNumber, revision]);

async function isOfAnother(tx: Transaction, system: string, input: PartnerStatusInput): Promise<boolean> {
  const of = (table: "inbox" | "inbox_done") =>
    tx.selectFrom(table).select("id").where("system", "=", system).where("event_id", "=", eventIdOf(input, 1));
  const row = await of("inbox").unionAll(of("inbox_done")).limit(1).executeTakeFirst();
  return row !== undefined;
}

type Kept = { system: string; revision: number; input: PartnerStatusInput; returnId: string };

/** The document as it came, once per number and revision; its translation is the operation's, so that no mapping ever bounces a report. */
async function keep(tx: Transaction, { system, revision, input, returnId }: Kept): Promise<string> {
  const { idempotencyKey: _, ...document } = input;
  const body = Buffer.from(JSON.stringify(document));
  const { ids } = await receive(tx, { system, via: "PARTNER", eventIds: [eventIdOf(input, revision)], body });
  await tx
    .updateTable("inbox")
    .set({ status: "PROCESSED", return_id: returnId, processed_at: sql<Date>`clock_timestamp()` })
    .where("id", "=", ids[0]!)
    .execute();
  return ids[0]!;
}
