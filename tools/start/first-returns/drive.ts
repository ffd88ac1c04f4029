import type { Floor } from "#tools/client/floor.ts";
import type { Person } from "#tools/client/gateway.ts";
import type { FirstReturn } from "./list.ts";

const lookUpLines = /* GraphQL */ `
  query FirstReturnOrder($number: String!, $companyId: ID) {
    orderByNumber(number: $number, companyId: $companyId) {
      lines {
        id
        item {
          sku
        }
        shipped {
          unit
        }
      }
    }
  }
`;
const requestReturn = /* GraphQL */ `
  mutation FirstReturn($input: RequestReturnInput!) {
    requestReturn(input: $input) {
      return {
        id
        rmaNumber
      }
      userErrors {
        code
        message
      }
    }
  }
`;
const followReturn = /* GraphQL */ `
  subscription FirstReturnMilestones($returnId: ID!, $after: String) {
    returnMilestones(returnId: $returnId, after: $after) {
      cursor
      milestone {
        type
      }
    }
  }
`;

const lookUpWarehouse = /* GraphQL */ `
  query FirstReturnWarehouse($id: ID!) {
    return(id: $id) {
      warehouse {
        code
      }
    }
  }
`;

export type Cast = { ada: Person; sam: Person; fin: Person; floorOf: (site: string) => Floor; giveUp: AbortSignal };

/** Asks for the return and brings it as far as it goes; a return that an interrupted start has asked for is the same one. */
export async function drive(first: FirstReturn, { fin, floorOf, giveUp, ...people }: Cast): Promise<void> {
  const requester = people[first.by];
  const key = (deed: string) => `first-returns/${first.order}/${deed}`;
  const { return: made } = await requester.tell(requestReturn, await inputOf(first, requester, key("request")));
  const frames = requester.follow(followReturn, { returnId: made.id });
  const seen = new Set<string>();
  const until = async (type: string) => {
    while (!seen.has(type)) {
      const { value } = await frames.next();
      if (!value) throw new Error(`the stream ended before ${type}`);
      if (value.milestone) seen.add(value.milestone.type);
    }
  };
  const floor = async () => floorOf(await warehouseOf(made.id, requester));
  for (const deed of first.deeds) await deed({ ...made, floor, requester, finance: fin, key, until, giveUp });
  await frames.return();
}

async function warehouseOf(id: string, requester: Person): Promise<string> {
  const { data } = await requester.ask(lookUpWarehouse, { id });
  return data.return.warehouse.code;
}

type OrderLine = { id: string; item: { sku: string } | null; shipped: { unit: string } };

async function inputOf({ order, companyId, lines }: FirstReturn, requester: Person, idempotencyKey: string) {
  const { data } = await requester.ask(lookUpLines, { number: order, companyId });
  const sold = (data.orderByNumber?.lines ?? []) as OrderLine[];
  const wanted = lines.map(({ sku, quantity, reasonCode }) => {
    const line = sold.find(({ item }) => item?.sku === sku);
    if (!line) throw new Error(`${order} has no line of ${sku}`);
    return { orderLineId: line.id, quantity: { value: quantity, unit: line.shipped.unit }, reasonCode };
  });
  return { idempotencyKey, orderNumber: order, companyId, lines: wanted };
}
