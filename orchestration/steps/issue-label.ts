import type { CarrierPort, LabelDocument, LabelRequest, PostalAddress } from "#adapters/carrier/port.ts";
import type { ErpPort } from "#adapters/erp/port.ts";
import type { TwoPhase } from "#adapters/port.ts";
import { warehouseByCode } from "#shared/places.ts";
import { effectKey } from "../goods.ts";
import { authorizedOf, bucketsOf } from "../quantities.ts";
import type { LabelState, ReturnState } from "../return-state.ts";
import type { DocumentStep, Run, Task } from "../step.ts";

/** What is bound to the key: everything but the customer's address, which is personal and read when the draft is made: of the ERP's order, or as an amendment said. */
export type LabelIntent = Omit<LabelRequest, "from"> & { labelId: string; orderNumber: string; addressId?: string };

/** L: a shipment is created with our key and then bought by its id (W-01). A refusal is service's task, and the flow goes on without a label. */
export const issueLabel: DocumentStep<LabelIntent, LabelDocument> = {
  kind: "effect",
  protocol: "draft-and-post",
  name: "issue-label",
  system: "carrier",
  deed: "buy label",
  afterRefusal: "on",
  asCommitted: true,
  guard: (state, run) => {
    const label = wanted(state);
    if (!label) return { skip: "no label is to be bought" };
    if (!hasGoodsToCome(state, label)) return { skip: "nothing is to come with it any more" };
    return run.systems.carrierOf(state.companyId) ? "go" : { task: withoutCarrier(state) };
  },
  port: (state, run) => labelsFrom(run.systems.carrierOf(state.companyId)!, run.systems.erpOf(state.companyId), run),
  intent: (state, run) => labelIntent(state, wanted(state)!, run),
  refused: (code, state) => ({ code: "LABEL_REFUSED", summary: refusals[code]?.(state) ?? refusedLabel(state) }),
  refusedFacts: (code, state) => [{ kind: "label.refused", data: { labelId: wanted(state)!.labelId, code } }],
  facts: (state, { id, label }, run, { key, request }) => {
    const system = run.systems.carrierOf(state.companyId)!.system;
    const { labelId } = request;
    return [{ kind: "label.issued", data: { labelId, transactionKey: key, system, documentId: id, ...label! } }];
  },
};

/** Given up or received meanwhile: a cancel may have come to its end while the carrier was away. */
export const hasGoodsToCome = (state: ReturnState, { lines }: LabelState): boolean =>
  state.lines.some(
    (line) => lines.some(({ lineId }) => lineId === line.id) && authorizedOf(line).gt(bucketsOf(state, line).received),
  );

const wanted = (state: ReturnState): LabelState | undefined =>
  state.labels.find(({ kind, status, replaced }) => kind === "PARCEL" && status === "REQUESTED" && !replaced);

function labelIntent(state: ReturnState, label: LabelState, run: Run): { key: string; request: LabelIntent } {
  const { rmaNumber, orderNumber, warehouse } = state;
  const { labelId, weightKg, version, addressId } = label;
  const from = addressId ? { addressId } : {};
  const request = { labelId, rmaNumber, orderNumber, to: addressOfSite(warehouse!), weightKg: weightKg!, ...from };
  return { key: effectKey(state, run, "L", version), request };
}

function addressOfSite(code: string): PostalAddress {
  const { address } = warehouseByCode(code)!;
  return { ...address, line2: null, region: null };
}

/** The carrier's labels, for an order whose address the ERP is asked for where no amendment said another. */
function labelsFrom(
  { labels }: CarrierPort,
  erp: ErpPort,
  { readAddress }: Pick<Run, "readAddress">,
): TwoPhase<LabelIntent, LabelDocument> {
  const without = ({ rmaNumber, to, weightKg }: LabelIntent): LabelRequest => ({ rmaNumber, to, weightKg, from: null });
  return {
    draft: async (key, intent, call) => {
      const { addressId, orderNumber } = intent;
      const ofOrder = async () => (await erp.findOrders([orderNumber], call)).get(orderNumber)?.shippingAddress ?? null;
      return labels.draft(
        key,
        { ...without(intent), from: await (addressId ? readAddress(addressId) : ofOrder()) },
        call,
      );
    },
    lookUp: (key, intent, call) => labels.lookUp(key, without(intent), call),
    read: (id, intent, call) => labels.read(id, without(intent), call),
    post: (id, call) => labels.post(id, call),
    discard: (id, call) => labels.discard(id, call),
  };
}

const withoutCarrier = ({ rmaNumber, companyId }: ReturnState): Task => ({
  code: "LABEL_REFUSED",
  summary: `${rmaNumber} is to have a label, and no carrier serves ${companyId} any more.`,
});
const refusedLabel = ({ rmaNumber }: ReturnState): string =>
  `The carrier refused the label of ${rmaNumber}; make one by hand.`;
const refusals: Record<string, (state: ReturnState) => string> = {
  ADDRESS_INCOMPLETE: ({ rmaNumber, orderNumber }) =>
    `The label of ${rmaNumber} needs the whole address of ${orderNumber}: street, postal code and country.`,
};
