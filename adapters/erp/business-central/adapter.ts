import { dayAt } from "#shared/calendar.ts";
import { budget } from "../../budget.ts";
import type { Call, KeyedDocument, TwoPhase } from "../../port.ts";
import type { Vendor } from "../../vendor.ts";
import type { ErpPort } from "../port.ts";
import { notInThisMode } from "./not-in-this-mode.ts";
import { amendmentKind } from "./amendment.ts";
import { adjustmentKind } from "./adjustment.ts";
import { authorizationKind } from "./authorization.ts";
import { beyondOnPages } from "./beyond-pages.ts";
import { beyondPlain } from "./beyond-plain.ts";
import { createClient } from "./client.ts";
import { creditMemoKind } from "./credit-memo.ts";
import { memoTerms } from "./credit-memo-fees.ts";
import { findApplication, findCreditsByKey, findCreditsOf, findStockMoves } from "./credits.ts";
import { createTwoPhase, type DocumentKind, type Header } from "./documents.ts";
import { findExchangeRates } from "./exchange-rates.ts";
import { findInvoices } from "./invoices.ts";
import { createMappings } from "./mappings.ts";
import { findCustomers, findItems } from "./master-data.ts";
import { findOrders } from "./orders.ts";
import { plainMemoKind } from "./plain-credit-memo.ts";
import { createReplacementOrders } from "./replacement-order.ts";
import { settings, type Settings } from "./settings.ts";
import { findShipments, findSoldSerials } from "./shipments.ts";
import { stockInKind } from "./stock-in.ts";
import { keepSubscribed, translate, verify } from "./webhooks.ts";

/** Business Central: API v2.0, and in return-order mode the custom pages that a partner installs (wires section 2). */
export const businessCentral: Vendor<ErpPort, Settings> = {
  leastSettleMs: 600_000,
  modes: ["return-order", "credit-memo-only"],
  auths: [],
  credentials: { clientId: { required: true }, clientSecret: { required: true }, webhookState: { required: true } },
  settings,
  connect(entry, http): ErpPort {
    const client = createClient(entry, http);
    const companyId = entry.serves[0]!;
    const mappings = createMappings(entry.name, entry.settings);
    const state = entry.secrets["webhookState"]!;
    const within = (call: Call) => budget(call, entry.limits.deadlineMs);
    const today = () => dayAt(companyId, new Date());
    const timely = <Request, Document extends KeyedDocument>(phases: TwoPhase<Request, Document>) => ({
      draft: (key: string, request: Request, call: Call) => phases.draft(key, request, within(call)),
      lookUp: (key: string, request: Request, call: Call) => phases.lookUp(key, request, within(call)),
      read: (id: string, request: Request, call: Call) => phases.read(id, request, within(call)),
      post: (id: string, call: Call) => phases.post(id, within(call)),
      discard: (id: string, call: Call) => phases.discard(id, within(call)),
    });
    const documents = <Request, Row extends Header>(kind: DocumentKind<Request, Row>): TwoPhase<Request> =>
      timely(createTwoPhase(client, kind, today));
    const isPlain = entry.mode === "credit-memo-only";
    const beyond = isPlain ? beyondPlain(client, entry.settings) : beyondOnPages(client);
    const { channelDimension, supplierProgrammes } = entry.settings;
    const company = { companyId, place: mappings.place, channelDimension, beyond };
    const terms = memoTerms(entry.settings, { assignsCharges: !isPlain });
    const byMode = isPlain
      ? {
          authorization: notInThisMode(entry.name, "return order"),
          amendment: notInThisMode(entry.name, "return order"),
          stockIn: notInThisMode(entry.name, "return receipt"),
          adjustment: notInThisMode(entry.name, "inventory adjustment"),
          creditMemo: documents(plainMemoKind(client, mappings, terms, today)),
        }
      : {
          authorization: documents(authorizationKind(client, mappings, today)),
          amendment: documents(amendmentKind(client, mappings, today)),
          stockIn: documents(stockInKind(client, mappings, today)),
          adjustment: documents(adjustmentKind(client, mappings, today)),
          creditMemo: documents(creditMemoKind(client, terms, today)),
        };
    return {
      system: entry.name,
      companyId,
      mode: isPlain ? "credit-memo-only" : "return-order",
      stockBeforeCredit: !isPlain,
      movesStock: !isPlain,
      settleMs: entry.settleMs,
      health: () => http.health(),
      findOrders: (numbers, call) => findOrders(client, company, numbers, within(call)),
      findInvoices: (numbers, call) => findInvoices(client, company, numbers, within(call)),
      findShipments: (numbers, call) => findShipments(client, company, numbers, within(call)),
      findCustomers: (numbers, call) => findCustomers(client, companyId, numbers, within(call)),
      findItems: (skus, call) => findItems(client, { beyond, supplierProgrammes }, skus, within(call)),
      findExchangeRates: (currencies, on, call) => findExchangeRates(client, companyId, currencies, on, within(call)),
      findSoldSerials: (customerNumber, serials, call) =>
        findSoldSerials(beyond, customerNumber, serials, within(call)),
      findCreditsOf: (invoiceNumbers, call) => findCreditsOf(client, companyId, invoiceNumbers, within(call)),
      findCreditsByKey: (keys, call) => findCreditsByKey(client, companyId, keys, within(call)),
      findApplication: (memoNumber, call) => findApplication(client, beyond, memoNumber, within(call)),
      findStockMoves: (documentNumbers, call) => findStockMoves(client, documentNumbers, within(call)),
      ...byMode,
      replacementOrder: timely(
        createReplacementOrders({
          client,
          mappings,
          today,
          findOrder: async (number, call) => (await findOrders(client, company, [number], call)).get(number),
        }),
      ),
      verify: (delivery) => verify(delivery, state),
      translate: (body) => translate(entry.name, body),
      keepSubscribed: (url, call) => keepSubscribed(client, url, state, within(call)),
    };
  },
};
