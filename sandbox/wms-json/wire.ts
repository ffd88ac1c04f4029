import { z } from "zod";

export const STATUSES = ["AVAILABLE", "QUARANTINE", "HOLD", "DAMAGED"] as const;
export type StockStatus = (typeof STATUSES)[number];
const DISPOSITIONS = [
  "PENDING",
  "RESTOCK",
  "RESTOCK_B_GRADE",
  "REPAIR",
  "REFURBISH",
  "SCRAP",
  "HAZMAT_DISPOSAL",
  "RETURN_TO_VENDOR",
  "RETURN_TO_CUSTOMER",
  "TRANSFER",
  "DONATE",
  "HOLD",
] as const;
export const GRADES = ["A", "B", "C", "D", "N", "E", "H", "X"] as const;
export type Grade = (typeof GRADES)[number];
export type Discrepancy = "SHORT" | "OVER" | "WRONG_ITEM" | "WRONG_SERIAL" | "WRONG_LOT" | "NO_NOTICE";

const quantity = z.object({
  value: z.string().regex(/^\d{1,12}(\.\d{1,5})?$/, "must be a decimal string of 0 or more with at most 5 decimals"),
  unit: z.string().min(1),
});
export type Quantity = z.output<typeof quantity>;

const serialNumbers = z.array(z.string().min(1));
const time = z.iso.datetime({ offset: true });

/** Body of `PUT /return-instructions/{key}`; unknown members are dropped. */
export const returnInstruction = z.object({
  rmaNumber: z.string().min(1),
  company: z.string().min(1),
  expiresAt: time.nullable().default(null),
  replaces: z.string().nullable().default(null),
  lines: z
    .array(
      z.object({
        line: z.int().positive(),
        sku: z.string().min(1),
        quantity,
        serialNumbers: serialNumbers.default([]),
        lotNumber: z.string().nullable().default(null),
        reason: z.string().min(1),
        hazard: z.unknown().default(null),
        inspect: z.boolean().default(true),
      }),
    )
    .min(1),
  carrier: z.string().nullable().default(null),
  trackingNumbers: z.array(z.string()).default([]),
});
export type ReturnInstruction = z.output<typeof returnInstruction>;
export type ExpectedLine = ReturnInstruction["lines"][number];

/** Body of `PUT /disposition-instructions/{key}`. */
export const dispositionInstruction = z.object({
  warehouseReceiptNumber: z.string().min(1),
  receiptLine: z.int().positive(),
  code: z.enum(DISPOSITIONS),
  quantity,
  serialNumbers: serialNumbers.default([]),
  lotNumber: z.string().nullable().default(null),
  toStatus: z.enum(STATUSES),
  toBin: z.string().nullable().default(null),
});
export type DispositionInstruction = z.output<typeof dispositionInstruction>;

export const stockQuery = z.object({ skus: z.array(z.string()).max(500) });

export type EventType =
  | "receipt.recorded"
  | "inspection.started"
  | "inspection.completed"
  | "disposition.executed"
  | "instruction.cancelled"
  | "instruction.cancel_refused"
  | "stock.changed";

/** What a webhook's body and an element of the feed are. */
export type WireEvent = {
  eventId: string;
  schemaVersion: 1;
  sequence: number;
  site: string;
  type: EventType;
  occurredAt: string;
  data: Record<string, unknown>;
};
