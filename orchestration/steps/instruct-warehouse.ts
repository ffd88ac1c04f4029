import type { ReturnInstruction } from "#adapters/wms/port.ts";
import { hashOf } from "#shared/hash.ts";
import type { NewFact } from "../facts-vocabulary.ts";
import { effectKey, exactAmount } from "../goods.ts";
import { isUnused } from "../parcels.ts";
import { authorizedOf } from "../quantities.ts";
import type { LineState, ReturnState } from "../return-state.ts";
import { authorizedLines } from "./decide-authorization.ts";
import type { InstructionStep } from "../step.ts";

/** Tells the warehouse what to expect (W). A line's number is its place in the return, from 1, so that receipts can name it. */
export const instructWarehouse: InstructionStep<ReturnInstruction> = {
  kind: "effect",
  protocol: "put",
  name: "instruct-warehouse",
  system: "wms",
  deed: "instruct return",
  guard: (state) => {
    if (state.instruction) return { skip: "instructed before" };
    if (!state.warehouse) return { end: "no warehouse is chosen" };
    return authorizedLines(state).length > 0 ? "go" : { end: "no line is authorized any more" };
  },
  port: (state, run) => run.systems.wmsOf(state.warehouse!).returns,
  intent: (state, run) => ({ key: effectKey(state, run, "W", state.warehouseVersion!), request: instruction(state) }),
  refused: (code, state) => ({
    code: "INSTRUCTION_REJECTED",
    summary: `${state.warehouse} rejected the return instruction of ${state.rmaNumber} (${code}).`,
  }),
  facts: (state, _answer, _run, { key, request }) => [instructed(state, key, request)],
};

/** What the warehouse was told, and of what content: an amendment tells it again where that is another. */
export const instructed = (state: ReturnState, transactionKey: string, told: ReturnInstruction): NewFact => ({
  kind: "warehouse.instructed",
  data: { warehouse: state.warehouse!, transactionKey, contentHash: contentOf(told) },
});
export const contentOf = (told: ReturnInstruction): string => hashOf({ ...told, replaces: null });

export function instruction(state: ReturnState): ReturnInstruction {
  const lines = state.lines.flatMap((line, index) => (authorizedOf(line).gt(0) ? [lineOf(line, index + 1)] : []));
  const { rmaNumber, companyId, expiresAt } = state;
  const labels = state.labels.flatMap((label) =>
    label.replaced && isUnused(state, label) ? [] : (label.issued ?? []),
  );
  const trackingNumbers = labels.map(({ trackingNumber }) => trackingNumber);
  return {
    rmaNumber,
    companyId,
    expiresAt,
    replaces: null,
    lines,
    carrier: labels[0]?.carrier ?? null,
    trackingNumbers,
  };
}

function lineOf(line: LineState, number: number): ReturnInstruction["lines"][number] {
  const { value, unit } = exactAmount(line, authorizedOf(line));
  const { serialNumbers, lotNumbers, reasonCode } = line;
  return {
    line: number,
    sku: line.posted!.sku,
    quantity: { value, unit },
    serialNumbers,
    lotNumber: lotNumbers[0] ?? null,
    reasonCode,
    hazard: hazardText(line),
    inspect: true,
  };
}

/** As people on the floor read it. */
const hazardText = ({ posted }: LineState): string | null =>
  posted?.hazard ? `UN${posted.hazard.unNumber.replace(/^UN/, "")} PG ${posted.hazard.packingGroup}` : null;
