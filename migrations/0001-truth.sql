-- The log and what is derived from it. Expand, then contract (W-15): never edit a migration that has landed.

create table facts (
  return_id text not null,
  version integer not null,
  id text not null,
  kind text not null,
  v smallint not null default 1,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null default clock_timestamp(),
  correlation_id text not null,
  actor jsonb not null,
  source jsonb not null,
  data jsonb not null,
  primary key (return_id, version) -- and no global index (W-28)
);

-- One row per return, narrow; written with the fact (W-28). A fold reads `facts`.
create table returns (
  id text primary key,
  version integer not null,
  company_id text not null,
  rma_number text not null unique,
  status text not null,
  customer_id text,
  customer_number text,
  customer_name text,
  order_id text not null,
  order_number text not null,
  channel text not null,
  warehouse text,
  requested_at timestamptz not null,
  updated_at timestamptz not null,
  closed_at timestamptz,
  due_at timestamptz,
  expires_at timestamptz,
  last_received_at timestamptz,
  correlation_id text not null,
  awaiting_erp boolean not null default false,
  quarantined text -- W-22: why this return is not folded any more
) with (fillfactor = 70);
create index returns_by_requested on returns (requested_at desc, id desc);
create index returns_by_updated on returns (updated_at desc, id desc);
create index returns_by_company on returns (company_id, requested_at desc, id desc);
create index returns_by_order on returns (order_id);
create index returns_by_customer on returns (customer_id, requested_at desc, id desc);
create index returns_expiring on returns (expires_at) where status in ('AUTHORIZED', 'PARTIALLY_AUTHORIZED', 'AWAITING_RECEIPT');
create index returns_short on returns (last_received_at) where status = 'PARTIALLY_RECEIVED';
create index returns_awaiting_erp on returns (company_id) where awaiting_erp;

create table return_lines (
  id text primary key,
  return_id text not null references returns,
  position smallint not null,
  order_id text not null,
  order_line_id text not null,
  sku text,
  invoice_number text,
  invoice_line integer,
  base_unit text,
  requested numeric not null, -- base units, like all below
  authorized numeric not null,
  received numeric not null,
  accepted numeric not null,
  credited numeric not null
);
create index return_lines_by_return on return_lines (return_id, position);
create index return_lines_by_order_line on return_lines (order_line_id);
create index return_lines_by_invoice on return_lines (invoice_number);

-- Which return a part (receipt, receipt line, inspection, disposition, credit, approval …) belongs to.
create table return_parts (id text primary key, return_id text not null references returns);

-- Business key of a warehouse receipt: one number is one receipt, whichever return it belongs to.
create table receipts (
  warehouse text not null,
  number text not null,
  receipt_id text not null unique,
  return_id text not null references returns,
  primary key (warehouse, number)
);

-- D-17: a serial is open in one return at most (W-13).
create table serials (
  company_id text not null,
  sku text not null,
  serial_number text not null,
  return_id text not null references returns,
  line_id text not null,
  open boolean not null,
  primary key (company_id, sku, serial_number, line_id)
);
create unique index serials_open on serials (company_id, sku, serial_number) where open;
create index serials_by_number on serials (serial_number);

-- What of an order line or an invoice line is taken, and by whom (D-14, W-13). Base units.
create table allocations (
  key text not null, -- erp.order:US01:SO-100001/10000 or erp.invoice:US01:…/10000
  return_id text not null,
  line_id text not null,
  reserved numeric not null,
  credited numeric not null default 0,
  primary key (key, line_id)
);
create index allocations_by_line on allocations (line_id);
create table allocation_locks (key text primary key);

create table credits (
  id text primary key,
  return_id text not null references returns,
  company_id text not null,
  customer_id text not null,
  transaction_key text not null unique,
  decided_on date not null,
  net numeric not null,
  total numeric not null,
  currency text not null,
  status text not null,
  number text,
  posted_on date
);
create index credits_by_customer_day on credits (customer_id, decided_on);

create table approvals (
  id text primary key,
  return_id text not null references returns,
  company_id text not null,
  kind text not null,
  status text not null,
  tier smallint not null,
  required_role text not null,
  requested_at timestamptz not null,
  expires_at timestamptz not null
);
create index approvals_open on approvals (requested_at desc, id desc);

-- The dead-letter list: tasks with owners.
create table exceptions (
  id text primary key,
  return_id text,
  company_id text,
  category text not null,
  code text not null,
  status text not null,
  owner_role text not null,
  owner_id text,
  raised_at timestamptz not null default clock_timestamp(),
  due_at timestamptz not null,
  resolved_at timestamptz,
  resolution text,
  reference text,
  summary text not null,
  system text,
  operation_id text,
  step text,
  inbox_id text,
  -- One open task per cause: a retry that fails the same way again does not raise a second one.
  cause text not null,
  attempts integer not null default 0,
  replayable boolean not null
);
create unique index exceptions_open_cause on exceptions (cause) where status <> 'RESOLVED';
create index exceptions_by_raised on exceptions (raised_at desc, id desc);
create index exceptions_by_return on exceptions (return_id);
create table exception_trail (
  exception_id text not null references exceptions,
  at timestamptz not null default clock_timestamp(),
  actor jsonb not null,
  action text not null,
  note text
);
create index exception_trail_by_exception on exception_trail (exception_id, at);

