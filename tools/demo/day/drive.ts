import { randomUUID } from "node:crypto";
import { contractDocument } from "#tools/client/documents.ts";
import type { Person } from "#tools/client/gateway.ts";
import type { SandboxServer } from "#tools/client/sandbox-server.ts";
import type { Goods } from "./goods.ts";
import type { Watch } from "./watch.ts";

export type Who = "ada" | "sam" | "fin" | "wilma" | "otto";
export type Cast = Record<Who, Person>;

/** What a deed works with: one return, its goods, people, and the sandbox. */
export type Drive = Watch & {
  id: string;
  rmaNumber: string;
  goods: Goods;
  quantity: number;
  people: Cast;
  sandbox: (server: string) => SandboxServer;
};

/** Something that somebody does with a return. */
export type Deed = (drive: Drive) => Promise<void>;

export type Seen = {
  status: string;
  warehouse: { code: string } | null;
  labels: { trackingNumber: string | null }[] | null;
  approvals: { id: string; kind: string; status: string; requiredRole: string; requestedAt: string }[];
  exceptions: { id: string; code: string; status: string; owner: { displayName: string } | null; raisedAt: string }[];
};

const look = /* GraphQL */ `
  query DayReturn($id: ID!) {
    return(id: $id) {
      status
      warehouse {
        code
      }
      labels {
        trackingNumber
      }
      approvals {
        id
        kind
        status
        requiredRole
        requestedAt
      }
      exceptions {
        id
        code
        status
        owner {
          displayName
        }
        raisedAt
      }
    }
  }
`;

/** How a return stands now; Sam may see all of them. */
export async function lookAt({ id, people }: Pick<Drive, "id" | "people">): Promise<Seen> {
  const { data } = await people.sam.ask(look, { id });
  return data.return;
}

export const openTasks = ({ exceptions }: Seen) => exceptions.filter(({ status }) => status !== "RESOLVED");
export const openApprovals = ({ approvals }: Seen) => approvals.filter(({ status }) => status === "PENDING");

/** What happened while somebody looked is seen the next time. */
const LOOK_AGAIN_MS = 2_000;

/** The open task with this code, once somebody has it. */
export async function taskOf(drive: Drive, code: string): Promise<Seen["exceptions"][number]> {
  for (;;) {
    const [task] = openTasks(await lookAt(drive)).filter((each) => each.code === code);
    if (task) return task;
    await drive.next(LOOK_AGAIN_MS);
  }
}

/** A mutation of the contract's documents; throws what is refused. */
export const tell = (person: Person, document: string, input: object): Promise<any> =>
  person.tell(contractDocument(`service-ui/${document}`), { idempotencyKey: randomUUID(), ...input });
