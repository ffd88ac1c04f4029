import { recordReceipt as record, type ToldReceipt } from "#orchestration/receiving.ts";
import { serialsBack } from "#orchestration/serials.ts";
import type { ReceiptLine, ReceiptState, ReturnState } from "#orchestration/return-state.ts";
import type { Transaction } from "#shared/database.ts";
import { Fraction } from "#shared/decimal.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { warehouseByCode } from "#shared/places.ts";
import { normaliseRmaNumber } from "#shared/rma-number.ts";
import {
  checkCode,
  checkDistinct,
  checkLines,
  checkNumber,
  checkPast,
  checkQuantity,
  checkSerials,
} from "../../kit/checks.ts";
import { mutate, refused, type Refused, unlessRole } from "../../kit/mutation.ts";
import type { Context } from "../loaders.ts";
import type { MutationrecordReceiptArgs, ReceiptLineInput, RecordReceiptInput } from "../types.generated.ts";
import { checkSite, type Told, writeTold } from "../keyed-by-hand.ts";
import { payloadOf, refusedPayload, type Written } from "../payload.ts";

type Recorded = Written & { more: { receiptId: string | null } | undefined };

/** A receipt keyed by a person: a site without a feed, or a correction by hand. With the feed's, the warehouse's number makes them one (D-15, W-18). */
export async function recordReceipt(_: unknown, { input }: MutationrecordReceiptArgs, context: Context) {
  const refusal =
    unlessRole(context, "recordReceipt", "warehouse") ??
    checkSite(context, input.warehouse, ["warehouse"]) ??
    check(input);
  if (refusal) return { receipt: null, ...refusedPayload(refusal) };
  const answer = await mutate<Recorded>(context, input, {
    name: "recordReceipt",
    work: (tx) => write(tx, input, context),
  });
  if ("userErrors" in answer) return { receipt: null, ...refusedPayload(answer) };
  const payload = await payloadOf(answer.result, context);
  const receipt = payload.return?.receipts.find(({ id }) => id === answer.result.more?.receiptId) ?? null;
  return { ...payload, receipt };
}

function check(input: RecordReceiptInput): Refused | null {
  const { returnId, rmaNumber, warehouseReceiptNumber, receivedAt, lines } = input;
  const numbers = lines.map(({ lineNumber }) => String(lineNumber));
  const userErrors = [
    ...(returnId || rmaNumber ? [] : [refuse("INVALID_INPUT", "Name the return or its RMA number.", ["returnId"])]),
    ...checkNumber(warehouseReceiptNumber, ["warehouseReceiptNumber"]),
    ...checkPast(receivedAt, ["receivedAt"]),
    ...checkLines(lines),
    ...checkDistinct(numbers, ["lines"]),
    ...lines.flatMap((line, i) => checkLine(line, ["lines", String(i)])),
  ];
  return userErrors.length > 0 ? { userErrors } : null;
}

const checkLine = (line: ReceiptLineInput, at: string[]): UserError[] => [
  ...(line.lineNumber >= 1 ? [] : [refuse("INVALID_INPUT", "Lines are numbered from 1.", [...at, "lineNumber"])]),
  ...checkNumber(line.sku, [...at, "sku"]),
  ...checkQuantity(line.quantity, [...at, "quantity"]),
  ...checkCode("conditions", line.conditionCode, [...at, "conditionCode"]),
  ...checkSerials(line.serialNumbers, line.quantity, [...at, "serialNumbers"]),
];

async function write(tx: Transaction, input: RecordReceiptInput, context: Context) {
  const returnId = await findReturn(tx, input);
  const none = refused("NOT_FOUND", "There is no such return.", [input.returnId ? "returnId" : "rmaNumber"]);
  if (!returnId) return none;
  const owner = await ownerOfReceipt(tx, input);
  if (owner && owner !== returnId)
    return refused("CONFLICT", "This receipt belongs to another return.", ["warehouseReceiptNumber"]);
  return writeTold(tx, { returnId, none }, context, async (state) => tell(state, input, await serialsBack(tx, state)));
}

async function findReturn(tx: Transaction, { returnId, rmaNumber }: RecordReceiptInput): Promise<string | null> {
  let query = tx.selectFrom("returns").select("id");
  if (returnId) query = query.where("id", "=", returnId);
  if (rmaNumber) query = query.where("rma_number", "=", normaliseRmaNumber(rmaNumber));
  return (await query.executeTakeFirst())?.id ?? null;
}

async function ownerOfReceipt(
  tx: Transaction,
  { warehouse, warehouseReceiptNumber }: RecordReceiptInput,
): Promise<string | null> {
  const known = tx
    .selectFrom("receipts")
    .select("return_id")
    .where("warehouse", "=", warehouse)
    .where("number", "=", warehouseReceiptNumber);
  return (await known.executeTakeFirst())?.return_id ?? null;
}

function tell(
  state: ReturnState,
  input: RecordReceiptInput,
  back: readonly string[],
): Told & { more?: { receiptId: string | null } } {
  const strangers = input.lines.flatMap(({ returnLineId }, i) =>
    !returnLineId || state.lines.some(({ id }) => id === returnLineId)
      ? []
      : [refuse("NOT_FOUND", "This return has no such line.", ["lines", String(i), "returnLineId"])],
  );
  if (strangers.length > 0) return { userErrors: strangers };
  if (warehouseByCode(input.warehouse)?.companyId !== state.companyId)
    return {
      userErrors: [refuse("INVALID_INPUT", `${input.warehouse} is no site of ${state.companyId}.`, ["warehouse"])],
    };
  const { receiptId, facts, tasks } = record(state, toldReceipt(state, input), back);
  return { facts, tasks, more: { receiptId } };
}

function toldReceipt(
  state: ReturnState,
  { warehouse, warehouseReceiptNumber, receivedAt, lines }: RecordReceiptInput,
): ToldReceipt {
  const known = state.receipts.find(
    (receipt) => receipt.warehouse === warehouse && receipt.warehouseReceiptNumber === warehouseReceiptNumber,
  );
  return {
    ...{ warehouse, warehouseReceiptNumber, receivedAt: new Date(receivedAt).toISOString(), manual: true },
    trackingNumber: null,
    lines: lines.map((line) => ({
      ...{
        line: line.lineNumber,
        revision: revisionOf(known, line),
        instructionLine: null,
        returnLineId: line.returnLineId ?? null,
      },
      ...{
        sku: line.sku,
        quantity: { value: line.quantity.value, unit: line.quantity.unit },
        condition: line.conditionCode,
      },
      ...{
        serialNumbers: line.serialNumbers ?? [],
        lotNumber: line.lotNumber ?? null,
        expiresOn: null,
        bin: line.bin ?? null,
      },
    })),
  };
}

/** The same again is the revision we hold; another quantity is the next one, a correction (D-15). */
function revisionOf(receipt: ReceiptState | undefined, told: ReceiptLineInput): number {
  const known = receipt?.lines.find(({ line }) => line === told.lineNumber);
  if (!known) return 1;
  return isSame(known, told) ? known.revision : known.revision + 1;
}

const isSame = ({ sku, quantity }: ReceiptLine, told: ReceiptLineInput): boolean =>
  sku === told.sku &&
  quantity.unit === told.quantity.unit &&
  new Fraction(quantity.value).equals(new Fraction(told.quantity.value));
