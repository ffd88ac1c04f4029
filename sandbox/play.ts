import type { PlayOrder, summary } from "./wms-json/player.ts";

export type Played = ReturnType<typeof summary>;

/**
 * Asks every warehouse to play a return: the one whose instruction it is takes the goods in and inspects them, now or when
 * the instruction comes, and executes the dispositions that follow. Gives what each warehouse has for it by now. Addresses
 * are the servers' own. Throws where none of them can be reached.
 */
export async function play(addresses: string[], order: PlayOrder): Promise<Played[]> {
  const answers = await Promise.allSettled(addresses.map((address) => askOne(address, order)));
  const played = answers.flatMap((answer) => (answer.status === "fulfilled" ? [answer.value] : []));
  const [refused] = answers.filter((answer) => answer.status === "rejected");
  if (played.length === 0 && refused) throw refused.reason;
  return played;
}

async function askOne(address: string, order: PlayOrder): Promise<Played> {
  const request = { method: "POST", body: JSON.stringify(order) };
  const response = await fetch(`${address}/_sandbox/play`, request).catch((cause: unknown) => {
    throw new Error(`No sandbox answers at ${address}; start it first, or set SANDBOX_PORT.`, { cause });
  });
  if (response.ok) return (await response.json()) as Played;
  throw new Error(((await response.json()) as { error: string }).error);
}

/** What was played, a line each, for a person to read. */
export function tellPlayed(played: Played[], rmaNumber: string): string[] {
  const known = played.filter(({ instructions, receipts }) => instructions.length + receipts.length > 0);
  if (known.length === 0) return [`No warehouse expects ${rmaNumber} yet; the one that does will play it.`];
  return known.flatMap(({ site, instructions, receipts, dispositions }) => [
    ...instructions.map(({ key, state }) => `${site} return instruction ${key}: ${state}`),
    ...receipts.flatMap(({ warehouseReceiptNumber, lines }) =>
      lines.map((line) => `${site} ${warehouseReceiptNumber}/${line.line}: ${content(line)}, ${grades(line)}`),
    ),
    ...dispositions.map(({ key, code, state }) => `${site} ${code} ${key}: ${state}`),
  ]);
}

type Line = Played["receipts"][number]["lines"][number];
const content = ({ quantity, sku }: Line) => `${quantity.value} ${quantity.unit} of ${sku}`;
const grades = ({ inspections }: Line) =>
  inspections.length === 0
    ? "not inspected"
    : inspections.map(({ grade, quantity }) => `${quantity.value} graded ${grade}`).join(", ");
