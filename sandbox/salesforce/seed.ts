import { createRandom } from "../seed/random.ts";
import type { Customer, Distributor } from "../seed/types.ts";
import type { Org } from "./org.ts";
import { seedCases } from "./seed-cases.ts";

export const AGENTS = ["Ada", "Sam", "Grace Hill", "Tomas Berg"];
export const QUEUE = "Returns desk";
const SEED = 1_025;

/** People, accounts, contacts and cases of the distributor; nobody's write. */
export function seedOrg(org: Org, distributor: Distributor, username: string): void {
  const integration = org.create("User", { Name: "Backhaul", Username: username, IsActive: true }, "");
  const agents = AGENTS.map((name) =>
    org.create(
      "User",
      { Name: name, Username: `${name.toLowerCase().replace(" ", ".")}@distributor.example`, IsActive: true },
      integration.id,
    ),
  );
  const queue = org.create("Group", { Name: QUEUE, Type: "Queue" }, integration.id);
  const random = createRandom(SEED);
  const accounts = new Map<string, string>();
  for (const customer of distributor.customers) {
    const owner = random.pick(agents).id;
    accounts.set(`${customer.company}/${customer.number}`, createAccount(org, customer, customer.name, owner));
  }
  const twice = distributor.customers.find(({ number }) => number === "C-2010");
  if (twice) createAccount(org, twice, "North Side Pump and Motor Co.", agents[0]!.id);
  const owners = [...agents.map(({ id }) => id), queue.id];
  seedCases({ org, distributor, random, accounts, owners });
  org.forgetWrites();
}

function createAccount(org: Org, customer: Customer, name: string, owner: string): string {
  const { id } = org.create(
    "Account",
    {
      Name: name,
      AccountNumber: customer.number,
      Phone: customer.phone,
      Backhaul_Company__c: customer.company,
      OwnerId: owner,
    },
    owner,
  );
  org.create(
    "Contact",
    { Name: customer.contact, LastName: customer.contact.split(" ").at(-1)!, Email: customer.email, AccountId: id },
    owner,
  );
  return id;
}
