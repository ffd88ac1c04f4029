import type { AuthorizationRequest } from "#adapters/erp/port.ts";
import type { Fraction } from "#shared/decimal.ts";
import type { AuthorizedLine } from "../facts-vocabulary.ts";
import { effectKey, exactAmount, lineById } from "../goods.ts";
import { authorizedOf } from "../quantities.ts";
import type { LineState, ReturnState } from "../return-state.ts";
import type { DocumentStep, Run } from "../step.ts";
import { amountOf } from "../receiving.ts";
import { authorizedLines } from "./decide-authorization.ts";

/** A: the draft return order (return-order mode). It stays a draft, so that it can still be changed, until goods come (D-10). */
export const createErpAuthorization: DocumentStep<AuthorizationRequest> = {
  kind: "effect",
  protocol: "draft",
  name: "create-erp-authorization",
  system: "erp",
  deed: "create return authorization",
  guard: (state, run) => {
    if (run.systems.erpOf(state.companyId).mode !== "return-order") return { skip: "this ERP has no return orders" };
    if (state.erpAuthorization) return { skip: "created before" };
    return authorizedLines(state).length > 0 ? "go" : { end: "no line is authorized any more" };
  },
  port: (state, run) => run.systems.erpOf(state.companyId).authorization,
  intent: (state, run) => ({ key: authorizationKey(state, run), request: authorizationRequest(state) }),
  facts: (state, { id, number, lines }, _run, { key, request }) => [
    {
      kind: "erp-authorization.created",
      data: { transactionKey: key, documentId: id, number, lines: authorizationLines(state, lines, request) },
    },
  ],
};

/** One key for the draft and its posting. */
export const authorizationKey = (state: ReturnState, run: Run): string =>
  state.erpAuthorization?.transactionKey ?? effectKey(state, run, "A", state.authorizedVersion!);

/** The document's lines with what was asked for each: of the committed intent, whatever the state says by now. */
export const authorizationLines = (
  state: ReturnState,
  lines: { id: string; ref: string | null }[],
  asked: AuthorizationRequest,
): AuthorizedLine[] =>
  lines.flatMap(({ id, ref }) => {
    const [line] = asked.lines.filter((one) => one.ref === ref);
    if (!line) return [];
    const quantity = amountOf(lineById(state, line.ref), { value: line.quantity, unit: line.unit })!;
    return [{ lineId: line.ref, erpLineId: id, quantity, reasonCode: line.reasonCode }];
  });

type Authorized = { line: LineState; base: Fraction };
const allAuthorized = (state: ReturnState): Authorized[] =>
  authorizedLines(state).map((line) => ({ line, base: authorizedOf(line) }));

export const authorizationRequest = (state: ReturnState, authorized = allAuthorized(state)): AuthorizationRequest => ({
  customerNumber: state.customerNumber!,
  orderNumber: state.orderNumber,
  currency: state.currency!,
  lines: authorized.map(({ line, base }) => {
    const { value, unit } = exactAmount(line, base);
    const { sku, invoiceNumber, invoiceLine } = line.posted!;
    return { ref: line.id, sku, quantity: value, unit, reasonCode: line.reasonCode, invoiceNumber, invoiceLine };
  }),
});
