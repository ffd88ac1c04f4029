import type { CreditMemoRequest } from "#adapters/erp/port.ts";
import { dayAt } from "#shared/calendar.ts";
import { goodsOfMemo } from "../memo-goods.ts";
import type { DocumentStep } from "../step.ts";
import { creditInWork, creditOfKey, doneElsewhere } from "./calculate-credit.ts";
import { memoRequest, refusal } from "./draft-memo.ts";

/** C, the pivot: posts the committed draft by its id (W-01). Goods that the memo itself brings in are in stock with it (D-02). */
export const postMemo: DocumentStep<CreditMemoRequest> = {
  kind: "effect",
  protocol: "post",
  name: "post-memo",
  system: "erp",
  deed: "post credit memo",
  guard: (state, run) => {
    const credit = creditInWork(state, run.subject);
    if (credit?.status === "POSTED") return { skip: "posted before" };
    return credit?.draftId ? "go" : doneElsewhere;
  },
  port: (state, run) => run.systems.erpOf(state.companyId).creditMemo,
  intent: (state, run) => ({
    key: creditInWork(state, run.subject)!.transactionKey,
    request: memoRequest(state, creditInWork(state, run.subject)!, run),
  }),
  refused: refusal,
  facts: (state, document, run, { key, request }) => {
    const { id, number, totals, postingDate } = document;
    const { creditId, net, tax, total } = creditOfKey(state, key);
    return [
      {
        kind: "credit.posted",
        data: {
          creditId,
          transactionKey: key,
          documentId: id,
          number,
          ...(totals ?? { net, tax, total }),
          postedOn: postingDate ?? dayAt(state.companyId, run.now),
        },
      },
      ...goodsOfMemo(state, request, { key, document }),
    ];
  },
};
