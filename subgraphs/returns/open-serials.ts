import { openSerials } from "#orchestration/allocations.ts";
import type { OrderHistory } from "#orchestration/eligibility.ts";
import type { Transaction } from "#shared/database.ts";
import { refuse, type UserError } from "#shared/errors.ts";
import { parseForeignId } from "#shared/ids.ts";

type Asked = { orderLineId: string; serialNumbers: readonly string[] };

/** D-17: a serial is open in one return at most. `field` is where the lines stand. */
export async function openElsewhere(
  tx: Transaction,
  { order }: OrderHistory,
  lines: readonly Asked[],
  field: string[],
): Promise<UserError[]> {
  const named = lines.flatMap(({ orderLineId, serialNumbers }, i) => {
    const sequence = parseForeignId(orderLineId)?.line;
    const sku = order.lines.find((candidate) => candidate.sequence === sequence)?.sku;
    const at = (serial: number) => [...field, String(i), "serialNumbers", String(serial)];
    return sku ? serialNumbers.map((serialNumber, serial) => ({ sku, serialNumber, at: at(serial) })) : [];
  });
  const open = await openSerials(tx, order.companyId, named);
  return named
    .filter((one, i) => open.some(isSameAs(one)) || named.slice(0, i).some(isSameAs(one)))
    .map(({ serialNumber, at }) =>
      refuse("CONFLICT", `Serial ${serialNumber} is in a return that is open, or named twice.`, at),
    );
}

type Serial = { sku: string; serialNumber: string };
const isSameAs = (one: Serial) => (other: Serial) => one.sku === other.sku && one.serialNumber === other.serialNumber;
