import { ProgramBug } from "#shared/errors.ts";
import type { ReceivedLine, WarehouseEvent } from "../port.ts";
import type { Settings } from "./settings.ts";
import { event, type WireEvent, type WireLine } from "./wire.ts";

/** X12 412 → our conditions (vocabulary section 2); a condition decides no money. */
const conditions: Record<string, string> = {
  "07": "UNOPENED",
  "01": "DAMAGED",
  "04": "DEFECTIVE",
  "06": "NOT_CHECKED",
  "09": "NOT_CHECKED",
  "08": "DAMAGED",
  "10": "DAMAGED",
};
/** Theirs → ours; who compares the goods with the order writes the discrepancy that counts. */
const discrepancies: Record<string, string> = {
  SHORT: "SHORT",
  OVER: "OVER",
  WRONG_ITEM: "WRONG_ITEM",
  WRONG_SERIAL: "SERIAL_MISMATCH",
  WRONG_LOT: "LOT_MISMATCH",
  NO_NOTICE: "NO_AUTHORIZATION",
};
const grades = new Set(["A", "B", "C", "D", "N", "E", "H", "X"]);

/** The translation of one site's words; what has no mapping stays in the inbox as a task (NO_MAPPING). */
export function createTranslation(system: string, site: string, settings: Settings) {
  const unmapped = (what: string, value: string): never => {
    throw new ProgramBug({ system, code: "NO_MAPPING", vendorText: `${what} ${JSON.stringify(value.slice(0, 100))}` });
  };
  const find = (what: string, map: Record<string, string>, value: string): string =>
    Object.hasOwn(map, value) ? map[value]! : unmapped(what, value);
  const grade = (theirs: string) =>
    Object.hasOwn(settings.grades, theirs)
      ? settings.grades[theirs]!
      : grades.has(theirs)
        ? theirs
        : unmapped("grade", theirs);

  const line = (wire: WireLine): ReceivedLine => ({
    ...wire,
    instructionLine: wire.instructionLine ?? null,
    condition: find("condition", conditions, wire.condition),
    discrepancies: wire.discrepancies.map((each) => find("discrepancy", discrepancies, each)),
  });

  const canonical = (wire: WireEvent): WarehouseEvent => {
    const told = { eventId: wire.eventId, site: wire.site, occurredAt: wire.occurredAt };
    switch (wire.type) {
      case "receipt.recorded":
        return { ...told, type: wire.type, ...wire.data, lines: wire.data.lines.map(line) };
      case "inspection.completed": {
        const photos = wire.data.photos.map(({ address: url, sha256 }) => ({ url, sha256 }));
        return {
          ...told,
          type: wire.type,
          ...wire.data,
          photos,
          grade: grade(wire.data.grade),
          condition: find("condition", conditions, wire.data.condition),
        };
      }
      case "inspection.started":
        return { ...told, type: wire.type, ...wire.data };
      case "disposition.executed":
        return { ...told, type: wire.type, ...wire.data };
      case "instruction.cancelled":
      case "instruction.cancel_refused":
        return { ...told, type: wire.type, ...wire.data };
      case "stock.changed":
        return { ...told, type: wire.type, ...wire.data };
    }
  };

  const translate = (body: Buffer): WarehouseEvent => {
    const wire = read(system, body);
    if (wire.site !== site)
      throw new ProgramBug({ system, code: "BAD_DOCUMENT", vendorText: `an event of site ${wire.site.slice(0, 40)}` });
    return canonical(wire);
  };
  return { translate, line };
}

function read(system: string, body: Buffer): WireEvent {
  try {
    return event.parse(JSON.parse(body.toString("utf8")));
  } catch (cause) {
    throw new ProgramBug({ system, code: "BAD_DOCUMENT", vendorText: body.toString("utf8").slice(0, 2_000), cause });
  }
}
