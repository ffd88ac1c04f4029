import type { Upserts } from "#adapters/crm/port.ts";
import type { ErpPort } from "#adapters/erp/port.ts";
import type { MailPort } from "#adapters/mail/port.ts";
import { BusinessRefusal } from "#shared/errors.ts";
import { newId } from "#shared/ids.ts";
import { customerText } from "../customer-texts.ts";
import { effectKey } from "../goods.ts";
import type { UpsertStep } from "../step.ts";

/** What is bound to the key; whom it goes to is personal, and asked of the ERP when it is sent. */
type Notice = { template: string; customerNumber: string; subject: string; text: string };
type Sent = { state: "SENT" };

/** Tells the customer (E). A mail server can't be asked what it took: the same goes again under the same Message-ID, which its reader sees once. */
export const notifyCustomer: UpsertStep<Notice, Sent> = {
  kind: "effect",
  protocol: "put",
  name: "notify-customer",
  system: "mail",
  deed: "notify customer",
  asCommitted: true,
  afterRefusal: "on",
  guard: (state, run) => {
    if (!run.systems.mailOf(state.companyId)) return { end: "nobody sends mail for the company" };
    if (!state.customerNumber) return { end: "nobody knows whose goods these are" };
    const told = state.notifications.some(({ version }) => version === run.fact!.version);
    return told ? { end: "told before" } : "go";
  },
  port: (state, run) => mailing(run.systems.mailOf(state.companyId)!, run.systems.erpOf(state.companyId)),
  intent: (state, run) => ({
    key: effectKey(state, run, "E", run.fact!.version),
    request: { template: run.fact!.kind, customerNumber: state.customerNumber!, ...customerText(run.fact!, state) },
  }),
  refused: (code, state) => ({
    code: "NOTIFICATION_FAILED",
    summary: `${state.customerName ?? state.customerNumber} could not be told of ${state.rmaNumber} by mail (${code}).`,
  }),
  refusedFacts: (code, _state, run) => [
    { kind: "customer.notification-failed", data: { ...noticeOf(run.fact!), code } },
  ],
  facts: (_state, _sent, run, { key }) => [
    { kind: "customer.notified", data: { ...noticeOf(run.fact!), channel: "mail", transactionKey: key } },
  ],
};

const noticeOf = ({ kind, version }: { kind: string; version: number }) => ({
  notificationId: newId("ntf"),
  template: kind,
  about: version,
});

/** The company's mail, to the address that its ERP has of the customer. */
function mailing({ system, messages }: MailPort, erp: ErpPort): Upserts<Notice, Sent> {
  return {
    put: async (key, { customerNumber, subject, text }, call) => {
      const customer = (await erp.findCustomers([customerNumber], call)).get(customerNumber);
      if (!customer?.email) throw new BusinessRefusal({ system, code: "NOTIFICATION_FAILED" });
      return messages.put(key, { to: customer.email, toName: customer.name, subject, text }, call);
    },
    lookUp: async () => ({ answer: "absent" }),
  };
}
