import type { ColumnType, Generated } from "kysely";

// The tables of migrations/*.sql as kysely sees them. Numerics and dates are text, instants Date, jsonb is written as JSON text.

type Instant = ColumnType<Date, Date | string, Date | string>;
type InstantOrNull = ColumnType<Date | null, Date | string | null | undefined, Date | string | null>;
type Now = ColumnType<Date, Date | string | undefined, Date | string>;
type Json<Value> = ColumnType<Value, string, string>;
type JsonOrNull<Value> = ColumnType<Value | null, string | null | undefined, string | null>;
type Default<Value> = ColumnType<Value, Value | undefined, Value>;
type Optional<Value> = ColumnType<Value | null, Value | null | undefined, Value | null>;
type ActorJson = { id: string; displayName: string; kind: "PERSON" | "SYSTEM" | "PARTNER" | "RULE" };

export interface FactsTable {
  return_id: string;
  version: number;
  id: string;
  kind: string;
  v: Default<number>;
  occurred_at: Instant;
  recorded_at: Now;
  correlation_id: string;
  actor: Json<ActorJson>;
  source: Json<{ system: string; reference: string | null }>;
  data: Json<unknown>;
}

export interface ReturnsTable {
  id: string;
  version: number;
  company_id: string;
  rma_number: string;
  status: string;
  customer_id: string | null;
  customer_number: string | null;
  customer_name: string | null;
  order_id: string;
  order_number: string;
  channel: string;
  order_channel: string | null;
  warehouse: string | null;
  requested_at: Instant;
  updated_at: Instant;
  expires_at: InstantOrNull;
  last_received_at: InstantOrNull;
  due_at: InstantOrNull;
  correlation_id: string;
  sla_due_at: InstantOrNull;
  sla_breached: boolean;
  quarantined: Optional<string>;
}

export interface ReturnLinesTable {
  id: string;
  return_id: string;
  position: number;
  order_id: string;
  order_line_id: string;
  sku: string | null;
  invoice_number: string | null;
  requested: string;
  authorized: string;
  received: string;
  accepted: string;
  credited: string;
}

export interface ReturnPartsTable {
  id: string;
  return_id: string;
}

export interface ReturnCasesTable {
  case_id: string;
  return_id: string;
  originating: boolean;
}

export interface ReceiptsTable {
  warehouse: string;
  number: string;
  receipt_id: string;
  return_id: string;
}

export interface SerialsTable {
  company_id: string;
  sku: string;
  serial_number: string;
  return_id: string;
  line_id: string;
  open: boolean;
}

export interface AllocationsTable {
  key: string;
  return_id: string;
  line_id: string;
  reserved: string;
  credited: Default<string>;
}

export interface LabelsTable {
  id: string;
  return_id: string;
  system: string;
  tracking_number: string;
  open: boolean;
  events: number;
  last_event_at: InstantOrNull;
}

export interface ReturnAddressesTable {
  id: string;
  return_id: string;
  address: Json<{
    name: string | null;
    line1: string;
    line2: string | null;
    city: string;
    region: string | null;
    postalCode: string;
    country: string;
  }>;
  created_at: Now;
}

export interface ReplacementsTable {
  id: string;
  return_id: string;
  company_id: string;
  order_number: string;
  open: boolean;
}

export interface CreditsTable {
  id: string;
  return_id: string;
  company_id: string;
  customer_id: string;
  transaction_key: string;
  decided_on: string;
  net: string;
  total: string;
  currency: string;
  status: string;
  number: string | null;
}

export interface ApprovalsTable {
  id: string;
  return_id: string;
  company_id: string;
  kind: string;
  status: string;
  tier: number;
  required_role: string;
  requested_at: Instant;
  expires_at: Instant;
}

export interface ExceptionsTable {
  id: string;
  return_id: string | null;
  company_id: string | null;
  category: string;
  code: string;
  status: string;
  owner_role: string;
  owner_id: Optional<string>;
  raised_at: Now;
  due_at: Instant;
  resolved_at: InstantOrNull;
  resolution: Optional<string>;
  reference: Optional<string>;
  summary: string;
  amounts: Optional<string>;
  system: string | null;
  operation_id: string | null;
  step: string | null;
  inbox_id: string | null;
  cause: string;
  attempts: Default<number>;
  replayable: boolean;
}

export interface ExceptionTrailTable {
  exception_id: string;
  at: Now;
  actor: Json<ActorJson>;
  action: string;
  note: string | null;
}

export type OperationStatus =
  | "ACCEPTED"
  | "RUNNING"
  | "WAITING"
  | "NEEDS_ATTENTION"
  | "SUCCEEDED"
  | "FAILED"
  | "CANCELLED";
