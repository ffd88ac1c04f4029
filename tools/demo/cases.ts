import type { Config } from "#shared/config.ts";
import { contractDocument } from "#tools/client/documents.ts";
import type { Person } from "#tools/client/gateway.ts";
import { sandboxServer } from "#tools/client/sandbox-server.ts";

/** The story's order, whose case is open, and generated ones of its kind for the next times: a line of plain goods is worth a supervisor's approval, and no more. */
const orders = [
  { number: "SO-100025", sku: "CPL-110", caseNumber: "00001025" },
  { number: "SO-103059", sku: "BLT-720" },
  { number: "SO-103051", sku: "PLB-211" },
  { number: "SO-103050", sku: "BLT-740" },
  { number: "SO-103046", sku: "BLT-660" },
  { number: "SO-103036", sku: "PLB-223" },
  { number: "SO-103086", sku: "BLT-750" },
  { number: "SO-103028", sku: "CTR-3160" },
  { number: "SO-103066", sku: "BLT-680" },
];
const company = "US01";

export type Found = { caseNumber: string; usedUp: string[]; order: FoundOrder; line: EligibleLine };
type FoundOrder = {
  number: string;
  customer: { number: string };
  returnEligibility: { policyVersion: string; freshness: { system: string; asOf: string }; lines: EligibleLine[] };
};
type EligibleLine = {
  orderLineId: string;
  item: { sku: string; name: string } | null;
  shipped: { value: string; unit: string };
  returnable: { value: string; unit: string };
  eligible: boolean;
  windowEndsAt: string;
  estimatedCredit: { amount: string; currency: string } | null;
};

/** The case of the first order whose line may still come back in whole; the orders before it were used up by earlier demos, and from the second on somebody opens the case now. */
export async function findCase(ada: Person, { sandboxPort }: Config): Promise<Found> {
  const usedUp: string[] = [];
  for (const { number, sku, caseNumber } of orders) {
    const order = await orderByNumber(ada, number);
    const line = order.returnEligibility.lines.find((each) => each.item?.sku === sku && isWhole(each));
    if (line) return { caseNumber: caseNumber ?? (await openCase(order, sandboxPort)), usedUp, order, line };
    usedUp.push(number);
  }
  throw new Error(
    `Every order that the demo knows was returned before (${usedUp.join(", ")}). Delete the data folder (.data) to begin anew.`,
  );
}

async function orderByNumber(ada: Person, orderNumber: string): Promise<FoundOrder> {
  const variables = { orderNumber, companyId: company };
  const eligibility = await ada.ask(contractDocument("service-ui/return-eligibility"), variables);
  const whose = await ada.ask(
    "query DemoCustomer($number: String!, $companyId: ID) { orderByNumber(number: $number, companyId: $companyId) { customer { number } } }",
    { number: orderNumber, companyId: company },
  );
  const [found, { customer } = { customer: null }] = [eligibility.data.orderByNumber, whose.data.orderByNumber];
  if (!found?.returnEligibility || !customer)
    throw new Error(eligibility.errors?.[0]?.message ?? `The ERP has no order ${orderNumber}; was the sandbox seeded?`);
  return { ...found, customer };
}

async function openCase({ number, customer }: FoundOrder, sandboxPort: number): Promise<string> {
  const order = { company, customerNumber: customer.number, orderNumber: number, subject: "Damaged on arrival" };
  const opened = await sandboxServer("salesforce", sandboxPort)("openCase", order);
  return opened.number;
}

const isWhole = ({ eligible, shipped, returnable }: EligibleLine): boolean =>
  eligible && shipped.value === returnable.value;
