import type { Row, Store } from "../store.ts";
import type {
  Discrepancy,
  DispositionInstruction,
  EventType,
  Grade,
  Quantity,
  ReturnInstruction,
  StockStatus,
} from "./wire.ts";

export type Cancelling = "NO" | "REQUESTED" | "DONE";

/** Id: the client's key. What was received is counted from the receipts, never kept here. */
export type ReturnRow = Row & { content: ReturnInstruction; cancelling: Cancelling; replacedBy: string | null };
export type DispositionRow = Row & { content: DispositionInstruction; cancelling: Cancelling; executed: string };

export type Inspection = {
  inspection: number;
  revision: number;
  quantity: Quantity;
  grade: Grade;
  condition: string;
  findings: string | null;
  serialNumbers: string[];
  lotNumber: string | null;
  inspector: string;
  inspectedAt: string;
  photos: { address: string; sha256: string }[];
};

export type ReceiptLine = {
  line: number;
  revision: number;
  instructionLine: number | null;
  sku: string;
  expectedSku: string | null;
  quantity: Quantity;
  condition: string;
  discrepancies: Discrepancy[];
  serialNumbers: string[];
  lotNumber: string | null;
  expiresOn: string | null;
  bin: string | null;
  complete: boolean;
  inspections: Inspection[];
};

/** Id: the warehouse receipt number. */
export type ReceiptRow = Row & {
  rmaNumber: string | null;
  instructionKey: string | null;
  trackingNumber: string | null;
  receivedAt: string;
  lines: ReceiptLine[];
};

export type EventRow = Row & {
  sequence: number;
  type: EventType;
  occurredAt: string;
  recordedAt: number;
  data: Record<string, unknown>;
};

/** Base units, signed; what the floor did to the stock and why. */
export type MoveRow = Row & {
  at: string;
  kind: "RECEIPT" | "CORRECTION" | "DISPOSITION";
  sku: string;
  status: StockStatus;
  lotNumber: string | null;
  serialNumbers: string[];
  quantity: string;
  warehouseReceiptNumber: string;
  receiptLine: number;
  instructionKey: string | null;
};

export type StockRow = Row & { sku: string; status: StockStatus; lotNumber: string | null; quantity: string };
export type CounterRow = Row & { value: number };
/** Id: an RMA number whose goods the player takes in and inspects. */
export type PlayRow = Row & { grade: Grade };

export function openTables(store: Store) {
  return {
    returns: store.table<ReturnRow>("return-instructions"),
    dispositions: store.table<DispositionRow>("disposition-instructions"),
    receipts: store.table<ReceiptRow>("receipts", ["rmaNumber", "instructionKey"]),
    events: store.table<EventRow>("events"),
    moves: store.table<MoveRow>("moves", ["warehouseReceiptNumber"]),
    stock: store.table<StockRow>("stock", ["sku"]),
    counters: store.table<CounterRow>("counters"),
    plays: store.table<PlayRow>("plays"),
  };
}

export type Tables = ReturnType<typeof openTables>;

/** The next number of a kind: 1, 2, 3 … or from `first`. */
export function nextNumber({ counters }: Tables, kind: string, first = 1): number {
  const value = (counters.get(kind)?.value ?? first - 1) + 1;
  counters.put({ id: kind, value });
  return value;
}
