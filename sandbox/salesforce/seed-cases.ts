import type { Random } from "../seed/random.ts";
import type { CompanyCode, Distributor } from "../seed/types.ts";
import type { Org } from "./org.ts";

type Parts = {
  org: Org;
  distributor: Distributor;
  random: Random;
  /** Record ids by `company/customer`. */
  accounts: ReadonlyMap<string, string>;
  owners: readonly string[];
};
type Story = [number: string, company: CompanyCode, order: string, subject: string, priority?: string];

/** Cases that stories, documents and tests know by number: that of SO-1000NN is 000010NN. */
const STORIES: Story[] = [
  ["00001005", "US01", "SO-100005", "Six belts too many"],
  ["00001006", "US01", "SO-100006", "Contactors sent back, invoice is paid"],
  ["00001007", "US01", "SO-100007", "Bearings do not fit"],
  ["00001008", "US01", "SO-100008", "Bearings do not fit"],
  ["00001010", "US01", "SO-100010", "Gaskets from last month"],
  ["00001011", "US01", "SO-100011", "Drives trip at start", "High"],
  ["00001012", "US01", "SO-100012", "Drives trip at start", "High"],
  ["00001013", "US01", "SO-100013", "Adhesive is nearly out of date"],
  ["00001014", "US01", "SO-100014", "Valves from two deliveries"],
  ["00001016", "US01", "SO-100016", "Paint, wrong colour"],
  ["00001017", "US01", "SO-100017", "Thinner, ordered in error"],
  ["00001019", "US01", "SO-100019", "Cable is too short"],
  ["00001022", "US01", "SO-100022", "Valves, contract return"],
  ["00001023", "US01", "SO-100023", "Valve leaks, warranty ends today", "High"],
  ["00001024", "US01", "SO-100024", "Tool sets not as described", "High"],
  ["00001025", "US01", "SO-100025", "Part of the delivery missing, one coupling damaged", "High"],
  ["00002001", "CA02", "SO-200001", "Filters do not fit"],
  ["00003001", "EU03", "SO-300001", "Lager beschädigt"],
];
const SUBJECTS = [
  "Where is my parcel?",
  "Invoice is not right",
  "Wrong item came",
  "Damaged on arrival",
  "Too many ordered",
];
const STATUSES = ["New", "Working", "Working", "Escalated", "Closed", "Closed"];
/** One case for so many orders of the history. */
const EVERY = 40;
const FIRST_GENERATED = 5_000;

export function seedCases(parts: Parts): void {
  const { org, distributor, random, owners } = parts;
  const orders = new Map(distributor.orders.map((order) => [`${order.company}/${order.number}`, order]));
  for (const [number, company, orderNumber, subject, priority = "Medium"] of STORIES) {
    const order = orders.get(`${company}/${orderNumber}`);
    if (!order) continue;
    createCase(parts, {
      number,
      company,
      customer: order.customerNumber,
      orderNumber,
      subject,
      priority,
      status: "Working",
      owner: owners[0]!,
    });
  }
  const stories = new Set(["SO-200001", "SO-300001", "SO-500000"]);
  let number = FIRST_GENERATED;
  const generated = distributor.orders.filter(
    (order) => !order.number.startsWith("SO-100") && !stories.has(order.number),
  );
  for (const order of generated.filter((_, at) => at % EVERY === 0)) {
    number += 1;
    createCase(parts, {
      number: String(number).padStart(8, "0"),
      company: order.company,
      customer: order.customerNumber,
      orderNumber: order.number,
      subject: random.pick(SUBJECTS),
      priority: random.pick(["Low", "Medium", "Medium", "High"]),
      status: random.pick(STATUSES),
      owner: random.pick(owners),
    });
  }
  org.numberFrom("CaseNumber", number);
}

type Seeded = {
  number: string;
  company: string;
  customer: string;
  orderNumber: string;
  subject: string;
  priority: string;
  status: string;
  owner: string;
};

function createCase({ org, accounts }: Parts, seeded: Seeded): void {
  const { number, company, customer, orderNumber, subject, priority, status, owner } = seeded;
  const AccountId = accounts.get(`${company}/${customer}`) ?? null;
  const contact = org.all("Contact").find(({ fields }) => fields["AccountId"] === AccountId);
  org.create(
    "Case",
    {
      CaseNumber: number,
      Subject: subject,
      Status: status,
      IsClosed: status === "Closed",
      Priority: priority,
      Origin: "Phone",
      AccountId,
      ContactId: contact?.id ?? null,
      OwnerId: owner,
      Backhaul_Order__c: orderNumber,
    },
    owner,
  );
}
