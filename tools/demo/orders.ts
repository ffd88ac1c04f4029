import { contractDocument } from "#tools/client/documents.ts";
import type { Person } from "#tools/client/gateway.ts";

/** The story's order, and generated ones of its kind for the next times: one line of theirs is worth finance's approval. */
const orders = [
  "SO-100001",
  "SO-103057",
  "SO-103039",
  "SO-103095",
  "SO-103083",
  "SO-103092",
  "SO-103045",
  "SO-103038",
  "SO-103093",
];
const company = "US01";
/** From here on finance approves. */
const least = 1_000;

export type Found = {
  number: string;
  usedUp: string[];
  line: EligibleLine;
  windowEndsAt: string;
  policyVersion: string;
  freshness: { system: string; asOf: string };
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

/** The first order of which a whole line may still come back; the ones before it were used up by earlier demos. */
export async function findOrder(ada: Person): Promise<Found> {
  const usedUp: string[] = [];
  for (const number of orders) {
    const eligibility = await eligibilityOf(ada, number);
    const line = (eligibility.lines as EligibleLine[]).find(isWhole);
    if (line)
      return {
        number,
        usedUp,
        line,
        windowEndsAt: line.windowEndsAt,
        policyVersion: eligibility.policyVersion,
        freshness: eligibility.freshness,
      };
    usedUp.push(number);
  }
  throw new Error(
    `Every order that the demo knows was returned before (${orders.join(", ")}). Delete the data folder (.data) to begin anew.`,
  );
}

async function eligibilityOf(ada: Person, number: string) {
  const { data, errors } = await ada.ask(contractDocument("service-ui/return-eligibility"), {
    orderNumber: number,
    companyId: company,
  });
  const eligibility = data.orderByNumber?.returnEligibility;
  if (!eligibility) throw new Error(errors?.[0]?.message ?? `The ERP has no order ${number}; was the sandbox seeded?`);
  return eligibility;
}

const isWhole = ({ eligible, shipped, returnable, estimatedCredit }: EligibleLine): boolean =>
  eligible && shipped.value === returnable.value && Number(estimatedCredit?.amount ?? 0) >= least;
