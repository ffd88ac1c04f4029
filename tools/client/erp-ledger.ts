import { sandboxAddress } from "#shared/sandbox-address.ts";

/** A document in the sandbox's ERP, as its ledger keeps it. */
export type ErpDocument = {
  kind: string;
  company: string;
  number: string;
  externalDocumentNumber: string;
  status: string;
  header: Record<string, unknown>;
};

/** Every document that the sandbox's ERP has for a return: their external document number is a transaction key with the RMA number in it (W-06). */
export async function erpDocumentsOf(rmaNumber: string, sandboxPort: number): Promise<ErpDocument[]> {
  const address = sandboxAddress("business-central", sandboxPort);
  if (address === undefined) throw new Error("SANDBOX_PORT is 0: say where the sandbox is by setting it.");
  const response = await fetch(`${address}/_sandbox/ledger`).catch((cause: unknown) => {
    throw new Error(`No sandbox answers at ${address}; start it with npm start, or set PORT as it was started with.`, {
      cause,
    });
  });
  const { documents } = (await response.json()) as { documents: ErpDocument[] };
  const within = `-${rmaNumber.replaceAll("-", "").toUpperCase()}-`;
  const ofIt = documents.filter(({ externalDocumentNumber }) => externalDocumentNumber.includes(within));
  return ofIt.toSorted((one, other) => versionOf(one) - versionOf(other));
}

/** The version of the fact that decided it: the order in which the return came to its documents. */
const versionOf = ({ externalDocumentNumber }: ErpDocument): number =>
  Number(/-[A-Z](\d+)(-U)?$/.exec(externalDocumentNumber)?.[1] ?? 0);

/** A document in one line: kind, number, status, transaction key and, where it has one, the total. */
export function erpLine({ kind, number, status, externalDocumentNumber, header }: ErpDocument): string {
  const total = header["totalAmountIncludingTax"];
  const money = total === undefined ? "" : `  ${String(total)} ${String(header["currencyCode"] ?? "")}`;
  return `${kind.padEnd(20)}  ${number.padEnd(12)}  ${status.padEnd(8)}  ${externalDocumentNumber}${money}`.trimEnd();
}
