import { money, quantity } from "#tools/client/say.ts";

type Row = [what: string, ...lines: string[]];

/** The answer to unified-return as lines for a person. */
export function unifiedView(it: any): string[] {
  const rows: Row[] = [
    [
      "return",
      `${it.rmaNumber}  ${it.status}  asked for by ${it.requestedBy?.displayName} on ${day(it.requestedAt)}, ${it.company?.name ?? ""}`,
    ],
    [
      "customer",
      `${it.customer?.number} ${it.customer?.name}, ${it.customer?.tier} ${it.customer?.segment}${from(it.customer?.freshness)}`,
    ],
    [
      "order",
      `${it.order?.number} ${it.order?.status}, their ${it.order?.customerReference}, ${money(it.order?.total)}${from(it.order?.freshness)}`,
    ],
    ...it.lines.map((line: any): Row => ["line", ...lineOf(line)]),
    ["receipt", ...it.receipts.flatMap(receiptOf)],
    [
      "inspection",
      ...it.inspections.map(
        (each: any) => `${quantity(each.quantity)} grade ${each.grade} by ${each.inspector?.displayName}`,
      ),
    ],
    [
      "stock",
      ...it.inventoryPostings.map(
        (each: any) =>
          `${each.kind} ${quantity(each.quantity)} ${each.from ?? ""} → ${each.to ?? ""} (${each.documentNumber ?? "not posted"})`,
      ),
    ],
    [
      "approval",
      ...it.approvals.map(
        (each: any) =>
          `${each.kind} ${each.status} by ${each.decidedBy?.displayName ?? "nobody"}, ${money(each.amount)}`,
      ),
    ],
    ["credit", ...(it.credits ?? []).flatMap(creditOf)],
    [
      "systems",
      ...it.systems.map((each: any) => `${each.system} ${each.document}: ${each.syncStatus} ${each.reference ?? ""}`),
    ],
    ["exceptions", ...(it.exceptions ?? []).map((each: any) => `${each.category} ${each.status}: ${each.summary}`)],
    ["milestones", `${it.milestones.edges.length}, the last ${it.milestones.edges.at(-1)?.node.type}`],
  ];
  return rows
    .filter(([, ...lines]) => lines.length > 0)
    .flatMap(([what, ...lines]) => lines.map((line, at) => `${(at ? "" : what).padEnd(14)}  ${line}`));
}

const day = (time: string | null) => time?.slice(0, 10) ?? "";
const from = (freshness: { system: string; stale: boolean } | null | undefined) =>
  freshness ? ` (${freshness.system}${freshness.stale ? ", stale" : ""})` : "";

function lineOf(line: any): string[] {
  const buckets = ["requested", "authorized", "received", "inspected", "accepted", "rejected", "credited"];
  return [
    `${quantity(line.quantities.requested)} ${line.item?.sku} ${line.item?.name ?? ""} at ${money(line.unitPrice)}, ${line.reason.label} (fault: ${line.reason.faultParty})`,
    `${line.authorizationStatus}, ${line.receiptStatus}, ${line.inspectionStatus}, ${line.settlementStatus}`,
    buckets.map((name) => `${name} ${line.quantities[name].value}`).join("  "),
    ...line.dispositions.map(
      (each: any) =>
        `${each.code} ${quantity(each.quantity)} at ${each.warehouse?.code}: ${each.state} (rule ${each.ruleId})`,
    ),
  ];
}

const receiptOf = ({ warehouse, warehouseReceiptNumber, lines }: any): string[] =>
  lines.map(
    (line: any) =>
      `${warehouse?.code} ${warehouseReceiptNumber}: ${quantity(line.quantity)} ${line.sku}, ${line.condition.label}, ${line.state}`,
  );

const creditOf = (credit: any): string[] => [
  `${credit.number ?? ""} ${credit.status}  net ${money(credit.net)} + tax ${money(credit.tax)} = ${money(credit.total)}`,
  `key ${credit.transactionKey}, approved by ${credit.approvedBy?.displayName ?? "a rule"}${(credit.appliedTo ?? []).map((each: any) => `, ${money(each.amount)} to ${each.invoiceNumber}`).join("")}`,
];
