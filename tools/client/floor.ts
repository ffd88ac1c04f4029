import { sandboxAddress } from "#shared/sandbox-address.ts";

/** The floor of one of the sandbox's warehouses, worked over its control address (docs/sandbox-warehouse.md). */
export type Floor = {
  site: string;
  /** What it expects, has received and has moved for an RMA number. */
  look(rmaNumber: string): Promise<OnTheFloor>;
  /** receive, startInspection, inspect, executeDisposition …; throws the warehouse's own sentence where it can't be done. */
  work(deed: string, order: object): Promise<void>;
};
export type OnTheFloor = {
  instructions: { key: string; state: string }[];
  receipts: { warehouseReceiptNumber: string; lines: ReceiptLine[] }[];
  dispositions: { key: string; code: string; state: string }[];
};
type ReceiptLine = { line: number; expectedSku: string | null; inspections: unknown[] };

export function floorOf(site: string, sandboxPort: number): Floor {
  const server = `wms-${site.toLowerCase()}`;
  const address = sandboxAddress(server, sandboxPort);
  const control = async (deed: string, order: object) => {
    const request = { method: "POST", body: JSON.stringify(order) };
    const response = await fetch(`${address}/_sandbox/${deed}`, request).catch((cause: unknown) => {
      throw new Error(`No sandbox answers at ${address}; start it with npm start, or set SANDBOX_PORT.`, { cause });
    });
    if (response.status === 204) return undefined;
    const body = (await response.json()) as { error?: string };
    if (!response.ok) throw new Error(`${site}: ${body.error}`);
    return body;
  };
  return {
    site,
    look: async (rmaNumber) => (await control("look", { rmaNumber })) as unknown as OnTheFloor,
    work: async (deed, order) => void (await control(deed, order)),
  };
}
