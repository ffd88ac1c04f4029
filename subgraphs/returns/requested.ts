import type { RequestedLine } from "#orchestration/facts-vocabulary.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { type ForeignId, parseForeignId, withoutLine } from "#shared/ids.ts";
import { checkCode, checkSerials, checkLines, checkQuantity, checkText } from "../kit/checks.ts";
import type { Refused } from "../kit/mutation.ts";
import type { RequestReturnInput, RequestReturnLineInput } from "./types.generated.ts";

/** A request whose shape is right; what the ERP says of it is not asked yet. */
export type Requested = {
  companyId: string;
  orderNumber: string;
  orderId: string;
  lines: (Omit<RequestedLine, "lineId"> & { sequence: number })[];
};

/** What is wrong with a request by itself, every mistake with its field. */
export function checkRequest(input: RequestReturnInput): Requested | Refused {
  const problems = [
    ...checkLines(input.lines),
    ...checkText(input.note, ["note"]),
    ...input.lines.flatMap((line, i) => checkLine(line, ["lines", String(i)])),
    ...checkException(input),
  ];
  const order = parseForeignId(input.lines[0]?.orderLineId ?? "");
  if (problems.length > 0 || !order) return { userErrors: problems };
  const strangers = checkOneOrder(input, order);
  if (strangers.length > 0) return { userErrors: strangers };
  const resolution = input.resolution ?? "CREDIT";
  return {
    companyId: order.company,
    orderNumber: order.number,
    orderId: withoutLine(input.lines[0]!.orderLineId),
    lines: input.lines.map((line) => ({
      ...plainLine(line),
      sequence: parseForeignId(line.orderLineId)?.line ?? 0,
      resolution: line.resolution ?? resolution,
    })),
  };
}

/** Without what GraphQL leaves open. */
export const plainLine = (line: RequestReturnLineInput) => ({
  orderLineId: line.orderLineId,
  quantity: { value: line.quantity.value, unit: line.quantity.unit },
  reasonCode: line.reasonCode,
  conditionClaimed: line.conditionCode ?? null,
  serialNumbers: line.serialNumbers ?? [],
  lotNumbers: line.lotNumbers ?? [],
  requestException: line.requestException ?? false,
});

export function checkLine(line: RequestReturnLineInput, at: string[]): UserError[] {
  const id = parseForeignId(line.orderLineId);
  const isOrderLine = id?.record === "erp.order" && id.line !== null;
  return [
    ...(isOrderLine ? [] : [refuse("NOT_FOUND", "This is no line of an order.", [...at, "orderLineId"])]),
    ...checkQuantity(line.quantity, [...at, "quantity"]),
    ...checkCode("reasons", line.reasonCode, [...at, "reasonCode"]),
    ...checkCode("conditions", line.conditionCode, [...at, "conditionCode"]),
    ...checkSerials(line.serialNumbers, line.quantity, [...at, "serialNumbers"]),
  ];
}

/** An exception is judged by a person, who needs to read why. */
export const checkException = ({ lines, note }: Pick<RequestReturnInput, "lines" | "note">): UserError[] =>
  lines.some(({ requestException }) => requestException) && !note?.trim()
    ? [refuse("INVALID_INPUT", "An exception needs a note that says why.", ["note"])]
    : [];

function checkOneOrder(input: RequestReturnInput, order: ForeignId): UserError[] {
  const others = input.lines.flatMap(({ orderLineId }, i) => {
    const { company, number } = parseForeignId(orderLineId) as ForeignId;
    const isSame = company === order.company && number === order.number;
    return isSame
      ? []
      : [
          refuse("INVALID_INPUT", "This is a line of another order; a return is of one order.", [
            "lines",
            String(i),
            "orderLineId",
          ]),
        ];
  });
  const { orderNumber, companyId } = input;
  return [
    ...others,
    ...(orderNumber && orderNumber.trim().toUpperCase() !== order.number
      ? [refuse("INVALID_INPUT", "The lines are of another order.", ["orderNumber"])]
      : []),
    ...(companyId && companyId !== order.company
      ? [refuse("INVALID_INPUT", "The lines are of another company.", ["companyId"])]
      : []),
  ];
}
