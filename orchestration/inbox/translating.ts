import type { Systems } from "#adapters/systems.ts";
import type { CarrierNotice, CarrierPort } from "#adapters/carrier/port.ts";
import type { ErpNotice } from "#adapters/erp/port.ts";
import type { WarehouseEvent } from "#adapters/wms/port.ts";
import type { InboxRow } from "#orchestration/inbox.ts";

export type Translated =
  | { of: "wms"; event: WarehouseEvent }
  | { of: "erp"; notices: ErpNotice[] }
  | { of: "carrier"; port: CarrierPort; notice: CarrierNotice };

/** A document that its port can't read, or whose system is not in systems.yml any more. */
export class BadDocument extends Error {
  constructor(row: Pick<InboxRow, "id" | "system">, options: ErrorOptions = {}) {
    super(`${row.id} of ${row.system} can't be read`, options);
    this.name = "BadDocument";
  }
}

/** Throws BadDocument. */
export function translate(systems: Systems, row: InboxRow, body: Buffer): Translated {
  const port = systems.bySystem(row.system);
  if (!port || !("translate" in port)) throw new BadDocument(row);
  try {
    if ("voidLabel" in port) return { of: "carrier", port, notice: port.translate(body) };
    return "site" in port ? { of: "wms", event: port.translate(body) } : { of: "erp", notices: port.translate(body) };
  } catch (cause) {
    throw new BadDocument(row, { cause });
  }
}
