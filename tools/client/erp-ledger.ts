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
  const response = await askErp("ledger", {}, sandboxPort);
  const told = (await response.json()) as { documents: ErpDocument[]; replacements: ErpDocument[] };
  const documents = [...told.documents, ...told.replacements];
  const within = `-${rmaNumber.replaceAll("-", "").toUpperCase()}-`;
  const ofIt = documents.filter(({ externalDocumentNumber }) => externalDocumentNumber.includes(within));
  return ofIt.toSorted((one, other) => versionOf(one) - versionOf(other));
}

/** The ERP's people ship what goes out in place of a return's goods; gives the numbers of its orders. */
export async function shipReplacements(rmaNumber: string, sandboxPort: number): Promise<string[]> {
  const request = { method: "POST", body: JSON.stringify({ rmaNumber }) };
  const response = await askErp("shipReplacements", request, sandboxPort);
  const answer = (await response.json()) as { orders: string[]; error?: string };
  if (!response.ok) throw new Error(answer.error ?? "The sandbox's ERP could not ship it.");
  return answer.orders;
}

async function askErp(path: string, request: RequestInit, sandboxPort: number): Promise<Response> {
  const address = sandboxAddress("business-central", sandboxPort);
  if (address === undefined) throw new Error("SANDBOX_PORT is 0: say where the sandbox is by setting it.");
  return fetch(`${address}/_sandbox/${path}`, request).catch((cause: unknown) => {
    throw new Error(`No sandbox answers at ${address}; start it with npm start, or set PORT as it was started with.`, {
      cause,
    });
  });
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
