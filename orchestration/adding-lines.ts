import { refuse, type UserError } from "#shared/errors.ts";
import { withoutLine } from "#shared/ids.ts";
import type { RequestedLine, Resolution } from "./facts-vocabulary.ts";
import { openLine } from "./fold-request.ts";
import type { LineState, ReturnState } from "./return-state.ts";

// Lines that an amendment adds to a return that is under way: of the same order, each as requestReturn takes it (D-10, D-14).

/** Without a resolution of its own it is settled as the return is. */
export type AskedAddition = Omit<RequestedLine, "resolution"> & { resolution: Resolution | null };
/** `line` is what it will be once it is in the return; `asked` goes into the fact. */
export type AddedLine = { at: string[]; asked: RequestedLine; line: LineState };

/** As in a request. */
const MOST_LINES = 200;

export function additionsTo(
  state: ReturnState,
  asked: readonly AskedAddition[],
  resolution: Resolution,
): AddedLine[] | { userErrors: UserError[] } {
  const userErrors = asked.flatMap(({ orderLineId }, i) =>
    withoutLine(orderLineId) === state.orderId
      ? []
      : [refuse("INVALID_INPUT", "This is a line of another order; a return is of one order.", at(i, "orderLineId"))],
  );
  if (state.lines.length + asked.length > MOST_LINES)
    userErrors.push(refuse("INVALID_INPUT", `A return has at most ${MOST_LINES} lines.`, ["addLines"]));
  if (userErrors.length > 0) return { userErrors };
  return asked.map((one, i) => {
    const line = { ...one, resolution: one.resolution ?? resolution };
    return { at: at(i), asked: line, line: openLine(line) };
  });
}

const at = (i: number, ...field: string[]): string[] => ["addLines", String(i), ...field];