export interface OperationsTable {
  id: string;
  flow: string;
  flow_version: number;
  lane: string;
  return_id: string | null;
  company_id: string | null;
  subject: Default<string>;
  cause: string;
  status: OperationStatus;
  step: Optional<string>;
  due_at: Now;
  fence: Default<number>;
  claims: Default<number>;
  attempts: Default<number>;
  waiting_for: Optional<string>;
  exception_id: Optional<string>;
  correlation_id: string;
  actor: Json<ActorJson>;
  created_at: Now;
  updated_at: Now;
  finished_at: InstantOrNull;
}

export type StepStatus =
  | "PENDING"
  | "RUNNING"
  | "RETRYING"
  | "HELD"
  | "AMBIGUOUS"
  | "DONE"
  | "SKIPPED"
  | "HANDED_OVER"
  | "FAILED"
  | "UNDONE";
export interface OperationStepsTable {
  operation_id: string;
  position: number;
  name: string;
  system: string | null;
  status: StepStatus;
  attempts: Default<number>;
  /** From our catalogue only (G-15): category TRANSIENT, AMBIGUOUS, BUSINESS or BUG. */
  last_error: JsonOrNull<{ category: string; code: string; message: string }>;
  reference: Optional<string>;
  started_at: InstantOrNull;
  finished_at: InstantOrNull;
}

export type EffectPhase = "INTENDED" | "DRAFTED" | "POSTING" | "DONE" | "AMBIGUOUS" | "REFUSED" | "UNDONE";
export interface EffectsTable {
  transaction_key: string;
  operation_id: string;
  step: string;
  return_id: string | null;
  lane: string;
  system: string;
  deed: string;
  request: Json<unknown>;
  request_hash: string;
  phase: EffectPhase;
  draft_id: Optional<string>;
  document_id: Optional<string>;
  document_number: Optional<string>;
  sent_at: InstantOrNull;
  drafts: Default<number>;
  look_ups: Default<number>;
  outcome: JsonOrNull<unknown>;
  created_at: Now;
  updated_at: Now;
}

export interface IdempotencyKeysTable {
  client: string;
  mutation: string;
  key: string;
  input_hash: string;
  result: JsonOrNull<unknown>;
  created_at: Now;
}

export interface DocumentsTable {
  hash: string;
  body: Buffer;
  stored_at: Now;
}

export type InboxStatus = "RECEIVED" | "PARKED" | "PROCESSED" | "DROPPED" | "FAILED";
export interface InboxTable {
  id: string;
  system: string;
  event_id: string;
  via: "WEBHOOK" | "FEED" | "PARTNER";
  document_hash: string;
  status: InboxStatus;
  park_key: Optional<string>;
  attempts: Default<number>;
  due_at: Now;
  received_at: Now;
  processed_at: InstantOrNull;
  return_id: Optional<string>;
  error: JsonOrNull<{ code: string; message: string }>;
}

export interface InboxRefusalsTable {
  at: Now;
  system: string;
  address: string;
  code: string;
  body_hash: string | null;
}

export interface FeedPositionsTable {
  system: string;
  position: string | null;
  read_at: InstantOrNull;
}

export interface SnapshotsTable {
  system: string;
  kind: string;
  key: string;
  data: Json<unknown>;
  modified_at: InstantOrNull;
  as_of: Instant;
}

export interface FeedTable {
  seq: number;
  return_id: string;
  version: number;
  kind: string;
  milestone: boolean;
  company_id: string;
  warehouse: string | null;
  customer_id: string | null;
  order_channel: string | null;
  skus: string[];
  at: Now;
}

export interface Database {
  facts: FactsTable;
  returns: ReturnsTable;
  return_lines: ReturnLinesTable;
  return_parts: ReturnPartsTable;
  return_cases: ReturnCasesTable;
  receipts: ReceiptsTable;
  serials: SerialsTable;
  allocations: AllocationsTable;
  allocation_locks: { key: string };
  labels: LabelsTable;
  return_addresses: ReturnAddressesTable;
  credits: CreditsTable;
  approvals: ApprovalsTable;
  replacements: ReplacementsTable;
  exceptions: ExceptionsTable;
  exception_trail: ExceptionTrailTable;
  operations: OperationsTable;
  operations_done: OperationsTable;
  operation_steps: OperationStepsTable;
  operation_steps_done: OperationStepsTable & { moved_at: Instant };
  effects: EffectsTable;
  idempotency_keys: IdempotencyKeysTable;
  documents: DocumentsTable;
  inbox: InboxTable;
  inbox_done: InboxTable;
  inbox_refusals: InboxRefusalsTable;
  feed_positions: FeedPositionsTable;
  snapshots: SnapshotsTable;
  feed_pending: { return_id: string; version: number };
  feed_head: { one: Generated<boolean>; seq: number; mark: string };
  feed: FeedTable;
  settings: { key: string; value: Json<unknown> };
}
