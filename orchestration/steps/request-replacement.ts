import { inspectionById } from "../dispositions.ts";
import { exactAmount, fullyInspected, lineById, receiptLineById, receiptOfLine } from "../goods.ts";
import { isForeign, readExchangeRate } from "../exchange-rates.ts";
import type { ExchangeRate } from "../facts-vocabulary.ts";
import { requestReplacement as request, toRequest } from "../replacements.ts";
import type { LineState, ReturnState } from "../return-state.ts";
import type { DecidingStep, Run } from "../step.ts";

/** What was to be replaced from the start is asked for as its goods are accepted, one request for each inspected receipt, like memos (D-19). */
export const requestReplacement: DecidingStep<ExchangeRate | null | undefined> = {
  kind: "decide",
  name: "request-replacement",
  system: "erp",
  guard: (state, run) => {
    const line = lineOf(state, run);
    if (line?.resolution !== "REPLACE") return { skip: "the line is not to be replaced" };
    const receipt = receiptOfLine(state, inspectionById(state, run.subject)!.receiptLineId)!;
    if (!fullyInspected(state, receipt)) return { skip: "goods of this receipt are not inspected yet" };
    return toRequest(state, line, run.policies).gt(0) ? "go" : { skip: "nothing more was accepted" };
  },
  mustRead: (state) => isForeign(state),
  read: readExchangeRate,
  decide: (state, exchangeRate, run) => {
    const line = lineOf(state, run)!;
    const quantity = exactAmount(line, toRequest(state, line, run.policies));
    const lines = [{ lineId: line.id, sku: line.posted!.sku, quantity }];
    const wanted = { lines, reason: "Asked for with the return.", exchangeRate: exchangeRate ?? null };
    return { facts: request(state, wanted, run) };
  },
};

const lineOf = (state: ReturnState, run: Run): LineState | undefined =>
  lineById(state, receiptLineById(state, inspectionById(state, run.subject)!.receiptLineId)!.returnLineId);
