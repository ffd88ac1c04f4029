import { z } from "zod";

// What the JSON warehouse says (wires section 1), as far as we read it; unknown members are ignored, a missing required one is an error.

const quantity = z.object({ value: z.string().regex(/^\d{1,12}(\.\d{1,5})?$/), unit: z.string().min(1) });
const time = z.iso.datetime({ offset: true });
const optional = z
  .string()
  .nullish()
  .transform((value) => value ?? null);
const serials = z.array(z.string()).default([]);

export const state = z.enum(["OPEN", "PARTIAL", "DONE", "CANCEL_REQUESTED", "CANCELLED"]);
/** `instruction` is the body as it was put, so that a look-up can compare it (W-03). */
export const instruction = z.object({
  key: z.string(),
  state,
  instruction: z.record(z.string(), z.unknown()).optional(),
});

export const stock = z.object({
  asOf: time,
  stock: z.array(
    z.object({ sku: z.string(), status: z.enum(["AVAILABLE", "QUARANTINE", "HOLD", "DAMAGED"]), quantity }),
  ),
  unknown: z.array(z.string()).default([]),
});

const receivedLine = z.object({
  line: z.int(),
  revision: z.int().min(1),
  instructionLine: z.int().nullish(),
  sku: z.string(),
  expectedSku: optional,
  quantity,
  condition: z.string(),
  discrepancies: z.array(z.string()).default([]),
  serialNumbers: serials,
  lotNumber: optional,
  expiresOn: optional,
  bin: optional,
  complete: z.boolean(),
});
export type WireLine = z.output<typeof receivedLine>;
export const receipt = z.object({ warehouseReceiptNumber: z.string(), lines: z.array(receivedLine) });

const ofReceipt = { warehouseReceiptNumber: z.string(), receiptLine: z.int() };
const data = {
  "receipt.recorded": z.object({
    warehouseReceiptNumber: z.string(),
    receivedAt: time,
    rmaNumber: optional,
    instructionKey: optional,
    trackingNumber: optional,
    lines: z.array(receivedLine).min(1),
  }),
  "inspection.started": z.object({ ...ofReceipt, inspector: z.string(), startedAt: time }),
  "inspection.completed": z.object({
    ...ofReceipt,
    inspection: z.int(),
    revision: z.int(),
    quantity,
    grade: z.string(),
    condition: z.string(),
    findings: optional,
    serialNumbers: serials,
    lotNumber: optional,
    inspector: z.string(),
    inspectedAt: time,
    photos: z.array(z.object({ address: z.string(), sha256: z.string() })).default([]),
  }),
  "disposition.executed": z.object({
    instructionKey: z.string(),
    ...ofReceipt,
    code: z.string(),
    quantity,
    serialNumbers: serials,
    lotNumber: optional,
    toStatus: z.string(),
    bin: optional,
    executedAt: time,
  }),
  "instruction.cancelled": z.object({ instructionKey: z.string(), reason: optional }),
  "instruction.cancel_refused": z.object({ instructionKey: z.string(), reason: optional }),
  "stock.changed": z.object({ skus: z.array(z.string()) }),
} as const;

const head = { eventId: z.string().min(1), schemaVersion: z.literal(1), site: z.string(), occurredAt: time };
type Type = keyof typeof data;
const ofType = <T extends Type>(type: T) => z.object({ ...head, type: z.literal(type), data: data[type] });

export const event = z.discriminatedUnion("type", [
  ofType("receipt.recorded"),
  ofType("inspection.started"),
  ofType("inspection.completed"),
  ofType("disposition.executed"),
  ofType("instruction.cancelled"),
  ofType("instruction.cancel_refused"),
  ofType("stock.changed"),
]);
export type WireEvent = z.output<typeof event>;

/** A page of the feed: of an event only its id is read here, so that one that can't be understood still reaches the inbox. */
export const page = z.object({
  events: z.array(z.looseObject({ eventId: z.string().min(1) })),
  next: z.string(),
  more: z.boolean(),
});
export const refusal = z.object({ error: z.object({ code: z.string(), message: z.string().default("") }) });
