import type { Flow } from "../step.ts";
import { notifyCustomer } from "../steps/notify-customer.ts";

/** What a customer is to hear of. In the messages lane: a mail server that is away holds up no goods and no money (W-11). */
export const tellCustomer: Flow = {
  name: "tell-customer",
  version: 1,
  lane: "messages",
  ignoresCancel: true,
  tellsFacts: true,
  steps: [notifyCustomer],
};
