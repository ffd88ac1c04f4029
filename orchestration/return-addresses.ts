import type { PostalAddress } from "#adapters/carrier/port.ts";
import type { Db, Transaction } from "#shared/database.ts";

// Where goods are sent from, if not from where their order went. Personal data: facts and intents name it by its id, and nothing else holds it.

export async function saveAddress(
  tx: Transaction,
  returnId: string,
  { addressId, address }: { addressId: string; address: PostalAddress },
): Promise<void> {
  const row = { id: addressId, return_id: returnId, address: JSON.stringify(address) };
  await tx.insertInto("return_addresses").values(row).execute();
}

/** Null where it was deleted. */
export const findAddress = async (db: Db | Transaction, addressId: string): Promise<PostalAddress | null> =>
  (await findAddresses(db, [addressId])).get(addressId) ?? null;

/** Those that are not there any more are missing. */
export async function findAddresses(
  db: Db | Transaction,
  addressIds: readonly string[],
): Promise<Map<string, PostalAddress>> {
  const rows = await db
    .selectFrom("return_addresses")
    .select(["id", "address"])
    .where("id", "in", addressIds)
    .execute();
  return new Map(rows.map(({ id, address }) => [id, address]));
}