-- The outbox (W-09): what has to be done, and when it is due.
create table operations (
  id text primary key,
  flow text not null,
  flow_version smallint not null,
  lane text not null,
  return_id text,
  company_id text,
  -- What in the return it is about (a receipt, an inspection, a credit); empty for the return itself.
  subject text not null default '',
  cause text not null, -- id of the fact that started it
  status text not null,
  step text,
  due_at timestamptz not null default clock_timestamp(),
  fence integer not null default 0,
  claims integer not null default 0, -- claims since the last progress (W-10)
  attempts integer not null default 0, -- failures of the current step
  waiting_for text,
  exception_id text,
  correlation_id text not null,
  actor jsonb not null,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_cost_delay = 0);
create unique index operations_once on operations (cause, flow, subject); -- W-12
create index operations_due on operations (due_at) where finished_at is null;
create unique index operations_running on operations (return_id, lane) where status = 'RUNNING' and return_id is not null; -- W-11
create index operations_by_return on operations (return_id);
create index operations_waiting on operations (waiting_for) where waiting_for is not null and finished_at is null;
create index operations_finished on operations (finished_at) where finished_at is not null;

create table operation_steps (
  operation_id text not null,
  position smallint not null,
  name text not null,
  system text,
  status text not null,
  attempts integer not null default 0,
  last_error jsonb,
  reference text,
  started_at timestamptz,
  finished_at timestamptz,
  primary key (operation_id, position)
);

-- Finished operations move here by month and are dropped with their partition (W-28).
create table operations_done (like operations, primary key (id, finished_at)) partition by range (finished_at);
create index operations_done_by_return on operations_done (return_id);
create table operations_done_rest partition of operations_done default;
create table operation_steps_done (
  like operation_steps,
  moved_at timestamptz not null,
  primary key (operation_id, position, moved_at)
) partition by range (moved_at);
create table operation_steps_done_rest partition of operation_steps_done default;

-- Effects on outside systems: key, intent, outcome (W-05, W-06).
create table effects (
  transaction_key text primary key,
  operation_id text not null,
  step text not null,
  return_id text,
  lane text not null,
  system text not null,
  deed text not null,
  request jsonb not null,
  request_hash text not null,
  -- INTENDED, DRAFTED, POSTING, DONE, AMBIGUOUS, REFUSED, UNDONE
  phase text not null,
  draft_id text,
  document_id text,
  document_number text,
  -- Set in the transaction before a call goes out; null again once it is certain that nothing was done.
  sent_at timestamptz,
  -- Drafts asked for: with more than one there may be strays to discard (W-01).
  drafts integer not null default 0,
  look_ups integer not null default 0,
  outcome jsonb,
  created_at timestamptz not null default clock_timestamp(),
  updated_at timestamptz not null default clock_timestamp()
);
create index effects_by_return on effects (return_id);
create index effects_by_operation on effects (operation_id);
create index effects_unsettled on effects (phase) where phase not in ('DONE', 'REFUSED', 'UNDONE');

-- W-21. Inserted first in the business transaction.
create table idempotency_keys (
  client text not null,
  mutation text not null,
  key text not null,
  input_hash text not null,
  result jsonb,
  created_at timestamptz not null default clock_timestamp(),
  primary key (client, mutation, key)
);
create index idempotency_keys_by_age on idempotency_keys (created_at);

-- Raw documents by hash, kept for their retention.
create table documents (
  hash text primary key,
  body bytea not null,
  stored_at timestamptz not null default clock_timestamp()
);

-- W-18: stored before the sender is acknowledged.
create table inbox (
  id text primary key,
  system text not null,
  event_id text not null,
  via text not null, -- WEBHOOK, FEED
  document_hash text not null references documents,
  status text not null, -- RECEIVED, PARKED, PROCESSED, DROPPED, FAILED
  park_key text,
  attempts integer not null default 0,
  due_at timestamptz not null default clock_timestamp(),
  received_at timestamptz not null default clock_timestamp(),
  processed_at timestamptz,
  return_id text,
  error jsonb,
  unique (system, event_id)
);
create index inbox_due on inbox (due_at) where status in ('RECEIVED', 'PARKED');
create index inbox_parked on inbox (park_key) where status = 'PARKED';
create index inbox_processed on inbox (processed_at) where processed_at is not null;
create table inbox_done (like inbox, primary key (id, processed_at)) partition by range (processed_at);
create table inbox_done_rest partition of inbox_done default;
create table inbox_refusals (
  at timestamptz not null default clock_timestamp(),
  system text not null,
  address text not null,
  code text not null,
  body_hash text
);
create table feed_positions (system text primary key, position text, read_at timestamptz);

-- Last known state of what a system owns (W-20): newer by the source's own time wins.
create table snapshots (
  system text not null,
  kind text not null,
  key text not null,
  data jsonb not null,
  modified_at timestamptz,
  as_of timestamptz not null,
  primary key (system, kind, key)
);

-- The feed (W-23).
create table feed_pending (return_id text not null, version integer not null, primary key (return_id, version));
create table feed_head (one boolean primary key default true check (one), seq bigint not null, mark text not null);
create table feed (
  seq bigint not null primary key,
  return_id text not null,
  version integer not null,
  kind text not null,
  milestone boolean not null,
  company_id text not null,
  warehouse text,
  customer_id text,
  at timestamptz not null default clock_timestamp()
) partition by range (seq);
create index feed_by_return on feed (return_id, seq);
insert into feed_head (seq, mark) values (0, gen_random_uuid()::text);

create table settings (key text primary key, value jsonb not null);
