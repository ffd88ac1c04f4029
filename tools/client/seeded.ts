import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import type { FirstStart } from "#sandbox/first-start.ts";
import { makeDistributor } from "#sandbox/seed/make-distributor.ts";
import type { Customer, Order } from "#sandbox/seed/types.ts";

type Past = { returns: number; planted: Record<string, string> };

/** What the sandbox of a data folder was made with, for people: how much there is, what is planted, and the orders that stories know. */
export function tellSeed(dataDir: string): string[] {
  const folder = path.join(dataDir, "sandbox");
  const first = read<FirstStart>(path.join(folder, "first-start.json"));
  if (!first) throw new Error(`${folder} has no sandbox yet; the first npm start makes it.`);
  const past = read<Past>(path.join(folder, "past.json"));
  const { items, customers, orders } = makeDistributor(first);
  const names = new Map(customers.map((customer) => [customer.number, customer]));
  const stories = orders.filter(({ number }) => /^SO-([123]000|5000)\d\d$/.test(number));
  return [
    `Made for ${first.today}, scale ${first.scale}: ${items.length} items, ${customers.length} customers, ${orders.length} orders, ${past?.returns ?? 0} returns.`,
    ...(past ? ["", "Planted (docs/seed.md):", ...plantedLines(past)] : []),
    "",
    "Orders of the stories:",
    ...stories.toSorted((a, b) => a.number.localeCompare(b.number)).map((order) => orderLine(order, names)),
  ];
}

const read = <Value>(file: string): Value | null =>
  existsSync(file) ? (JSON.parse(readFileSync(file, "utf8")) as Value) : null;

const plantedLines = ({ planted }: Past): string[] => [
  ...Object.entries(planted).map(([kind, rmaNumber]) => `  ${kind.padEnd(22)}${rmaNumber}`),
  `  ${"AFTER_EXPIRY".padEnd(22)}R-EXPIRED-1`,
];

function orderLine({ number, company, customerNumber, lines, shipments }: Order, names: Map<string, Customer>): string {
  const goods = lines.map(({ ordered, unit, sku }) => `${ordered} ${unit} ${sku}`).join(", ");
  const delivered = shipments.flatMap(({ deliveredOn }) => deliveredOn ?? []).at(-1) ?? "not yet";
  return `  ${number}  ${company}  ${delivered}  ${customerNumber} ${names.get(customerNumber)?.name ?? ""}: ${goods}`;
}
