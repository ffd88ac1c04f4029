import type { Call, Delivery, Health, Verdict } from "../port.ts";

export type Quantity = { value: string; unit: string };

/** "These goods will come." The key is the idempotency key and the look-up (wires 1.1). */
export type ReturnInstruction = {
  rmaNumber: string;
  companyId: string;
  expiresAt: string | null;
  replaces: string | null;
  lines: {
    line: number;
    sku: string;
    quantity: Quantity;
    serialNumbers: string[];
    lotNumber: string | null;
    reasonCode: string;
    hazard: string | null;
    inspect: boolean;
  }[];
  carrier: string | null;
  trackingNumbers: string[];
};

/** "Move, scrap or send these received goods." */
export type DispositionInstruction = {
  warehouseReceiptNumber: string;
  receiptLine: number;
  code: string;
  quantity: Quantity;
  serialNumbers: string[];
  lotNumber: string | null;
  toStatus: "AVAILABLE" | "QUARANTINE" | "HOLD" | "DAMAGED";
  toBin: string | null;
};

export type InstructionState = "OPEN" | "PARTIAL" | "DONE" | "CANCEL_REQUESTED" | "CANCELLED";
export type InstructionLookUp =
  | { answer: "found"; state: InstructionState; sameContent: boolean }
  | { answer: "absent" }
  | { answer: "unknown"; reason: string };

/** An idempotent write by key: the same again is the same. AMBIGUOUS: look up, then put the same again (wires 1.1). */
export type Instructions<Content> = {
  put(key: string, content: Content, call: Call): Promise<{ state: InstructionState }>;
  lookUp(key: string, content: Content, call: Call): Promise<InstructionLookUp>;
  /** Idempotent; `CANCEL_REQUESTED` is no promise (D-33), `ALREADY_RECEIVED` a refusal. */
  withdraw(key: string, call: Call): Promise<{ state: InstructionState | "ALREADY_RECEIVED" }>;
};

export type StockOfItem = {
  sku: string;
  asOf: string;
  /** Decimal strings by status, in `unit`. */
  byStatus: Partial<Record<"AVAILABLE" | "QUARANTINE" | "HOLD" | "DAMAGED", string>>;
  unit: string;
};

export type ReceivedLine = {
  line: number;
  revision: number;
  instructionLine: number | null;
  sku: string;
  expectedSku: string | null;
  quantity: Quantity;
  /** One of our condition codes (vocabulary section 2). */
  condition: string;
  discrepancies: string[];
  serialNumbers: string[];
  lotNumber: string | null;
  expiresOn: string | null;
  bin: string | null;
  complete: boolean;
};

type Told = { eventId: string; site: string; occurredAt: string };
export type WarehouseEvent =
  | (Told & {
      type: "receipt.recorded";
      warehouseReceiptNumber: string;
      receivedAt: string;
      rmaNumber: string | null;
      instructionKey: string | null;
      trackingNumber: string | null;
      lines: ReceivedLine[];
    })
  | (Told & {
      type: "inspection.started";
      warehouseReceiptNumber: string;
      receiptLine: number;
      inspector: string;
      startedAt: string;
    })
  | (Told & {
      type: "inspection.completed";
      warehouseReceiptNumber: string;
      receiptLine: number;
      /** The inspection's number within the receipt line. */
      inspection: number;
      revision: number;
      quantity: Quantity;
      grade: string;
      condition: string;
      findings: string | null;
      serialNumbers: string[];
      lotNumber: string | null;
      inspector: string;
      inspectedAt: string;
      photos: { url: string; sha256: string }[];
    })
  | (Told & {
      type: "disposition.executed";
      instructionKey: string;
      warehouseReceiptNumber: string;
      receiptLine: number;
      code: string;
      quantity: Quantity;
      serialNumbers: string[];
      lotNumber: string | null;
      toStatus: string;
      bin: string | null;
      executedAt: string;
    })
  | (Told & {
      type: "instruction.cancelled" | "instruction.cancel_refused";
      instructionKey: string;
      reason: string | null;
    })
  | (Told & { type: "stock.changed"; skus: string[] });

/** One warehouse site. */
export type WmsPort = {
  system: string;
  site: string;
  settleMs: number;
  health(): Health;
  returns: Instructions<ReturnInstruction>;
  dispositions: Instructions<DispositionInstruction>;
  findStock(skus: readonly string[], call: Call): Promise<Map<string, StockOfItem>>;
  findReceipt(warehouseReceiptNumber: string, call: Call): Promise<ReceivedLine[] | null>;
  /** The pull feed: raw event bodies in order, so that they enter by the same inbox as webhooks. `after` null = from the beginning kept. CURSOR_EXPIRED is thrown as BusinessRefusal. */
  readEvents(
    after: string | null,
    options: { limit: number; waitSeconds: number },
    call: Call,
  ): Promise<{ events: { eventId: string; body: string }[]; next: string; more: boolean }>;
  verify(delivery: Delivery): Verdict;
  /** Throws ProgramBug (the document stays in the inbox and becomes a task) when the body is not what the wire promises. */
  translate(body: Buffer): WarehouseEvent;
};
